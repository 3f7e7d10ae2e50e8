/** The maximal overlap discrete wavelet transform: no coefficient is left out, any length, no level depends on where a series starts. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkedSignal, checkLevels, checkWavelet, DB2_0, DB2_1, DB2_2, DB2_3, type Wavelet } from "./filters.ts";

export interface MaximalOverlap {
  /** W₁ to W_J, as long as the series: what changes over 1, 2, 4, … buckets. */
  details: Float64Array[];
  /** V_J: what is left, a weighted mean over about 2^J buckets. */
  smooth: Float64Array;
}

const H0 = DB2_0 / Math.SQRT2;
const H1 = DB2_1 / Math.SQRT2;
const H2 = DB2_2 / Math.SQRT2;
const H3 = DB2_3 / Math.SQRT2;
// In differences, so that details of a constant are 0 and not what rounding leaves.
const H3_LESS_2 = H3 - H2;

/**
 * The maximal overlap discrete wavelet transform of a series that goes round in a circle (Percival & Walden 2000, chapter 5),
 * coefficient for coefficient as waveslim's `modwt`. The energy of the series is that of its coefficients.
 *
 * @throws AnalysisInputError for no values, for values that are not finite, for a number of levels that is none
 * @example
 * ```ts
 * import { modwt } from "tokenledger/analysis";
 * const { details, smooth } = modwt([2, 4, 6, 8], "haar", 1);
 * details.map((detail) => [...detail]); // => [[-3, 1, 1, 1]]
 * [...smooth]; // => [5, 3, 5, 7]
 * ```
 */
export function modwt(x: ArrayLike<number>, wavelet: Wavelet, levels: number): MaximalOverlap {
  checkWavelet(wavelet);
  checkLevels(levels);
  let smooth = checkedSignal(x, "x");
  const length = smooth.length;
  const details: Float64Array[] = [];
  if (levels === 0) return { details, smooth: smooth.slice() };
  let shift = 1 % length;
  let spare = new Float64Array(levels > 1 ? length : 0);
  let other = new Float64Array(length);
  // The buffers take turns, and neither is the input.
  for (let j = 1; j <= levels; j++) {
    const detail = new Float64Array(length);
    const target: Float64Array<ArrayBuffer> = other;
    if (wavelet === "haar") forwardHaar(smooth, shift, detail, target);
    else forwardDb2(smooth, shift, detail, target);
    details.push(detail);
    smooth = target;
    other = spare;
    spare = target;
    shift = (2 * shift) % length;
  }
  return { details, smooth };
}

/**
 * The series whose {@link modwt} these are.
 *
 * @throws AnalysisInputError for coefficients that are not finite or of different lengths
 * @example
 * ```ts
 * import { imodwt, modwt } from "tokenledger/analysis";
 * Array.from(imodwt(modwt([3, 1, 4, 1, 5], "db2", 2), "db2"), Math.round); // => [3, 1, 4, 1, 5]
 * ```
 */
export function imodwt(coefficients: { details: ArrayLike<number>[]; smooth: ArrayLike<number> }, wavelet: Wavelet): Float64Array {
  checkWavelet(wavelet);
  if (typeof coefficients !== "object" || coefficients === null || !Array.isArray(coefficients.details))
    throw new AnalysisInputError(`coefficients: ${quoteValue(coefficients)} is not { details, smooth }; give what modwt made.`);
  let smooth = checkedSignal(coefficients.smooth, "smooth");
  const length = smooth.length;
  const details = coefficients.details.map((values, index) => {
    const detail = checkedSignal(values, `details[${index}]`);
    if (detail.length === length) return detail;
    throw new AnalysisInputError(`details[${index}]: its length is ${detail.length}, and smooth's ${length}; they must be equal.`);
  });
  checkLevels(details.length);
  if (details.length === 0) return smooth.slice();
  const shifts: number[] = [];
  for (let j = 0, shift = 1 % length; j < details.length; j++, shift = (2 * shift) % length) shifts.push(shift);
  let spare = new Float64Array(details.length > 1 ? length : 0);
  let other = new Float64Array(length);
  for (let j = details.length - 1; j >= 0; j--) {
    const target: Float64Array<ArrayBuffer> = other;
    if (wavelet === "haar") backwardHaar(details[j] as Float64Array, smooth, shifts[j] as number, target);
    else backwardDb2(details[j] as Float64Array, smooth, shifts[j] as number, target);
    smooth = target;
    other = spare;
    spare = target;
  }
  return smooth;
}

