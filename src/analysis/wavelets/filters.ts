/** The two wavelets, and the checks that all functions of this folder share. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { finiteValues } from "../input.ts";

/** Haar's, of two taps, and Daubechies' with two vanishing moments, of four: it is blind to straight lines. */
export type Wavelet = "haar" | "db2";

/** How a series goes on beyond its ends: mirrored there, or round in a circle with no coefficient too many. */
export type Mode = "symmetric" | "periodization";

const ROOT_2 = Math.SQRT2;
const ROOT_3 = Math.sqrt(3);

/** The taps of db2 (Daubechies 1988), called D4 where taps are counted. */
export const DB2_0: number = (1 + ROOT_3) / (4 * ROOT_2);
export const DB2_1: number = (3 + ROOT_3) / (4 * ROOT_2);
export const DB2_2: number = (3 - ROOT_3) / (4 * ROOT_2);
export const DB2_3: number = (1 - ROOT_3) / (4 * ROOT_2);

const TAPS: Readonly<Record<Wavelet, number>> = { haar: 2, db2: 4 };
const MODES: readonly Mode[] = ["symmetric", "periodization"];
/** More would tell periods of years in buckets of a second; the memory that levels take is not bounded otherwise. */
const MOST_LEVELS = 32;

/** How many taps its filters have. */
export function tapsOf(wavelet: Wavelet): number {
  return TAPS[wavelet];
}

export function checkWavelet(wavelet: Wavelet): void {
  if (typeof wavelet !== "string" || !Object.hasOwn(TAPS, wavelet))
    throw new AnalysisInputError(`wavelet: ${quoteValue(wavelet)} is not known; give "haar" or "db2".`);
}

export function checkMode(mode: Mode): void {
  if (!MODES.includes(mode)) throw new AnalysisInputError(`mode: ${quoteValue(mode)} is not known; give "symmetric" or "periodization".`);
}

/** Levels of the transforms that keep every bucket. */
export function checkLevels(levels: number, most: number = MOST_LEVELS): void {
  if (!Number.isInteger(levels) || levels < 0 || levels > most)
    throw new AnalysisInputError(`levels: ${quoteValue(levels)} is not a number of levels; give a whole number from 0 to ${most}.`);
}

/** Squares of larger numbers, added up, would pass what a number can hold. */
export const LARGEST: number = 1e150;
const BEYOND = Number.MAX_VALUE / LARGEST;

/**
 * One value at least, all finite and none so large that results might not be. What is a Float64Array already is not copied:
 * nothing here writes into its input.
 */
export function checkedSignal(values: ArrayLike<number>, what: string): Float64Array {
  if (values instanceof Float64Array && values.length > 0 && allModerate(values)) return values;
  const signal = finiteValues(values, what);
  if (signal.length === 0) throw new AnalysisInputError(`${what}: there are no values; give at least one.`);
  const large = signal.findIndex((value) => Math.abs(value) > LARGEST);
  if (large < 0) return signal;
  throw new AnalysisInputError(`${what}[${large}]: ${signal[large]} is too large; give numbers up to ${LARGEST}.`);
}

/** What is moderate is nothing, times nothing; what is too large or not finite leaves NaN, found at the end without a branch before. */
function allModerate(values: Float64Array): boolean {
  const beyond = BEYOND;
  const length = values.length;
  const fours = length - (length & 3);
  // Four sums at once: one alone would wait for each addition.
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < fours; i += 4) {
    a += (values[i] as number) * beyond * 0;
    b += (values[i + 1] as number) * beyond * 0;
    c += (values[i + 2] as number) * beyond * 0;
    d += (values[i + 3] as number) * beyond * 0;
  }
  for (let i = fours; i < length; i++) a += (values[i] as number) * beyond * 0;
  return a + b + c + d === 0;
}
