/** What comes in from outside is looked at once, at the door of each function. */
import { AnalysisInputError, quoteValue } from "../errors.ts";

/**
 * The values as 64-bit floats: a copy, which the caller may change.
 *
 * @param what how messages name them
 * @throws AnalysisInputError for what is no list of numbers, for NaN and infinities
 */
export function finiteValues(values: ArrayLike<number>, what: string): Float64Array<ArrayBuffer> {
  const length = (values as ArrayLike<number> | undefined)?.length;
  if (typeof values !== "object" || !Number.isSafeInteger(length))
    throw new AnalysisInputError(`${what}: ${quoteValue(values)} is not a list of numbers; give an array or a typed array.`);
  const copy = new Float64Array(values.length);
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