// Round in a circle, index t − s is one subtraction for t ≥ s and another below. So each loop runs over stretches in which
// all its indices are plain ones.

function forwardHaar(values: Float64Array, shift: number, detail: Float64Array, smooth: Float64Array): void {
  const length = values.length;
  for (let from = 0; from < length; ) {
    const wrapped = from < shift;
    const to = wrapped ? shift : length;
    let before = wrapped ? from - shift + length : from - shift;
    for (let t = from; t < to; t++, before++) {
      const here = values[t] as number;
      const past = values[before] as number;
      detail[t] = 0.5 * (here - past);
      smooth[t] = 0.5 * (here + past);
    }
    from = to;
  }
}

function backwardHaar(detail: Float64Array, smooth: Float64Array, shift: number, values: Float64Array): void {
  const length = values.length;
  for (let from = 0; from < length; ) {
    const wrapped = from >= length - shift;
    const to = wrapped ? length : length - shift;
    let after = wrapped ? from + shift - length : from + shift;
    for (let t = from; t < to; t++, after++)
      values[t] = 0.5 * ((smooth[t] as number) + (smooth[after] as number) + (detail[t] as number) - (detail[after] as number));
    from = to;
  }
}

function forwardDb2(values: Float64Array, shift: number, detail: Float64Array, smooth: Float64Array): void {
  const [h0, h1, h2, h3, h3Less2] = [H0, H1, H2, H3, H3_LESS_2];
  const length = values.length;
  const shift2 = (2 * shift) % length;
  const shift3 = (3 * shift) % length;
  for (let from = 0; from < length; ) {
    const to = nextBreak(from, length, shift, shift2, shift3);
    let at1 = from < shift ? from - shift + length : from - shift;
    let at2 = from < shift2 ? from - shift2 + length : from - shift2;
    let at3 = from < shift3 ? from - shift3 + length : from - shift3;
    for (let t = from; t < to; t++, at1++, at2++, at3++) {
      const x0 = values[t] as number;
      const x1 = values[at1] as number;
      const x2 = values[at2] as number;
      const x3 = values[at3] as number;
      detail[t] = h3 * (x0 - x1) + h3Less2 * (x1 - x2) + h0 * (x2 - x3);
      smooth[t] = h0 * x0 + h1 * x1 + h2 * x2 + h3 * x3;
    }
    from = to;
  }
}

function backwardDb2(detail: Float64Array, smooth: Float64Array, shift: number, values: Float64Array): void {
  const [h0, h1, h2, h3] = [H0, H1, H2, H3];
  const length = values.length;
  const shift2 = (2 * shift) % length;
  const shift3 = (3 * shift) % length;
  for (let from = 0; from < length; ) {
    const to = nextBreak(from, length, length - shift, length - shift2, length - shift3);
    let at1 = from + shift < length ? from + shift : from + shift - length;
    let at2 = from + shift2 < length ? from + shift2 : from + shift2 - length;
    let at3 = from + shift3 < length ? from + shift3 : from + shift3 - length;
    for (let t = from; t < to; t++, at1++, at2++, at3++)
      values[t] =
        h0 * (smooth[t] as number) +
        h1 * (smooth[at1] as number) +
        h2 * (smooth[at2] as number) +
        h3 * (smooth[at3] as number) +
        h3 * (detail[t] as number) -
        h2 * (detail[at1] as number) +
        h1 * (detail[at2] as number) -
        h0 * (detail[at3] as number);
    from = to;
  }
}

/** The nearest of the breaks after `from`, or the end. */
function nextBreak(from: number, end: number, break1: number, break2: number, break3: number): number {
  let next = end;
  if (break1 > from && break1 < next) next = break1;
  if (break2 > from && break2 < next) next = break2;
  if (break3 > from && break3 < next) next = break3;
  return next;
}
