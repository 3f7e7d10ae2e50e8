/** How a day or a week is shared out among its buckets, each slot drawn towards the average as far as its history is thin. */
import { type BucketOptions, calendarOf, DAY_MS, floorMod, isWeekend } from "../series/calendar.ts";
import type { KnownAmounts } from "../series/known-amounts.ts";

export interface Season {
  /** What each bucket, of the series and to come, is multiplied by; 1 on average. */
  factors: Float64Array;
  /** In buckets; 1 where all factors are 1. */
  period: number;
}

const WEEK_DAYS = 7;
/** How many invented average values a slot is given where chance and habit can't be told apart. */
const USUAL_PRIOR = 3;
const LEAST_PRIOR = 0.3;
const MOST_PRIOR = 30;

/**
 * The seasons that a series may have, the flat one first: weekdays or working days for daily buckets, times of the day for shorter
 * ones, alone and with weekdays or working days. Only what was seen twice counts (weekdays of short buckets: once).
 */
export function possibleSeasons(series: KnownAmounts, total: number, buckets: BucketOptions): Season[] {
  const flat: Season = { factors: new Float64Array(total).fill(1), period: 1 };
  const { bucketMs } = buckets;
  const n = series.values.length;
  if (bucketMs > DAY_MS || DAY_MS % bucketMs !== 0) return [flat];
  const { localMs, weekday } = calendarOf(total, buckets);
  const dayType = dayTypesOf(weekday);
  if (bucketMs === DAY_MS) {
    if (n < 2 * WEEK_DAYS) return [flat];
    const byDay = slotFactors(series, weekday, WEEK_DAYS, WEEK_DAYS);
    const byType = slotFactors(series, dayType, 2, WEEK_DAYS);
    return [
      flat,
      { factors: spread(weekday, byDay), period: WEEK_DAYS },
      { factors: normalized(spread(dayType, byType), WEEK_DAYS), period: WEEK_DAYS },
    ];
  }
  const perDay = DAY_MS / bucketMs;
  if (n < 2 * perDay) return [flat];
  const slot = Uint32Array.from(localMs, (at) => Math.floor(floorMod(at, DAY_MS) / bucketMs));
  const times = spread(slot, slotFactors(series, slot, perDay, perDay));
  const seasons = [flat, { factors: times, period: perDay }];
  if (n >= WEEK_DAYS * perDay) {
    const days = dailyLevels(series, times, localMs);
    const daysWeekday = Uint8Array.from(days.first, (bucket) => weekday[bucket] as number);
    const daysType = dayTypesOf(daysWeekday);
    for (const [ofDays, ofBuckets, count] of [
      [daysWeekday, weekday, WEEK_DAYS],
      [daysType, dayType, 2],
    ] as const) {
      const factors = spread(ofBuckets, slotFactors(days, ofDays, count, WEEK_DAYS));
      for (let i = 0; i < total; i++) factors[i] = (factors[i] as number) * (times[i] as number);
      seasons.push({ factors: normalized(factors, WEEK_DAYS * perDay), period: perDay });
    }
  }
  return seasons;
}

/**
 * For each slot the mean of value / (mean of the `window` buckets around it), drawn towards 1 by κ invented values:
 * (Σ ratio + κ) / (count + κ). κ is the variance within slots over that between them (empirical Bayes, Morris 1983): slots that
 * repeat themselves are believed soon, those that scatter late.
 */
function slotFactors(series: KnownAmounts, slots: ArrayLike<number>, count: number, window: number): Float64Array {
  const ratios = ratiosToAround(series, window);
  const sums = new Float64Array(count);
  const seen = new Float64Array(count);
  for (let i = 0; i < ratios.length; i++) {
    const ratio = ratios[i] as number;
    if (Number.isNaN(ratio)) continue;
    const slot = slots[i] as number;
    sums[slot] = (sums[slot] as number) + ratio;
    seen[slot] = (seen[slot] as number) + 1;
  }
  const prior = priorWeight(ratios, slots, sums, seen);
  const factors = new Float64Array(count);
  let total = 0;
  for (let slot = 0; slot < count; slot++) {
    const factor = ((sums[slot] as number) + prior) / ((seen[slot] as number) + prior);
    factors[slot] = factor;
    total += factor;
  }
  for (let slot = 0; slot < count; slot++) factors[slot] = ((factors[slot] as number) * count) / total;
  return factors;
}

