/** The shape of a rhythm: what each hour of the day, each weekday adds or takes, as medians that spikes do not move. */
import { mean } from "../statistics/moments.ts";
import { MAD_TO_SIGMA, medianInPlace, selectInPlace } from "../statistics/order-statistics.ts";
import { type Calendar, DAY_MS, HOUR_MS, hourAndDayTypeSlots, hourOfWeekSlots, type Slots, WEEK_MS, weekdaySlots } from "./calendar.ts";
import { fitWithMemory, productsOf } from "./harmonic-regression.ts";
import { MONTH_MS, type Period, slotsAt, wavesOf } from "./periods.ts";

/**
 * A slot's median counts n / (n + 3) of itself, n being how often the slot was seen: more where slots clearly differ, and less where
 * slots are so fine, hours of weekends or of the week, that chance may be all there is to them.
 */
const SHRINKAGE = 3;
/** With fewer cycles than this, the harmonics of a period without slots of its own are fitted first. */
const MANY_CYCLES = 12;
/** Values further from the middle than so many deviations pull a fit by least squares no further. */
const WINSOR_DEVIATIONS = 4;

/** One in twenty of what is said to come again may be something else. */
const RARE = 0.05;

/** How a rhythm is fitted: its harmonics, then slots from coarse to fine. */
export interface ProfileShape {
  harmonics: Float64Array[];
  layers: Layer[];
  /** Most buckets have the same value, such as 0: then all medians are alike, and only means tell a busy hour from others. */
  isIdle: boolean;
}

interface Layer {
  slot: Uint16Array;
  /** Which of the period's cycles each bucket lies in. */
  cycle: Uint32Array;
  /** The known buckets, slot after slot. */
  order: Uint32Array;
  /** Where in `order` each slot begins; one more at the end. */
  starts: Uint32Array;
  isInteraction: boolean;
}

/** The places of a period that people speak of: weekdays of a week, hours of a day. */
export function placesOf(period: Period, calendar: Calendar): Slots & { slotMs: number } {
  const { periodMs, position } = period;
  const { bucketMs } = calendar;
  if (periodMs === WEEK_MS) return { ...weekdaySlots(calendar), slotMs: DAY_MS };
  if (periodMs === MONTH_MS) return { ...slotsAt(position, 31), slotMs: DAY_MS };
  const isOfDay = periodMs === DAY_MS || periodMs === DAY_MS / 2;
  const count = Math.max(2, Math.floor(periodMs / (isOfDay ? Math.max(bucketMs, HOUR_MS) : bucketMs) + 1e-9));
  return { ...slotsAt(position, count), slotMs: periodMs / count };
}

/**
 * @param hasDays whether a day's rhythm was found too: then weekends may have hours of their own
 * @param known 0 where a value is only filled in: the shape is that of the others
 */
export function profileShape(
  period: Period,
  calendar: Calendar,
  hasDays: boolean,
  isIdle: boolean,
  known: Uint8Array | undefined,
): ProfileShape {
  const isFineWeek = period.periodMs === WEEK_MS && calendar.bucketMs < DAY_MS;
  const cycles = (calendar.length * calendar.bucketMs) / period.periodMs;
  const hasPlaces = period.periodMs <= DAY_MS || (period.periodMs === WEEK_MS && !isFineWeek);
  const harmonics = hasPlaces || (cycles >= MANY_CYCLES && !isFineWeek) ? [] : wavesOf([period], calendar.bucketMs).columns;
  const cycle = cyclesOf(period.position);
  const layers = [layerOf(placesOf(period, calendar), cycle, false, known)];
  if (isFineWeek) {
    if (hasDays) layers.push(layerOf(hourAndDayTypeSlots(calendar), cycle, true, known));
    layers.push(layerOf(hourOfWeekSlots(calendar), cycle, true, known));
  }
  return { harmonics, layers, isIdle };
}

