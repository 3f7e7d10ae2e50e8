/** Reading single fields of other programs' files, which spell numbers and times in every possible way. */
import { isObject } from "../../usage/index.ts";

/** Tells the importer that a value was mended: why, in words that can follow "line 7: ". */
export type Mend = (reason: string) => void;

const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** The object under `key`, or undefined. */
export function objectAt(value: unknown, key: string): Record<string, unknown> | undefined {
  const field = isObject(value) ? value[key] : undefined;
  return isObject(field) ? field : undefined;
}

/** A non-empty string, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * A count of tokens: absent, null and "" are 0; digits in a string are accepted; a negative count becomes 0 and a
 * fraction is rounded, each with a word to `mend`. Anything else throws, because a made-up count is worse than none.
 */
export function countOf(value: unknown, name: string, mend: Mend): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (value === undefined || value === null || value === "") return 0;
  const text = typeof value === "string" ? value.trim() : undefined;
  const number = typeof value === "number" ? value : text !== undefined && PLAIN_NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw new TypeError(`${name} is ${describe(value)}, not a count of tokens`);
  }
  if (number < 0) {
    mend(`${name} is ${number}; a negative count is taken as 0`);
    return 0;
  }
  if (!Number.isInteger(number)) mend(`${name} is ${number}; rounded to whole tokens`);
  return Math.round(number);
}

/** USD as a number or decimal string → nano-USD, rounded to the nearest; undefined where there is none. */
export function costOf(value: unknown): number | undefined {
  const usd = typeof value === "string" && PLAIN_NUMBER.test(value.trim()) ? Number(value) : value;
  if (typeof usd !== "number" || !Number.isFinite(usd) || usd < 0) return undefined;
  const nanoUsd = Math.round(Number((usd * 1e9).toPrecision(15)));
  return Number.isSafeInteger(nanoUsd) ? nanoUsd : undefined;
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
