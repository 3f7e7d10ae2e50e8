/** All buckets of some days, the empty ones included: what a chart of sums needs, because an answer leaves them out. */
import { addDays, localDayOf } from "../format/instants.ts";
import { type Bucket, bucketEnd, instantOf } from "./time-axis.ts";

/** Few enough for bars to be told apart, many enough to see a course. */
export function usualBucket(dayCount: number): Bucket {
  if (dayCount <= 3) return "hour";
  if (dayCount <= 100) return "day";
  return dayCount <= 731 ? "week" : "month";
}

/** When the bucket of an answer begins: `2026-05-01`, `2026-05`, or an hour with its offset. */
export function bucketStart(key: string, timeZone: string): number {
  if (key.length > 10) return Date.parse(key);
  return instantOf(Date.parse(key.length === 7 ? `${key}-01T00:00:00Z` : `${key}T00:00:00Z`), timeZone);
}

/** The beginnings of all buckets that touch the days, but of none that is still to come. */
export function bucketGrid(days: { start: string; end: string }, bucket: Bucket, timeZone: string, nowMs: number): number[] {
  const untilMs = Math.min(bucketStart(addDays(days.end, 1), timeZone), Math.max(nowMs, bucketStart(days.start, timeZone) + 1));
  const starts: number[] = [];
  for (let at = bucketStart(firstDay(days.start, bucket), timeZone); at < untilMs; at = bucketEnd(at, bucket, timeZone)) starts.push(at);
  return starts;
}

function firstDay(day: string, bucket: Bucket): string {
  if (bucket === "month") return `${day.slice(0, 7)}-01`;
  if (bucket !== "week") return day;
  const afterMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -afterMonday);
}

/** The local days of a span that was chosen on a chart. */
export function daysOfSpan(startMs: number, endMs: number, timeZone: string): { start: string; end: string } {
  return { start: localDayOf(startMs, timeZone), end: localDayOf(Math.max(startMs, endMs - 1), timeZone) };
}
