/** How much of a detail is noise: thresholds, and what is left of coefficients beyond them. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { MAD_TO_SIGMA, median } from "../statistics/order-statistics.ts";
import { checkedSignal } from "./filters.ts";

/**
 * What happens to a coefficient beyond the threshold: `soft` brings it nearer to 0 by the threshold, `hard` leaves it as it is,
 * `garrote` (Gao 1998) brings large ones hardly nearer.
 */
export type Shrinkage = "soft" | "hard" | "garrote";

/**
 * The standard deviation of the noise, from details of the finest level: median |d| / 0.6745 (Donoho & Johnstone 1994). A few
 * large coefficients, which are no noise, do not move it.
 *
 * @throws AnalysisInputError for no details, and for details that are not finite
 * @example
 * ```ts
 * import { noiseSigma } from "tokenledger/analysis";
 * noiseSigma([-1, 1, -1, 1, 1000]).toFixed(4); // => "1.4826"
 * ```
 */
export function noiseSigma(details: ArrayLike<number>): number {
  return medianMagnitude(checkedSignal(details, "details")) * MAD_TO_SIGMA;
}

/**
 * σ √(2 ln n), which noise of n coefficients hardly ever passes (Donoho & Johnstone 1994).
 *
 * @throws AnalysisInputError for a deviation below 0, for a number of coefficients that is none
 * @example
 * ```ts
 * import { universalThreshold } from "tokenledger/analysis";
 * universalThreshold(1, 1000).toFixed(3); // => "3.717"
 * ```
 */
export function universalThreshold(sigma: number, count: number): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new AnalysisInputError(`count: ${quoteValue(count)} is not a number of coefficients; give a whole number from 1 up.`);
  return checkedSigma(sigma) * Math.sqrt(2 * Math.log(count));
}

/**
 * The universal thresholds of a maximal overlap transform's details, level by level: σ̃ √(2 ln n / 2^j), with σ̃ = √2 median |W₁| /
 * 0.6745 (Percival & Walden 2000, section 10.5).
 *
 * @param details W₁ to W_J of {@link modwt}
 * @throws AnalysisInputError for details that are not finite
 * @example
 * ```ts
 * import { modwt, modwtThresholds } from "tokenledger/analysis";
 * const { details } = modwt([5, 7, 4, 8, 5, 6, 30, 5], "haar", 2);
 * Array.from(modwtThresholds(details), (threshold) => threshold.toFixed(2)); // => ["4.54", "3.21"]
 * ```
 */
export function modwtThresholds(details: readonly ArrayLike<number>[]): Float64Array {
  if (!Array.isArray(details)) throw new AnalysisInputError(`details: ${quoteValue(details)} is not a list; give the details of modwt.`);
  if (details.length === 0) return new Float64Array(0);
  const finest = checkedSignal(details[0] as ArrayLike<number>, "details[0]");
  const sigma = Math.SQRT2 * medianMagnitude(finest) * MAD_TO_SIGMA;
  return Float64Array.from(details, (_, index) => sigma * Math.sqrt((2 * Math.log(finest.length)) / 2 ** (index + 1)));
}

/**
 * The threshold for which Stein's unbiased estimate of the risk of soft shrinkage is least (Donoho & Johnstone 1995), among 0 and
 * the magnitudes themselves; the smallest of those with equal risk.
 *
 * @param sigma the noise's standard deviation; default: {@link noiseSigma} of the details
 * @returns the threshold, and the risk in units of σ²
 * @throws AnalysisInputError for no details, for details that are not finite, for a deviation below 0
 * @example
 * ```ts
 * import { sureThreshold } from "tokenledger/analysis";
 * sureThreshold([0.5, -0.25, 8, 0.75], 1); // => { threshold: 0.75, risk: -0.5625 }
 * ```
 */
export function sureThreshold(details: ArrayLike<number>, sigma: number = noiseSigma(details)): { threshold: number; risk: number } {
  const magnitudes = checkedSignal(details, "details").map(Math.abs).sort();
  const count = magnitudes.length;
  const variance = checkedSigma(sigma) ** 2;
  // Without noise nothing is to be taken away.
  if (variance === 0) return { threshold: 0, risk: 0 };
  let best = 0;
  let least = count;
  let sumOfSquares = 0;
  for (let index = 0; index < count; index++) {
    const threshold = magnitudes[index] as number;
    sumOfSquares += (threshold * threshold) / variance;
    if (index + 1 < count && magnitudes[index + 1] === threshold) continue;
    const risk = count - 2 * (index + 1) + sumOfSquares + (count - index - 1) * ((threshold * threshold) / variance);
    // A magnitude of 0 comes first where there is one: its risk is that of the threshold 0.
    if (risk < least) {
      least = risk;
      best = threshold;
    }
  }
  return { threshold: best, risk: least };
}

/**
 * σ² over the standard deviation of what is not noise (Chang, Yu & Vetterli 2000): the more signal, the smaller. Where there is
 * none, it is the largest magnitude, which leaves nothing.
 *
 * @param sigma the noise's standard deviation; default: {@link noiseSigma} of the details
 * @throws AnalysisInputError as `sureThreshold` does
 * @example
 * ```ts
 * import { bayesThreshold } from "tokenledger/analysis";
 * [bayesThreshold([3, -3, 3, -3], 1).toFixed(4), bayesThreshold([0.5, -0.7], 1)]; // => ["0.3536", 0.7]
 * ```
 */
export function bayesThreshold(details: ArrayLike<number>, sigma: number = noiseSigma(details)): number {
  const values = checkedSignal(details, "details");
  const variance = checkedSigma(sigma) ** 2;
  let energy = 0;
  let largest = 0;
  for (const value of values) {
    energy += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const signal = energy / values.length - variance;
  return signal > 0 ? variance / Math.sqrt(signal) : largest;
}

/**
 * The coefficients, those of magnitude up to the threshold as 0 and those beyond as {@link Shrinkage} says.
 *
 * @throws AnalysisInputError for no details, for details that are not finite, for a threshold below 0
 * @example
 * ```ts
 * import { shrink } from "tokenledger/analysis";
 * [...shrink([1, -2, 4], 2, "soft")]; // => [0, 0, 2]
 * [...shrink([1, -2, 4], 2, "hard")]; // => [0, 0, 4]
 * [...shrink([1, -2, 4], 2, "garrote")]; // => [0, 0, 3]
 * ```
 */
export function shrink(details: ArrayLike<number>, threshold: number, how: Shrinkage): Float64Array {
  const values = checkedSignal(details, "details");
  if (typeof threshold !== "number" || !(threshold >= 0 && Number.isFinite(threshold)))
    throw new AnalysisInputError(`threshold: ${quoteValue(threshold)} is not a threshold; give a number from 0 up.`);
  switch (how) {
    case "soft":
      return values.map((value) => (Math.abs(value) > threshold ? value - Math.sign(value) * threshold : 0));
    case "hard":
      return values.map((value) => (Math.abs(value) > threshold ? value : 0));
    case "garrote":
      return values.map((value) => (Math.abs(value) > threshold ? value - (threshold * threshold) / value : 0));
    default:
      throw new AnalysisInputError(`how: ${quoteValue(how)} is not known; give "soft", "hard" or "garrote".`);
  }
}

function checkedSigma(sigma: number): number {
  if (typeof sigma === "number" && sigma >= 0 && Number.isFinite(sigma)) return sigma;
  throw new AnalysisInputError(`sigma: ${quoteValue(sigma)} is not a standard deviation; give a number from 0 up.`);
}

function medianMagnitude(values: Float64Array): number {
  return median(values.map(Math.abs));
}
