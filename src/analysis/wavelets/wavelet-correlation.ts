/** How strongly two series go together, period by period: hour by hour, say, and day by day. */
import { AnalysisInputError } from "../../errors.ts";
import { NORMAL_95 } from "../statistics/special-functions.ts";
import { checkedSignal, tapsOf, type Wavelet } from "./filters.ts";
import { modwt } from "./modwt.ts";

export interface ScaleCorrelation {
  /** Correlation of the coefficients that no end of the series has touched; absent where it can't be told. */
  r?: number;
  /** Its 95 % interval by Fisher's z; absent where fewer than four coefficients would be left by the plain transform. */
  lower?: number;
  upper?: number;
  /** How many coefficients it rests on. */
  n: number;
  /** Why there is no `r`. */
  reason?: string;
}

export interface WaveletCorrelation {
  /** Levels 1 to J: periods of 2 to 4 buckets, 4 to 8, … */
  scales: ScaleCorrelation[];
  /** What is slower, around 0: two series of positive level go together here, whatever they do. */
  smooth: ScaleCorrelation;
}

/**
 * Correlation of two series at each scale by the maximal overlap transform (Whitcher, Guttorp & Percival 2000), value for value as
 * waveslim's `wave.correlation` after `brick.wall`: coefficients that reach round the ends are left out, and the interval counts
 * those that the plain transform would have, n / 2^j, since neighbours repeat each other.
 *
 * @throws AnalysisInputError for no values, for values that are not finite, for series of two lengths
 * @example
 * ```ts
 * import { waveletCorrelation } from "tokenledger/analysis";
 * // Alike from one bucket to the next; over more, one rises while the other falls.
 * const fast = Array.from({ length: 64 }, (_, t) => (t % 2) * 4);
 * const slow = Array.from({ length: 64 }, (_, t) => 10 * Math.sin(t / 10));
 * const x = fast.map((value, t) => value + slow[t]);
 * const y = fast.map((value, t) => value - slow[t]);
 * const { scales } = waveletCorrelation(x, y, "haar", 3);
 * scales.map(({ r }) => r?.toFixed(2)); // => ["0.94", "-1.00", "-1.00"]
 * ```
 */
export function waveletCorrelation(x: ArrayLike<number>, y: ArrayLike<number>, wavelet: Wavelet, levels: number): WaveletCorrelation {
  const first = checkedSignal(x, "x");
  const second = checkedSignal(y, "y");
  const length = first.length;
  if (second.length !== length)
    throw new AnalysisInputError(`y: ${second.length} values, but x has ${length}; give one of each for every bucket.`);
  const ofFirst = modwt(first, wavelet, levels);
  const ofSecond = modwt(second, wavelet, levels);
  const reach = tapsOf(wavelet) - 1;
  const touchedAt = (level: number) => (2 ** level - 1) * reach;
  return {
    scales: ofFirst.details.map((detail, index) =>
      correlationAtScale(detail, ofSecond.details[index] as Float64Array, touchedAt(index + 1), length / 2 ** (index + 1)),
    ),
    // As waveslim has it, what is left counts as a level of its own.
    smooth: correlationAtScale(ofFirst.smooth, ofSecond.smooth, touchedAt(levels), length / 2 ** (levels + 1)),
  };
}

/** Around 0, which is the mean of details in the long run. */
function correlationAtScale(x: Float64Array, y: Float64Array, touched: number, independent: number): ScaleCorrelation {
  const n = Math.max(0, x.length - touched);
  if (n === 0) return { n, reason: "the series is too short for this scale: its ends reach everywhere" };
  let energyOfX = 0;
  let energyOfY = 0;
  let shared = 0;
  for (let t = touched; t < x.length; t++) {
    const ofX = x[t] as number;
    const ofY = y[t] as number;
    energyOfX += ofX * ofX;
    energyOfY += ofY * ofY;
    shared += ofX * ofY;
  }
  if (energyOfX === 0 || energyOfY === 0) return { n, reason: "one of the series does not change at this scale" };
  const r = Math.max(-1, Math.min(1, shared / (Math.sqrt(energyOfX) * Math.sqrt(energyOfY))));
  const degrees = Math.floor(independent) - 3;
  if (degrees <= 0) return { r, n };
  const width = NORMAL_95 / Math.sqrt(degrees);
  const z = Math.atanh(r);
  return { r, lower: Math.tanh(z - width), upper: Math.tanh(z + width), n };
}
