/** What a series does beyond its trend and its calendar: two that share no more than working hours have nothing in common here. */
import { type Calendar, DAY_MS, hourAndDayTypeSlots, type Slots, weekdaySlots } from "../series/calendar.ts";
import { autocorrelation } from "../statistics/autocorrelation.ts";
import { leastSquares } from "../statistics/least-squares.ts";
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
  /** By part of the grid. */
  equations: Map<string, Float64Array[]>;
}

/** A smooth trend of a window's width takes two values of each window. */
const VALUES_PER_WINDOW = 2;
const ROUNDS = 3;
const LONGEST_WINDOW = 28;
/** What is left of a series that trend and calendar explain wholly is rounding. */
const ROUNDING = 1e-9;

/** Hours of working days and of weekends; of days, weekdays; of longer buckets, nothing. */
export function gridOf(calendar: Calendar): Grid {
  const { bucketMs } = calendar;
  if (bucketMs < DAY_MS) return { bucketMs, slots: hourAndDayTypeSlots(calendar), equations: new Map() };
  return { bucketMs, slots: bucketMs === DAY_MS ? weekdaySlots(calendar) : undefined, equations: new Map() };
}

/** Undefined where trend and calendar explain all of it. The values begin in bucket `from` of the grid. */
export function surprisesOf(values: Float64Array, grid: Grid, from = 0): Surprises | undefined {
  const n = values.length;
  const perDay = DAY_MS / grid.bucketMs;
  const { slots } = grid;
  // A day that was not seen twice can't be told from a link: then a sixth of the values is all that counts.
  const seenOnce = perDay > 1 && n < 2 * perDay;
  const window = seenOnce ? Math.ceil(n / 3) : Math.max(LONGEST_WINDOW, Math.round(2 * perDay));
  const rest = lessTrend(values, window);
  const places = slots && !seenOnce ? placesOf(slots, from, n) : undefined;
  if (places) takeCalendar(rest, values, places, window, equationsOf(grid, from, n, window));
  if (!(largestSize(rest) > ROUNDING * largestSize(values))) return undefined;
  const free = seenOnce ? 1 / 6 : 1 - (places?.occupied ?? 0) / n - VALUES_PER_WINDOW / window;
  return { from, values: rest, memory: autocorrelation(rest, lagsOf(n, perDay)), free };
}

/** In which place of the calendar each of some buckets lies, and how many lie in each. */
interface Places {
  at: Uint16Array;
  counts: Uint32Array;
  occupied: number;
}

function placesOf({ slot, count }: Slots, from: number, n: number): Places {
  const at = slot.subarray(from, from + n);
  const counts = new Uint32Array(count);
  for (let i = 0; i < n; i++) counts[at[i] as number] = (counts[at[i] as number] as number) + 1;
  return { at, counts, occupied: counts.reduce((occupied, one) => occupied + (one > 0 ? 1 : 0), 0) };
}

/**
 * The trend is what the calendar leaves, averaged over a window, and the calendar what the trend leaves, averaged over its places:
 * each shows in the other, and both are found at once. Where spending grows, its days grow too: the calendar times a line is the
 * calendar's. `rest` is the values without their trend, and then without all of that.
 */
function takeCalendar(rest: Float64Array, values: Float64Array, places: Places, window: number, equations: Float64Array[]): void {
  const n = values.length;
  const { at } = places;
  const profile = new Float64Array(places.counts.length);
  const seasonal = new Float64Array(n);
  let growth = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const missing = leastSquares(equations, placeMeans(rest, places)).coefficients;
    for (let place = 0; place < profile.length; place++) profile[place] = (profile[place] as number) + (missing[place] as number);
    for (let i = 0; i < n; i++)
      seasonal[i] = (values[i] as number) - (profile[at[i] as number] as number) * (1 + growth * (i - (n - 1) / 2));
    rest.set(lessTrend(seasonal, window));
    for (let i = 0; i < n; i++) seasonal[i] = (i - (n - 1) / 2) * (profile[at[i] as number] as number);
    const grown = lessTrend(seasonal, window);
    let squares = 0;
    let products = 0;
    for (let i = 0; i < n; i++) {
      squares += (grown[i] as number) ** 2;
      products += (grown[i] as number) * (rest[i] as number);
    }
    if (!(squares > 0)) return;
    growth += products / squares;
    for (let i = 0; i < n; i++) rest[i] = (rest[i] as number) - (products / squares) * (grown[i] as number);
  }
}

/**
 * What is left of each place of the calendar when the trend is taken out, as means of the places. Those of the whole grid serve for
 * every series in service for most of it: what their ends change is made up for in the next round.
 */
function equationsOf(grid: Grid, from: number, n: number, window: number): Float64Array[] {
  const slots = grid.slots as Slots;
  const whole = slots.slot.length;
  const [first, length] = 2 * n > whole ? [0, whole] : [from, n];
  const key = `${first} ${length}`;
  let equations = grid.equations.get(key);
  if (!equations) {
    const places = placesOf(slots, first, length);
    equations = Array.from(places.counts, (_, place) => {
      const own = Float64Array.from(places.at, (other) => (other === place ? 1 : 0));
      return placeMeans(lessTrend(own, window), places);
    });
    grid.equations.set(key, equations);
  }
  return equations;
}

function placeMeans(values: Float64Array, { at, counts }: Places): Float64Array {
  const means = new Float64Array(counts.length);
  for (let i = 0; i < values.length; i++) {
    const place = at[i] as number;
    means[place] = (means[place] as number) + (values[i] as number);
  }
  for (let place = 0; place < means.length; place++) means[place] = (means[place] as number) / Math.max(1, counts[place] as number);
  return means;
}

function lessTrend(values: Float64Array, window: number): Float64Array {
  const rest = movingAverage(values, window);
  for (let i = 0; i < rest.length; i++) rest[i] = (values[i] as number) - (rest[i] as number);
  return rest;
}

/** As far back as 10·log₁₀ n, and a day for buckets so short that their memory lasts longer. */
function lagsOf(n: number, perDay: number): number {
  return Math.min(n >> 1, Math.max(Math.floor(10 * Math.log10(n)), Math.round(perDay)));
}

function largestSize(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}
