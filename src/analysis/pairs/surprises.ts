/** What a series does beyond its trend and its calendar: two that share no more than working hours have nothing in common here. */
import { type Calendar, DAY_MS, hourAndDayTypeSlots, type Slots, weekdaySlots } from "../series/calendar.ts";
import { autocorrelation } from "../statistics/autocorrelation.ts";
import { movingAverage } from "../statistics/running.ts";

/** A series without its trend and calendar. */
export interface Surprises {
  /** The bucket of the grid in which they begin. */
  from: number;
  values: Float64Array;
  /** How much of each value is left in those after it: lags 0, 1, 2, … */
  memory: Float64Array;
  /** The share of the values that trend and calendar have left free. */
  free: number;
}

/** Buckets in which a series may be in service, with the places of the calendar that are told apart. */
export interface Grid {
  bucketMs: number;
  slots: Slots | undefined;
}

/** Trend and calendar each change what the other looks like: they are found in turns. With 5, both stand still. */
const TURNS = 5;
/** A smooth trend of a window's width takes two values of each window. */
const VALUES_PER_WINDOW = 2;
const LONGEST_WINDOW = 28;
/** What is left of a series that trend and calendar explain wholly is rounding. */
const ROUNDING = 1e-9;

/** Hours of working days and of weekends; of days, weekdays; of longer buckets, nothing. */
export function gridOf(calendar: Calendar): Grid {
  const { bucketMs } = calendar;
  if (bucketMs < DAY_MS) return { bucketMs, slots: hourAndDayTypeSlots(calendar) };
  return { bucketMs, slots: bucketMs === DAY_MS ? weekdaySlots(calendar) : undefined };
}

/** Undefined where trend and calendar explain all of it. The values begin in bucket `from` of the grid. */
export function surprisesOf(values: Float64Array, grid: Grid, from = 0): Surprises | undefined {
  const n = values.length;
  const perDay = DAY_MS / grid.bucketMs;
  const seenOnce = perDay > 1 && n < 2 * perDay;
  // A day that was not seen twice can't be told from a link: then a sixth of the values is all that counts.
  const slots = seenOnce ? undefined : grid.slots;
  const window = seenOnce ? Math.ceil(n / 3) : Math.max(LONGEST_WINDOW, Math.round(2 * perDay));
  let calendar = new Float64Array(n);
  let occupied = 0;
  for (let turn = 0; slots && turn < TURNS; turn++) {
    const steady = less(values, calendar);
    const means = slotMeans(less(values, movingAverage(steady, window)), slots, from);
    calendar = means.profile;
    occupied = means.occupied;
  }
  const steady = less(values, calendar);
  const rest = less(steady, movingAverage(steady, window));
  if (!(largestSize(rest) > ROUNDING * largestSize(values))) return undefined;
  const free = seenOnce ? 1 / 6 : 1 - occupied / n - VALUES_PER_WINDOW / window;
  return { from, values: rest, memory: autocorrelation(rest, lagsOf(n, perDay)), free };
}

/** As far back as 10·log₁₀ n, and a day for buckets so short that their memory lasts longer. */
function lagsOf(n: number, perDay: number): number {
  return Math.min(n >> 1, Math.max(Math.floor(10 * Math.log10(n)), Math.round(perDay)));
}

function slotMeans(values: Float64Array, { slot, count }: Slots, from: number): { profile: Float64Array<ArrayBuffer>; occupied: number } {
  const totals = new Float64Array(count);
  const counts = new Uint32Array(count);
  for (let i = 0; i < values.length; i++) {
    const place = slot[from + i] as number;
    totals[place] = (totals[place] as number) + (values[i] as number);
    counts[place] = (counts[place] as number) + 1;
  }
  let occupied = 0;
  for (let place = 0; place < count; place++) {
    if (counts[place] === 0) continue;
    totals[place] = (totals[place] as number) / (counts[place] as number);
    occupied++;
  }
  const profile = new Float64Array(values.length);
  for (let i = 0; i < profile.length; i++) profile[i] = totals[slot[from + i] as number] as number;
  return { profile, occupied };
}

function less(values: Float64Array, taken: Float64Array): Float64Array<ArrayBuffer> {
  const rest = new Float64Array(values.length);
  for (let i = 0; i < rest.length; i++) rest[i] = (values[i] as number) - (taken[i] as number);
  return rest;
}

function largestSize(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}
