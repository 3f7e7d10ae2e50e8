/** How fast a budget burns just now, against what would use it up exactly at its window's end. */
import { burnRates } from "../analysis/index.ts";
import type { UsageFilter } from "../ledger/index.ts";
import type { AnalysedBook } from "./analysed-book.ts";
import type { BudgetForecastDocument } from "./forecast-document.ts";
import { roundedOrNull } from "./rounding.ts";
import { readHistory, type SpendingHistory } from "./spending-history.ts";
import { usdOf } from "./usd.ts";

type BurnRates = BudgetForecastDocument["burn_rates"];

export const NO_BURN_RATES: BurnRates = { hour: null, six_hours: null, three_days: null };

const HOUR_MS = 3_600_000;
const DAYS = 28;

export async function budgetBurnRates(
  book: Pick<AnalysedBook, "aggregate">,
  options: {
    filter: UsageFilter;
    timeZone: string;
    window: { startMs: number; endMs: number };
    nowMs: number;
    amountNanoUsd: bigint;
    /** If they are there already. */
    hours: SpendingHistory | undefined;
  },
): Promise<BurnRates> {
  const { filter, timeZone, window, nowMs, amountNanoUsd } = options;
  if (amountNanoUsd <= 0n) return NO_BURN_RATES;
  const { values, calendar } = options.hours ?? (await readHistory(book, { bucket: "hour", timeZone, days: DAYS, nowMs, filter }));
  const { windows } = burnRates(values, {
    bucketMs: HOUR_MS,
    ...calendar,
    limit: usdOf(amountNanoUsd),
    // A period that began before the history has the same seasons as one that begins with it.
    periodStart: Math.min(values.length, Math.max(0, Math.round((window.startMs - calendar.start) / HOUR_MS))),
    periodBuckets: Math.round((window.endMs - window.startMs) / HOUR_MS),
  });
  const rate = (hours: number): number | null => roundedOrNull(windows.find((each) => each.hours === hours)?.rate);
  return { hour: rate(1), six_hours: rate(6), three_days: rate(72) };
}
