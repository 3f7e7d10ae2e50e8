/** One level of the discrete wavelet transform and its inverse, in the conventions of PyWavelets. */
import { AnalysisInputError } from "../../errors.ts";
import { checkedSignal, checkMode, checkWavelet, DB2_0, DB2_1, DB2_2, DB2_3, type Mode, tapsOf, type Wavelet } from "./filters.ts";

export interface DwtCoefficients {
  /** What is smooth: each a weighted sum of a few neighbours, every second one kept. */
  approximation: Float64Array;
  /** What changes between neighbours. */
  detail: Float64Array;
}

// The loops below read their taps from locals: an import read in a loop is looked up there each time.
const HAAR = Math.SQRT1_2;
// The taps of a detail add up to nothing. Written as differences of neighbours, so do they in floating point: constants have none.
const DB2_3_LESS_2 = DB2_3 - DB2_2;

/**
 * One level of the discrete wavelet transform (Mallat 1989; Daubechies 1988), coefficient for coefficient as PyWavelets' `dwt`.
 *
 * @throws AnalysisInputError for no values, and for values that are not finite
 * @example
 * ```ts
 * import { dwt } from "tokenledger/analysis";
 * const { approximation, detail } = dwt([3, 1, 5, 5], "haar", "periodization");
 * Array.from(approximation, (value) => value.toFixed(3)); // => ["2.828", "7.071"]
 * Array.from(detail, (value) => value.toFixed(3)); // => ["1.414", "0.000"]
 * ```
 */
export function dwt(x: ArrayLike<number>, wavelet: Wavelet, mode: Mode = "symmetric"): DwtCoefficients {
  checkWavelet(wavelet);
  checkMode(mode);
  const signal = checkedSignal(x, "x");
  const length = coefficientCount(signal.length, wavelet, mode);
  const approximation = new Float64Array(length);
  const detail = new Float64Array(length);
  analyse(signal, signal.length, wavelet, mode, approximation, detail);
  return { approximation, detail };
}

/**
 * The series whose {@link dwt} these are, as PyWavelets' `idwt`: where its length was odd, one value longer.
 *
 * @throws AnalysisInputError for coefficients that are not finite, too few, or of two lengths
 * @example
 * ```ts
 * import { dwt, idwt } from "tokenledger/analysis";
 * const { approximation, detail } = dwt([3, 1, 5, 5], "db2", "symmetric");
 * Array.from(idwt(approximation, detail, "db2", "symmetric"), Math.round); // => [3, 1, 5, 5]
 * ```
 */
export function idwt(
  approximation: ArrayLike<number>,
  detail: ArrayLike<number>,
  wavelet: Wavelet,
  mode: Mode = "symmetric",
): Float64Array {
  checkWavelet(wavelet);
  checkMode(mode);
  const smooth = checkedSignal(approximation, "approximation");
  const rough = checkedSignal(detail, "detail");
  if (smooth.length !== rough.length)
    throw new AnalysisInputError(`detail: its length is ${rough.length}, and the approximation's ${smooth.length}; they must be equal.`);
  const values = new Float64Array(valueCount(smooth.length, wavelet, mode, "approximation"));
  synthesise(smooth, rough, smooth.length, wavelet, mode, values);
  return values;
}

/** How many coefficients of each kind `length` values have. */
export function coefficientCount(length: number, wavelet: Wavelet, mode: Mode): number {
  return mode === "periodization" ? (length + 1) >> 1 : (length + tapsOf(wavelet) - 1) >> 1;
}

/** How many values `length` coefficients of each kind have. */
export function valueCount(length: number, wavelet: Wavelet, mode: Mode, what: string): number {
  if (mode === "periodization") return 2 * length;
  const count = 2 * length - tapsOf(wavelet) + 2;
  if (count < 1)
    throw new AnalysisInputError(`${what}: ${length} is too few for "${wavelet}" in mode "${mode}"; give at least ${tapsOf(wavelet) / 2}.`);
  return count;
}

/** The first `length` of `values` into as many coefficients as {@link coefficientCount} says. */
export function analyse(
  values: Float64Array,
  length: number,
  wavelet: Wavelet,
  mode: Mode,
  approximation: Float64Array,
  detail: Float64Array,
): void {
  if (wavelet === "haar") analyseHaar(values, length, approximation, detail);
  else analyseDb2(values, length, mode, approximation, detail);
}

