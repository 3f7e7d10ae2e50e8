/** A series of spending taken apart: where it goes, what comes again and again, and the rest. */

import { checkedLength, checkOptions } from "../input.ts";
import { quantile } from "../statistics/order-statistics.ts";
import { checkWavelet, type Wavelet } from "../wavelets/filters.ts";
import { mra } from "../wavelets/mra.ts";
import { BUCKET_OPTIONS, type BucketOptions, type Calendar, calendarOf, DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from "./calendar.ts";
import { filledSeries } from "./gaps.ts";
import { robustLine } from "./line.ts";
import { type Peak, peakOf } from "./peak.ts";
import type { FoundPeriod } from "./periods.ts";
import { type Phase, phaseOf } from "./phase.ts";
import { fitProfile, isMostlyOneValue, profileShape, robustDeviation, winsorised } from "./profile.ts";
import { type RhythmTests, type TestedRhythm, testRhythms } from "./rhythms.ts";

export interface DecomposeOptions extends BucketOptions {
  /** `"db2"` if not given: it leaves straight lines as they are. */
  wavelet?: Wavelet;
  /** For each value whether it is unknown; such a value may be anything, NaN too. Nothing spent is no gap but 0. */
  gaps?: ArrayLike<boolean | number>;
}

/** A period in which spending repeats itself. */
export interface Rhythm extends Peak {
  periodMs: number;
  /** How often chance alone would show as much, all periods that were tested taken together. */
  p: number;
  /** Which part of what varies about the trend it explains, 0 to 1 (Hyndman & Athanasopoulos 2021, section 4.3). */
  strength: number;
}

/** Bucket by bucket, trend + oscillation + noise is the value; in a gap, what was put into it. */
export interface Decomposition {
  trend: Float64Array;
  oscillation: Float64Array;
  noise: Float64Array;
  /** The part of the oscillation that is no rhythm: waves of several buckets that stand out once. */
  bursts: Float64Array;
  /** How many levels of the wavelet transform are faster than the trend. */
  levels: number;
  phase: Phase;
  /** What the tests found, strongest first. */
  rhythms: Rhythm[];
  /** All periods that were looked for, found or not. */
  tested: TestedRhythm[];
  /** Why the phase is unknown and no rhythm was looked for: the gaps are too many. */
  insufficient?: string;
}

/** Two rounds of rhythm, trend, rhythm, trend: more change nothing that can be seen. */
const ROUNDS = 2;
/** Spikes are left out of trend and bursts from here on, in robust deviations: they are noise, where anomalies are looked for. */
const SPIKE_DEVIATIONS = 6;
/** What rises and falls within 2 to 8 buckets is noise; bursts are slower. */
const FIRST_BURST_LEVEL = 3;
/** A rhythm that moves less than a thousandth of what varies is rounding, or the bend of a smooth curve. */
const LEAST_SHARE = 1e-3;
/** What passes the test but leaves its hours' and weekdays' medians alike came once: an episode that fell on a Tuesday. */
const LEAST_STRENGTH = 0.01;
const MOST_GAPS = 0.25;

/**
 * Takes a series apart. The trend is a robust line and the smooth part of a wavelet transform (Percival & Walden 2000); the
 * oscillation is made of the rhythms that pass a test, and of bursts; the noise is the rest. Of fewer than four values,
 * everything is trend.
 *
 * @throws AnalysisInputError for values that are not finite and for options that can't be
 * @example
 * ```ts
 * import { decompose } from "tokenledger/analysis";
 * // Eight weeks of daily spending from a Monday on: 100 a day, 300 on Mondays.
 * const days = Array.from({ length: 56 }, (_, day) => (day % 7 === 0 ? 300 : 100));
 * const { rhythms, phase } = decompose(days, { bucketMs: 86_400_000 });
 * rhythms.map(({ periodMs, peak, peakExcess }) => [periodMs / 86_400_000, peak, Math.round(peakExcess)]); // => [[7, "Monday", 200]]
 * phase.direction; // => "steady"
 * ```
 */
export function decompose(values: ArrayLike<number>, options: DecomposeOptions): Decomposition {
  checkOptions(options, [...BUCKET_OPTIONS, "wavelet", "gaps"]);
  const { wavelet = "db2", gaps, bucketMs } = options;
  checkWavelet(wavelet);
  const calendar = calendarOf(checkedLength(values, "values"), options);
  const seasonBuckets = Math.max(1, Math.round(seasonMs(bucketMs) / bucketMs));
  const { values: series, known, longest, unknown } = filledSeries(values, gaps, seasonBuckets);
  const insufficient = tooManyGaps(longest, unknown, series.length, seasonBuckets);
  const isTested = series.length >= 4 && insufficient === undefined;
  const { tested, found }: RhythmTests = isTested
    ? testRhythms(series, known, calendar, options.start !== undefined)
    : { tested: [], found: [] };
  const parts = takeApart(series, found, calendar, wavelet, known);
  const isReal = parts.rhythms.map((rhythm) => isNotable(rhythm, series, parts));
  if (isReal.includes(false)) {
    const real = found.filter((_, index) => isReal[index]);
    for (const test of tested) test.found &&= real.some(({ periodMs }) => periodMs === test.periodMs);
    return describe(series, real, tested, takeApart(series, real, calendar, wavelet, known), calendar, known, insufficient);
  }
  return describe(series, found, tested, parts, calendar, known, insufficient);
}

interface Parts {
  line: Float64Array;
  trend: Float64Array;
  /** Of each found period, in their order. */
  rhythms: Float64Array[];
  bursts: Float64Array;
  levels: number;
}

function takeApart(
  series: Float64Array,
  found: readonly FoundPeriod[],
  calendar: Calendar,
  wavelet: Wavelet,
  known: Uint8Array | undefined,
): Parts {
  const n = series.length;
  const none = new Float64Array(n);
  if (n < 4) return { line: series, trend: series, rhythms: [], bursts: none, levels: 0 };
  const { intercept, slope } = robustLine(series, calendar.bucketMs);
  const line = new Float64Array(n);
  for (let t = 0; t < n; t++) line[t] = intercept + slope * t;
  const levels = Math.min(levelsOfTrend(calendar.bucketMs), Math.floor(Math.log2(n / 2)));
  const isIdle = isMostlyOneValue(series);
  const spikesFrom = isIdle ? Number.POSITIVE_INFINITY : SPIKE_DEVIATIONS;
  const hasDays = found.some(({ periodMs }) => periodMs === DAY_MS);
  const shapes = found.map((period) => profileShape(period, calendar, hasDays, isIdle, known));
  const rhythms = found.map(() => new Float64Array(n));
  /** The series without line and rhythms. */
  const rest = difference(series, line);
  let smooth: Float64Array = none;
  for (let round = 0; round < (found.length > 0 ? ROUNDS : 0); round++) {
    for (const [index, shape] of shapes.entries()) {
      const more = fitProfile(shape, difference(rest, smooth), known);
      const rhythm = rhythms[index] as Float64Array;
      for (let t = 0; t < n; t++) {
        rhythm[t] = (rhythm[t] as number) + (more[t] as number);
        rest[t] = (rest[t] as number) - (more[t] as number);
      }
    }
    if (round < ROUNDS - 1) smooth = mra(winsorised(rest, spikesFrom), wavelet, levels).smooth;
  }
  const bands = mra(winsorised(rest, spikesFrom), wavelet, levels);
  return {
    line,
    trend: total([line, bands.smooth], n),
    rhythms,
    bursts: burstsOf(bands.details),
    levels,
  };
}

/**
 * What is left of the slower details where only chance's usual height is cut away (hard thresholds, Donoho & Johnstone 1994), level
 * by level, because noise that remembers the hour before is higher in slower levels (Johnstone & Silverman 1997).
 */
function burstsOf(details: readonly Float64Array[]): Float64Array {
  const n = details[0]?.length ?? 0;
  const bursts = new Float64Array(n);
  for (const detail of details.slice(FIRST_BURST_LEVEL - 1)) {
    const threshold = robustDeviation(detail, 0) * Math.sqrt(2 * Math.log(n));
    if (!(threshold > 0)) continue;
    for (let t = 0; t < n; t++) {
      const value = detail[t] as number;
      if (Math.abs(value) > threshold) bursts[t] = (bursts[t] as number) + value;
    }
  }
  return bursts;
}

function describe(
  series: Float64Array,
  found: readonly FoundPeriod[],
  tested: TestedRhythm[],
  { trend, rhythms: fitted, bursts, levels }: Parts,
  calendar: Calendar,
  known: Uint8Array | undefined,
  insufficient: string | undefined,
): Decomposition {
  const repeated = total(fitted, series.length);
  const oscillation = total([repeated, bursts], series.length);
  const noise = difference(difference(series, trend), oscillation);
  const rhythms = found.map(({ periodMs, p, position }, index): Rhythm => {
    const own = fitted[index] as Float64Array;
    // A batch of Monday nights raises the nights in the day's rhythm, and the week's takes it back for the other six: together with
    // the week's, the day's shows what most days do, and has no peak that one weekday makes alone.
    const others = fitted.filter((_, other) => other !== index && !(periodMs === DAY_MS && found[other]?.periodMs === WEEK_MS));
    const alone = difference(difference(series, trend), total(others, series.length));
    return { periodMs, p, strength: strengthOf(own, noise), ...peakOf({ periodMs, position }, calendar, alone, known) };
  });
  rhythms.sort((a, b) => b.strength - a.strength || a.p - b.p || a.periodMs - b.periodMs);
  const phase: Phase =
    insufficient === undefined ? phaseOf(series, trend, repeated, calendar.bucketMs, known) : { direction: "unknown", volatile: false };
  return {
    trend: trend.slice(),
    oscillation,
    noise,
    bursts,
    levels,
    phase,
    rhythms,
    tested,
    ...(insufficient !== undefined && { insufficient }),
  };
}

function strengthOf(rhythm: Float64Array, noise: Float64Array): number {
  const both = spread(total([rhythm, noise], noise.length));
  return both > 0 ? Math.max(0, 1 - spread(noise) / both) : 0;
}

function difference(values: Float64Array, others: Float64Array): Float64Array {
  const left = new Float64Array(values.length);
  for (let t = 0; t < left.length; t++) left[t] = (values[t] as number) - (others[t] as number);
  return left;
}

function total(parts: readonly Float64Array[], length: number): Float64Array {
  const sums = new Float64Array(length);
  for (const part of parts) for (let t = 0; t < length; t++) sums[t] = (sums[t] as number) + (part[t] as number);
  return sums;
}

/** Mean squared distance from the mean. */
function spread(values: Float64Array): number {
  const n = values.length;
  let sum = 0;
  for (let t = 0; t < n; t++) sum += values[t] as number;
  const center = sum / n;
  let squares = 0;
  for (let t = 0; t < n; t++) squares += ((values[t] as number) - center) ** 2;
  return squares / n;
}

function isNotable(rhythm: Float64Array, series: Float64Array, { line, trend, rhythms, bursts }: Parts): boolean {
  const varying = spread(series) + spread(difference(series, line));
  if (Math.sqrt(spread(rhythm)) <= LEAST_SHARE * Math.sqrt(varying)) return false;
  return (
    strengthOf(rhythm, withoutSpikes(difference(difference(series, trend), total([...rhythms, bursts], series.length)))) >= LEAST_STRENGTH
  );
}

/** One event, however dear, hides no rhythm: of a hundred values the furthest from nothing counts no more than the next. */
function withoutSpikes(noise: Float64Array): Float64Array {
  const reach = quantile(
    noise.map((value) => Math.abs(value)),
    0.99,
  );
  return noise.map((value) => Math.max(-reach, Math.min(reach, value)));
}

/** Levels below the trend: it is slower than the longest rhythm that people have in buckets of this length. */
export function levelsOfTrend(bucketMs: number): number {
  const longestMs = bucketMs < HOUR_MS ? DAY_MS : bucketMs < DAY_MS ? WEEK_MS : 2 * WEEK_MS;
  return Math.max(1, Math.ceil(Math.log2(longestMs / bucketMs)));
}

/** The rhythm that buckets of this length have before any other: what fills gaps, and how long they may be. */
function seasonMs(bucketMs: number): number {
  return bucketMs < 15 * MINUTE_MS ? HOUR_MS : bucketMs < DAY_MS ? DAY_MS : WEEK_MS;
}

function tooManyGaps(longest: number, unknown: number, n: number, seasonBuckets: number): string | undefined {
  if (longest > seasonBuckets) return `${longest} buckets in a row are not known; more than ${seasonBuckets} can't be filled in.`;
  if (unknown > MOST_GAPS * n) return `${unknown} of ${n} buckets are not known; more than a quarter can't be filled in.`;
  return undefined;
}
