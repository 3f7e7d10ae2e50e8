/** Where a series changed to another level and stayed there. */

import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { levelModels, usualHorizon } from "../forecast/level-models.ts";
import { checkOptions } from "../input.ts";
import { MAD_TO_SIGMA, median, medianAbsoluteDeviation } from "../statistics/order-statistics.ts";
import { runningMedian } from "../statistics/running.ts";
import { BUCKET_OPTIONS, type BucketOptions, checkedBuckets, DAY_MS } from "./calendar.ts";
import { inUnitsOfLargest, type KnownAmounts, knownAmounts } from "./known-amounts.ts";

export interface ChangePointOptions extends Partial<BucketOptions> {
  /** What a change must explain of the squared deviations; found from the series if not given. */
  penalty?: number;
  /** The fewest buckets between two changes: 3 if not given, a day where buckets of known length are shorter. */
  minSize?: number;
  /**
   * "log" for amounts, which grow by shares: changes are those of the logarithm, less the season of day and week where `bucketMs` is
   * given. "linear" for the values as they are. By default "linear" where a penalty is given or values are below zero.
   */
  scale?: "linear" | "log";
  /** Parallel to the values: truthy where a value is not known. */
  gaps?: ArrayLike<boolean | number>;
}

export interface Segment {
  /** The first bucket. */
  start: number;
  /** The one after the last. */
  end: number;
  /** The mean of its known values, as they were given. */
  level: number;
}

export interface ChangePoints {
  /** The first bucket of each new level. */
  changepoints: number[];
  /** Squared deviations from the levels, and the penalty of each change: the least there is. */
  objective: number;
  penalty: number;
  /** From the first bucket to the last; none for no values. */
  segments: Segment[];
}

const LEAST_SIZE = 3;
/** Of σ²·ln n: with it, one in a hundred series of half a year without a change, of lag-1 autocorrelation ½, is said to have one. */
const PENALTY_FACTOR = 2.5;
/** A running median of this width takes the levels out before the autocorrelation is measured, and some of that with them. */
const DETREND_WIDTH = 15;
const LOST_AUTOCORRELATION = 3 / DETREND_WIDTH;
const MOST_AUTOCORRELATION = 0.8;
/** Of the mean bucket, added before the logarithm: nothing at all is little. */
const LOG_OFFSET = 0.05;
/** Below, there is no noise to measure a change against. */
const LEAST_BUCKETS = 8;

/**
 * The partition into levels that has the least squared deviations plus a penalty for each change: optimal partitioning with
 * pruning (Killick, Fearnhead and Eckley 2012). Where no penalty is given, it is 2.5·σ²·ln n with the long-run variance σ², since
 * the spending of one day is much like that of the day before: with the variance of independent values, every second series
 * without any change would be said to have one.
 *
 * @example
 * ```ts
 * import { changePoints } from "tokenledger/analysis";
 * const days = Array.from({ length: 60 }, (_, i) => (i < 40 ? 100 : 250) + ((i * 7) % 5) * 8);
 * const { changepoints, segments } = changePoints(days, { bucketMs: 86_400_000 });
 * [changepoints, segments.map(({ level }) => Math.round(level))]; // => [[40], [116, 266]]
 * changePoints([1, 1, 5, 5], { penalty: 2, minSize: 2 }); // => { changepoints: [2], objective: 2, penalty: 2, … }
 * ```
 *
 * @throws AnalysisInputError for values that are no finite numbers, and for options that can't be
 */
export function changePoints(values: ArrayLike<number>, options: ChangePointOptions = {}): ChangePoints {
  checkOptions(options, [...BUCKET_OPTIONS, "penalty", "minSize", "scale", "gaps"]);
  const series = knownAmounts(values, options.gaps, true);
  const n = series.values.length;
  const { bucketMs, penalty: given } = options;
  const buckets = bucketMs === undefined ? undefined : checkedBuckets(n, { ...options, bucketMs });
  const usualSize = bucketMs === undefined ? LEAST_SIZE : Math.max(LEAST_SIZE, Math.min(Math.round(DAY_MS / bucketMs), n));
  const { minSize = usualSize } = options;
  if (!Number.isSafeInteger(minSize) || minSize < 1)
    throw new AnalysisInputError(`minSize: ${quoteValue(minSize)} is not a number of buckets; give a whole number from 1 up.`);
  if (given !== undefined && (typeof given !== "number" || !(given >= 0 && given < Number.POSITIVE_INFINITY)))
    throw new AnalysisInputError(`penalty: ${quoteValue(given)} is not a penalty; give a number from 0 up.`);
  const hasNegative = series.values.some((value) => value < 0);
  const { scale = given !== undefined || hasNegative ? "linear" : "log" } = options;
  if (scale !== "linear" && scale !== "log")
    throw new AnalysisInputError(`scale: ${quoteValue(scale)} is not a scale; give "linear" or "log".`);
  if (scale === "log" && hasNegative)
    throw new AnalysisInputError('values: some are negative, which have no logarithm; give scale: "linear".');
  const known: number[] = [];
  for (let i = 0; i < n; i++) if (series.known[i]) known.push(i);
  const scaled = scale === "log" ? logarithms(series, buckets) : series.values;
  const x = Float64Array.from(known, (i) => scaled[i] as number);
  const penalty = given ?? longRunPenalty(x);
  const { changes, objective } = optimalPartition(x, penalty, minSize);
  const changepoints = changes.map((at) => known[at] as number);
  return { changepoints, objective, penalty, segments: segmentsOf(series, changepoints) };
}

