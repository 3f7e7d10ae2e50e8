/** Exponential smoothing with given weights: the recursions alone, in the conventions of statsmodels. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions, finiteValues } from "../input.ts";

export interface Smoothed {
  /** What each value was expected to be, one step before. */
  fitted: Float64Array;
  /** What follows: `horizon` values. */
  forecast: Float64Array;
}

export interface SmoothingOptions {
  /** Weight of the newest value in the level: 0 to 1. */
  alpha: number;
  /** The level before the first value. */
  level: number;
  /** How many values to forecast; none if not given. */
  horizon?: number;
}

export interface HoltOptions extends SmoothingOptions {
  /** Weight of the newest step in the trend: 0 to 1. */
  beta: number;
  /** The trend before the first value, per step. */
  trend: number;
  /** What is left of the trend after a step: 0 to 1. Without it, the trend never ends. */
  damping?: number;
}

export interface HoltWintersOptions extends HoltOptions {
  /** Weight of the newest value in its season: 0 to 1. */
  gamma: number;
  /** The seasons before the first value: what is added to the level, or what it is multiplied by. */
  season: ArrayLike<number>;
  kind: "additive" | "multiplicative";
}

const SMOOTHING = ["alpha", "level", "horizon"];
const HOLT = [...SMOOTHING, "beta", "trend", "damping"];
const HOLT_WINTERS = [...HOLT, "gamma", "season", "kind"];
const LONGEST_HORIZON = 100_000;

/**
 * A level that follows the values (Brown 1956): ℓ ← αy + (1 − α)ℓ.
 *
 * @throws AnalysisInputError for values that are not finite, for weights that are not from 0 to 1
 * @example
 * ```ts
 * import { simpleExponentialSmoothing } from "tokenledger/analysis";
 * const { fitted, forecast } = simpleExponentialSmoothing([8, 12, 10], { alpha: 0.5, level: 10, horizon: 2 });
 * [...fitted]; // => [10, 9, 10.5]
 * [...forecast]; // => [10.25, 10.25]
 * ```
 */
export function simpleExponentialSmoothing(values: ArrayLike<number>, options: SmoothingOptions): Smoothed {
  checkOptions(options, SMOOTHING);
  return smooth(values, { ...options, beta: 0, trend: 0, gamma: 0, season: [0], kind: "additive" });
}

/**
 * A level and a trend that may wear off (Holt 1957; Gardner and McKenzie 1985).
 *
 * @throws AnalysisInputError as `simpleExponentialSmoothing` does
 * @example
 * ```ts
 * import { holt } from "tokenledger/analysis";
 * [...holt([10, 12, 14], { alpha: 0.5, beta: 0.5, level: 8, trend: 2, horizon: 3 }).forecast]; // => [16, 18, 20]
 * [...holt([10, 12, 14], { alpha: 0.5, beta: 0.5, level: 8, trend: 2, damping: 0.5, horizon: 2 }).fitted]; // => [9, 10.125, 11.609375]
 * ```
 */
export function holt(values: ArrayLike<number>, options: HoltOptions): Smoothed {
  checkOptions(options, HOLT);
  return smooth(values, { ...options, gamma: 0, season: [0], kind: "additive" });
}

/**
 * Holt's level and trend with a season, added or multiplied (Winters 1960).
 *
 * @throws AnalysisInputError as `simpleExponentialSmoothing` does, and for a season of no steps
 * @example
 * ```ts
 * import { holtWinters } from "tokenledger/analysis";
 * const weights = { alpha: 0.5, beta: 0, gamma: 0.5, level: 10, trend: 0, horizon: 2 };
 * [...holtWinters([15, 5], { ...weights, season: [5, -5], kind: "additive" }).forecast]; // => [15, 5]
 * [...holtWinters([15, 5], { ...weights, season: [1.5, 0.5], kind: "multiplicative" }).forecast]; // => [15, 5]
 * ```
 */
export function holtWinters(values: ArrayLike<number>, options: HoltWintersOptions): Smoothed {
  checkOptions(options, HOLT_WINTERS);
  if (options.kind !== "additive" && options.kind !== "multiplicative")
    throw new AnalysisInputError(`kind: ${quoteValue(options.kind)} is not a kind of season; give "additive" or "multiplicative".`);
  return smooth(values, options);
}

function smooth(values: ArrayLike<number>, options: HoltWintersOptions): Smoothed {
  const y = finiteValues(values, "values");
  const { alpha, beta, gamma, damping = 1, horizon = 0 } = options;
  for (const [what, weight] of Object.entries({ alpha, beta, gamma, damping }))
    if (typeof weight !== "number" || !(weight >= 0 && weight <= 1))
      throw new AnalysisInputError(`${what}: ${quoteValue(weight)} is not a weight; give a number from 0 to 1.`);
  const [startLevel, startTrend] = finiteValues([options.level, options.trend], "level and trend") as unknown as [number, number];
  const seasons = finiteValues(options.season, "season");
  const period = seasons.length;
  if (period === 0) throw new AnalysisInputError("season: there is none; give one number for each step of a period.");
  if (!Number.isSafeInteger(horizon) || horizon < 0 || horizon > LONGEST_HORIZON)
    throw new AnalysisInputError(
      `horizon: ${quoteValue(horizon)} is not a number of steps; give a whole number from 0 to ${LONGEST_HORIZON}.`,
    );
  const multiplied = options.kind === "multiplicative";
  const fitted = new Float64Array(y.length);
  let level = startLevel;
  let trend = startTrend;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    const season = seasons[i % period] as number;
    const base = level + damping * trend;
    fitted[i] = multiplied ? base * season : base + season;
    const next = alpha * (multiplied ? value / season : value - season) + (1 - alpha) * base;
    trend = beta * (next - level) + (1 - beta) * damping * trend;
    level = next;
    // statsmodels forecasts with the seasons that stood before the last value: followed, so that both give the same numbers.
    if (i < y.length - 1) seasons[i % period] = gamma * (multiplied ? value / base : value - base) + (1 - gamma) * season;
  }
  const forecast = new Float64Array(horizon);
  let left = 1;
  let trends = 0;
  for (let h = 0; h < horizon; h++) {
    left *= damping;
    trends += left;
    const season = seasons[(y.length + h) % period] as number;
    const base = level + trends * trend;
    forecast[h] = multiplied ? base * season : base + season;
  }
  return { fitted, forecast };
}