/** NaN where the value is unknown, or all around it is nothing. */
function ratiosToAround({ values, known }: KnownAmounts, window: number): Float64Array {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const counts = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    sums[i + 1] = (sums[i] as number) + (values[i] as number);
    counts[i + 1] = (counts[i] as number) + (known[i] as number);
  }
  const ratios = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const to = Math.min(n, Math.max(0, i - (window >> 1)) + window);
    const from = Math.max(0, to - window);
    const around = ((sums[to] as number) - (sums[from] as number)) / ((counts[to] as number) - (counts[from] as number));
    ratios[i] = known[i] && around > 0 ? (values[i] as number) / around : Number.NaN;
  }
  return ratios;
}

function priorWeight(ratios: Float64Array, slots: ArrayLike<number>, sums: Float64Array, seen: Float64Array): number {
  let within = 0;
  let all = 0;
  for (let i = 0; i < ratios.length; i++) {
    const ratio = ratios[i] as number;
    if (Number.isNaN(ratio)) continue;
    const slot = slots[i] as number;
    within += (ratio - (sums[slot] as number) / (seen[slot] as number)) ** 2;
    all++;
  }
  let used = 0;
  let center = 0;
  let thinness = 0;
  for (let slot = 0; slot < seen.length; slot++) {
    const count = seen[slot] as number;
    if (count === 0) continue;
    used++;
    center += (sums[slot] as number) / count;
    thinness += 1 / count;
  }
  if (used < 2 || all <= used) return USUAL_PRIOR;
  within /= all - used;
  center /= used;
  let between = 0;
  for (let slot = 0; slot < seen.length; slot++) {
    const count = seen[slot] as number;
    if (count > 0) between += ((sums[slot] as number) / count - center) ** 2;
  }
  between = between / (used - 1) - (within * thinness) / used;
  return between > 0 ? Math.min(MOST_PRIOR, Math.max(LEAST_PRIOR, within / between)) : MOST_PRIOR;
}

/** What each local day had, as a multiple of what its known times would have on average. */
function dailyLevels({ values, known }: KnownAmounts, times: Float64Array, localMs: Float64Array): KnownAmounts & { first: number[] } {
  const first: number[] = [];
  const levels: number[] = [];
  const isKnown: number[] = [];
  let sum = 0;
  let share = 0;
  for (let i = 0; i < values.length; i++) {
    const day = Math.floor((localMs[i] as number) / DAY_MS);
    if (i === 0 || day !== Math.floor((localMs[i - 1] as number) / DAY_MS)) first.push(i);
    if (known[i]) {
      sum += values[i] as number;
      share += times[i] as number;
    }
    if (i + 1 === values.length || day !== Math.floor((localMs[i + 1] as number) / DAY_MS)) {
      levels.push(share > 0 ? sum / share : 0);
      isKnown.push(share > 0 ? 1 : 0);
      sum = 0;
      share = 0;
    }
  }
  const count = isKnown.reduce((all, one) => all + one, 0);
  return { values: Float64Array.from(levels), known: Uint8Array.from(isKnown), count, first };
}

/** 0 is a working day. */
function dayTypesOf(weekdays: Uint8Array): Uint8Array {
  return weekdays.map((weekday) => (isWeekend(weekday) ? 1 : 0));
}

function spread(slots: ArrayLike<number>, factors: Float64Array): Float64Array {
  return Float64Array.from(slots, (slot) => factors[slot] as number);
}

/** 1 on average over the first `period` buckets: a weekend's two days weigh less than five others. */
function normalized(factors: Float64Array, period: number): Float64Array {
  const length = Math.min(period, factors.length);
  let total = 0;
  for (let i = 0; i < length; i++) total += factors[i] as number;
  for (let i = 0; i < factors.length; i++) factors[i] = ((factors[i] as number) * length) / total;
  return factors;
}