function cyclesOf(position: Float64Array): Uint32Array {
  const cycle = new Uint32Array(position.length);
  for (let t = 1; t < cycle.length; t++)
    cycle[t] = (cycle[t - 1] as number) + ((position[t] as number) < (position[t - 1] as number) ? 1 : 0);
  return cycle;
}

function layerOf({ slot, count }: Slots, cycle: Uint32Array, isInteraction: boolean, known: Uint8Array | undefined): Layer {
  const starts = new Uint32Array(count + 1);
  for (let t = 0; t < slot.length; t++) {
    if (known !== undefined && !known[t]) continue;
    const next = (slot[t] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let s = 0; s < count; s++) starts[s + 1] = (starts[s + 1] as number) + (starts[s] as number);
  const order = new Uint32Array(starts[count] as number);
  const ends = starts.slice();
  for (let t = 0; t < slot.length; t++) {
    if (known !== undefined && !known[t]) continue;
    const s = slot[t] as number;
    const at = ends[s] as number;
    order[at] = t;
    ends[s] = at + 1;
  }
  return { slot, cycle, order, starts, isInteraction };
}

/** What the shape explains of `rest`, bucket by bucket; over all known buckets it adds up to nothing. */
export function fitProfile({ harmonics, layers, isIdle }: ProfileShape, rest: Float64Array, known: Uint8Array | undefined): Float64Array {
  const left = rest.slice();
  if (harmonics.length > 0) takeHarmonics(harmonics, left, isIdle ? Number.POSITIVE_INFINITY : WINSOR_DEVIATIONS, known);
  for (const layer of layers) takeSlots(layer, isIdle, left);
  for (let t = 0; t < left.length; t++) left[t] = (rest[t] as number) - (left[t] as number);
  return left;
}

function takeHarmonics(waves: Float64Array[], left: Float64Array, deviations: number, known: Uint8Array | undefined): void {
  const level = new Float64Array(left.length).fill(1);
  const columns = [level, ...waves];
  const { coefficients } = fitWithMemory(
    productsOf([...columns, winsorised(left, deviations)], known),
    columns.map((_, index) => index),
    0,
  );
  for (const [index, wave] of waves.entries()) {
    const weight = coefficients[index + 1] as number;
    for (let t = 0; t < left.length; t++) left[t] = (left[t] as number) - weight * (wave[t] as number);
  }
}

function takeSlots(layer: Layer, isIdle: boolean, left: Float64Array): void {
  const { slot, cycle, order, starts, isInteraction } = layer;
  const count = starts.length - 1;
  const grouped = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) grouped[k] = left[order[k] as number] as number;
  const effects = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    const from = starts[s] as number;
    const to = starts[s + 1] as number;
    if (to > from)
      effects[s] = isIdle ? mean(repeatedly(cycleMeans(grouped, order, cycle, from, to))) : medianInPlace(grouped.subarray(from, to));
  }
  const worth = isIdle ? SHRINKAGE : worthOf(effects, layer, grouped);
  const shrinkage = isInteraction ? Math.max(SHRINKAGE, worth) : Math.min(SHRINKAGE, worth);
  let center = 0;
  for (let s = 0; s < count; s++) {
    const size = (starts[s + 1] as number) - (starts[s] as number);
    effects[s] = (effects[s] as number) * (size === 0 ? 0 : size / (size + shrinkage));
    center += (effects[s] as number) * size;
  }
  center /= Math.max(1, order.length);
  for (let t = 0; t < left.length; t++) left[t] = (left[t] as number) - ((effects[slot[t] as number] as number) - center);
}

/** What a slot's buckets are on the mean in each cycle. */
function cycleMeans(grouped: Float64Array, order: Uint32Array, cycle: Uint32Array, from: number, to: number): number[] {
  const means: number[] = [];
  for (let k = from; k < to; ) {
    const own = cycle[order[k] as number] as number;
    let sum = 0;
    let seen = 0;
    for (; k < to && cycle[order[k] as number] === own; k++, seen++) sum += grouped[k] as number;
    means.push(sum / seen);
  }
  return means;
}

