/** Amounts on their way in: tokens as safe integers, money as whole nano-USD that fit a number. Anything else changes nothing. */
import { closestWord, InvalidInput, quoteValue } from "../errors.ts";
import { formatUsd, parseUsd } from "../money.ts";

/** Up to here integers of a number are exact: 9,007,199,254,740,991 tokens, or 9,007,199.254740991 USD. */
export const MOST: number = Number.MAX_SAFE_INTEGER;

const NANO_PER_USD = 1e9;
/** More than the error of one multiplication, relative to its result. */
const ERROR_OF_PRODUCT = 2.3e-16;

/** Tokens as told; none told is none. */
export function tokensOf(value: number | undefined, what: string): number {
  if (value === undefined) return 0;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidInput(`${what}: ${quoteValue(value)} is not a token count; give a whole number from 0 to ${MOST}.`);
}

/** USD as told → nano-USD, rounded as `parseUsd` rounds; none told is none. */
export function nanoUsdOf(value: number | string | undefined, what: string): number {
  if (value === undefined) return 0;
  if (typeof value === "number") {
    const scaled = value * NANO_PER_USD;
    const rounded = Math.round(scaled);
    // Nearer to the half than the product is exact, its digits decide.
    if (value >= 0 && rounded <= MOST && Math.abs(scaled - rounded) < 0.5 - scaled * ERROR_OF_PRODUCT) return rounded;
  }
  return carefulNanoUsdOf(value, what);
}

function carefulNanoUsdOf(value: number | string, what: string): number {
  const nanoUsd = parseUsd(value, what);
  if (nanoUsd < 0n || (typeof value === "number" && value < 0)) {
    throw new InvalidInput(`${what}: ${quoteValue(value)} is negative; give USD from 0 up.`);
  }
  if (nanoUsd > MOST)
    throw new InvalidInput(`${what}: ${quoteValue(value)} is too much; at most ${formatUsd(MOST)} USD are counted exactly.`);
  return Number(nanoUsd);
}

export function usdOf(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}

/** A number that time is measured with. */
export function millisecondsOf(value: number, what: string): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidInput(`${what}: ${quoteValue(value)} is not a time; give milliseconds from 0 up.`);
}

/** Refuses what is no object, and keys that nobody would read: a limit with a typing error would not hold. */
export function checkKeys(value: unknown, keys: readonly string[], what: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidInput(`${what}: ${quoteValue(value)} is not an object with ${keys.join(", ")}.`);
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const meant = closestWord(key, keys);
    const hint = meant === undefined ? `known are ${keys.join(", ")}` : `did you mean ${meant}?`;
    throw new InvalidInput(`${what}: ${quoteValue(key)} is not known; ${hint}${meant === undefined ? "." : ""}`);
  }
}
