/** Periods by name, and the days that they mean: pure functions of today and of what the book spans. */
import { addDays, daysBetween } from "../format/instants.ts";

export const PERIODS = {
  today: "Today",
  yesterday: "Yesterday",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  month: "This month",
  "last-month": "Last month",
  "8w": "Last 8 weeks",
  "90d": "Last 90 days",
  year: "This year",
  all: "All time",
} as const;

export type PeriodName = keyof typeof PERIODS;

export interface Days {
  /** The first and the last local day, both included, as `2026-05-01`. */
  start: string;
  end: string;
}

export interface KnownDays {
  /** From which periods are counted back: today, or the book's last day where that is long ago. */
  anchor: string;
  /** The book's first day; undefined where it is empty. */
  first: string | undefined;
}

export function daysOfPeriod(name: PeriodName, { anchor, first }: KnownDays): Days {
  const month = `${anchor.slice(0, 7)}-01`;
  switch (name) {
    case "today":
      return { start: anchor, end: anchor };
    case "yesterday":
      return { start: addDays(anchor, -1), end: addDays(anchor, -1) };
    case "7d":
      return { start: addDays(anchor, -6), end: anchor };
    case "30d":
      return { start: addDays(anchor, -29), end: anchor };
    case "8w":
      return { start: addDays(anchor, -55), end: anchor };
    case "90d":
      return { start: addDays(anchor, -89), end: anchor };
    case "month":
      return { start: month, end: anchor };
    case "last-month": {
      const end = addDays(month, -1);
      return { start: `${end.slice(0, 7)}-01`, end };
    }
    case "year":
      return { start: `${anchor.slice(0, 4)}-01-01`, end: anchor };
    case "all":
      return { start: first !== undefined && first < anchor ? first : anchor, end: anchor };
  }
}

/** One end moved; undefined where that leaves no days. Who moves it past the other end means that day alone. */
export function daysMoved(days: Partial<Days>, next: Partial<Days>): Days | undefined {
  const { start = "", end = "" } = { ...days, ...next };
  if (!isDay(start) || !isDay(end)) return undefined;
  if (start <= end) return { start, end };
  return next.start !== undefined ? { start, end: start } : { start: end, end };
}

/** As many days, just before. */
export function daysBefore({ start, end }: Days): Days {
  const length = daysBetween(start, end);
  return { start: addDays(start, -length), end: addDays(start, -1) };
}

const STALE_DAYS = 30;

/** Where the book has ended long ago, its own last days are what one wants to see. */
export function anchorOf(today: string, last: string | undefined): string {
  return last !== undefined && last < addDays(today, -STALE_DAYS) ? last : today;
}

export function isPeriodName(text: string): text is PeriodName {
  return Object.hasOwn(PERIODS, text);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: string | null): text is string {
  return text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}
