/** Money as text: apart from money.ts, because errors show amounts and money.ts throws errors. */

export const NANO_PER_USD = 1_000_000_000n;

export const MAX_DECIMALS = 9;

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
  const decimals = (absolute % NANO_PER_USD)
    .toString()
    .padStart(MAX_DECIMALS, "0")
    .replace(/(?<!0)0+$/, "");
  const whole = (absolute / NANO_PER_USD).toString();
  return `${nano < 0n ? "-" : ""}${whole}${decimals ? `.${decimals}` : ""}`;
}
