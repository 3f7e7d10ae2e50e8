/** Reading single fields of other programs' files, which spell numbers and times in every possible way. */

/** Tells the importer that a value was mended: why, in words that can follow "line 7: ". */
export type Mend = (reason: string) => void;

const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Type guard for JSON objects (not arrays, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

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

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})([.,]\d+)?)?\s*([Zz]|UTC|[+-]\d{2}:?\d{2})?$/;

/**
 * An instant in milliseconds: RFC 3339 (a time without a zone is UTC; a leap second is the second before), or an epoch number whose
 * unit follows from its size: below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else nanoseconds.
 * undefined for anything that is no time.
 */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === "number") return epochOf(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return epochOf(Number(text));
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, day, minute, second = "00", fraction = "", zone = "Z"] = match;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : "Z";
  const milliseconds = fraction.slice(1, 4).padEnd(3, "0");
  const instant = Date.parse(`${day}T${minute}:${second === "60" ? "59" : second}.${milliseconds}${offset}`);
  return Number.isNaN(instant) ? undefined : instant;
}

function epochOf(value: number): number | undefined {
  if (!Number.isFinite(value) || value <= 0) return undefined;
  if (value < 1e11) return Math.round(value * 1e3);
  if (value < 1e14) return Math.round(value);
  if (value < 1e17) return Math.round(value / 1e3);
  return Math.round(value / 1e6);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
