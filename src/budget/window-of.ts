/**
 * Windows as a pure function of time: no reset job, no state. The windows of a rule follow each other without a gap, so every
 * instant lies in exactly one. A calendar window begins at the first instant of its first local day, which need not be midnight.
 */
import { END_OF_TIME_MS } from "../clock.ts";
import { localDayStart, offsetSpans } from "../usage/index.ts";
import { type BudgetPeriod, WEEKDAYS, type WindowRule } from "./budget-definition.ts";

/** A stretch of time, end exclusive. */
export interface BudgetWindow {
  startMs: number;
  endMs: number;
}

const DAY_MS = 86_400_000;
/** A sliding window is cut into so many parts: the current one counts, and so many before it, all in full. */
export const EARLIER_BUCKETS = 60;
const ALL_TIME: BudgetWindow = { startMs: 0, endMs: END_OF_TIME_MS };

/**
 * The window that holds an instant: a calendar period in the rule's zone, all time, or what a sliding window counts at that instant.
 *
 * @example
 * ```ts
 * import { windowOf } from "tokenledger";
 * const { startMs, endMs } = windowOf(Date.parse("2026-05-20T12:00:00Z"), { period: "quarterly", yearStart: { month: 4, day: 1 } });
 * [startMs, endMs].map((at) => new Date(at).toISOString().slice(0, 10)); // => ["2026-04-01", "2026-07-01"]
 * ```
 */
export function windowOf(instantMs: number, rule: WindowRule): BudgetWindow {
  if (rule.windowMs === undefined) return calendarWindowOf(instantMs, rule);
  const bucketMs = bucketMsOf(rule.windowMs);
  const { startMs, endMs } = tumblingWindowOf(instantMs, bucketMs);
  return { startMs: startMs - EARLIER_BUCKETS * bucketMs, endMs };
}

/** Where something of that instant is counted: its window, or the sliding window's part that holds it. */
export function counterSpanOf(instantMs: number, rule: WindowRule): BudgetWindow {
  return rule.windowMs === undefined ? calendarWindowOf(instantMs, rule) : tumblingWindowOf(instantMs, bucketMsOf(rule.windowMs));
}

/** The length of a sliding window's parts: together with the current one, sixty of them cover the window. */
export function bucketMsOf(windowMs: number): number {
  return Math.ceil(windowMs / EARLIER_BUCKETS);
}

/** When what a sliding window counts in one of its parts is free again. */
export function bucketLeavesMs(bucketStartMs: number, windowMs: number): number {
  return bucketStartMs + (EARLIER_BUCKETS + 1) * bucketMsOf(windowMs);
}

/**
 * The stretch in which each threshold notifies once: the window; for a sliding window, which never starts anew, stretches of its
 * length that follow each other.
 *
 * @example
 * ```ts
 * import { alertWindowOf } from "tokenledger";
 * alertWindowOf(90_500, { windowMs: 60_000 }); // => { startMs: 60000, endMs: 120000 }
 * ```
 */
export function alertWindowOf(instantMs: number, rule: WindowRule): BudgetWindow {
  return rule.windowMs === undefined ? calendarWindowOf(instantMs, rule) : tumblingWindowOf(instantMs, rule.windowMs);
}

function tumblingWindowOf(instantMs: number, lengthMs: number): BudgetWindow {
  const startMs = Math.floor(instantMs / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** The last window of each rule: calls come close together in time, and looking up a zone's days takes a hundred times as long. */
const lastWindows = new Map<string, BudgetWindow>();
const MAX_LAST_WINDOWS = 1000;

function calendarWindowOf(instantMs: number, rule: WindowRule): BudgetWindow {
  const { period = "lifetime", timeZone = "UTC", weekStart = "monday", yearStart: { month, day } = { month: 1, day: 1 } } = rule;
  if (period === "lifetime") return { ...ALL_TIME };
  const key = `${period} ${weekStart} ${month} ${day} ${timeZone}`;
  let window = lastWindows.get(key);
  if (!window || instantMs < window.startMs || instantMs >= window.endMs) {
    const spans = daySpansOf({ period, weekStart: WEEKDAYS.indexOf(weekStart), month: month - 1, day });
    window = findWindow(instantMs, spans, timeZone);
    if (lastWindows.size >= MAX_LAST_WINDOWS) lastWindows.clear();
    lastWindows.set(key, window);
  }
  return { ...window };
}

function findWindow(instantMs: number, spanOf: (dayMs: number) => DaySpan, timeZone: string): BudgetWindow {
  let { firstDayMs, nextDayMs } = spanOf(localDayOf(instantMs, timeZone));
  let startMs = localDayStart(firstDayMs, timeZone);
  let endMs = localDayStart(nextDayMs, timeZone);
  // A clock set back over midnight shows a day again that has ended.
  while (instantMs >= endMs) {
    ({ firstDayMs, nextDayMs } = spanOf(nextDayMs));
    startMs = endMs;
    endMs = localDayStart(nextDayMs, timeZone);
  }
  return { startMs, endMs };
}

/** The local date of an instant, as that date's UTC midnight. */
function localDayOf(instantMs: number, timeZone: string): number {
  const [span] = offsetSpans(instantMs, instantMs + 1, timeZone);
  return Math.floor((instantMs + (span?.offsetMs ?? 0)) / DAY_MS) * DAY_MS;
}

/** A window's first day and the first day of the next, as UTC midnights. */
interface DaySpan {
  firstDayMs: number;
  nextDayMs: number;
}

interface Calendar {
  period: Exclude<BudgetPeriod, "lifetime">;
  /** 0 is Monday. */
  weekStart: number;
  /** 0 is January. */
  month: number;
  day: number;
}

const MONTHS = { monthly: 1, quarterly: 3, yearly: 12 } as const;

function daySpansOf({ period, weekStart, month, day }: Calendar): (dayMs: number) => DaySpan {
  if (period === "daily") return (dayMs) => ({ firstDayMs: dayMs, nextDayMs: dayMs + DAY_MS });
  if (period === "weekly") {
    return (dayMs) => {
      // 1970-01-01 was a Thursday.
      const weekday = (((dayMs / DAY_MS + 3) % 7) + 7) % 7;
      const firstDayMs = dayMs - ((weekday - weekStart + 7) % 7) * DAY_MS;
      return { firstDayMs, nextDayMs: firstDayMs + 7 * DAY_MS };
    };
  }
  const length = MONTHS[period];
  // Months begin with the first: a year that begins in the middle of one has no say in them.
  const [anchor, firstDay] = period === "monthly" ? [0, 1] : [month, day];
  return (dayMs) => {
    const date = new Date(dayMs);
    const monthNumber = date.getUTCFullYear() * 12 + date.getUTCMonth() - (date.getUTCDate() < firstDay ? 1 : 0) - anchor;
    const first = Math.floor(monthNumber / length) * length + anchor;
    return { firstDayMs: dayOfMonth(first, firstDay), nextDayMs: dayOfMonth(first + length, firstDay) };
  };
}

/** @param month counted from January of the year 0 */
function dayOfMonth(month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Math.floor(month / 12), month - Math.floor(month / 12) * 12, day);
  return date.getTime();
}
