/**
 * Money is an integer count of nano-USD (1e-9 USD). One record's cost fits a safe integer
 * (`number`, up to $9,007,199); sums are `bigint`.
 */
import { InvalidInput, quoteValue } from "./errors.ts";

export const NANO_PER_USD = 1_000_000_000n;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const MAX_DECIMALS = 9;

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
 * Nano-USD → the shortest plain decimal string: no exponent, no trailing zeros.
 *
 * @example
 * ```ts
 * import { formatUsd } from "tokenledger";
 * formatUsd(200000000n); // => "0.2"
 * ```
 */
export function formatUsd(nanoUsd: bigint | number): string {
  const nano = BigInt(nanoUsd);
  const absolute = nano < 0n ? -nano : nano;
  const decimals = (absolute % NANO_PER_USD).toString().padStart(MAX_DECIMALS, "0").replace(/0+$/, "");
  const whole = (absolute / NANO_PER_USD).toString();
  return `${nano < 0n ? "-" : ""}${whole}${decimals ? `.${decimals}` : ""}`;
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