/** The first `length` coefficients of each kind into as many values as {@link valueCount} says. */
export function synthesise(
  approximation: Float64Array,
  detail: Float64Array,
  length: number,
  wavelet: Wavelet,
  mode: Mode,
  values: Float64Array,
): void {
  if (wavelet === "haar") synthesiseHaar(approximation, detail, length, values);
  else if (mode === "symmetric") synthesiseDb2Mirrored(approximation, detail, length, values);
  else synthesiseDb2Round(approximation, detail, length, values);
}

/** Both modes at once: an odd last value stands twice, mirrored or repeated. */
function analyseHaar(values: Float64Array, length: number, approximation: Float64Array, detail: Float64Array): void {
  const scale = HAAR;
  const pairs = length >> 1;
  for (let k = 0; k < pairs; k++) {
    const first = values[2 * k] as number;
    const second = values[2 * k + 1] as number;
    approximation[k] = (first + second) * scale;
    detail[k] = (first - second) * scale;
  }
  if (2 * pairs < length) {
    approximation[pairs] = (values[length - 1] as number) * Math.SQRT2;
    detail[pairs] = 0;
  }
}

function synthesiseHaar(approximation: Float64Array, detail: Float64Array, length: number, values: Float64Array): void {
  const scale = HAAR;
  for (let k = 0; k < length; k++) {
    const smooth = approximation[k] as number;
    const rough = detail[k] as number;
    values[2 * k] = (smooth + rough) * scale;
    values[2 * k + 1] = (smooth - rough) * scale;
  }
}

/**
 * Two levels of Haar in one pass, for a length that is a multiple of four: what is smooth after the first never goes through
 * memory, which is half of the work.
 */
export function analyseHaarTwice(
  values: Float64Array,
  length: number,
  approximation: Float64Array,
  detail: Float64Array,
  finerDetail: Float64Array,
): void {
  const scale = HAAR;
  const fours = length >> 2;
  for (let k = 0; k < fours; k++) {
    const at = k << 2;
    const first = values[at] as number;
    const second = values[at + 1] as number;
    const third = values[at + 2] as number;
    const fourth = values[at + 3] as number;
    const earlier = (first + second) * scale;
    const later = (third + fourth) * scale;
    finerDetail[2 * k] = (first - second) * scale;
    finerDetail[2 * k + 1] = (third - fourth) * scale;
    approximation[k] = (earlier + later) * scale;
    detail[k] = (earlier - later) * scale;
  }
}

/** The way back, from `length` coefficients of the coarser level. */
export function synthesiseHaarTwice(
  approximation: Float64Array,
  detail: Float64Array,
  length: number,
  finerDetail: Float64Array,
  values: Float64Array,
): void {
  const scale = HAAR;
  for (let k = 0; k < length; k++) {
    const at = k << 2;
    const smooth = approximation[k] as number;
    const rough = detail[k] as number;
    const earlier = (smooth + rough) * scale;
    const later = (smooth - rough) * scale;
    const first = finerDetail[2 * k] as number;
    const second = finerDetail[2 * k + 1] as number;
    values[at] = (earlier + first) * scale;
    values[at + 1] = (earlier - first) * scale;
    values[at + 2] = (later + second) * scale;
    values[at + 3] = (later - second) * scale;
  }
}

function analyseDb2(values: Float64Array, length: number, mode: Mode, approximation: Float64Array, detail: Float64Array): void {
  const count = coefficientCount(length, "db2", mode);
  // Coefficient k is made of the four values from 2k − lead on; from the second on, and before `beforeEnd`, all lie in the series.
  const lead = mode === "symmetric" ? 2 : 1;
  const beforeEnd = Math.max(1, Math.floor((length - 4 + lead) / 2) + 1);
  analyseDb2Edge(values, length, mode, lead, 0, Math.min(1, count), approximation, detail);
  if (beforeEnd > 1) analyseDb2Inside(values, 4 - lead, beforeEnd, approximation, detail);
  analyseDb2Edge(values, length, mode, lead, beforeEnd, count, approximation, detail);
}

