/** The buckets of a series: hours of UTC, or local days; from the first that was used to the last that is over. */
import { dayOf, localDayStart, parseDay } from "../usage/index.ts";
import type { Period } from "./period.ts";

export type BucketName = "hour" | "day";

export const BUCKET_MS: Readonly<Record<BucketName, number>> = { hour: 3_600_000, day: 86_400_000 };

export interface BucketGrid {
  bucket: BucketName;
  bucketMs: number;
  /** When each bucket begins. */
  startsMs: number[];
  /** When the last one ends. */
  endMs: number;
  /** With which analysis finds the weekday and hour of a bucket: local days are given as days of UTC, for they have 23 or 25 hours at times. */
  calendar: { start: number; timeZone: string };
  /** Where the bucket of a key begins, by that calendar. */
  startOf(key: string): number;
}

/**
 * @param keys of the buckets that were used, as the book names them: `2026-05-01T13:00:00+00:00`, `2026-05-01`
 * @param options.isUsedBefore there was use before the period, so that its first buckets without any are known to be empty
 */
export function bucketGrid(
  keys: readonly string[],
  options: { period: Period; bucket: BucketName; nowMs: number; isUsedBefore?: boolean },
): BucketGrid {
  const { period, bucket, nowMs } = options;
  const { timeZone } = period;
  const bucketMs = BUCKET_MS[bucket];
  const isHour = bucket === "hour";
  const startOf = isHour ? (key: string) => Date.parse(key) : (key: string) => parseDay(key);
  /** An hour that the period's first midnight cuts in two is no whole one. */
  const from = isHour ? Math.ceil(period.startMs / bucketMs) * bucketMs : parseDay(period.start);
  const to = isHour
    ? Math.floor(Math.min(period.endMs, nowMs) / bucketMs) * bucketMs
    : Math.min(parseDay(period.end) + bucketMs, parseDay(dayOf(nowMs, timeZone)));
  let first = options.isUsedBefore ? from : Number.POSITIVE_INFINITY;
  for (const key of keys) first = Math.min(first, startOf(key));
  const start = Math.max(from, first);
  const count = start < to ? Math.round((to - start) / bucketMs) : 0;
  const place = (index: number): number => start + index * bucketMs;
  const instant = (at: number): number => (isHour ? at : localDayStart(at, timeZone));
  return {
    bucket,
    bucketMs,
    startsMs: Array.from({ length: count }, (_, index) => instant(place(index))),
    endMs: count === 0 ? period.startMs : instant(to),
    calendar: { start: count === 0 ? from : start, timeZone: isHour ? timeZone : "UTC" },
    startOf,
  };
}

/** The place of a key's bucket in the series; undefined: it lies in none. */
export function bucketOf(grid: BucketGrid, key: string): number | undefined {
  const place = Math.round((grid.startOf(key) - grid.calendar.start) / grid.bucketMs);
  return place >= 0 && place < grid.startsMs.length ? place : undefined;
}
