/** Amounts made whole so that they still add up (Hamilton's method of largest remainders, 1792). */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { finiteValues } from "../input.ts";

/**
 * Whole numbers beside the amounts, none farther off than 1, that add up to the total: lines of a bill, in its smallest unit
 * of money, under a sum that is given. Those with the largest fractions are rounded up; of equals the first. The negatives of
 * all amounts give the negatives of the results.
 *
 * @param total what the amounts add up to, but for the rounding of floats
 * @throws AnalysisInputError where they add up to something else
 * @example
 * ```ts
 * import { roundToTotal } from "tokenledger/analysis";
 * roundToTotal([33.4, 33.4, 33.2], 100n); // => [34n, 33n, 33n]
 * roundToTotal([10.6, -0.3, -0.3], 10n); // => [10n, 0n, 0n]
 * ```
 */
export function roundToTotal(amounts: ArrayLike<number>, total: bigint): bigint[] {
  const values = finiteValues(amounts, "amounts");
  if (typeof total !== "bigint")
    throw new AnalysisInputError(`total: ${quoteValue(total)} is not a bigint; give a whole number such as 100n.`);
  // Rounded the other way round, equals that stand first would again be preferred: both ways must meet.
  const turned = total < 0n || (total === 0n && (values.find((value) => value !== 0) ?? 0) < 0);
  if (turned) for (let i = 0; i < values.length; i++) values[i] = -(values[i] as number);
  const rounded = roundedUpTo(values, turned ? -total : total);
  return turned ? rounded.map((value) => -value) : rounded;
}

function roundedUpTo(values: Float64Array, total: bigint): bigint[] {
  const magnitude = values.reduce((sum, value) => sum + Math.abs(value), 0);
  if (magnitude === Number.POSITIVE_INFINITY) throw new AnalysisInputError("amounts: they come to more than a number can hold.");
  const whole = Array.from(values, (value) => BigInt(Math.floor(value)));
  const byFraction = Array.from(values, (value, index) => ({ index, fraction: value - Math.floor(value) }));
  byFraction.sort((one, other) => other.fraction - one.fraction || one.index - other.index);
  let missing = total - whole.reduce((sum, value) => sum + value, 0n);
  // A float of this magnitude may be off by so much, and each amount has its own.
  const slack = BigInt(Math.ceil(magnitude * 1e-12)) + BigInt(values.length);
  if (missing < -slack || missing > slack || (values.length === 0 && missing !== 0n))
    throw new AnalysisInputError(`total: ${total} is not what the amounts add up to; they are ${missing > 0n ? "less" : "more"}.`);
  for (const { index, fraction } of byFraction) {
    if (missing <= 0n || fraction === 0) break;
    whole[index] = (whole[index] as bigint) + 1n;
    missing--;
  }
  if (missing === 0n) return whole;
  // What floats lost of the sum goes where it shows least.
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] as number) > Math.abs(values[largest] as number)) largest = i;
  whole[largest] = (whole[largest] as bigint) + missing;
  return whole;
}
