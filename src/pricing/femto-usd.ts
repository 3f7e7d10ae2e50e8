/** Prices per token as decimals and as integers: exact both ways, or refused. */

const FEMTO_DECIMALS = 15;
const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * A decimal amount of USD for 10^`perPower` tokens → femto-USD for one token. A number stands for its shortest
 * decimal form, which is what was written. Undefined if it is not a decimal, or finer than a femto-USD, or too big.
 */
export function parseFemtoUsd(value: number | string, perPower: number): number | undefined {
  const match = DECIMAL.exec(typeof value === "number" ? String(value) : value.trim());
  if (!match) return undefined;
  const [, whole = "", decimals = "", exponent = "0"] = match;
  const power = Number(exponent) + FEMTO_DECIMALS - perPower - decimals.length;
  const digits = BigInt(whole + decimals);
  if (digits === 0n) return 0;
  if (Math.abs(power) > 60 || whole.length + decimals.length > 60) return undefined;
  const unit = 10n ** BigInt(Math.abs(power));
  const femto = power >= 0 ? digits * unit : digits % unit === 0n ? digits / unit : undefined;
  return femto === undefined || femto > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(femto);
}

/** Femto-USD × scale → the exact decimal of USD. Scales are products of 2 and 5 (thousandths), so 30 places hold them. */
export function formatFemtoUsd(femto: bigint | number, scale: bigint | number = 1n): string {
  const places = 30;
  const scaled = (BigInt(femto) * 10n ** BigInt(places - FEMTO_DECIMALS)) / BigInt(scale);
  const digits = scaled.toString().padStart(places + 1, "0");
  const decimals = digits.slice(-places).replace(/(?<!0)0+$/, "");
  return `${digits.slice(0, -places)}${decimals ? `.${decimals}` : ""}`;
}

/**
 * A price as people read it: femto-USD (1e-15 USD) for one token → USD for a million, exactly.
 *
 * @example
 * ```ts
 * import { formatUsdPerMillion } from "tokenledger";
 * formatUsdPerMillion(1_250_000_000); // => "1.25"
 * ```
 */
export function formatUsdPerMillion(femto: bigint | number, scale: bigint | number = 1n): string {
  return formatFemtoUsd(BigInt(femto) * 1_000_000n, scale);
}
