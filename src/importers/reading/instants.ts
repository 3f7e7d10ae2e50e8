/** Times as exports write them, beyond what `fields.ts` reads: times of a named zone, and days that don't exist. */
import { offsetSpans } from "../../usage/index.ts";
import { instantOf } from "./fields.ts";

const HOUR_MS = 3_600_000;
const ZONE = /(?:[Zz]|UTC|[+-]\d{2}:?\d{2})$/;
const DATE = /^\d{4}-\d{2}-\d{2}/;

/**
 * An instant in milliseconds, or undefined. A time that names no zone is one of `timeZone` (default UTC); 30 February
 * is no time.
 */
export function instantIn(value: unknown, timeZone = "UTC"): number | undefined {
  const instantMs = instantOf(value);
  if (instantMs === undefined || typeof value !== "string") return instantMs;
  const text = value.trim();
  const date = DATE.exec(text)?.[0];
  if (date === undefined) return instantMs;
  if (!dayExists(date)) return undefined;
  return timeZone === "UTC" || ZONE.test(text) ? instantMs : localInstant(instantMs, timeZone);
}

/** The first instant of a day `YYYY-MM-DD` in UTC, or undefined where it is none. */
export function utcDay(value: unknown): number | undefined {
  return typeof value === "string" && dayExists(value) ? Date.parse(`${value}T00:00:00Z`) : undefined;
}

function dayExists(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) && day.length === 10;
}

/** The instant at which clocks in `timeZone` show what a UTC clock shows at `wallMs`; in the hour that is skipped, the instant after it. */
function localInstant(wallMs: number, timeZone: string): number {
  const spans = offsetSpans(wallMs - 26 * HOUR_MS, wallMs + 26 * HOUR_MS, timeZone);
  for (const span of spans) {
    const instantMs = Math.max(span.startMs, wallMs - span.offsetMs);
    if (instantMs < span.endMs) return instantMs;
  }
  return wallMs;
}
