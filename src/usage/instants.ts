/** Times as programs write them: RFC 3339, epoch numbers of any unit, times of a named zone; and days that don't exist. */
import { offsetSpans } from "./calendar.ts";

const HOUR_MS = 3_600_000;
const ZONE = /(?:[Zz]|UTC|[+-]\d{2}:?\d{2})$/;
const DATE = /^\d{4}-\d{2}-\d{2}/;

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
  // Every month has 28 days.
  if (date.slice(8) > "28" && !dayExists(date)) return undefined;
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