/** Coefficients 1 to before `to`; `next` is where the third of the first one's values lies. */
function analyseDb2Inside(values: Float64Array, next: number, to: number, approximation: Float64Array, detail: Float64Array): void {
  const [h0, h1, h2, h3] = [DB2_0, DB2_1, DB2_2, DB2_3];
  const h3Less2 = DB2_3_LESS_2;
  let x0 = values[next - 2] as number;
  let x1 = values[next - 1] as number;
  for (let k = 1, at = next; k < to; k++, at += 2) {
    const x2 = values[at] as number;
    const x3 = values[at + 1] as number;
    approximation[k] = h0 * x0 + h1 * x1 + h2 * x2 + h3 * x3;
    detail[k] = h3 * (x0 - x1) + h3Less2 * (x1 - x2) + h0 * (x2 - x3);
    x0 = x2;
    x1 = x3;
  }
}

/** Coefficients `from` to before `to`, of values that may lie beyond the ends. */
function analyseDb2Edge(
  values: Float64Array,
  length: number,
  mode: Mode,
  lead: number,
  from: number,
  to: number,
  approximation: Float64Array,
  detail: Float64Array,
): void {
  const valueAt = mode === "symmetric" ? mirrored : round;
  for (let k = from; k < to; k++) {
    const at = 2 * k - lead;
    const x0 = valueAt(values, length, at);
    const x1 = valueAt(values, length, at + 1);
    const x2 = valueAt(values, length, at + 2);
    const x3 = valueAt(values, length, at + 3);
    approximation[k] = DB2_0 * x0 + DB2_1 * x1 + DB2_2 * x2 + DB2_3 * x3;
    detail[k] = DB2_3 * (x0 - x1) + DB2_3_LESS_2 * (x1 - x2) + DB2_0 * (x2 - x3);
  }
}

/** x₁ x₀ | x₀ x₁ … xₙ | xₙ xₙ₋₁ */
function mirrored(values: Float64Array, length: number, index: number): number {
  const at = (index + 2 * length) % (2 * length);
  return values[at < length ? at : 2 * length - 1 - at] as number;
}

/** An odd number of values gets its last one twice; then they go round. */
function round(values: Float64Array, length: number, index: number): number {
  const even = length + (length & 1);
  const at = (index + even) % even;
  return values[at < length ? at : length - 1] as number;
}

function synthesiseDb2Mirrored(approximation: Float64Array, detail: Float64Array, length: number, values: Float64Array): void {
  const [h0, h1, h2, h3] = [DB2_0, DB2_1, DB2_2, DB2_3];
  let smooth = approximation[0] as number;
  let rough = detail[0] as number;
  for (let k = 1; k < length; k++) {
    const nextSmooth = approximation[k] as number;
    const nextRough = detail[k] as number;
    values[2 * k - 2] = h0 * nextSmooth + h2 * smooth + h3 * nextRough + h1 * rough;
    values[2 * k - 1] = h1 * nextSmooth + h3 * smooth - h2 * nextRough - h0 * rough;
    smooth = nextSmooth;
    rough = nextRough;
  }
}

function synthesiseDb2Round(approximation: Float64Array, detail: Float64Array, length: number, values: Float64Array): void {
  const [h0, h1, h2, h3] = [DB2_0, DB2_1, DB2_2, DB2_3];
  let smooth = approximation[0] as number;
  let rough = detail[0] as number;
  // The pair of values that coefficients k − 1 and k share stands at 2k − 1 and 2k: one later than in mirrored form.
  for (let k = 1; k < length; k++) {
    const nextSmooth = approximation[k] as number;
    const nextRough = detail[k] as number;
    values[2 * k - 1] = h0 * nextSmooth + h2 * smooth + h3 * nextRough + h1 * rough;
    values[2 * k] = h1 * nextSmooth + h3 * smooth - h2 * nextRough - h0 * rough;
    smooth = nextSmooth;
    rough = nextRough;
  }
  const firstSmooth = approximation[0] as number;
  const firstRough = detail[0] as number;
  values[2 * length - 1] = h0 * firstSmooth + h2 * smooth + h3 * firstRough + h1 * rough;
  values[0] = h1 * firstSmooth + h3 * smooth - h2 * firstRough - h0 * rough;
}
