/** Stretches of local days, as people name them, turned into instants. */
import { InvalidInput, quoteValue } from "../errors.ts";
import { dayOf, localDayStart, parseDay } from "../usage/index.ts";

const DAY_MS = 86_400_000;

/** Local days, both inclusive, and the instants they begin and end at (`endMs` exclusive). */
export interface Period {
  start: string;
  end: string;
  timeZone: string;
  startMs: number;
  endMs: number;
}

export type NamedPeriod = "today" | "week" | "month";

const dayText = (dayMs: number): string => new Date(dayMs).toISOString().slice(0, 10);

/**
 * From the first day to the last, both included.
 *
 * @throws InvalidInput for a day that does not exist, or a range that ends before it begins.
 * @example
 * ```ts
 * import { periodOf } from "tokenledger/insights";
 * periodOf("2026-03-08", "2026-03-08", "America/New_York").endMs - periodOf("2026-03-08", "2026-03-08", "America/New_York").startMs; // => 82800000
 * ```
 */
export function periodOf(start: string, end: string, timeZone: string): Period {
  const startDay = parseDay(start, "start");
  const endDay = parseDay(end, "end");
  if (startDay > endDay)
    throw new InvalidInput(`The range begins on ${start}, after its end on ${end}; give a start that is not after the end.`);
  return { start, end, timeZone, startMs: localDayStart(startDay, timeZone), endMs: localDayStart(endDay + DAY_MS, timeZone) };
}

/**
 * Today, this week (from Monday) or this calendar month, whole.
 *
 * @example
 * ```ts
 * import { namedPeriod } from "tokenledger/insights";
 * namedPeriod("week", Date.parse("2026-05-01T12:00:00Z"), "UTC"); // => { start: "2026-04-27", end: "2026-05-03", … }
 * ```
 */
export function namedPeriod(name: NamedPeriod, nowMs: number, timeZone: string): Period {
  const today = parseDay(dayOf(nowMs, timeZone));
  if (name === "today") return periodOf(dayText(today), dayText(today), timeZone);
  if (name === "week") {
    const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY_MS;
    return periodOf(dayText(monday), dayText(monday + 6 * DAY_MS), timeZone);
  }
  return periodOf(dayText(monthStart(today, 0)), dayText(monthStart(today, 1) - DAY_MS), timeZone);
}

/**
 * `7d`, `2w`, `3m`, `1y`: so many days, weeks, calendar months or years up to and including today.
 *
 * @param what what a message calls the length
 * @throws InvalidInput for another form.
 * @example
 * ```ts
 * import { lastPeriod } from "tokenledger/insights";
 * lastPeriod("7d", Date.parse("2026-05-01T12:00:00Z"), "UTC"); // => { start: "2026-04-25", end: "2026-05-01", … }
 * ```
 */
export function lastPeriod(length: string, nowMs: number, timeZone: string, what = "--last"): Period {
  const match = /^([1-9]\d{0,3})([dwmy])$/.exec(length);
  if (!match)
    throw new InvalidInput(`${what} ${quoteValue(length)} is not a length of time; give a number and d, w, m or y, such as 7d or 3m.`);
  const today = parseDay(dayOf(nowMs, timeZone));
  const count = Number(match[1]);
  const start =
    match[2] === "d" || match[2] === "w"
      ? today - (count * (match[2] === "w" ? 7 : 1) - 1) * DAY_MS
      : monthsBefore(today, count * (match[2] === "y" ? 12 : 1)) + DAY_MS;
  return periodOf(dayText(start), dayText(today), timeZone);
}

/** Every local day of the period, in order. */
export function daysOf(period: Pick<Period, "start" | "end">): string[] {
  const first = parseDay(period.start);
  return Array.from({ length: dayCount(period) }, (_, index) => dayText(first + index * DAY_MS));
}

/** How many local days: counted, not listed, for a period may end in the year 9999. */
export function dayCount({ start, end }: Pick<Period, "start" | "end">): number {
  return (parseDay(end) - parseDay(start)) / DAY_MS + 1;
}

/**
 * A month up to today, and the same days of the month before, as far as that month has them.
 *
 * @example
 * ```ts
 * import { monthToDate, namedPeriod } from "tokenledger/insights";
 * const nowMs = Date.parse("2026-03-31T12:00:00Z");
 * const { previous } = monthToDate(namedPeriod("month", nowMs, "UTC"), nowMs);
 * previous; // => { start: "2026-02-01", end: "2026-02-28", … }
 * ```
 */
export function monthToDate(month: Period, nowMs: number): { current: Period; previous: Period } {
  const { timeZone } = month;
  const first = parseDay(month.start);
  const last = Math.max(first, Math.min(parseDay(dayOf(nowMs, timeZone)), parseDay(month.end)));
  const previousFirst = monthStart(first, -1);
  const previousLast = Math.min(previousFirst + (last - first), first - DAY_MS);
  return {
    current: periodOf(month.start, dayText(last), timeZone),
    previous: periodOf(dayText(previousFirst), dayText(previousLast), timeZone),
  };
}

function monthStart(dayMs: number, monthsLater: number): number {
  const date = new Date(dayMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsLater, 1);
}

/** The same day so many months earlier, or the last day of that month if it has no such day. */
function monthsBefore(dayMs: number, months: number): number {
  const first = monthStart(dayMs, -months);
  const last = monthStart(dayMs, -months + 1) - DAY_MS;
  return Math.min(first + (new Date(dayMs).getUTCDate() - 1) * DAY_MS, last);
}
