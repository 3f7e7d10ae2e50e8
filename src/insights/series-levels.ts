/** From which bucket on spending stays on another level. */
import { changePoints } from "../analysis/index.ts";
import { offsetSpans } from "../usage/index.ts";
import type { BucketGrid } from "./bucket-grid.ts";
import { medianAmount } from "./median-amount.ts";
import { areMostlyUsed, usedOf } from "./used-buckets.ts";

export interface Level {
  /** The first bucket of the new level. */
  index: number;
  /** Medians of the buckets that are used. */
  before: bigint;
  after: bigint;
}

/** A day with fewer of its hours than this is cut short. */
const MOST_OF_A_DAY_MS = 22 * 3_600_000;
const DAY_MS = 86_400_000;
/** What a day is held against is the middle one of so many around it. */
const AROUND = 7;
/** Further from that than so many usual distances, a day is an event, not part of a level. */
const EVENT_DISTANCES = 6;

/**
 * Zeros that come and go look like levels that do. So weekends and other days without use are left out, and what remains is looked
 * at as if it followed each other; of hours that would put nights beside noons, and nothing is said. Levels are those of days:
 * an hour resembles the hour before it so much that its slow waves would pass for levels, and a runaway evening for one too.
 *
 * @param amounts the values as whole units
 */
export function levelsOf(values: Float64Array, amounts: readonly bigint[], grid: BucketGrid): Level[] {
  const isDense = areMostlyUsed(values);
  if (grid.bucket === "hour") {
    if (!isDense) return [];
    const { sums, places } = wholeDays(values, grid);
    const changes = changePoints(withoutEvents(sums), { bucketMs: DAY_MS, start: firstDayOf(places, grid) }).changepoints;
    return between(
      changes.map((day) => places[day] as number),
      [...values.keys()],
      amounts,
    );
  }
  if (isDense) {
    const changes = changePoints(withoutEvents(values), { bucketMs: grid.bucketMs, ...grid.calendar }).changepoints;
    return between(changes, [...values.keys()], amounts);
  }
  const used = Array.from(values.keys()).filter((index) => (values[index] as number) > 0);
  return between(changePoints(withoutEvents(usedOf(values)), { bucketMs: grid.bucketMs }).changepoints, used, amounts);
}

const localDay = (ms: number, { calendar }: BucketGrid): number =>
  Math.floor((ms + (offsetSpans(ms, ms + 1, calendar.timeZone)[0]?.offsetMs ?? 0)) / DAY_MS);

/** As a day of UTC, for its weekday. */
function firstDayOf(places: readonly number[], grid: BucketGrid): number {
  const first = grid.startsMs[places[0] ?? 0];
  return first === undefined ? 0 : localDay(first, grid) * DAY_MS;
}

/** What local days cost, in a row, and where each begins among the hours; the first and the last may be cut short. */
function wholeDays(values: Float64Array, grid: BucketGrid): { sums: Float64Array; places: number[] } {
  const places: number[] = [];
  let day: number | undefined;
  for (const [index, ms] of grid.startsMs.entries()) {
    const own = localDay(ms, grid);
    if (own !== day) places.push(index);
    day = own;
  }
  const isShort = (from: number, to: number): boolean => (to - from) * grid.bucketMs < MOST_OF_A_DAY_MS;
  const ends = [...places.slice(1), values.length];
  if (isShort(places.at(-1) ?? 0, values.length)) places.pop();
  if (isShort(places[0] ?? 0, ends[0] ?? 0)) {
    places.shift();
    ends.shift();
  }
  return { sums: Float64Array.from(places, (from, i) => values.subarray(from, ends[i]).reduce((sum, value) => sum + value, 0)), places };
}

/** Single days far from those around them as the middle one of these. */
function withoutEvents(days: Float64Array): Float64Array {
  const around = days.map((_, i) => middle(days.subarray(Math.max(0, i - (AROUND >> 1)), i + (AROUND >> 1) + 1)));
  const usual = middle(days.map((value, i) => Math.abs(value - (around[i] as number))));
  return days.map((value, i) =>
    Math.abs(value - (around[i] as number)) > EVENT_DISTANCES * usual && usual > 0 ? (around[i] as number) : value,
  );
}

const middle = (values: Float64Array): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** A change by less than a tenth is none that anybody would act on. @param places of the values that were looked at among all buckets */
function between(changepoints: readonly number[], places: readonly number[], amounts: readonly bigint[]): Level[] {
  const edges = [0, ...changepoints, places.length];
  const median = (from: number, to: number): bigint => medianAmount(places.slice(from, to).map((place) => amounts[place] as bigint));
  const levels = changepoints.map((at, i) => ({
    index: places[at] as number,
    before: median(edges[i] as number, at),
    after: median(at, edges[i + 2] as number),
  }));
  const isSmall = ({ before, after }: Level): boolean => 10n * distance(before, after) < (before > after ? before : after);
  const smallest = levels.reduce(
    (least, level, i) => {
      if (!isSmall(level)) return least;
      const size = distance(level.before, level.after);
      return least === undefined || size < least.size ? { i, size } : least;
    },
    undefined as { i: number; size: bigint } | undefined,
  );
  if (smallest === undefined) return levels;
  // What lay on both sides of it is one level, and is held against its neighbours anew.
  return between(
    changepoints.filter((_, i) => i !== smallest.i),
    places,
    amounts,
  );
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
