/** The second, naive implementation of calendar windows: the runtime's own date of an instant, and strings. */
import { WEEKDAYS, type WindowRule } from "../../src/budget/index.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

export function naiveDay(instantMs: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format.format(instantMs);
}

const anchors = new Map<string, string[]>();

/** The first days of all quarters or years from 1969 to 2040. */
function anchorsOf(everyMonths: number, { month, day }: { month: number; day: number }): string[] {
  const key = `${everyMonths} ${month} ${day}`;
  let days = anchors.get(key);
  if (!days) {
    days = [];
    for (let index = month - 1; index < 72 * 12; index += everyMonths) {
      const year = 1969 + Math.floor(index / 12);
      days.push(`${year}-${String((index % 12) + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`);
    }
    anchors.set(key, days);
  }
  return days;
}

/** A name for the window of a local day: two days have the same exactly if they share the window. */
export function naiveLabel(day: string, { period, weekStart = "monday", yearStart = { month: 1, day: 1 } }: WindowRule): string {
  switch (period) {
    case "daily":
      return day;
    case "weekly": {
      const date = new Date(`${day}T12:00:00Z`);
      while (WEEKDAYS[(date.getUTCDay() + 6) % 7] !== weekStart) date.setUTCDate(date.getUTCDate() - 1);
      return `week of ${date.toISOString().slice(0, 10)}`;
    }
    case "monthly":
      return day.slice(0, 7);
    case "quarterly":
      return `quarter from ${anchorsOf(3, yearStart).findLast((first) => first <= day)}`;
    case "yearly":
      return `year from ${anchorsOf(12, yearStart).findLast((first) => first <= day)}`;
    default:
      return "all time";
  }
}

/** Where the zone's clock is set, to the minute: found by the local time that the runtime shows. */
export function naiveTransitions(timeZone: string, startMs: number, endMs: number): number[] {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const offset = (at: number): number => Date.parse(`${format.format(at).replace(" ", "T")}Z`) - at;
  const found: number[] = [];
  for (let at = startMs; at < endMs; at += 7 * 86_400_000) {
    let [before, after] = [at, at + 7 * 86_400_000];
    if (offset(before) === offset(after)) continue;
    while (after - before > 60_000) {
      const middle = before + Math.floor((after - before) / 120_000) * 60_000;
      if (offset(middle) === offset(before)) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}
