/** How fast is a budget being used up, by the clock of the budget's own spending? */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkedAmount, checkOptions } from "../input.ts";
import { BUCKET_OPTIONS, type BucketOptions, checkedBuckets, HOUR_MS } from "../series/calendar.ts";
import { inUnitsOfLargest, type KnownAmounts, knownAmounts } from "../series/known-amounts.ts";
import { levelModels, usualHorizon } from "./level-models.ts";

export interface BurnRateOptions extends BucketOptions {
  /** What may be spent in the period. */
  limit: number;
  /** How long the period is, in buckets. */
  periodBuckets: number;
  /** The index of the period's first bucket; without it, the period ends with the last value. */
  periodStart?: number;
  /** Parallel to the values: truthy where a value is not known. */
  gaps?: ArrayLike<boolean | number>;
}

export interface BurnRates {
  /** From the longest to the shortest; 1 spends exactly the limit in the period. Absent where fewer buckets are there, or for a limit of 0. */
  windows: { hours: number; rate?: number }[];
  /** Wake someone up, tell someone on a working day, or neither. */
  alert: "page" | "ticket" | "none";
}

/** The windows and rates of the Site Reliability Workbook (Google 2018), chapter 5: the short one ends the alert soon after the fire is out. */
const RULES = [
  { hours: 1, shortHours: 1 / 12, above: 14.4, alert: "page" },
  { hours: 6, shortHours: 0.5, above: 6, alert: "page" },
  { hours: 72, shortHours: 6, above: 1, alert: "ticket" },
] as const;
const WINDOW_HOURS = [72, 6, 1, 0.5, 1 / 12];
/** No bucket counts for less of its period than this share of an average one: else a single call at night would wake someone up. */
const LEAST_SHARE = 0.1;
const ENOUGH_BUCKETS = 14;

/**
 * The burn rate of a window is what it spent, over what the limit allows for it: limit × (the share of the period's spending that
 * usually falls into such a window). A window shorter than a bucket is the last bucket.
 *
 * @example
 * ```ts
 * import { burnRates } from "tokenledger/analysis";
 * const hours = Array.from({ length: 720 }, () => 1);
 * hours[719] = 20;
 * const { windows, alert } = burnRates(hours, { bucketMs: 3_600_000, limit: 720, periodBuckets: 720 });
 * windows.map(({ hours, rate = 0 }) => [hours, Math.round(100 * rate) / 100]); // => [[72, 1.26], [6, 4.17], [1, 20], [0.5, 20], [1 / 12, 20]]
 * alert; // => "page"
 * ```
 *
 * @throws AnalysisInputError for values that are no amounts, and for options that can't be
 */
export function burnRates(values: ArrayLike<number>, options: BurnRateOptions): BurnRates {
  checkOptions(options, [...BUCKET_OPTIONS, "limit", "periodBuckets", "periodStart", "gaps"]);
  const series = knownAmounts(values, options.gaps);
  const n = series.values.length;
  const { limit, periodBuckets } = options;
  checkedAmount(limit, "limit");
  if (!Number.isSafeInteger(periodBuckets) || periodBuckets < 1 || periodBuckets > 1_000_000)
    throw new AnalysisInputError(`periodBuckets: ${quoteValue(periodBuckets)} is not a length in buckets; give a whole number from 1 up.`);
  const { periodStart = Math.max(0, n - periodBuckets) } = options;
  if (!Number.isSafeInteger(periodStart) || periodStart < 0 || periodStart > n)
    throw new AnalysisInputError(
      `periodStart: ${quoteValue(periodStart)} is not the index of a bucket; give a whole number from 0 to ${n}.`,
    );
  const buckets = checkedBuckets(Math.max(n, periodStart + periodBuckets), options);
  const shares = usualShares(series, Math.max(n, periodStart + periodBuckets), buckets);
  let ofPeriod = 0;
  for (let i = periodStart; i < periodStart + periodBuckets; i++) ofPeriod += shares[i] as number;
  const rateOf = (hours: number): number | undefined => {
    const length = Math.max(1, Math.round((hours * HOUR_MS) / buckets.bucketMs));
    if (length > n || limit === 0) return undefined;
    let spent = 0;
    let share = 0;
    for (let i = n - length; i < n; i++) {
      if (!series.known[i]) continue;
      spent += (series.values[i] as number) / limit;
      share += (shares[i] as number) / ofPeriod;
    }
    return share > 0 ? spent / share : undefined;
  };
  const windows = WINDOW_HOURS.map((hours) => {
    const rate = rateOf(hours);
    return rate === undefined ? { hours } : { hours, rate };
  });
  const burning = RULES.find(({ hours, shortHours, above }) => (rateOf(hours) ?? 0) > above && (rateOf(shortHours) ?? 0) > above);
  return { windows, alert: burning?.alert ?? "none" };
}

/** The season of the buckets before the longest window: a fire must not count as a habit. */
function usualShares(series: KnownAmounts, total: number, buckets: BucketOptions): Float64Array {
  const until = Math.max(0, series.values.length - Math.ceil(((WINDOW_HOURS[0] as number) * HOUR_MS) / buckets.bucketMs));
  const known = series.known.slice(0, until);
  const count = known.reduce((all, one) => all + one, 0);
  const { series: before, largest } = inUnitsOfLargest({ values: series.values.slice(0, until), known, count });
  if (count < ENOUGH_BUCKETS || largest === 0) return new Float64Array(total).fill(1);
  const horizon = Math.max(total - until, usualHorizon(buckets.bucketMs));
  const factors = levelModels(before, horizon, buckets)[0]?.season.factors ?? new Float64Array(total).fill(1);
  return factors.slice(0, total).map((factor) => Math.max(factor, LEAST_SHARE));
}
