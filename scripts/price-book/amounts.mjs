/** USD of the snapshots → whole femto-USD per token. Ten digits: what floating point added is noise. */

const FEMTO_PER_USD = 1e15;
const NANO_PER_USD = 1e9;

/** USD for one token. */
export function perToken(usd) {
  return amount(Number(usd) * FEMTO_PER_USD);
}

/** USD for a million tokens. */
export function perMillion(usd) {
  return amount(Number(usd) * (FEMTO_PER_USD / 1e6));
}

/** US cents for one token. */
export function centsPerToken(cents) {
  return amount(Number(cents) * (FEMTO_PER_USD / 100));
}

/** USD for one search → nano-USD. */
export function nanoUsdPerSearch(usd) {
  return amount(Number(usd) * NANO_PER_USD);
}

function amount(value) {
  return Number.isFinite(value) && value >= 0 ? Math.round(Number(value.toPrecision(10))) : undefined;
}

/** Two prices are the same price within one percent. */
export function agree(a, b) {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= 0.01 * Math.max(a, b);
}

/** Without the absent ones. */
export function compact(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
