/** What will be spent, and how surely. */

import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { BUCKET_OPTIONS, type BucketOptions, checkedBuckets, DAY_MS } from "../series/calendar.ts";
import { inUnitsOfLargest, type KnownAmounts, knownAmounts } from "../series/known-amounts.ts";
import { seededRandom } from "../statistics/random.ts";
import { type CumulatedSums, simulateCourses } from "./courses.ts";
import { levelModels, usualHorizon } from "./level-models.ts";
import { simulateRunRate } from "./run-rate.ts";

export interface ForecastOptions extends Partial<BucketOptions> {
  /** How many buckets to come: by default a week of days, a day of anything shorter. */
  horizon?: number;
  /** Parallel to the values: truthy where a value is not known. An outage is not a day without spending. */
  gaps?: ArrayLike<boolean | number>;
  /** A whole number: another one draws other courses. The same one draws the same. */
  seed?: number;
  /** How many courses are simulated; 1000 if not given. */
  courses?: number;
}

/** Their names. */
export const FORECAST_OPTIONS: readonly (keyof ForecastOptions)[] = [...BUCKET_OPTIONS, "horizon", "gaps", "seed", "courses"];

/** The lower tenth, the middle and the upper tenth of the simulated courses: eight of ten end between the outer two. */
export interface Quantiles<T> {
  p10: T;
  p50: T;
  p90: T;
}

export interface Forecast {
  /** By level and season, as if it went on as before (too few buckets, or nothing but zeros), or not at all (no history). */
  method: "seasonal" | "run-rate" | "none";
  /** Tested on its own past, or from fewer than 7 buckets, which tell little, or none. */
  quality: "tested" | "low-data" | "none";
  /** One sentence, where the quality is not "tested". */
  reason?: string;
  /** How many buckets are known. */
  observed: number;
  /** How many are forecast. */
  horizon: number;
  /** The middle course: for each bucket to come, by how much the middle of the sums grows. */
  expected?: Float64Array;
  /** The cone: of the sum from now up to and with each bucket. */
  cumulative?: Quantiles<Float64Array>;
  /** Of all buckets to come. */
  total?: Quantiles<number> & { mean: number };
  /** The simulated courses, each as sums from now up to and with each bucket. */
  courses: Float64Array[];
}

const DEFAULT_COURSES = 1000;
const MOST_COURSES = 100_000;
const LONGEST_HORIZON = 100_000;
const MOST_CELLS = 50_000_000;
/** With fewer buckets, nothing can be tried on the past. */
const ENOUGH_BUCKETS = 7;

/**
 * The buckets to come, from a level that follows the values, the season of day and week, and what the past's forecasts were wrong by.
 * The values are amounts: what was spent or used in each bucket, the last one complete.
 *
 * @example
 * ```ts
 * import { forecast } from "tokenledger/analysis";
 * const days = Array.from({ length: 56 }, (_, i) => (i % 7 < 5 ? 20 : 0)); // working days, from a Monday on
 * const { method, quality, total } = forecast(days, { horizon: 28 });
 * [method, quality, 100 * Math.round((total?.p50 ?? 0) / 100)]; // => ["seasonal", "tested", 400]
 * forecast([12, 9]).reason; // => "2 buckets are known; from 7 on, a forecast can be tested on its own past."
 * forecast([]).method; // => "none"
 * ```
 *
 * @throws AnalysisInputError for values that are no amounts, and for options that can't be
 */
export function forecast(values: ArrayLike<number>, options: ForecastOptions = {}): Forecast {
  checkOptions(options, FORECAST_OPTIONS);
  const series = knownAmounts(values, options.gaps);
  const { buckets, horizon, courses, seed } = checkedForecastOptions(series.values.length, options);
  const { count: observed } = series;
  const low =
    observed >= ENOUGH_BUCKETS
      ? {}
      : {
          reason: `${observed} ${observed === 1 ? "bucket is" : "buckets are"} known; from ${ENOUGH_BUCKETS} on, a forecast can be tested on its own past.`,
        };
  if (observed === 0) return { method: "none", quality: "none", ...low, observed, horizon, courses: [] };
  const quality = observed >= ENOUGH_BUCKETS ? "tested" : "low-data";
  const { scale, method, sums } = simulate(series, { buckets, horizon, courses, seed });
  return { method, quality, ...low, observed, horizon, ...summary(sums, { scale, horizon, courses }) };
}

