/** What comes in from outside is looked at once, at the door of each function. */
import { AnalysisInputError, closestWord, quoteValue } from "../errors.ts";

/** Two gigabytes of numbers; more does not fit into one array everywhere. */
const MOST_VALUES = 2 ** 28;

/**
 * Options go by the names that a function reads. One that is nearly such a name was meant to be it; others may ride along, as one
 * set of options often serves several functions.
 *
 * @throws AnalysisInputError for what is no set of options, and for a misspelt one
 */
export function checkOptions(options: unknown, keys: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new AnalysisInputError(`options: ${quoteValue(options)} is not a set of options; give an object with ${keys.join(", ")}.`);
  for (const key of Object.keys(options)) {
    const meant = keys.includes(key) ? undefined : closestWord(key, keys);
    if (meant !== undefined) throw new AnalysisInputError(`options: ${quoteValue(key)} is not known; did you mean ${meant}?`);
  }
}

/** @throws AnalysisInputError for what has no length, or more than fits into memory */
export function checkedLength(values: ArrayLike<unknown>, what: string): number {
  const length = (values as ArrayLike<unknown> | undefined)?.length;
  if (typeof values !== "object" || !Number.isSafeInteger(length) || (length as number) < 0)
    throw new AnalysisInputError(`${what}: ${quoteValue(values)} is not a list of numbers; give an array or a typed array.`);
  if ((length as number) > MOST_VALUES)
    throw new AnalysisInputError(`${what}: ${length} values are too many; give at most ${MOST_VALUES}.`);
  return length as number;
}

/**
 * The values as 64-bit floats: a copy, which the caller may change.
 *
 * @param what how messages name them
 * @throws AnalysisInputError for what is no list of numbers, for NaN and infinities
 */
export function finiteValues(values: ArrayLike<number>, what: string): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(checkedLength(values, what));
  for (let i = 0; i < copy.length; i++) {
    const value = values[i];
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new AnalysisInputError(
        `${what}[${i}]: ${quoteValue(value)} is not a finite number; leave out what is not known, or mark it as a gap.`,
      );
    copy[i] = value;
  }
  return copy;
}

/** @throws AnalysisInputError for what is no finite number from 0 up */
export function checkedAmount(amount: number, what: string): number {
  if (typeof amount === "number" && amount >= 0 && amount < Number.POSITIVE_INFINITY) return amount;
  throw new AnalysisInputError(`${what}: ${quoteValue(amount)} is not an amount; give a number from 0 up.`);
}

/** Lists of amounts, which are never negative. */
export function amounts(values: ArrayLike<number>, what: string): Float64Array<ArrayBuffer> {
  const copy = finiteValues(values, what);
  const negative = copy.findIndex((value) => value < 0);
  if (negative >= 0) throw new AnalysisInputError(`${what}[${negative}]: ${copy[negative]} is negative; amounts are 0 or more.`);
  return copy;
}
