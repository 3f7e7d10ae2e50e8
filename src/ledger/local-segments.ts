/** Time cut into local hours, days, weeks or months: each a segment with the keys that a report shows. */
import { InvalidInput } from "../errors.ts";
import { dayOf, localDayStart, offsetSpans, parseDay } from "../usage/index.ts";
import type { Dimension } from "./query.ts";
import { HOUR_MS } from "./schema.ts";
import type { Segment } from "./store.ts";

const DAY_MS = 24 * HOUR_MS;
/** A century of hours: more can't be held in memory beside what is asked for. */
const MOST_SEGMENTS = 100 * 366 * 24;
const LEAST_MS: Readonly<Record<TimeDimension, number>> = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 28 * DAY_MS };

export type TimeDimension = Extract<Dimension, "hour" | "day" | "week" | "month">;

/** A segment and what each time dimension calls it. */
export interface LocalSegment extends Segment {
  keys: Partial<Record<TimeDimension, string>>;
}

export function isTimeDimension(dimension: Dimension): dimension is TimeDimension {
  return dimension === "hour" || dimension === "day" || dimension === "week" || dimension === "month";
}

/**
 * The segments of `[startMs, endMs)`, as long as the dimensions allow: a month is one segment unless weeks or days are asked too.
 * Segments at the ends are cut to the span.
 *
 * @throws InvalidInput where there would be too many
 */
export function localSegments(span: Segment, dimensions: readonly TimeDimension[], timeZone: string): LocalSegment[] {
  if (dimensions.length === 0) return [{ ...span, keys: {} }];
  const step = stepOf(dimensions);
  refuseTooMany(span, step);
  if (step === "hour") return hourSegments(span, timeZone);
  const segments: LocalSegment[] = [];
  for (let startMs = span.startMs; startMs < span.endMs; ) {
    const day = parseDay(dayOf(startMs, timeZone));
    const nextMs = Math.min(startOfNext(day, step, timeZone, startMs), span.endMs);
    segments.push({ startMs, endMs: nextMs, keys: dayKeys(day) });
    startMs = nextMs;
  }
  return segments;
}

/** The span is not told: it may be that of records which are not the asker's. */
function refuseTooMany({ startMs, endMs }: Segment, step: TimeDimension): void {
  if ((endMs - startMs) / LEAST_MS[step] <= MOST_SEGMENTS) return;
  throw new InvalidInput(`There are too many ${step}s in the book to tell apart; ask for a shorter time.`);
}

function stepOf(dimensions: readonly TimeDimension[]): TimeDimension {
  if (dimensions.includes("hour")) return "hour";
  if (dimensions.includes("day")) return "day";
  if (dimensions.includes("week")) return dimensions.includes("month") ? "day" : "week";
  return "month";
}

/** The first instant of the local day, week or month after the one that holds `day`; a day that a zone left out is passed over. */
function startOfNext(day: number, step: TimeDimension, timeZone: string, afterMs: number): number {
  for (let next = dayAfter(day, step); ; next = dayAfter(next, "day")) {
    const startMs = localDayStart(next, timeZone);
    if (startMs > afterMs) return startMs;
  }
}

function dayAfter(day: number, step: TimeDimension): number {
  const date = new Date(day);
  if (step === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return step === "week" ? mondayOf(day) + 7 * DAY_MS : day + DAY_MS;
}

function mondayOf(day: number): number {
  return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
}

function dayKeys(day: number): LocalSegment["keys"] {
  const text = new Date(day).toISOString();
  return { day: text.slice(0, 10), week: new Date(mondayOf(day)).toISOString().slice(0, 10), month: text.slice(0, 7) };
}

function hourSegments(span: Segment, timeZone: string): LocalSegment[] {
  const segments: LocalSegment[] = [];
  for (const { startMs, endMs, offsetMs } of offsetSpans(span.startMs, span.endMs, timeZone)) {
    for (let at = startMs; at < endMs; ) {
      const hour = Math.floor((at + offsetMs) / HOUR_MS) * HOUR_MS;
      const next = Math.min(hour + HOUR_MS - offsetMs, endMs);
      const keys = dayKeys(Math.floor(hour / DAY_MS) * DAY_MS);
      segments.push({ startMs: at, endMs: next, keys: { ...keys, hour: hourKey(hour, offsetMs) } });
      at = next;
    }
  }
  return segments;
}

/** RFC 3339 with the zone's offset, so that the two hours of one name in autumn stay apart. */
function hourKey(localHourMs: number, offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  const offset = `${offsetMs < 0 ? "-" : "+"}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  return `${new Date(localHourMs).toISOString().slice(0, 19)}${offset}`;
}
