/**
 * Money is an integer count of nano-USD (1e-9 USD). One record's cost fits a safe integer
 * (`number`, up to $9,007,199); sums are `bigint`.
 */
import { InvalidInput, quoteValue } from "./errors.ts";
import { MAX_DECIMALS, NANO_PER_USD } from "./format-usd.ts";

export { formatUsd, NANO_PER_USD } from "./format-usd.ts";

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * USD as people write it → nano-USD. A string must be a plain decimal with at most nine places after
 * the point (nothing is rounded away silently); a number is rounded to the nearest nano-USD.
 *
 * @throws InvalidInput for anything else, NaN and infinities included.
 * @example
 * ```ts
 * import { parseUsd } from "tokenledger";
 * parseUsd("0.2"); // => 200000000n
 * parseUsd(0.1 + 0.2); // => 300000000n
 * ```
 */
export function parseUsd(value: number | string, what = "amount"): bigint {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new InvalidInput(`${what}: ${value} is not an amount of money; give a finite number of USD.`);
    return parseUsd(value.toFixed(MAX_DECIMALS), what);
  }
  const match = typeof value === "string" ? DECIMAL.exec(value.trim()) : null;
  if (!match || value.length > 60) {
    throw new InvalidInput(`${what}: ${quoteValue(value)} is not an amount of money; give USD as a plain decimal such as "12.50".`);
  }
  const [, sign, whole = "0", decimals = ""] = match;
  if (decimals.length > MAX_DECIMALS) {
    throw new InvalidInput(`${what}: ${quoteValue(value)} has more than nine decimal places; the smallest amount is 0.000000001 USD.`);
  }
  const nano = BigInt(whole) * NANO_PER_USD + BigInt(decimals.padEnd(MAX_DECIMALS, "0"));
  return sign ? -nano : nano;
}

/**
 * Integer division rounded half-up (away from zero at the half): how an exact price becomes one integer, once.
 *
 * @example
 * ```ts
 * import { divideHalfUp } from "tokenledger";
 * divideHalfUp(5n, 2n); // => 3n
 * ```
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}
