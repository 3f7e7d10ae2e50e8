/** The discrete wavelet transform over several levels, and its inverse, in the conventions of PyWavelets. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { analyse, analyseHaarTwice, coefficientCount, synthesise, synthesiseHaarTwice, valueCount } from "./dwt.ts";
import { checkedSignal, checkMode, checkWavelet, type Mode, tapsOf, type Wavelet } from "./filters.ts";

export interface WavedecOptions {
  mode?: Mode;
  /** Default: {@link maxLevel}. */
  level?: number;
}

/**
 * The deepest level at which some coefficient still sees nothing but the series itself, as PyWavelets' `dwt_max_level`.
 *
 * @throws AnalysisInputError for what is no length
 * @example
 * ```ts
 * import { maxLevel } from "tokenledger/analysis";
 * [maxLevel(168, "haar"), maxLevel(168, "db2")]; // => [7, 5]
 * ```
 */
export function maxLevel(length: number, wavelet: Wavelet): number {
  checkWavelet(wavelet);
  if (!Number.isSafeInteger(length) || length < 0)
    throw new AnalysisInputError(`length: ${quoteValue(length)} is not a length; give a whole number from 0 up.`);
  return deepest(length, wavelet);
}

/** By doubling: a logarithm may round a power of two down. */
function deepest(length: number, wavelet: Wavelet): number {
  let level = 0;
  for (let needed = 2 * (tapsOf(wavelet) - 1); needed <= length; needed *= 2) level++;
  return level;
}

/**
 * The discrete wavelet transform over several levels: coarsest first, as PyWavelets' `wavedec`.
 *
 * @returns [approximation of the last level, its detail, …, detail of level 1]
 * @throws AnalysisInputError for no values, for values that are not finite, for a level deeper than they have
 * @example
 * ```ts
 * import { wavedec } from "tokenledger/analysis";
 * const coefficients = wavedec([8, 8, 8, 8, 0, 0, 0, 0], "haar", { mode: "periodization" });
 * coefficients.map((band) => Array.from(band, (value) => Number(value.toFixed(6)))); // => [[11.313708], [11.313708], [0, 0], [0, 0, 0, 0]]
 * ```
 */
export function wavedec(x: ArrayLike<number>, wavelet: Wavelet, options: WavedecOptions = {}): Float64Array[] {
  checkWavelet(wavelet);
  checkOptions(options, ["mode", "level"]);
  const { mode = "symmetric", level } = options;
  checkMode(mode);
  const signal = checkedSignal(x, "x");
  const most = deepest(signal.length, wavelet);
  const levels = level ?? most;
  if (!Number.isInteger(levels) || levels < 0 || levels > most)
    throw new AnalysisInputError(
      `level: ${quoteValue(levels)} is not a level that ${signal.length} values have with "${wavelet}"; give a whole number from 0 to ${most}.`,
    );
  if (levels === 0) return [signal.slice()];

  const bands = new Array<Float64Array>(levels + 1);
  let values = signal;
  let length = signal.length;
  // What is smooth at one level is what the next starts from: two buffers take turns, and the last level has one of its own.
  let [spare, other] = levels > 1 ? twoBuffers(coefficientCount(length, wavelet, mode)) : [];
  for (let j = 1; j <= levels; j++) {
    let count = coefficientCount(length, wavelet, mode);
    let detail = new Float64Array(count);
    bands[levels - j + 1] = detail;
    const finer = wavelet === "haar" && j < levels && length % 4 === 0 ? detail : undefined;
    if (finer !== undefined) {
      j++;
      count >>= 1;
      detail = new Float64Array(count);
      bands[levels - j + 1] = detail;
    }
    const approximation = j === levels || spare === undefined ? new Float64Array(count) : spare;
    if (finer === undefined) analyse(values, length, wavelet, mode, approximation, detail);
    else analyseHaarTwice(values, length, approximation, detail, finer);
    values = approximation;
    length = count;
    [spare, other] = [other, spare];
  }
  bands[0] = values;
  return bands;
}

/**
 * The series whose {@link wavedec} these are, as PyWavelets' `waverec`: where its length was odd, one value longer.
 *
 * @throws AnalysisInputError for bands that are not finite, or of lengths that do not follow from one another
 * @example
 * ```ts
 * import { wavedec, waverec } from "tokenledger/analysis";
 * const coefficients = wavedec([3, 1, 4, 1, 5, 9, 2, 6], "db2", { mode: "symmetric" });
 * Array.from(waverec(coefficients, "db2", "symmetric"), Math.round); // => [3, 1, 4, 1, 5, 9, 2, 6]
 * ```
 */
export function waverec(coefficients: ArrayLike<number>[], wavelet: Wavelet, mode: Mode = "symmetric"): Float64Array {
  checkWavelet(wavelet);
  checkMode(mode);
  if (!Array.isArray(coefficients) || coefficients.length === 0)
    throw new AnalysisInputError(
      `coefficients: ${quoteValue(coefficients)} is not a list of bands; give what wavedec made: an approximation, then details.`,
    );
  const bands = coefficients.map((band, index) => checkedSignal(band, `coefficients[${index}]`));
  let values = bands[0] as Float64Array;
  if (bands.length === 1) return values.slice();
  const sizes = valueCounts(bands, wavelet, mode);
  const last = bands.length - 1;
  let [spare, other] = last > 1 ? twoBuffers(sizes[last - 1] as number) : [];
  for (let index = 1; index <= last; index++) {
    const detail = bands[index] as Float64Array;
    const finer = wavelet === "haar" && bands[index + 1]?.length === 2 * detail.length ? bands[++index] : undefined;
    const target = index === last || spare === undefined ? new Float64Array(sizes[index] as number) : spare;
    if (finer === undefined) synthesise(values, detail, detail.length, wavelet, mode, target);
    else synthesiseHaarTwice(values, detail, detail.length, finer, target);
    values = target;
    [spare, other] = [other, spare];
  }
  return values;
}

/** How many values each level gives; an approximation may be one longer than the detail that it meets, and is then cut. */
function valueCounts(bands: readonly Float64Array[], wavelet: Wavelet, mode: Mode): number[] {
  const counts = [(bands[0] as Float64Array).length];
  for (let index = 1; index < bands.length; index++) {
    const detail = (bands[index] as Float64Array).length;
    const met = counts[index - 1] as number;
    if (met !== detail && met !== detail + 1)
      throw new AnalysisInputError(
        `coefficients[${index}]: it has ${detail} values where the levels before it make ${met}; they must be equal, or one fewer.`,
      );
    counts.push(valueCount(detail, wavelet, mode, `coefficients[${index}]`));
  }
  return counts;
}

/** Up to a megabyte is kept from call to call: for short series, memory that is new each time costs more than the transform. */
let kept = new Float64Array(0);
const MOST_KEPT = 2 ** 17;

function twoBuffers(length: number): [Float64Array, Float64Array] {
  if (2 * length > MOST_KEPT) return [new Float64Array(length), new Float64Array(length)];
  if (kept.length < 2 * length) kept = new Float64Array(2 * length);
  return [kept.subarray(0, length), kept.subarray(length, 2 * length)];
}
