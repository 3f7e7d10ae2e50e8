/** Which two periods are compared: from the address, or the usual pairs counted from the book's day. */
import { addDays } from "../../format/instants.ts";
import { type Days, daysBefore, isDay } from "../../question/period.ts";

export const COMPARISONS = {
  month: "This month, with the same days of the last",
  "last-month": "Last month, with the month before",
  "7d": "Last 7 days, with the 7 before",
  yesterday: "Yesterday, with the day before",
  "30d": "Last 30 days, with the 30 before",
} as const;

export type ComparisonName = keyof typeof COMPARISONS;

export interface Comparison {
  from: Days;
  to: Days;
}

export function comparisonNamed(name: ComparisonName, anchor: string): Comparison {
  switch (name) {
    case "month": {
      const to = { start: `${anchor.slice(0, 7)}-01`, end: anchor };
      const before = monthDays(addDays(to.start, -1).slice(0, 7));
      // As far as that month has such days.
      const end = `${before.start.slice(0, 7)}-${anchor.slice(8)}`;
      return { from: { start: before.start, end: end < before.end ? end : before.end }, to };
    }
    case "last-month":
      return monthComparison(addDays(`${anchor.slice(0, 7)}-01`, -1).slice(0, 7));
    case "7d":
      return besideBefore({ start: addDays(anchor, -6), end: anchor });
    case "30d":
      return besideBefore({ start: addDays(anchor, -29), end: anchor });
    case "yesterday":
      return besideBefore({ start: addDays(anchor, -1), end: addDays(anchor, -1) });
  }
}

/** A whole month, `2026-04`, with the month before. */
export function monthComparison(month: string): Comparison {
  const to = monthDays(month);
  return { from: monthDays(addDays(to.start, -1).slice(0, 7)), to };
}

export function besideBefore(to: Days): Comparison {
  return { from: daysBefore(to), to };
}

function monthDays(month: string): Days {
  const start = `${month}-01`;
  // Thirty-one days on is always the next month, and never the one after.
  const next = `${addDays(start, 31).slice(0, 7)}-01`;
  return { start, end: addDays(next, -1) };
}

/** As the API takes it. */
export function periodWords({ start, end }: Days): string {
  return start === end ? start : `${start}..${end}`;
}

const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/;

export const isMonth = (words: string): boolean => MONTH.test(words);

/** Days that the words mean by themselves; undefined where the server's clock decides, such as for `last-week`. */
export function daysOfWords(words: string | undefined): Days | undefined {
  if (words === undefined) return undefined;
  if (isMonth(words)) return monthDays(words);
  const [start = "", end = start, ...rest] = words.split("..");
  return rest.length === 0 && isDay(start) && isDay(end) && start <= end ? { start, end } : undefined;
}

export interface AskedComparison {
  /** As the API takes them; without `from` the server takes the period before. */
  parameters: { to: string; from?: string };
  /** Undefined: other periods. */
  name: ComparisonName | "a-month" | undefined;
}

/**
 * `to` and `from` of the address; else the days that other views carry, beside as many before; else this month.
 *
 * @param carried the days of the address, where it has some
 */
export function askedComparison(
  { to, from, carried }: { to: string | undefined; from: string | undefined; carried: Days | undefined },
  anchor: string,
): AskedComparison {
  if (to === undefined && from === undefined) {
    const found = carried === undefined ? comparisonNamed("month", anchor) : ofCarried(carried, anchor);
    return { parameters: wordsOf(found), name: nameOf(found, anchor) };
  }
  // Which one is meant with `from` alone is for the server to say.
  if (to === undefined)
    return { parameters: { to: periodWords(comparisonNamed("month", anchor).to), from: from as string }, name: undefined };
  const [later, earlier] = [daysOfWords(to), daysOfWords(from)];
  if (isMonth(to) && (from === undefined || (isMonth(from) && from === monthComparison(to).from.start.slice(0, 7))))
    return { parameters: { to, ...(from !== undefined && { from }) }, name: "a-month" };
  const name = later && earlier ? nameOf({ from: earlier, to: later }, anchor) : undefined;
  return { parameters: { to, ...(from !== undefined && { from }) }, name };
}

export function wordsOf({ from, to }: Comparison): { to: string; from: string } {
  return { to: periodWords(to), from: periodWords(from) };
}

/** A month up to today is compared with the same days of the one before, as the command does it. */
function ofCarried(days: Days, anchor: string): Comparison {
  const month = comparisonNamed("month", anchor);
  return isSame(days, month.to) ? month : besideWholeMonth(days);
}

function besideWholeMonth(days: Days): Comparison {
  const month = monthComparison(days.start.slice(0, 7));
  return isSame(days, month.to) ? month : besideBefore(days);
}

function nameOf(comparison: Comparison, anchor: string): ComparisonName | undefined {
  return (Object.keys(COMPARISONS) as ComparisonName[]).find((name) => {
    const { from, to } = comparisonNamed(name, anchor);
    return isSame(from, comparison.from) && isSame(to, comparison.to);
  });
}

const isSame = (a: Days, b: Days): boolean => a.start === b.start && a.end === b.end;
