/** Where each budget's spending leads: the calendar's windows, sliding ones, and budgets without an end. */
import { zoneOf } from "../conservation-zone.ts";
import type { BudgetStatus } from "../ledger/index.ts";
import { parseUsd } from "../money.ts";
import type { AnalysedBook } from "./analysed-book.ts";
import { budgetBurnRates, NO_BURN_RATES } from "./budget-burn.ts";
import { filterOf, isSummedByHour } from "./budget-calls.ts";
import type { BudgetForecastDocument } from "./forecast-document.ts";
import { instantText } from "./instant-text.ts";
import { slidingForecast } from "./sliding-forecast.ts";
import { readHistory } from "./spending-history.ts";
import { forecastWindow, limitForecast, periodDocument, type WindowForecast } from "./window-forecast.ts";
import { countText, listText, nameText } from "./words.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Windows up to this long are forecast by the hour. */
const BY_HOUR_UP_TO_MS = 3 * DAY_MS;
/** Sums by hour tell nothing of what goes on within a few hours. */
const SHORTEST_WINDOW_MS = 6 * HOUR_MS;
/** A budget without an end: so far ahead its run-out is looked for. */
const LIFETIME_AHEAD_MS = 90 * DAY_MS;
const HISTORY_DAYS = { day: 180, hour: 28 } as const;
/** Where the records themselves have to be summed. */
const HISTORY_DAYS_OF_RECORDS = { day: 56, hour: 28 } as const;

export interface BudgetForecastRequest {
  nowMs: number;
  /** This budget alone. */
  budget?: string | undefined;
  /** Of a budget that counts each value by itself, so many: those that have used most of it. */
  mostValues: number;
}

export async function budgetForecasts(
  book: Pick<AnalysedBook, "aggregate" | "budgets">,
  { nowMs, budget, mostValues }: BudgetForecastRequest,
): Promise<{ budgets: BudgetForecastDocument[]; warnings: string[] }> {
  const all = (await book.budgets.status({ atMs: nowMs })).filter(({ name }) => budget === undefined || name === budget);
  const { shown, warnings } = selected(all, mostValues);
  const budgets: BudgetForecastDocument[] = [];
  for (const status of shown) budgets.push(await budgetForecast(book, status, nowMs));
  return { budgets, warnings };
}

function selected(all: readonly BudgetStatus[], mostValues: number): { shown: BudgetStatus[]; warnings: string[] } {
  const warnings: string[] = [];
  const leaveOut = (budgets: readonly BudgetStatus[], why: string): void => {
    const names = [...new Set(budgets.map(({ name }) => nameText(name, "name")))];
    if (names.length > 0) warnings.push(`${names.length === 1 ? "Budget" : "Budgets"} ${listText(names)}: ${why}.`);
  };
  leaveOut(all.filter(isOfTokens), "only tokens are capped; forecasts are of money");
  leaveOut(
    all.filter((status) => !isOfTokens(status) && isTooShort(status)),
    "the window is too short for a forecast from sums by hour",
  );
  leaveOut(
    all.filter((status) => filterOf(status) === undefined),
    "each counter is of several values at once; these are not forecast",
  );
  const possible = all.filter((status) => !isOfTokens(status) && !isTooShort(status) && filterOf(status) !== undefined);
  const shown: BudgetStatus[] = [];
  for (const name of new Set(possible.map((status) => status.name))) {
    const counters = possible.filter((status) => status.name === name).sort(nearestToItsEnd);
    shown.push(...counters.slice(0, mostValues));
    if (counters.length > mostValues)
      warnings.push(
        `Budget ${nameText(name, "name")}: of ${countText(counters.length, "counter")} the ${mostValues} that used most are forecast.`,
      );
  }
  return { shown, warnings };
}

const isOfTokens = ({ amountNanoUsd }: BudgetStatus): boolean => amountNanoUsd === undefined;
const isTooShort = ({ definition }: BudgetStatus): boolean => (definition.windowMs ?? DAY_MS) < SHORTEST_WINDOW_MS;

/** What is beyond measure is nearest of all; then by what the counter is of. */
function nearestToItsEnd(a: BudgetStatus, b: BudgetStatus): number {
  const used = ({ utilizationPct }: BudgetStatus): number => utilizationPct ?? Number.POSITIVE_INFINITY;
  if (used(a) !== used(b)) return used(b) > used(a) ? 1 : -1;
  return (a.value ?? "") < (b.value ?? "") ? -1 : 1;
}

async function budgetForecast(book: Pick<AnalysedBook, "aggregate">, status: BudgetStatus, nowMs: number): Promise<BudgetForecastDocument> {
  const { definition, window, amountNanoUsd = 0n, spentNanoUsd, zone } = status;
  const isSliding = definition.windowMs !== undefined;
  const isLifetime = !isSliding && (definition.period ?? "lifetime") === "lifetime";
  const lengthMs = definition.windowMs ?? window.endMs - window.startMs;
  const bucket = lengthMs <= BY_HOUR_UP_TO_MS ? "hour" : "day";
  const timeZone = definition.timeZone ?? "UTC";
  const filter = filterOf(status) ?? {};
  const days = (isSummedByHour(filter) ? HISTORY_DAYS : HISTORY_DAYS_OF_RECORDS)[bucket];
  const history = await readHistory(book, { bucket, timeZone, days, nowMs, filter });
  const forecasted = isSliding
    ? slidingForecast(history, { lengthMs, nowMs, spentNanoUsd })
    : forecastWindow(history, {
        startMs: window.startMs,
        endMs: isLifetime ? nowMs + LIFETIME_AHEAD_MS : window.endMs,
        nowMs,
        spentNanoUsd,
      });
  const period = periodDocument(forecasted);
  const limit = limitForecast(forecasted, amountNanoUsd);
  return {
    ...period,
    ...limit,
    ...(isLifetime && endless(forecasted, window, limit)),
    name: status.name,
    value: status.value ?? null,
    period: definition.period ?? null,
    zone,
    predicted_zone: isLifetime ? { p50: null, p90: null } : predictedZones(period.total_usd, status),
    burn_rates:
      isSliding || isLifetime
        ? NO_BURN_RATES
        : await budgetBurnRates(book, { filter, timeZone, window, nowMs, amountNanoUsd, hours: bucket === "hour" ? history : undefined }),
  };
}

/** Without an end there is nothing that the end could find. */
function endless(
  { window }: WindowForecast,
  { startMs, endMs }: BudgetStatus["window"],
  limit: { probability_of_exceeding: number | null },
): Partial<BudgetForecastDocument> {
  const isOver = limit.probability_of_exceeding === 1 && window.spentNanoUsd > 0n;
  return {
    window: { start: instantText(startMs), end: instantText(endMs) },
    total_usd: null,
    probability_of_exceeding: isOver ? 1 : null,
  };
}

function predictedZones(
  total: BudgetForecastDocument["total_usd"],
  { amountNanoUsd = 0n, definition }: BudgetStatus,
): BudgetForecastDocument["predicted_zone"] {
  if (!total) return { p50: null, p90: null };
  const isHard = definition.hard || definition.enforcement === "block_requests";
  const zone = (usd: string): string => zoneOf(parseUsd(usd), amountNanoUsd, { tolerance: isHard ? 0 : (definition.tolerance ?? 0) });
  return { p50: zone(total.p50), p90: zone(total.p90) };
}
