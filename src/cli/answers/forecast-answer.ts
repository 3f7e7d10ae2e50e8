/** A forecast in every form. */
import type { ForecastDocument } from "../../insights/index.ts";
import type { Answer, ScreenStyle } from "../printing/answer.ts";
import type { Cell } from "../printing/csv.ts";
import { lineChart, type Panel } from "../printing/line-chart.ts";
import { dollars } from "../printing/numbers.ts";
import { escapeControls } from "../printing/text.ts";
import { roughText } from "./amounts.ts";
import { budgetRow, budgetTitle, type ForecastRow, forecastColumns } from "./budget-forecast-text.ts";
import { localDay, localTimes } from "./local-text.ts";
import { type Told, toldMarkdown, toldScreen } from "./told-answer.ts";

const ROW_FIELDS = [
  "of",
  "name",
  "value",
  "window_start",
  "window_end",
  "spent_usd",
  "p10_usd",
  "p50_usd",
  "p90_usd",
  "amount_usd",
  "probability_of_exceeding",
  "runs_out_at_p10",
  "runs_out_at_p50",
  "runs_out_at_p90",
  "zone",
  "zone_p50",
  "zone_p90",
  "burn_rate_hour",
  "burn_rate_six_hours",
  "burn_rate_three_days",
  "method",
  "quality",
] as const;

/** Budgets that are drawn; the table has them all. */
const MOST_CHARTS = 3;

export function forecastAnswer(document: ForecastDocument): Answer {
  return {
    document,
    rows: { fields: ROW_FIELDS, records: windowRows(document) },
    screen: (style) => toldScreen(toldForecast(document), style),
    markdown: () => toldMarkdown(toldForecast(document)),
  };
}

function toldForecast(document: ForecastDocument): Told {
  const { findings, warnings, tz, generated_at: generatedAt } = document;
  return {
    title: "Forecast",
    about: `as of ${localDay(generatedAt, tz)}, ${tz}`,
    sentences: findings.map(({ sentence }) => sentence),
    charts: chartsOf(document),
    tables: [forecastColumns("to the end of", forecastRows(document), tz)],
    warnings,
  };
}

function forecastRows({ period, limit, budgets, tz }: ForecastDocument): ForecastRow[] {
  const month = localDay(period.window.start, tz).slice(0, 7);
  return [{ title: month, ...period, ...limit }, ...budgets.map(budgetRow)];
}

function chartsOf(document: ForecastDocument): ((style: ScreenStyle) => string)[] {
  const { period, limit, budgets, tz } = document;
  const likely = [...budgets].sort((a, b) => (b.probability_of_exceeding ?? 0) - (a.probability_of_exceeding ?? 0)).slice(0, MOST_CHARTS);
  return [
    (style) => burnChart({ title: "this month", ...period, ...limit }, tz, style),
    ...likely.map((budget) => (style: ScreenStyle) => burnChart({ ...budget, title: escapeControls(budgetTitle(budget)) }, tz, style)),
  ];
}

type Burning = Pick<ForecastDocument["period"], "burn"> & { title: string; amount_usd?: string };

/**
 * What is left of an amount, down to nothing and below; without an amount, what is spent, upwards. From now on the middle course,
 * and dotted those of which one in ten lies beyond.
 */
function burnChart({ title, burn, amount_usd: amount }: Burning, tz: string, style: ScreenStyle): string {
  if (burn.length < 2) return "";
  const shown = (usd: string | null): number | null =>
    usd === null ? null : amount === undefined ? Number(usd) : Number(amount) - Number(usd);
  const lastKnown = burn.findLastIndex(({ spent_usd: spent }) => spent !== null);
  const course = (key: "p10_usd" | "p50_usd" | "p90_usd"): (number | null)[] =>
    burn.map((point, i) => shown(point[key] ?? (i === lastKnown ? point.spent_usd : null)));
  const panel: Panel = {
    title: amount === undefined ? `${title}: what is spent, and where it leads` : `${title}: what is left of ${dollars(amount)}`,
    curves: [
      ...(amount === undefined ? [] : [{ values: burn.map(() => 0), dotted: true }]),
      { values: course("p10_usd"), dotted: true },
      { values: course("p90_usd"), dotted: true },
      { values: course("p50_usd") },
      { values: burn.map(({ spent_usd: spent }) => shown(spent)) },
    ],
    rows: 8,
    include: [0, ...(amount === undefined ? [] : [Number(amount)])],
    paint: (text, curve) =>
      [style.bad, style.dim, style.dim, style.warn, style.bold].slice(amount === undefined ? 1 : 0)[curve]?.(text) ?? text,
  };
  return lineChart([panel], style, {
    localMs: localTimes(
      burn.map(({ at }) => at),
      tz,
    ),
    amountText: (value) => roughText(value, "usd"),
  });
}

type WindowRow = Record<(typeof ROW_FIELDS)[number], Cell>;

/** This month first, then each budget. */
function windowRows({ period, limit, budgets }: ForecastDocument): WindowRow[] {
  const limited = (from: ForecastDocument["limit"]): Partial<WindowRow> => ({
    amount_usd: from?.amount_usd ?? null,
    probability_of_exceeding: from?.probability_of_exceeding ?? null,
    runs_out_at_p10: from?.runs_out_at.p10 ?? null,
    runs_out_at_p50: from?.runs_out_at.p50 ?? null,
    runs_out_at_p90: from?.runs_out_at.p90 ?? null,
  });
  const spent = ({ window, spent_usd, total_usd: total, method, quality }: ForecastDocument["period"]): Partial<WindowRow> => ({
    window_start: window.start,
    window_end: window.end,
    spent_usd,
    p10_usd: total?.p10 ?? null,
    p50_usd: total?.p50 ?? null,
    p90_usd: total?.p90 ?? null,
    method,
    quality,
  });
  const nothing = Object.fromEntries(ROW_FIELDS.map((field) => [field, null])) as WindowRow;
  return [
    { ...nothing, of: "all", ...spent(period), ...limited(limit) },
    ...budgets.map((budget) => ({
      ...nothing,
      of: "budget",
      name: budget.name,
      value: budget.value,
      ...spent(budget),
      ...limited(budget),
      zone: budget.zone,
      zone_p50: budget.predicted_zone.p50,
      zone_p90: budget.predicted_zone.p90,
      burn_rate_hour: budget.burn_rates.hour,
      burn_rate_six_hours: budget.burn_rates.six_hours,
      burn_rate_three_days: budget.burn_rates.three_days,
    })),
  ];
}
