/** Single fields of gateways' and providers' exports, which come as JSON values or as cells of a CSV. */

import { quoteValue } from "../../errors.ts";
import { instantIn } from "../../usage/index.ts";
import type { CsvRow } from "../reading/csv-rows.ts";
import { textOf } from "../reading/fields.ts";

const PLAIN_NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The value under the first of several names that is there and not empty. */
export type Fields = (...names: string[]) => unknown;

/** The fields of a JSON object. */
export function fieldsOf(object: Readonly<Record<string, unknown>>): Fields {
  return (...names) => {
    const name = names.find((each) => Object.hasOwn(object, each) && object[each] !== null && object[each] !== "");
    return name === undefined ? undefined : object[name];
  };
}

/** The cells of a CSV row. */
export function cellsOf(row: CsvRow): Fields {
  return (...names) => {
    for (const name of names) {
      const cell = row.cell(name);
      if (cell !== undefined && cell !== "") return cell;
    }
    return undefined;
  };
}

/**
 * An amount of USD → nano-USD, rounded to the nearest; undefined where none is given. It may be negative.
 *
 * @param unitsPerUsd 100 where the amount is in cents
 * @throws TypeError for anything that isn't a plain number
 */
export function usdOf(value: unknown, name: string, unitsPerUsd = 1): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const text = typeof value === "string" ? value.trim() : undefined;
  const amount = text !== undefined && PLAIN_NUMBER.test(text) ? Number(text) : value;
  // Fifteen digits are what a double holds of a decimal: 0.1 + 0.2 is 0.3 again.
  const nanoUsd = typeof amount === "number" ? Math.round(Number(((amount * 1e9) / unitsPerUsd).toPrecision(15))) : Number.NaN;
  if (!Number.isSafeInteger(nanoUsd)) throw new TypeError(`${name} is ${quoteValue(value)}, not an amount of money as a plain number`);
  // Not −0, which is no amount of its own.
  return nanoUsd + 0;
}

/** As {@link usdOf}; a call costs nothing or something, so a negative amount throws. */
export function callCostOf(value: unknown, name: string): number | undefined {
  const nanoUsd = usdOf(value, name);
  if (nanoUsd !== undefined && nanoUsd < 0) throw new TypeError(`${name} is ${quoteValue(value)}; the cost of a call can't be negative`);
  return nanoUsd;
}

/** Throws unless the currency is USD, or none is named. */
export function requireUsd(currency: unknown): void {
  if (currency === undefined || currency === null || currency === "") return;
  if (typeof currency !== "string" || currency.toUpperCase() !== "USD") {
    throw new TypeError(`the amount is in ${quoteValue(currency)}; only USD can be recorded`);
  }
}

/** An instant; throws where the field has none. */
export function instantAt(value: unknown, name: string, timeZone?: string): number {
  const instantMs = instantIn(value, timeZone);
  if (instantMs === undefined || instantMs < 0) {
    throw new TypeError(
      value === undefined || value === null || value === "" ? `${name} is missing` : `${name} is ${quoteValue(value)}, not a time`,
    );
  }
  return instantMs;
}

/** Text worth keeping: a non-empty string (whole numbers count), not the word null. */
export function nameOf(value: unknown): string | undefined {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : textOf(value)?.trim();
  return text === undefined || text === "" || text === "null" || text === "None" ? undefined : text;
}

/** A duration, in whole milliseconds; undefined where it isn't told or makes no sense. */
export function durationOf(value: unknown, unitMs = 1): number | undefined {
  const duration = typeof value === "string" && PLAIN_NUMBER.test(value.trim()) ? Number(value) : value;
  return typeof duration === "number" && duration >= 0 && Number.isFinite(duration) ? Math.round(duration * unitMs) : undefined;
}

/** True for the several ways in which programs write it. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === "string" && /^(?:true|1|yes)$/i.test(value.trim()));
}

/** An object that a CSV keeps as JSON in one cell. */
export function jsonCell(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** The facts that are told, as metadata. */
export function factsOf(facts: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const kept: [string, string][] = [];
  for (const [name, fact] of Object.entries(facts)) {
    const text = typeof fact === "boolean" ? String(fact) : nameOf(fact);
    if (text !== undefined) kept.push([name, text.slice(0, 200)]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
