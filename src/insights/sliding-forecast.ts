/** A sliding window never ends: while new spending comes in, old spending leaves. Looked at over one more length of it. */
import type { SpendingHistory } from "./spending-history.ts";
import { usdOf } from "./usd.ts";
import { forecastWindow, type WindowForecast } from "./window-forecast.ts";

/** Courses of the window's sum above what it holds now, at the end of each bucket until all of that has left. */
export function slidingForecast(
  history: SpendingHistory,
  { lengthMs, nowMs, spentNanoUsd }: { lengthMs: number; nowMs: number; spentNanoUsd: bigint },
): WindowForecast {
  const window = { startMs: nowMs - lengthMs, endMs: nowMs + lengthMs, nowMs, spentNanoUsd };
  const forecasted = forecastWindow(history, window);
  const left = forecasted.endsMs.map((endMs) => leftBy(history, { fromMs: window.startMs, toMs: endMs - lengthMs, spentNanoUsd, nowMs }));
  const courses = forecasted.courses.courses.map((course) => course.map((sum, bucket) => sum - (left[bucket] as number)));
  return { ...forecasted, courses: { ...forecasted.courses, courses } };
}

/** USD spent in a stretch of the window that is behind it by then. What the buckets don't know of is taken to have come last. */
function leftBy(
  { startsMs, values, running }: SpendingHistory,
  { fromMs, toMs, spentNanoUsd, nowMs }: { fromMs: number; toMs: number; spentNanoUsd: bigint; nowMs: number },
): number {
  const spent = usdOf(spentNanoUsd);
  if (toMs >= nowMs) return spent;
  let sum = 0;
  startsMs.forEach((startMs, i) => {
    const endMs = startsMs[i + 1] ?? running.startMs;
    const inside = Math.min(endMs, toMs) - Math.max(startMs, fromMs);
    if (inside > 0) sum += ((values[i] as number) * inside) / (endMs - startMs);
  });
  return Math.min(sum, spent);
}
