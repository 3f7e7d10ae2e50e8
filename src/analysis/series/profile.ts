/** The shape of a rhythm: what each hour of the day, each weekday adds or takes, as medians that spikes do not move. */
import { MAD_TO_SIGMA, median, medianAbsoluteDeviation, selectInPlace } from "../statistics/order-statistics.ts";
import { type Calendar, DAY_MS, HOUR_MS, hourAndDayTypeSlots, hourOfWeekSlots, type Slots, WEEK_MS, weekdaySlots } from "./calendar.ts";
import { fitWithMemory, productsOf } from "./harmonic-regression.ts";
import { MONTH_MS, type Period, wavesOf } from "./periods.ts";

/**
 * A slot's median counts n / (n + 3) of itself, n being how often the slot was seen: more where slots clearly differ, and less where
 * slots are so fine, hours of weekends or of the week, that chance may be all there is to them.
 */
const SHRINKAGE = 3;
/** With fewer cycles than this, the harmonics of a period without slots of its own are fitted first. */
const MANY_CYCLES = 12;
/** Values further from the middle than so many deviations pull a fit by least squares no further. */
const WINSOR_DEVIATIONS = 4;

/** How a rhythm is fitted: its harmonics, then slots from coarse to fine. */
export interface ProfileShape {
  period: Period;
  harmonics: Float64Array[];
  layers: { slots: Slots; isInteraction: boolean }[];
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

function slotsAt(position: Float64Array, count: number): Slots {
  return { slot: Uint16Array.from(position, (at) => Math.min(count - 1, Math.floor(at * count + 1e-9))), count };
}

/** @param hasDays whether a day's rhythm was found too: then weekends may have hours of their own */
export function profileShape(period: Period, calendar: Calendar, hasDays: boolean): ProfileShape {
  const isFineWeek = period.periodMs === WEEK_MS && calendar.bucketMs < DAY_MS;
  const cycles = (calendar.length * calendar.bucketMs) / period.periodMs;
  const hasPlaces = period.periodMs <= DAY_MS || (period.periodMs === WEEK_MS && !isFineWeek);
  const harmonics = hasPlaces || (cycles >= MANY_CYCLES && !isFineWeek) ? [] : wavesOf([period], calendar.bucketMs, 0).columns;
  const layers = [{ slots: placesOf(period, calendar) as Slots, isInteraction: false }];
  if (isFineWeek) {
    if (hasDays) layers.push({ slots: hourAndDayTypeSlots(calendar), isInteraction: true });
    layers.push({ slots: hourOfWeekSlots(calendar), isInteraction: true });
  }
  return { period, harmonics, layers };
}

/** What the shape explains of `rest`, bucket by bucket; over all known buckets it adds up to nothing. */
export function fitProfile(shape: ProfileShape, rest: Float64Array, known: Uint8Array | undefined): Float64Array {
  const left = rest.slice();
  if (shape.harmonics.length > 0) takeHarmonics(shape.harmonics, left, known);
  for (const { slots, isInteraction } of shape.layers) takeSlots(slots, isInteraction, left, known);
  return left.map((value, t) => (rest[t] as number) - value);
}

function takeHarmonics(waves: Float64Array[], left: Float64Array, known: Uint8Array | undefined): void {
  const level = new Float64Array(left.length).fill(1);
  const columns = [level, ...waves];
  const { coefficients } = fitWithMemory(
    productsOf([...columns, winsorised(left, WINSOR_DEVIATIONS)], known),
    columns.map((_, index) => index),
    0,
  );
  for (const [index, wave] of waves.entries()) {
    const weight = coefficients[index + 1] as number;
    for (let t = 0; t < left.length; t++) left[t] = (left[t] as number) - weight * (wave[t] as number);
  }
}

function takeSlots({ slot, count }: Slots, isInteraction: boolean, left: Float64Array, known: Uint8Array | undefined): void {
  const n = left.length;
  const sizes = new Uint32Array(count);
  for (let t = 0; t < n; t++) if (known === undefined || known[t]) sizes[slot[t] as number] = (sizes[slot[t] as number] as number) + 1;
  const ends = new Uint32Array(count);
  let total = 0;
  for (let s = 0; s < count; s++) {
    ends[s] = total;
    total += sizes[s] as number;
  }
  const grouped = new Float64Array(total);
  for (let t = 0; t < n; t++) {
    if (known !== undefined && !known[t]) continue;
    const s = slot[t] as number;
    grouped[ends[s] as number] = left[t] as number;
    ends[s] = (ends[s] as number) + 1;
  }
  const effects = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    const end = ends[s] as number;
    if ((sizes[s] as number) > 0) effects[s] = median(grouped.subarray(end - (sizes[s] as number), end));
  }
  const worth = worthOf(effects, sizes, ends, grouped);
  const shrinkage = isInteraction ? Math.max(SHRINKAGE, worth) : Math.min(SHRINKAGE, worth);
  let center = 0;
  for (let s = 0; s < count; s++) {
    const size = sizes[s] as number;
    effects[s] = (effects[s] as number) * (size / (size + shrinkage));
    center += (effects[s] as number) * size;
  }
  center /= Math.max(1, total);
  for (let t = 0; t < n; t++) left[t] = (left[t] as number) - ((effects[slot[t] as number] as number) - center);
}

/**
 * How many values a slot's median must be worth more than, by how far slots lie apart and values within slots (empirical Bayes):
 * slots that differ no more than chance makes medians differ are no shape, and shapes that chance hardly blurs need no shrinking.
 */
function worthOf(effects: Float64Array, sizes: Uint32Array, ends: Uint32Array, grouped: Float64Array): number {
  const distances = new Float64Array(grouped.length);
  let seen = 0;
  for (let s = 0; s < effects.length; s++) {
    const end = ends[s] as number;
    for (let k = end - (sizes[s] as number); k < end; k++) distances[k] = Math.abs((grouped[k] as number) - (effects[s] as number));
    if ((sizes[s] as number) > 0) seen++;
  }
  const size = grouped.length / Math.max(1, seen);
  if (size < 2) return Number.POSITIVE_INFINITY;
  // One value of each slot is, or lies beside, its median, and tells nothing of the distances.
  const middle = selectInPlace(distances, Math.floor((grouped.length + seen) / 2));
  const noise = (MAD_TO_SIGMA * middle) ** 2 * (size / (size - 1)) * (Math.PI / 2);
  let apart = 0;
  for (let s = 0; s < effects.length; s++) {
    if ((sizes[s] as number) > 0) apart += (effects[s] as number) * (effects[s] as number) - noise / (sizes[s] as number);
  }
  return apart > 0 ? (noise * seen) / apart : Number.POSITIVE_INFINITY;
}

/** The values, none further from their median than so many robust deviations; as they are where most of them are equal. */
export function winsorised(values: Float64Array, deviations: number): Float64Array {
  const center = median(values);
  const reach = deviations * MAD_TO_SIGMA * medianAbsoluteDeviation(values, center);
  if (!(reach > 0)) return values;
  return values.map((value) => Math.max(center - reach, Math.min(center + reach, value)));
}