/**
 * The values in order, of which the highest and the lowest in twenty, one of each at least, count no more than the next: one dear
 * evening is no habit of Thursdays.
 */
export function repeatedly(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const cut = Math.min(Math.ceil(n * RARE), (n - 1) >> 1);
  // Of two the lower counts, because the higher has come but once.
  const last = n === 2 ? 0 : n - 1 - cut;
  for (let k = 0; k < cut; k++) sorted[k] = sorted[cut] as number;
  for (let k = last + 1; k < n; k++) sorted[k] = sorted[last] as number;
  return sorted;
}

/**
 * How many values a slot's median must be worth more than, by how far slots lie apart and values within slots (empirical Bayes):
 * slots that differ no more than chance makes medians differ are no shape, and shapes that chance hardly blurs need no shrinking.
 */
function worthOf(effects: Float64Array, { starts }: Layer, grouped: Float64Array): number {
  let seen = 0;
  let apart = 0;
  let inverses = 0;
  for (let s = 0; s < effects.length; s++) {
    const from = starts[s] as number;
    const to = starts[s + 1] as number;
    const effect = effects[s] as number;
    for (let k = from; k < to; k++) grouped[k] = Math.abs((grouped[k] as number) - effect);
    if (to === from) continue;
    seen++;
    apart += effect * effect;
    inverses += 1 / (to - from);
  }
  const size = grouped.length / Math.max(1, seen);
  if (size < 2) return Number.POSITIVE_INFINITY;
  // One value of each slot is, or lies beside, its median, and tells nothing of the distances.
  const middle = sampledMedian(grouped, seen / grouped.length);
  const noise = (MAD_TO_SIGMA * middle) ** 2 * (size / (size - 1)) * (Math.PI / 2);
  apart -= noise * inverses;
  return apart > 0 ? (noise * seen) / apart : Number.POSITIVE_INFINITY;
}

/** Enough values for a scale. */
const MOST_SAMPLED = 16_384;

/** The median of those that are left when the lowest part is left out; of evenly spaced ones where there are very many. */
function sampledMedian(values: Float64Array, lowest = 0): number {
  const sample = sampled(values);
  return selectInPlace(sample, Math.min(sample.length - 1, Math.floor((sample.length * (1 + lowest)) / 2)));
}

/** A copy, or every so many values: in steps that meet every hour of the week. */
function sampled(values: Float64Array): Float64Array {
  if (values.length <= MOST_SAMPLED) return values.slice();
  let step = Math.ceil(values.length / MOST_SAMPLED);
  while (step % 2 === 0 || step % 3 === 0 || step % 7 === 0) step++;
  const sample = new Float64Array(Math.ceil(values.length / step));
  for (let k = 0; k < sample.length; k++) sample[k] = values[k * step] as number;
  return sample;
}

/** The values' robust deviation, as normal noise has it: 1.4826 times the median distance from `center`. */
export function robustDeviation(values: Float64Array, center: number): number {
  const distances = sampled(values);
  for (let k = 0; k < distances.length; k++) distances[k] = Math.abs((distances[k] as number) - center);
  return MAD_TO_SIGMA * medianInPlace(distances);
}

/** Whether most values are one and the same. */
export function isMostlyOneValue(values: Float64Array): boolean {
  return values.length > 0 && robustDeviation(values, medianInPlace(sampled(values))) === 0;
}

/** The values, none further from their median than so many robust deviations; as they are where most of them are equal. */
export function winsorised(values: Float64Array, deviations: number): Float64Array {
  const center = medianInPlace(sampled(values));
  const reach = deviations * robustDeviation(values, center);
  if (!(reach > 0 && reach < Number.POSITIVE_INFINITY)) return values;
  const low = center - reach;
  const high = center + reach;
  const kept = new Float64Array(values.length);
  for (let t = 0; t < kept.length; t++) {
    const value = values[t] as number;
    kept[t] = value < low ? low : value > high ? high : value;
  }
  return kept;
}
