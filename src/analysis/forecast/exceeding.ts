/** Will the limit hold, and if not, until when? */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkedAmount, checkOptions } from "../input.ts";
import { ruleOfSuccession } from "./conformal.ts";
import { FORECAST_OPTIONS, type Forecast, type ForecastOptions, forecast, type Quantiles } from "./forecast.ts";

export interface Limit {
  /** What may be spent in the period, in the values' unit. */
  limit: number;
  /** What is spent of it already. */
  spent: number;
}

const LIMIT: readonly (keyof Limit)[] = ["limit", "spent"];

export interface Exceeding {
  /** That the limit is exceeded by the end of the forecast; absent where there is no history and it is not exceeded yet. */
  probability?: number;
  /**
   * In buckets from now: by when a tenth, half and nine tenths of the courses have exceeded the limit. Absent where fewer of them
   * do: then the limit holds in the rest.
   */
  runOut: Partial<Quantiles<number>>;
}

/**
 * The chance that a limit is exceeded by the end of the horizon: (#{courses above} + 1) / (n + 2), counted as n buckets can tell, so
 * that a short history never makes sure. 1 when more is spent already; ½ when there is no history at all.
 *
 * @throws AnalysisInputError for values and amounts that are none, and for options that can't be
 * @example
 * ```ts
 * import { probabilityOfExceeding } from "tokenledger/analysis";
 * const days = Array.from({ length: 40 }, (_, i) => 10 + (i % 3));
 * const [low, high] = [150, 600].map((limit) => probabilityOfExceeding(days, { limit, spent: 100, horizon: 10 }));
 * low > 0.9 && high < 0.1; // => true
 * probabilityOfExceeding(days, { limit: 100, spent: 100.01 }); // => 1
 * ```
 */
export function probabilityOfExceeding(values: ArrayLike<number>, options: ForecastOptions & Limit): number {
  checkOptions(options, [...FORECAST_OPTIONS, ...LIMIT]);
  return exceeding(forecast(values, options), options).probability ?? ruleOfSuccession(0, 0);
}

/**
 * The same from a forecast that is there already, for as many limits as there are, and when they run out.
 *
 * @throws AnalysisInputError for a limit or spending that is no amount
 * @example
 * ```ts
 * import { exceeding, forecast } from "tokenledger/analysis";
 * const month = forecast(Array.from({ length: 40 }, () => 10), { horizon: 20 });
 * const { probability = 0, runOut } = exceeding(month, { spent: 100, limit: 150 });
 * probability > 0.9 && Math.round(runOut.p50 ?? 0); // => 5
 * exceeding(month, { spent: 100, limit: 1000 }).runOut.p50; // => undefined
 * ```
 */
export function exceeding(ahead: Forecast, options: Limit): Exceeding {
  const { observed, horizon, courses } = checkedForecast(ahead);
  checkOptions(options, LIMIT);
  const { limit, spent } = options;
  checkedAmount(limit, "limit");
  checkedAmount(spent, "spent");
  if (spent > limit) return { probability: 1, runOut: { p10: 0, p50: 0, p90: 0 } };
  if (horizon === 0) return { probability: 0, runOut: {} };
  if (observed === 0) return { runOut: {} };
  const crossings = courses.map((course) => crossing(course, limit - spent)).filter((at) => at !== undefined);
  const share = crossings.length / courses.length;
  crossings.sort((a, b) => a - b);
  const runOut: Partial<Quantiles<number>> = {};
  for (const [name, q] of [["p10", 0.1] as const, ["p50", 0.5] as const, ["p90", 0.9] as const]) {
    const at = crossings[Math.ceil(q * courses.length) - 1];
    if (at !== undefined) runOut[name] = at;
  }
  return { probability: ruleOfSuccession(share * observed, observed), runOut };
}

function checkedForecast(ahead: Forecast): Forecast {
  const { observed, horizon, courses } = ahead ?? {};
  const isCourse = (course: unknown) => course instanceof Float64Array && course.length === horizon;
  const isWhole = [observed, horizon].every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  if (isWhole && Array.isArray(courses) && courses.every(isCourse) && courses.length > 0 === observed > 0) return ahead;
  throw new AnalysisInputError(`forecast: ${quoteValue(ahead)} is not a forecast; give what forecast(values, …) returned.`);
}

/** When a course first goes above what is left, in buckets; within a bucket, spending is taken for even. */
function crossing(course: Float64Array, left: number): number | undefined {
  const bucket = course.findIndex((sum) => sum > left);
  if (bucket < 0) return undefined;
  const before = bucket === 0 ? 0 : (course[bucket - 1] as number);
  return bucket + Math.max(0, left - before) / ((course[bucket] as number) - before);
}
