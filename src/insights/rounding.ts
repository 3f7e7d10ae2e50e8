/** Numbers at a document's edge: what is not money is rounded, so that the last bit of a platform's mathematics does not show. */

const DIGITS = 6;

/** To six significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** The same where there may be nothing; infinities and NaN are nothing, too: JSON has no word for them. */
export function roundedOrNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : rounded(value);
}

/** An estimated number of nano-USD or tokens, likewise rounded: an estimate to the nano-USD would claim what nobody knows. */
export function estimated(value: number): bigint {
  return BigInt(Math.round(rounded(value)));
}

/** An exact number of nano-USD that floats made, as the nearest integer. */
export function nearest(value: number): bigint {
  return BigInt(Math.round(value));
}
