/** The book at a glance: today, the last seven days, this month, where the money goes, and what stands out. */
import type { Ledger } from "../ledger/index.ts";
import { formatUsd, parseUsd } from "../money.ts";
import type { Figures } from "./figures.ts";
import { daysOf, lastPeriod, monthToDate, namedPeriod, type Period, periodOf } from "./period.ts";
import { buildReport, type ReportDocument, type ReportRow } from "./report.ts";
import { unusualDays } from "./unusual-days.ts";

export interface DaySpend {
  day: string;
  requests: number;
  cost_usd: string | null;
}

interface PeriodSpend {
  range: ReportDocument["range"];
  totals: Figures;
}

export interface SummaryPeriod extends PeriodSpend {
  name: "today" | "last 7 days" | "this month";
  /** Yesterday; the seven days before; the same days of the month before. */
  before: PeriodSpend;
}

export interface UnusualDayDocument {
  day: string;
  cost_usd: string;
  /** The median of the days on which anything was spent. */
  usual_usd: string;
  /** The project, or where none is known the model, that made up half of the day or more. */
  mostly: { dimension: "project" | "model"; name: string; cost_usd: string } | null;
}

export interface SummaryDocument {
  schema: "tokenledger.summary/1";
  generated_at: string;
  tz: string;
  /** The first and the last call in the book; null where it is empty. */
  span: { first: string; last: string } | null;
  periods: SummaryPeriod[];
  /** Each of the last thirty days. */
  days: DaySpend[];
  /** Those of them that cost far more than the others, the dearest first. */
  unusual_days: UnusualDayDocument[];
  /** Of the last thirty days. */
  top_models: ReportRow[];
  top_projects: ReportRow[];
  warnings: string[];
}

const TOP = 5;
const MOST_UNUSUAL = 3;

/** A dozen questions to the book, all answered from its sums; `nowMs` decides what today is. */
export async function buildSummary(
  book: Pick<Ledger, "aggregate" | "span">,
  options: { nowMs: number; timeZone: string },
): Promise<SummaryDocument> {
  const { nowMs, timeZone } = options;
  const thirtyDays = lastPeriod("30d", nowMs, timeZone);
  const report = (period: Period, groupBy: ("day" | "model" | "project")[], limit?: number): Promise<ReportDocument> =>
    buildReport(book, { period, groupBy, generatedAtMs: nowMs, ...(limit !== undefined && { limit }) });
  const periods: SummaryPeriod[] = [];
  for (const { name, current, before } of comparedPeriods(nowMs, timeZone)) {
    const [now, then] = [await report(current, []), await report(before, [])];
    periods.push({ name, range: now.range, totals: now.totals, before: { range: then.range, totals: then.totals } });
  }
  const daily = await report(thirtyDays, ["day"]);
  const byDay = new Map(daily.rows.map((row) => [row.day, row]));
  const days = daysOf(thirtyDays).map((day) => {
    const row = byDay.get(day);
    return { day, requests: row?.requests ?? 0, cost_usd: row ? row.cost_usd : "0" };
  });
  const span = await book.span();
  return {
    schema: "tokenledger.summary/1",
    generated_at: new Date(nowMs).toISOString(),
    tz: timeZone,
    span: span ? { first: new Date(span.firstMs).toISOString(), last: new Date(span.lastMs).toISOString() } : null,
    periods,
    days,
    unusual_days: await unusual(days, (day, dimension) => report(periodOf(day, day, timeZone), [dimension], 1)),
    top_models: (await report(thirtyDays, ["model"], TOP)).rows,
    top_projects: (await report(thirtyDays, ["project"], TOP)).rows,
    warnings: daily.warnings,
  };
}

function comparedPeriods(nowMs: number, timeZone: string): { name: SummaryPeriod["name"]; current: Period; before: Period }[] {
  const fortnight = daysOf(lastPeriod("14d", nowMs, timeZone)) as [string, ...string[]];
  const [weekBefore, yesterday] = [fortnight[6] as string, fortnight[12] as string];
  const month = namedPeriod("month", nowMs, timeZone);
  return [
    { name: "today", current: namedPeriod("today", nowMs, timeZone), before: periodOf(yesterday, yesterday, timeZone) },
    { name: "last 7 days", current: lastPeriod("7d", nowMs, timeZone), before: periodOf(fortnight[0], weekBefore, timeZone) },
    { name: "this month", current: month, before: monthToDate(month, nowMs).previous },
  ];
}

async function unusual(
  days: readonly DaySpend[],
  dearest: (day: string, dimension: "project" | "model") => Promise<ReportDocument>,
): Promise<UnusualDayDocument[]> {
  const found = unusualDays(days.map(({ day, cost_usd }) => ({ day, costNanoUsd: parseUsd(cost_usd ?? "0") })));
  const documents: UnusualDayDocument[] = [];
  for (const { day, costNanoUsd, usualNanoUsd } of found.slice(0, MOST_UNUSUAL)) {
    const mostly = (await main("project")) ?? (await main("model"));
    documents.push({ day, cost_usd: formatUsd(costNanoUsd), usual_usd: formatUsd(usualNanoUsd), mostly });

    async function main(dimension: "project" | "model"): Promise<UnusualDayDocument["mostly"]> {
      const [row] = (await dearest(day, dimension)).rows;
      const name = row?.[dimension];
      if (!row || typeof name !== "string" || row.cost_usd === null || 2n * parseUsd(row.cost_usd) < costNanoUsd) return null;
      return { dimension, name, cost_usd: row.cost_usd };
    }
  }
  return documents;
}