/** ln(value ÷ season + a little). */
function logarithms(series: KnownAmounts, buckets: BucketOptions | undefined): Float64Array {
  const { series: shares, largest } = inUnitsOfLargest(series);
  const { values, count } = shares;
  if (largest === 0) return new Float64Array(values.length);
  const enough = buckets !== undefined && count >= LEAST_BUCKETS;
  const season = enough ? levelModels(shares, Math.min(usualHorizon(buckets.bucketMs), values.length), buckets)[0]?.season : undefined;
  const offset = (LOG_OFFSET * values.reduce((all, value) => all + value, 0)) / count;
  return values.map((value, i) => Math.log(value / (season?.factors[i] ?? 1) + offset));
}

/** 2.5·(long-run variance)·ln n, of an autoregression of order 1; endless where there is too little to tell. */
function longRunPenalty(x: Float64Array): number {
  const n = x.length;
  if (n < LEAST_BUCKETS) return Number.POSITIVE_INFINITY;
  const steps = x.slice(1).map((value, i) => value - (x[i] as number));
  // The larger of a robust and the plain one: where a few values are far off (days next to nothing, on a logarithmic scale), or all
  // are small whole numbers, a median knows too little of the noise; and a change of level is but one of the steps.
  const robust = (MAD_TO_SIGMA * medianAbsoluteDeviation(steps)) ** 2;
  const plain = steps.reduce((all, step) => all + step * step, 0) / steps.length;
  const stepVariance = Math.max(robust, plain) / 2;
  const around = runningMedian(x, DETREND_WIDTH);
  const rest = x.map((value, i) => value - (around[i] as number));
  const center = rest.reduce((all, value) => all + value, 0) / n;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const own = (rest[i] as number) - center;
    squares += own * own;
    if (i > 0) products += own * ((rest[i - 1] as number) - center);
  }
  const measured = squares > 0 ? products / squares + LOST_AUTOCORRELATION : 0;
  const memory = Math.min(MOST_AUTOCORRELATION, Math.max(0, measured));
  // The variance of the steps is 2 (1 − memory) times that of the values, of which the long-run one is (1 + memory) / (1 − memory) times.
  return PENALTY_FACTOR * (stepVariance / (1 - memory)) * ((1 + memory) / (1 - memory)) * Math.log(n);
}

/** Exact: a change is left out for good only once no later end can make it the best. */
function optimalPartition(x: Float64Array, penalty: number, minSize: number): { changes: number[]; objective: number } {
  const n = x.length;
  if (n === 0) return { changes: [], objective: 0 };
  // Around the median and in units of the largest, so that sums of squares keep their digits and stay finite.
  const center = median(x);
  const unit = x.reduce((most, value) => Math.max(most, Math.abs(value / 2 - center / 2) * 2), 0) || 1;
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const value = ((x[i] as number) - center) / unit;
    sums[i + 1] = (sums[i] as number) + value;
    squares[i + 1] = (squares[i] as number) + value * value;
  }
  const cost = (from: number, to: number): number => {
    const sum = (sums[to] as number) - (sums[from] as number);
    return Math.max(0, (squares[to] as number) - (squares[from] as number) - (sum * sum) / (to - from));
  };
  const perChange = penalty / unit / unit;
  const best = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(n + 1).fill(-1);
  best[0] = -perChange;
  if (!Number.isFinite(perChange) || n < 2 * minSize) return { changes: [], objective: cost(0, n) * unit * unit };
  const candidates = new Int32Array(n + 1);
  const totals = new Float64Array(n + 1);
  const droppedFrom = new Int32Array(n + 1).fill(n + 1);
  let count = 0;
  for (let end = minSize; end <= n; end++) {
    const begin = end - minSize;
    if (best[begin] !== Number.POSITIVE_INFINITY) candidates[count++] = begin;
    let least = Number.POSITIVE_INFINITY;
    let from = -1;
    for (let i = 0; i < count; i++) {
      const candidate = candidates[i] as number;
      const total = (best[candidate] as number) + cost(candidate, end);
      totals[i] = total;
      if (total + perChange < least) {
        least = total + perChange;
        from = candidate;
      }
    }
    best[end] = least;
    before[end] = from;
    // A candidate that a change at `end` would beat is beaten at every later end that leaves the new level long enough.
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const candidate = candidates[i] as number;
      if ((totals[i] as number) > least && droppedFrom[candidate] === n + 1) droppedFrom[candidate] = end + minSize;
      if ((droppedFrom[candidate] as number) > end + 1) candidates[kept++] = candidate;
    }
    count = kept;
  }
  const changes: number[] = [];
  for (let at = before[n] as number; at > 0; at = before[at] as number) changes.unshift(at);
  return { changes, objective: (best[n] as number) * unit * unit };
}

function segmentsOf({ values, known }: KnownAmounts, changepoints: number[]): Segment[] {
  const n = values.length;
  if (n === 0) return [];
  const starts = [0, ...changepoints];
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? n;
    let level = 0;
    let count = 0;
    for (let i = start; i < end; i++) count += known[i] as number;
    for (let i = start; i < end; i++) if (known[i]) level += (values[i] as number) / count;
    return { start, end, level };
  });
}
