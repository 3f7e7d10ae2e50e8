/** How much of a named period is over. */
import { dayOf, parseDay } from "../usage/index.ts";
import { namedPeriod, periodOf } from "./period.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** From 0 to 1; undefined for a period that the calendar doesn't know. */
export function elapsedFraction(period: string, atMs: number, timeZone: string): number | undefined {
  const window = windowOf(period, atMs, timeZone);
  return window && (atMs - window.startMs) / (window.endMs - window.startMs);
}

function windowOf(period: string, atMs: number, timeZone: string): { startMs: number; endMs: number } | undefined {
  switch (period) {
    case "hourly": {
      const startMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
      return { startMs, endMs: startMs + HOUR_MS };
    }
    case "daily":
      return namedPeriod("today", atMs, timeZone);
    case "weekly":
      return namedPeriod("week", atMs, timeZone);
    case "monthly":
      return namedPeriod("month", atMs, timeZone);
    case "quarterly":
      return monthsFrom(atMs, timeZone, 3);
    case "yearly":
      return monthsFrom(atMs, timeZone, 12);
    default:
      return undefined;
  }
}

function monthsFrom(atMs: number, timeZone: string, months: number): { startMs: number; endMs: number } {
  const date = new Date(parseDay(dayOf(atMs, timeZone)));
  const first = Math.floor(date.getUTCMonth() / months) * months;
  const day = (month: number, minusMs: number): string =>
    new Date(Date.UTC(date.getUTCFullYear(), month, 1) - minusMs).toISOString().slice(0, 10);
  return periodOf(day(first, 0), day(first + months, DAY_MS), timeZone);
}
