/** What was spent up to now, bucket by bucket: what a forecast stands on. */
import type { Ledger, UsageFilter } from "../ledger/index.ts";
import { dayOf } from "../usage/index.ts";
import { BUCKET_MS, type BucketName, bucketGrid, bucketOf } from "./bucket-grid.ts";
import { type Period, periodOf } from "./period.ts";
import { usdOf } from "./usd.ts";

export interface SpendingHistory {
  bucket: BucketName;
  bucketMs: number;
  timeZone: string;
  /** When each bucket began, all of them over. */
  startsMs: number[];
  /** In nano-USD. */
  costs: bigint[];
  /** The same in USD, corrections that took back more than there was as 0. */
  values: Float64Array;
  calendar: { start: number; timeZone: string };
  /** The bucket that is not over: when it began and ends. */
  running: { startMs: number; endMs: number };
}

export interface HistoryRequest {
  bucket: BucketName;
  timeZone: string;
  /** From so many days before now. */
  days: number;
  nowMs: number;
  filter?: UsageFilter | undefined;
}

const DAY_MS = 86_400_000;

export async function readHistory(book: Pick<Ledger, "aggregate">, request: HistoryRequest): Promise<SpendingHistory> {
  const { bucket, timeZone, days, nowMs, filter } = request;
  const day = (ms: number): string => dayOf(Math.max(0, ms), timeZone);
  const period: Period = periodOf(day(nowMs - days * DAY_MS), day(nowMs), timeZone);
  const { rows } = await book.aggregate({
    startMs: period.startMs,
    endMs: nowMs,
    timeZone: bucket === "hour" ? "UTC" : timeZone,
    groupBy: [bucket],
    ...(filter && { filter }),
  });
  const grid = bucketGrid(
    rows.map(({ keys }) => keys[0] as string),
    { period, bucket, nowMs },
  );
  const costs = new Array<bigint>(grid.startsMs.length).fill(0n);
  for (const { keys, costNanoUsd } of rows) {
    const place = bucketOf(grid, keys[0] as string);
    if (place !== undefined) costs[place] = (costs[place] as bigint) + costNanoUsd;
  }
  return {
    bucket,
    bucketMs: grid.bucketMs,
    timeZone,
    startsMs: grid.startsMs,
    costs,
    values: Float64Array.from(costs, (cost) => Math.max(0, usdOf(cost))),
    calendar: grid.calendar,
    running: runningBucket(bucket, timeZone, nowMs),
  };
}

function runningBucket(bucket: BucketName, timeZone: string, nowMs: number): { startMs: number; endMs: number } {
  if (bucket === "hour") {
    const startMs = Math.floor(nowMs / BUCKET_MS.hour) * BUCKET_MS.hour;
    return { startMs, endMs: startMs + BUCKET_MS.hour };
  }
  const today = dayOf(nowMs, timeZone);
  const { startMs, endMs } = periodOf(today, today, timeZone);
  return { startMs, endMs };
}

/** When the running bucket and those after it end, up to an instant, which is the last. */
export function endsUpTo(history: SpendingHistory, untilMs: number): number[] {
  const { running, bucket, timeZone } = history;
  const ends: number[] = [];
  let end = running.endMs;
  while (end < untilMs) {
    ends.push(end);
    const next = dayOf(end, timeZone);
    end = bucket === "hour" ? end + BUCKET_MS.hour : periodOf(next, next, timeZone).endMs;
  }
  ends.push(untilMs);
  return ends;
}
