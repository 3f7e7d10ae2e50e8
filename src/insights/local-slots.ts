/** Which hour of which weekday a bucket is, on the clock on the wall. */
import { offsetSpans } from "../usage/index.ts";
import type { BucketGrid } from "./bucket-grid.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface LocalSlot {
  hour: number;
  /** 0 is Monday. */
  weekday: number;
}

export function localSlots({ startsMs, bucketMs, calendar }: BucketGrid): LocalSlot[] {
  const { start, timeZone } = calendar;
  const endMs = start + startsMs.length * bucketMs;
  const slots: LocalSlot[] = [];
  if (startsMs.length === 0) return slots;
  const spans = offsetSpans(start, endMs, timeZone);
  let span = 0;
  for (let at = start; at < endMs; at += bucketMs) {
    while (at >= (spans[span]?.endMs ?? Number.POSITIVE_INFINITY) && span < spans.length - 1) span++;
    const localMs = at + (spans[span]?.offsetMs ?? 0);
    // 1970-01-01 was a Thursday.
    slots.push({ hour: Math.floor((localMs % DAY_MS) / HOUR_MS), weekday: (Math.floor(localMs / DAY_MS) + 3) % 7 });
  }
  return slots;
}
