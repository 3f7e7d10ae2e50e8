/** Buckets of time and the axis under them, in a time zone whose clock may jump. */
import { offsetAt } from "../../../src/zone-offset.ts";

export type Bucket = "hour" | "day" | "week" | "month";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The instant at which the zone's clock shows `localMs` (the clock's reading as if it were UTC); the earlier one of two. */
export function instantOf(localMs: number, timeZone: string): number {
  const before = localMs - offsetAt(localMs - DAY_MS, timeZone);
  const after = localMs - offsetAt(localMs + DAY_MS, timeZone);
  if (before + offsetAt(before, timeZone) === localMs) return before;
  if (after + offsetAt(after, timeZone) === localMs) return after;
  // The clock jumps over this reading: the first instant after the jump.
  let low = Math.min(before, after);
  let high = Math.max(before, after);
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (middle + offsetAt(middle, timeZone) < localMs) low = middle;
    else high = middle;
  }
  return high;
}

function clockOf(instantMs: number, timeZone: string): Date {
  return new Date(instantMs + offsetAt(instantMs, timeZone));
}

/** The first instant after the bucket that begins at `startMs`. */
export function bucketEnd(startMs: number, bucket: Bucket, timeZone: string): number {
  if (bucket === "hour") return startMs + HOUR_MS;
  const clock = clockOf(startMs, timeZone);
  const [year, month, day] = [clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate()];
  if (bucket === "month") return instantOf(Date.UTC(year, month + 1, 1), timeZone);
  return instantOf(Date.UTC(year, month, day + (bucket === "week" ? 7 : 1)), timeZone);
}

/** The ends of all buckets: where the next one begins, but no later than the bucket's own length. */
export function bucketEnds(times: readonly number[], bucket: Bucket, timeZone: string): number[] {
  return times.map((startMs, index) => {
    const next = times[index + 1];
    if (bucket === "hour") return Math.min(next ?? Number.POSITIVE_INFINITY, startMs + HOUR_MS);
    // Asked of the zone only where the neighbour doesn't say it: a question costs microseconds, a year has many buckets.
    const usual = bucket === "day" ? DAY_MS : bucket === "week" ? 7 * DAY_MS : 31 * DAY_MS;
    if (next !== undefined && next - startMs <= usual + HOUR_MS) return next;
    return bucketEnd(startMs, bucket, timeZone);
  });
}

/** The place of the bucket that holds an instant, or -1. */
export function bucketAt(instantMs: number, times: readonly number[], ends: readonly number[]): number {
  let low = 0;
  let high = times.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) > instantMs) high = middle - 1;
    else if ((ends[middle] as number) <= instantMs) low = middle + 1;
    else return middle;
  }
  return -1;
}

export interface TimeTick {
  atMs: number;
  label: string;
  /** The first of a day, month or year among finer ticks. */
  isMajor: boolean;
}

type Step = { unit: "hour" | "day" | "month"; count: number; approximateMs: number };

const STEPS: readonly Step[] = [
  ...[1, 2, 3, 6, 12].map((count): Step => ({ unit: "hour", count, approximateMs: count * HOUR_MS })),
  ...[1, 2, 7, 14].map((count): Step => ({ unit: "day", count, approximateMs: count * DAY_MS })),
  ...[1, 2, 3, 6, 12, 24, 60, 120].map((count): Step => ({ unit: "month", count, approximateMs: count * 30.44 * DAY_MS })),
];

const SMALLEST: Record<Bucket, number> = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 28 * DAY_MS };

/** Ticks at whole hours, days, months or years of the zone's clock, about `maximum` of them at most where the span allows. */
export function timeTicks(startMs: number, endMs: number, timeZone: string, bucket: Bucket, maximum: number): TimeTick[] {
  const allowed = STEPS.filter((step) => step.approximateMs >= SMALLEST[bucket]);
  const step = allowed.find((each) => (endMs - startMs) / each.approximateMs <= Math.max(1, maximum) + 0.5) ?? (allowed.at(-1) as Step);
  const ticks: TimeTick[] = [];
  let previous: Date | undefined;
  for (const localMs of readings(startMs, endMs, timeZone, step)) {
    const atMs = instantOf(localMs, timeZone);
    if (atMs < startMs || atMs >= endMs || atMs === ticks.at(-1)?.atMs) continue;
    const clock = new Date(localMs);
    ticks.push({ atMs, ...tickLabel(clock, previous, step) });
    previous = clock;
  }
  return ticks;
}

