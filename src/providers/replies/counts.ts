/** What can be believed of a reply's values: nothing here throws, whatever is given. */
import { isObject } from "../../usage/index.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return isObject(value);
}

/** The object under a name, or one that has nothing. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : NOTHING;
}

const NOTHING: Fields = Object.freeze({});

/** A text short enough to be a name; bytes that no name has are not kept. */
export function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST_NAME) : undefined;
}

const LONGEST_NAME = 512;

/**
 * A count of something: a whole number from 0, also written as digits (headers, and services that quote numbers). A
 * fraction is rounded up, so that nothing is billed too low; what is negative, infinite or beyond the safe integers is no
 * count at all.
 */
export function countOf(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.ceil(value) : undefined;
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  return undefined;
}

/** The first of several names that holds a count. */
export function countAt(fields: Fields, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const count = countOf(fields[name]);
    if (count !== undefined) return count;
  }
  return undefined;
}

/** The largest count that any of several names holds. */
export function largestAt(fields: Fields, ...names: readonly string[]): number | undefined {
  let largest: number | undefined;
  for (const name of names) {
    const count = countOf(fields[name]);
    if (count !== undefined && (largest === undefined || count > largest)) largest = count;
  }
  return largest;
}

/** Sums stay counts: what would pass the safe integers ends there. */
export function sum(...counts: readonly (number | undefined)[]): number {
  let total = 0;
  for (const count of counts) total += count ?? 0;
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}
