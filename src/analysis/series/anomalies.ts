/** Which buckets cost far more than such buckets cost, and how much more? */

import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { MAD_TO_SIGMA, median, quantile } from "../statistics/order-statistics.ts";
import { runningMedian } from "../statistics/running.ts";
import {
  BUCKET_OPTIONS,
  type BucketOptions,
  calendarOf,
  checkedBuckets,
  DAY_MS,
  floorMod,
  HOUR_MS,
  isWeekend,
  type Slots,
  WEEK_MS,
  weekdaySlots,
} from "./calendar.ts";
import { type KnownAmounts, knownAmounts } from "./known-amounts.ts";

export interface AnomalyOptions extends BucketOptions {
  /** What is usual is learned from the buckets before this index, and only those from it on are judged; without it, all are both. */
  trainUntil?: number;
  /** Only what is at least so much above what was expected is told. It does not change what counts as unusual. */
  minImpact?: number;
  /** Parallel to the values: truthy where a value is not known. */
  gaps?: ArrayLike<boolean | number>;
}

export interface Anomaly {
  index: number;
  value: number;
  /** What such a bucket usually has, at the level of its time. */
  expected: number;
  /** The value less what was expected. */
  impact: number;
  /** The share of known buckets that were as far above theirs, counted with this one. */
  p: number;
}

/** In standard deviations of usual buckets. At the usual 3.5, one spike in five of invented hourly spending escaped; here, one in seven. */
const LEAST_SURPRISE = 3.2;
/** How often a usual hour may be taken for an anomaly, by the tail of usual hours. */
const FALSE_SHARE = 0.002;
/** The tail is measured between these quantiles: beyond, there may be anomalies. */
const TAIL_FROM = 0.9;
const TAIL_TO = 0.98;
/** A scale is at least this share of the usual level, as counts scatter even where these did not. */
const LEAST_SCALE = 0.05;
const ENOUGH_BUCKETS = 14;
const PASSES = 2;
const NEIGHBOURS = 2;
const LEAST_DAYS_OF_HOURS = 3;
const LEAST_DAYS_OF_KINDS = 14;
const LEAST_WEEKS_OF_WEEKDAYS = 4;
const LEVEL_STEP = 6;

/**
 * Buckets far above the usual of their hour and kind of day (of their weekday, if a bucket is a day), on the scale of square roots,
 * on which counts scatter evenly (Anscombe 1948). A level that rises or falls over weeks is followed. Amounts are judged on their
 * own scale where some are below zero.
 *
 * @returns in order of time; none for fewer than 14 known buckets, of which nothing can be said
 *
 * @example
 * ```ts
 * import { detectAnomalies } from "tokenledger/analysis";
 * const hours = Array.from({ length: 672 }, (_, i) => 100 + 50 * Math.sin((2 * Math.PI * i) / 24) + ((i * 37) % 11));
 * hours[500] = 900;
 * const [anomaly] = detectAnomalies(hours, { bucketMs: 3_600_000 });
 * [anomaly?.index, anomaly?.value, Math.round((anomaly?.impact ?? 0) / 100)]; // => [500, 900, 8]
 * detectAnomalies(hours, { bucketMs: 3_600_000, minImpact: 1000 }); // => []
 * ```
 *
 * @throws AnalysisInputError for values that are no finite numbers, and for options that can't be
 */
export function detectAnomalies(values: ArrayLike<number>, options: AnomalyOptions): Anomaly[] {
  checkOptions(options, [...BUCKET_OPTIONS, "trainUntil", "minImpact", "gaps"]);
  const series = knownAmounts(values, options.gaps, true);
  const n = series.values.length;
  const buckets = checkedBuckets(n, options);
  const { trainUntil, minImpact = 0 } = options;
  if (trainUntil !== undefined && (!Number.isSafeInteger(trainUntil) || trainUntil < 0))
    throw new AnalysisInputError(`trainUntil: ${quoteValue(trainUntil)} is not an index; give a whole number from 0 up.`);
  if (typeof minImpact !== "number" || !(minImpact >= 0))
    throw new AnalysisInputError(`minImpact: ${quoteValue(minImpact)} is not an amount; give a number from 0 up.`);
  const trained = Math.min(trainUntil ?? n, n);
  const usual = learned(series, trained, buckets);
  if (usual === undefined) return [];
  const { surprises, expected } = usual;
  const training = sortedKnown(surprises, series.known, trained);
  const threshold = Math.max(LEAST_SURPRISE, tailThreshold(training, buckets.bucketMs));
  const anomalies: Anomaly[] = [];
  for (let index = trainUntil === undefined ? 0 : trained; index < n; index++) {
    const surprise = surprises[index] as number;
    if (!series.known[index] || surprise < threshold) continue;
    const value = series.values[index] as number;
    const impact = value - (expected[index] as number);
    if (impact <= 0 || impact < minImpact) continue;
    const asFar = training.filter((other) => other >= surprise).length;
    // Where a bucket is judged that was learned from, it is itself among those that are as far.
    const p = trainUntil === undefined ? asFar / training.length : (asFar + 1) / (training.length + 1);
    anomalies.push({ index, value, expected: expected[index] as number, impact, p });
  }
  return anomalies;
}

interface Usual {
  /** How far above the usual, in standard deviations. */
  surprises: Float64Array;
  expected: Float64Array;
}

