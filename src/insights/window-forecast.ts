/** Where the spending of a window that is under way leads: simulated courses from now to its end. */
import { exceeding, type Forecast, forecast } from "../analysis/index.ts";
import { formatUsd } from "../money.ts";
import type { LimitForecast, PeriodForecastDocument } from "./forecast-document.ts";
import { estimated, rounded } from "./rounding.ts";
import { endsUpTo, type SpendingHistory } from "./spending-history.ts";
import { NANO_USD_IN_USD, usdOf } from "./usd.ts";

export interface WindowToForecast {
  startMs: number;
  endMs: number;
  nowMs: number;
  spentNanoUsd: bigint;
}

/** Courses of what is still to be spent, in USD, from now on to the end of each bucket. */
export interface WindowForecast {
  window: WindowToForecast;
  history: SpendingHistory;
  courses: Forecast;
  /** When the buckets to come end; the first is under way, the last ends with the window. */
  endsMs: number[];
}

export function forecastWindow(history: SpendingHistory, window: WindowToForecast): WindowForecast {
  const { nowMs, endMs } = window;
  const endsMs = nowMs < endMs ? endsUpTo(history, endMs) : [];
  const { bucketMs, calendar, values, running } = history;
  const whole = forecast(values, { bucketMs, ...calendar, horizon: endsMs.length });
  const first = endsMs[0] ?? endMs;
  const last = endsMs.at(-2) ?? running.startMs;
  return {
    window,
    history,
    courses: cutToWindow(whole, {
      // Of the bucket that is under way, what is over is in what was spent; of the last, what lies behind the window is left out.
      over: Math.min(1, (nowMs - running.startMs) / (running.endMs - running.startMs)),
      last: endsMs.length > 1 ? Math.min(1, (endMs - last) / bucketMs) : Math.min(1, (first - running.startMs) / bucketMs),
    }),
    endsMs,
  };
}

/** A day of 23 hours is a whole one: what is missing of it is not cut off. */
const NEARLY_WHOLE = 0.9;

function cutToWindow(whole: Forecast, { over, last }: { over: number; last: number }): Forecast {
  const { horizon } = whole;
  if (horizon === 0) return whole;
  const isDayOfOtherLength = last > NEARLY_WHOLE;
  const courses = whole.courses.map((course) => {
    const cut = course.map((sum) => sum - over * (course[0] as number));
    if (isDayOfOtherLength) return cut;
    const before = horizon > 1 ? (course[horizon - 2] as number) : 0;
    const tail = (1 - last) * ((course[horizon - 1] as number) - before);
    cut[horizon - 1] = Math.max(horizon > 1 ? (cut[horizon - 2] as number) : 0, (cut[horizon - 1] as number) - tail);
    return cut;
  });
  return { ...whole, courses };
}

/** What is spent, and what of each bucket to come in the lower tenth, the middle and the upper tenth of the courses. */
function quantilesAt({ courses }: WindowForecast, bucket: number): { p10: number; p50: number; p90: number } {
  const sums = Float64Array.from(courses.courses, (course) => course[bucket] as number).sort();
  const rank = (q: number): number => sums[Math.min(sums.length, Math.ceil(q * (sums.length + 1))) - 1] as number;
  return { p10: rank(0.1), p50: rank(0.5), p90: rank(0.9) };
}

export function periodDocument(forecasted: WindowForecast): PeriodForecastDocument {
  const { window, courses, endsMs } = forecasted;
  const spent = window.spentNanoUsd;
  const isKnown = courses.method !== "none";
  const sum = (usd: number): string => formatUsd(spent + estimated(usd * NANO_USD_IN_USD));
  const cone = isKnown ? endsMs.map((_, bucket) => quantilesAt(forecasted, bucket)) : [];
  const total = endsMs.length === 0 ? { p10: 0, p50: 0, p90: 0 } : cone.at(-1);
  return {
    window: { start: instant(window.startMs), end: instant(window.endMs) },
    spent_usd: formatUsd(spent),
    total_usd: isKnown && total ? { p10: sum(total.p10), p50: sum(total.p50), p90: sum(total.p90) } : null,
    method: courses.method,
    quality: courses.quality,
    burn: [
      ...burnedSoFar(forecasted),
      ...cone.map(({ p10, p50, p90 }, bucket) => ({
        at: instant(endsMs[bucket] as number),
        spent_usd: null,
        p10_usd: sum(p10),
        p50_usd: sum(p50),
        p90_usd: sum(p90),
      })),
    ],
  };
}

const instant = (ms: number): string => new Date(ms).toISOString();

function burnedSoFar({ window, history }: WindowForecast): PeriodForecastDocument["burn"] {
  const points: PeriodForecastDocument["burn"] = [];
  const point = (at: number, sum: bigint) => ({ at: instant(at), spent_usd: formatUsd(sum), p10_usd: null, p50_usd: null, p90_usd: null });
  for (const { endMs, sum } of sumsOf(history, window.startMs)) points.push(point(endMs, sum));
  points.push({ ...point(window.nowMs, window.spentNanoUsd) });
  return points;
}

/** The running sum of the window at the end of each bucket that is over. */
function* sumsOf({ startsMs, costs, running }: SpendingHistory, fromMs: number): Generator<{ endMs: number; sum: bigint }> {
  let sum = 0n;
  for (let i = 0; i < startsMs.length; i++) {
    if ((startsMs[i] as number) < fromMs) continue;
    sum += costs[i] as bigint;
    yield { endMs: startsMs[i + 1] ?? running.startMs, sum };
  }
}

/** Whether, and when, an amount is passed in this window. */
export function limitForecast(forecasted: WindowForecast, amountNanoUsd: bigint): LimitForecast {
  const { window, courses, history } = forecasted;
  const { spentNanoUsd: spent } = window;
  const document = (probability: number | null, at: (name: "p10" | "p50" | "p90") => string | null): LimitForecast => ({
    amount_usd: formatUsd(amountNanoUsd),
    probability_of_exceeding: probability,
    runs_out_at: { p10: at("p10"), p50: at("p50"), p90: at("p90") },
  });
  if (spent > amountNanoUsd) {
    let passedMs = window.nowMs;
    for (const { endMs, sum } of sumsOf(history, window.startMs)) {
      if (sum <= amountNanoUsd) continue;
      passedMs = endMs;
      break;
    }
    return document(1, () => instant(passedMs));
  }
  const usd = (nanoUsd: bigint): number => Math.max(0, usdOf(nanoUsd));
  const { probability, runOut } = exceeding(courses, { limit: usd(amountNanoUsd), spent: usd(spent) });
  return document(probability === undefined ? null : rounded(probability), (name) => {
    const at = runOut[name];
    return at === undefined ? null : instant(instantOf(forecasted, at));
  });
}

/** @param buckets from now on, in parts of buckets */
function instantOf({ window, endsMs }: WindowForecast, buckets: number): number {
  const bucket = Math.min(Math.floor(buckets), endsMs.length - 1);
  const startMs = bucket === 0 ? window.nowMs : (endsMs[bucket - 1] as number);
  const atMs = startMs + (buckets - bucket) * ((endsMs[bucket] as number) - startMs);
  return Math.round(atMs / 1000) * 1000;
}
