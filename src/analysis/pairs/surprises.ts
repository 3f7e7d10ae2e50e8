/** What a series does beyond its trend and its calendar: two that share no more than working hours have nothing in common here. */
import { type Calendar, DAY_MS, hourAndDayTypeSlots, type Slots, weekdaySlots } from "../series/calendar.ts";
import { autocorrelation } from "../statistics/autocorrelation.ts";
import { mean } from "../statistics/moments.ts";
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
  const profile = new Float64Array(slots?.count ?? 0);
  const steady = Float64Array.from(values);
  let occupied = 0;
  for (let turn = 0; slots && turn < TURNS; turn++) {
    occupied = fitSlotMeans(profile, values, movingAverage(steady, window), slots, from);
    for (let i = 0; i < n; i++) steady[i] = (values[i] as number) - (profile[slots.slot[from + i] as number] as number);
  }
  const trend = movingAverage(steady, window);
  const rest = steady;
  for (let i = 0; i < n; i++) rest[i] = (rest[i] as number) - (trend[i] as number);
  if (slots) takeSwell(rest, trend, profile, slots, from, window);
  if (!(largestSize(rest) > ROUNDING * largestSize(values))) return undefined;
  const free = seenOnce ? 1 / 6 : 1 - occupied / n - VALUES_PER_WINDOW / window;
  return { from, values: rest, memory: autocorrelation(rest, lagsOf(n, perDay)), free };
}

/** As far back as 10·log₁₀ n, and a day for buckets so short that their memory lasts longer. */
function lagsOf(n: number, perDay: number): number {
  return Math.min(n >> 1, Math.max(Math.floor(10 * Math.log10(n)), Math.round(perDay)));
}

/** Where spending grows, its days grow too: the part of the rest that is the calendar times the trend, by least squares. */
function takeSwell(rest: Float64Array, trend: Float64Array, profile: Float64Array, { slot }: Slots, from: number, window: number): void {
  const n = rest.length;
  const level = mean(trend);
  const swell = new Float64Array(n);
  for (let i = 0; i < n; i++) swell[i] = ((trend[i] as number) - level) * (profile[slot[from + i] as number] as number);
  const smooth = movingAverage(swell, window);
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const own = (swell[i] as number) - (smooth[i] as number);
    swell[i] = own;
    squares += own * own;
    products += own * (rest[i] as number);
  }
  if (!(squares > 0)) return;
  for (let i = 0; i < n; i++) rest[i] = (rest[i] as number) - (products / squares) * (swell[i] as number);
}

/** The mean of each place above the trend, into the profile; how many places there are values of. */
function fitSlotMeans(profile: Float64Array, values: Float64Array, trend: Float64Array, { slot }: Slots, from: number): number {
  const counts = new Uint32Array(profile.length);
  profile.fill(0);
  for (let i = 0; i < values.length; i++) {
    const place = slot[from + i] as number;
    profile[place] = (profile[place] as number) + ((values[i] as number) - (trend[i] as number));
    counts[place] = (counts[place] as number) + 1;
  }
  let occupied = 0;
  for (let place = 0; place < profile.length; place++) {
    const count = counts[place] as number;
    if (count === 0) continue;
    profile[place] = (profile[place] as number) / count;
    occupied++;
  }
  return occupied;
}

function largestSize(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}