function learned({ values, known }: KnownAmounts, trained: number, buckets: BucketOptions): Usual | undefined {
  let count = 0;
  for (let i = 0; i < trained; i++) count += known[i] as number;
  if (count < ENOUGH_BUCKETS) return undefined;
  const isSigned = values.some((value) => value < 0);
  const y = isSigned ? values : values.map(Math.sqrt);
  const slots = slotsOf(values.length, trained, buckets);
  const { slot } = slots;
  const week = Math.max(7, Math.round(WEEK_MS / buckets.bucketMs));
  let center = new Float64Array(slots.count);
  let level = new Float64Array(values.length);
  for (let pass = 0; pass < PASSES; pass++) {
    const lessLevel = y.map((value, i) => value - (level[i] as number));
    center = Float64Array.from(gathered(slots, known, lessLevel, trained), (own) => (own.length > 0 ? median(own) : 0));
    const lessCenter = y.map((value, i) => value - (center[slot[i] as number] as number));
    level = Float64Array.from(slowLevel(lessCenter, known, trained, week));
  }
  const usual = level.map((value, i) => value + (center[slot[i] as number] as number));
  const rest = y.map((value, i) => value - (usual[i] as number));
  const scales = slotScales(gathered(slots, known, rest, trained), slots.ring);
  const least = (LEAST_SCALE * usual.reduce((all, value) => all + Math.abs(value), 0)) / usual.length;
  const surprises = rest.map((value, i) => {
    const scale = (scales[slot[i] as number] as number) + least;
    return scale > 0 ? value / scale : value > 0 ? Number.POSITIVE_INFINITY : 0;
  });
  return { surprises, expected: isSigned ? usual : usual.map((value) => Math.max(0, value) ** 2) };
}

function sortedKnown(values: Float64Array, known: Uint8Array, until: number): Float64Array {
  return values
    .slice(0, until)
    .filter((_, i) => known[i])
    .sort();
}

/** Those of one kind of day form a ring, in which neighbours are alike. */
interface SlotsInRings extends Slots {
  /** Slots of a ring; the rings follow one another. Without it, the slots have no neighbours: their spread is taken for one. */
  ring?: number;
}

/** As fine as the history allows: hours of two kinds of days, or hours, or weekdays; else all are of one kind. */
function slotsOf(n: number, trained: number, buckets: BucketOptions): SlotsInRings {
  const { bucketMs } = buckets;
  const calendar = calendarOf(n, buckets);
  const { localMs, weekday } = calendar;
  if (bucketMs === DAY_MS && trained >= LEAST_WEEKS_OF_WEEKDAYS * 7) return weekdaySlots(calendar);
  // Finer than an hour, slots would be thin, and neighbours tell the same.
  const slotMs = Math.max(bucketMs, HOUR_MS);
  const days = (trained * bucketMs) / DAY_MS;
  if (bucketMs >= DAY_MS || DAY_MS % slotMs !== 0 || days < LEAST_DAYS_OF_HOURS) return { slot: new Uint16Array(n), count: 1 };
  const ring = DAY_MS / slotMs;
  const byKind = days >= LEAST_DAYS_OF_KINDS;
  const slot = Uint16Array.from(localMs, (at, i) => {
    const time = Math.floor(floorMod(at, DAY_MS) / slotMs);
    return byKind && isWeekend(weekday[i] as number) ? ring + time : time;
  });
  return { slot, count: byKind ? 2 * ring : ring, ring };
}

/** The values of trained buckets by slot. */
function gathered({ slot, count }: Slots, known: Uint8Array, values: Float64Array, until: number): number[][] {
  const bySlot: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < until; i++) if (known[i]) (bySlot[slot[i] as number] as number[]).push(values[i] as number);
  return bySlot;
}

/** The median of a week around; behind the trained buckets, of the week before: what is judged does not set its own measure at once. */
function slowLevel(rest: Float64Array, known: Uint8Array, trained: number, week: number): Float64Array {
  const level = new Float64Array(rest.length);
  const seen: number[] = [];
  const indices: number[] = [];
  for (let i = 0; i < trained; i++) {
    if (!known[i]) continue;
    seen.push(rest[i] as number);
    indices.push(i);
  }
  if (trained < 2 * week) return level.fill(median(seen));
  const running = runningMedian(Float64Array.from(seen), week);
  for (let i = 0, at = 0; i < trained; i++) {
    while (at + 1 < indices.length && (indices[at] as number) < i) at++;
    level[i] = running[at] as number;
  }
  for (let i = trained; i < level.length; i++) {
    // A look each quarter of a day or so is enough for what moves in a week.
    if ((i - trained) % LEVEL_STEP === 0) level[i] = median(seen.slice(-week));
    else level[i] = level[i - 1] as number;
    if (known[i]) seen.push(rest[i] as number);
  }
  return level;
}

/** Around zero, of each slot and the two before and after it in its ring. */
function slotScales(bySlot: number[][], ring: number | undefined): Float64Array {
  const spread = (values: number[]): number => (values.length > 0 ? MAD_TO_SIGMA * median(values.map(Math.abs)) : 0);
  if (ring === undefined) return new Float64Array(bySlot.length).fill(spread(bySlot.flat()));
  return Float64Array.from(bySlot, (_, slot) => {
    const first = slot - (slot % ring);
    const near = new Set<number>();
    for (let step = -NEIGHBOURS; step <= NEIGHBOURS; step++) near.add(first + floorMod(slot - first + step, ring));
    return spread([...near].flatMap((neighbour) => bySlot[neighbour] as number[]));
  });
}

/** Where an exponential tail, fitted between two quantiles, leaves as much as may be told falsely (Pickands 1975, of shape 0). */
function tailThreshold(sorted: Float64Array, bucketMs: number): number {
  const from = quantile(sorted, TAIL_FROM);
  const to = quantile(sorted, TAIL_TO);
  if (to === Number.POSITIVE_INFINITY) return to;
  const perLog = (to - from) / Math.log((1 - TAIL_FROM) / (1 - TAIL_TO));
  const share = FALSE_SHARE * Math.min(1, bucketMs / HOUR_MS);
  return from + perLog * Math.log((1 - TAIL_FROM) / share);
}