/** The clock's readings that deserve a tick: multiples of the step, counted from midnight, Monday, or January. */
function* readings(startMs: number, endMs: number, timeZone: string, step: Step): Generator<number> {
  const first = clockOf(startMs, timeZone);
  const lastMs = endMs + offsetAt(endMs, timeZone) + DAY_MS;
  const [year, month, day] = [first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()];
  if (step.unit === "month") {
    const start =
      step.count > 12 ? Math.floor(year / (step.count / 12)) * step.count : year * 12 + Math.floor(month / step.count) * step.count;
    for (let at = start; monthReading(at) <= lastMs; at += step.count) yield monthReading(at);
    return;
  }
  if (step.unit === "day" && step.count === 2) {
    // Counted within the month, so that a tick doesn't wander when the chart is moved.
    for (let at = Date.UTC(year, month, day); at <= lastMs; at += DAY_MS) {
      const dayOfMonth = new Date(at).getUTCDate();
      if (dayOfMonth % 2 === 1 && dayOfMonth < 31) yield at;
    }
    return;
  }
  const lengthMs = step.approximateMs;
  // Days since a Monday, so that ticks of weeks stand on Mondays.
  const monday = Date.UTC(1970, 0, 5);
  for (let at = monday + Math.floor((Date.UTC(year, month, day) - monday) / lengthMs) * lengthMs; at <= lastMs; at += lengthMs) yield at;
}

/** The first of a month, counted from January of the year 0. */
function monthReading(months: number): number {
  const reading = new Date(0);
  reading.setUTCFullYear(Math.floor(months / 12), ((months % 12) + 12) % 12, 1);
  return reading.getTime();
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function tickLabel(clock: Date, previous: Date | undefined, step: Step): { label: string; isMajor: boolean } {
  const year = clock.getUTCFullYear();
  const month = MONTHS[clock.getUTCMonth()] as string;
  const isNewYear = previous === undefined || previous.getUTCFullYear() !== year;
  const date = `${clock.getUTCDate()} ${month}`;
  if (step.unit === "month") {
    if (step.count >= 12) return { label: String(year), isMajor: true };
    return isNewYear
      ? { label: previous === undefined ? `${month} ${year}` : String(year), isMajor: true }
      : { label: month, isMajor: false };
  }
  if (step.unit === "day") {
    const isNewMonth = previous === undefined || previous.getUTCMonth() !== clock.getUTCMonth();
    return { label: date, isMajor: isNewMonth };
  }
  const isNewDay = previous === undefined || previous.getUTCDate() !== clock.getUTCDate();
  return isNewDay && clock.getUTCHours() === 0 ? { label: date, isMajor: true } : { label: hourText(clock), isMajor: false };
}

function hourText(clock: Date): string {
  return `${String(clock.getUTCHours()).padStart(2, "0")}:${String(clock.getUTCMinutes()).padStart(2, "0")}`;
}

/** A bucket in words, as "Tue 3 Mar 2026, 14:00"; in the hour that comes twice, the offset tells which one. */
export function bucketText(startMs: number, bucket: Bucket, timeZone: string): string {
  const offset = offsetAt(startMs, timeZone);
  const clock = new Date(startMs + offset);
  const month = MONTHS[clock.getUTCMonth()] as string;
  const year = clock.getUTCFullYear();
  if (bucket === "month") return `${month} ${year}`;
  const date = `${WEEKDAYS[clock.getUTCDay()]} ${clock.getUTCDate()} ${month} ${year}`;
  if (bucket === "week") return `Week of ${date}`;
  if (bucket === "day") return date;
  const isRepeated = [-HOUR_MS, HOUR_MS].some((step) => hourOf(startMs + step, timeZone) === hourOf(startMs, timeZone));
  return `${date}, ${hourText(clock)}${isRepeated ? ` (UTC${offsetText(offset)})` : ""}`;
}

function hourOf(instantMs: number, timeZone: string): number {
  return Math.floor((instantMs + offsetAt(instantMs, timeZone)) / HOUR_MS);
}

function offsetText(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const text = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${offsetMs < 0 ? "−" : "+"}${text}`;
}
