/**
 * Which hour of which weekday is bucket i? Buckets have one length in real time (an hour is 3600 s on the day of a clock change
 * too); hours and weekdays are the zone's own.
 */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { offsetAt } from "../../zone-offset.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS: number = 60 * MINUTE_MS;
export const DAY_MS: number = 24 * HOUR_MS;
export const WEEK_MS: number = 7 * DAY_MS;

/** 1970-01-01 was a Thursday: this is the Monday after it. Where no start is given, bucket 0 begins here. */
export const FIRST_MONDAY_MS: number = 4 * DAY_MS;
/** The last instant that a `Date` can hold. */
const LAST_INSTANT_MS = 8.64e15;
/** Zones keep an offset for weeks at least (Morocco's month of Ramadan is the shortest habit), so that one look a week will do. */
const PROBE_MS: number = WEEK_MS;

/** What a series' buckets are. */
export interface BucketOptions {
  /** The length of a bucket. */
  bucketMs: number;
  /** When bucket 0 begins, in milliseconds since 1970; without it, bucket 0 begins on a Monday at 00:00. */
  start?: number;
  /** Whose hours and weekdays; UTC if not given. */
  timeZone?: string;
}

/** Their names. */
export const BUCKET_OPTIONS: readonly (keyof BucketOptions)[] = ["bucketMs", "start", "timeZone"];

/** Local time of a series' buckets, looked up once for all of them. */
export interface Calendar {
  length: number;
  bucketMs: number;
  /** When each bucket begins, as the zone's clocks show it: what `Date.UTC` gives for the local date and time. */
  localMs: Float64Array;
  /** 0 to 23; for buckets of a day or more the hour in which they begin. */
  hour: Uint8Array;
  /** 0 is Monday, 6 is Sunday. Of a bucket of a day or more, the day on which its middle lies. */
  weekday: Uint8Array;
}

/**
 * The calendar of `length` buckets; take a length beyond the series for buckets that are to come.
 *
 * @throws AnalysisInputError for a length of bucket that is not positive, a start that is no instant, an unknown zone
 */
export function calendarOf(length: number, options: BucketOptions): Calendar {
  const { bucketMs, start, timeZone = "UTC" } = checkedBuckets(length, options);
  const localMs = new Float64Array(length);
  if (start === undefined || timeZone === "UTC") {
    const firstMs = start ?? FIRST_MONDAY_MS;
    for (let i = 0; i < length; i++) localMs[i] = firstMs + i * bucketMs;
  } else {
    fillLocal(localMs, start, bucketMs, timeZone);
  }
  const hour = new Uint8Array(length);
  const weekday = new Uint8Array(length);
  // A day's bucket that begins at 00:00 in winter begins at 23:00 or 01:00 in summer: its middle lies on its day all year.
  const toMiddleMs = bucketMs >= DAY_MS ? bucketMs / 2 : 0;
  for (let i = 0; i < length; i++) {
    const at = localMs[i] as number;
    hour[i] = Math.floor(floorMod(at, DAY_MS) / HOUR_MS);
    weekday[i] = Math.floor(floorMod(at + toMiddleMs - FIRST_MONDAY_MS, WEEK_MS) / DAY_MS);
  }
  return { length, bucketMs, localMs, hour, weekday };
}

/** Slots of equal standing, such as the 24 hours of a day: `slot[i]` is bucket i's, from 0 to `count` − 1. */
export interface Slots {
  slot: Uint16Array;
  count: number;
}

/** @param weekday 0 is Monday */
export function isWeekend(weekday: number): boolean {
  return weekday >= 5;
}

export function weekdaySlots(calendar: Calendar): Slots {
  return { slot: new Uint16Array(calendar.weekday), count: 7 };
}

/** Working days apart from Saturday and Sunday: slots 0 to 23 and 24 to 47. */
export function hourAndDayTypeSlots({ hour, weekday }: Calendar): Slots {
  const slot = new Uint16Array(hour.length);
  for (let i = 0; i < slot.length; i++) slot[i] = (hour[i] as number) + (isWeekend(weekday[i] as number) ? 24 : 0);
  return { slot, count: 48 };
}

/** The 168 hours of a week, Monday 00:00 first. */
export function hourOfWeekSlots({ hour, weekday }: Calendar): Slots {
  const slot = new Uint16Array(hour.length);
  for (let i = 0; i < slot.length; i++) slot[i] = (hour[i] as number) + 24 * (weekday[i] as number);
  return { slot, count: 168 };
}

/** A place, such as a day, of which this share is known counts as whole: a day of 23 hours is. */
export const WHOLE = 0.9;

/** The remainder that is never negative. */
export function floorMod(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}

/** @throws AnalysisInputError for what is no description of buckets */
export function checkedBuckets(length: number, options: BucketOptions): BucketOptions {
  const { bucketMs, start, timeZone } = options ?? {};
  if (typeof bucketMs !== "number" || !(bucketMs >= 1 && bucketMs <= LAST_INSTANT_MS))
    throw new AnalysisInputError(
      `bucketMs: ${quoteValue(bucketMs)} is not the length of a bucket; give milliseconds from 1 up, such as 3600000 for an hour.`,
    );
  if (start !== undefined) {
    const isInstant = typeof start === "number" && Math.abs(start) <= LAST_INSTANT_MS;
    if (!isInstant || start + length * bucketMs > LAST_INSTANT_MS)
      throw new AnalysisInputError(
        `start: ${quoteValue(start)} is not an instant that ${length} buckets can follow; give milliseconds since 1970, such as Date.UTC(2026, 0, 1).`,
      );
  }
  if (timeZone !== undefined) checkTimeZone(timeZone);
  return { bucketMs, ...(start !== undefined && { start }), ...(timeZone !== undefined && { timeZone }) };
}

function checkTimeZone(timeZone: string): void {
  try {
    if (typeof timeZone === "string") offsetAt(0, timeZone);
    else throw new RangeError();
  } catch {
    throw new AnalysisInputError(`timeZone: ${quoteValue(timeZone)} is not a time zone; give an IANA name such as Europe/Berlin.`);
  }
}

/** Offsets are asked of `Intl` once a week, and between two that differ until the change is found; a question costs microseconds. */
function fillLocal(localMs: Float64Array, startMs: number, bucketMs: number, timeZone: string): void {
  const length = localMs.length;
  const step = Math.max(1, Math.floor(PROBE_MS / bucketMs));
  const offsetOf = (bucket: number): number => offsetAt(startMs + bucket * bucketMs, timeZone);
  let from = 0;
  let offsetMs = length === 0 ? 0 : offsetOf(0);
  while (from < length) {
    let to = Math.min(from + step, length);
    let nextMs = to < length ? offsetOf(to) : offsetMs;
    if (to === length && length - from > 1) nextMs = offsetOf(length - 1);
    if (nextMs !== offsetMs) {
      // The first bucket of the new offset lies in (same, other].
      let same = from;
      let other = Math.min(to, length - 1);
      while (other - same > 1) {
        const middle = (same + other) >> 1;
        if (offsetOf(middle) === offsetMs) same = middle;
        else other = middle;
      }
      to = other;
      nextMs = offsetOf(other);
    }
    for (let i = from; i < to; i++) localMs[i] = startMs + i * bucketMs + offsetMs;
    offsetMs = nextMs;
    from = to;
  }
}