interface Checked {
  buckets: BucketOptions;
  horizon: number;
  courses: number;
  seed: number;
}

export function checkedForecastOptions(length: number, options: ForecastOptions): Checked {
  const { bucketMs = DAY_MS, start, timeZone, seed = 1, courses = DEFAULT_COURSES } = options;
  const given = { bucketMs, ...(start !== undefined && { start }), ...(timeZone !== undefined && { timeZone }) };
  checkedBuckets(length, given);
  const { horizon = Math.min(usualHorizon(bucketMs), LONGEST_HORIZON) } = options;
  if (!Number.isSafeInteger(horizon) || horizon < 0 || horizon > LONGEST_HORIZON)
    throw new AnalysisInputError(
      `horizon: ${quoteValue(horizon)} is not a number of buckets; give a whole number from 0 to ${LONGEST_HORIZON}.`,
    );
  if (!Number.isSafeInteger(courses) || courses < 10 || courses > MOST_COURSES)
    throw new AnalysisInputError(
      `courses: ${quoteValue(courses)} is not a number of courses; give a whole number from 10 to ${MOST_COURSES}.`,
    );
  if (courses * horizon > MOST_CELLS)
    throw new AnalysisInputError(`horizon: ${horizon} buckets of ${courses} courses are too many; give longer buckets, or fewer courses.`);
  if (!Number.isSafeInteger(seed)) throw new AnalysisInputError(`seed: ${quoteValue(seed)} is not a whole number.`);
  const buckets = checkedBuckets(length + horizon, given);
  return { buckets, horizon, courses, seed };
}

/** `scale` is what the sums are in units of. */
function simulate(
  given: KnownAmounts,
  { buckets, horizon, courses, seed }: Checked,
): { scale: number; method: "seasonal" | "run-rate"; sums: CumulatedSums } {
  const { series, largest: scale } = inUnitsOfLargest(given);
  const { values, count } = series;
  const random = seededRandom(seed);
  if (scale === 0) return { scale, method: "run-rate", sums: new Float64Array(courses * horizon) };
  if (count < ENOUGH_BUCKETS) {
    const total = values.reduce((all, value) => all + value, 0);
    return { scale, method: "run-rate", sums: simulateRunRate({ total, count }, { horizon, courses, random }) };
  }
  if (horizon === 0) return { scale, method: "seasonal", sums: new Float64Array(0) };
  const models = levelModels(series, horizon, buckets);
  return { scale, method: "seasonal", sums: simulateCourses(models, { from: values.length, horizon, courses, peak: 1, random }) };
}

function summary(
  sums: CumulatedSums,
  { scale, horizon, courses: count }: { scale: number; horizon: number; courses: number },
): Required<Pick<Forecast, "expected" | "cumulative" | "total" | "courses">> {
  for (let i = 0; i < sums.length; i++) sums[i] = Math.min((sums[i] as number) * scale, Number.MAX_VALUE);
  const cumulative = { p10: new Float64Array(horizon), p50: new Float64Array(horizon), p90: new Float64Array(horizon) };
  const expected = new Float64Array(horizon);
  const column = new Float64Array(count);
  let before = 0;
  for (let bucket = 0; bucket < horizon; bucket++) {
    for (let course = 0; course < count; course++) column[course] = sums[course * horizon + bucket] as number;
    column.sort();
    cumulative.p10[bucket] = upperRank(column, 0.1);
    cumulative.p50[bucket] = upperRank(column, 0.5);
    cumulative.p90[bucket] = upperRank(column, 0.9);
    expected[bucket] = (cumulative.p50[bucket] as number) - before;
    before = cumulative.p50[bucket] as number;
  }
  // The mean of parts, since the sum of all may be too large for a number.
  let mean = 0;
  if (horizon > 0) for (const sum of column) mean += sum / count;
  const last = horizon - 1;
  const total = {
    mean: Math.min(mean, Number.MAX_VALUE),
    p10: cumulative.p10[last] ?? 0,
    p50: cumulative.p50[last] ?? 0,
    p90: cumulative.p90[last] ?? 0,
  };
  const courses = Array.from({ length: count }, (_, course) => sums.subarray(course * horizon, (course + 1) * horizon));
  return { expected, cumulative, total, courses };
}

/** The ⌈q(n+1)⌉-th smallest. */
function upperRank(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length, Math.ceil(q * (sorted.length + 1))) - 1] as number;
}
