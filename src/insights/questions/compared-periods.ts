/** The two stretches of days that are compared: as they are typed, and what is meant where one is left out. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import { dayOf, parseDay } from "../../usage/index.ts";
import { dayCount, lastPeriod, monthToDate, namedPeriod, type Period, periodOf } from "../period.ts";
import { asWritten, type Wording } from "./wording.ts";

export interface ComparedWords {
  from?: string;
  to?: string;
}

const NAMES = ["today", "yesterday", "this-week", "last-week", "this-month", "last-month", "this-year", "last-year"] as const;

const FORMS = `a day (2026-05-01), a range (2026-05-01..2026-05-31), a month (2026-05), a year (2026), a length up to today (7d, 4w, 3m) or one of ${NAMES.join(", ")}`;

/** A period, and where it is compared with nothing else, the one before it. */
interface Meant {
  period: Period;
  before(): Period;
}

/**
 * Without words this month up to today, beside the same days of the month before; without `from`, the period before `to`.
 *
 * @throws InvalidInput for another form, for `from` alone, and for periods that share days.
 * @example
 * ```ts
 * import { comparedPeriods } from "tokenledger/insights";
 * const { from, to } = comparedPeriods({ to: "2026-05" }, Date.parse("2026-05-17T12:00:00Z"), "UTC");
 * [from.start, from.end, to.start, to.end]; // => ["2026-04-01", "2026-04-17", "2026-05-01", "2026-05-17"]
 * ```
 */
export function comparedPeriods(
  { from, to }: ComparedWords,
  nowMs: number,
  timeZone: string,
  wording: Wording = asWritten,
): { from: Period; to: Period } {
  if (from !== undefined && to === undefined)
    throw new InvalidInput(`${wording("from")} ${quoteValue(from)} is compared with what? Give ${wording("to")}, too: ${FORMS}.`);
  const later = meantBy(wording("to"), to ?? "this-month", nowMs, timeZone);
  const periods = { from: from === undefined ? later.before() : meantBy(wording("from"), from, nowMs, timeZone).period, to: later.period };
  if (periods.from.startMs < periods.to.endMs && periods.to.startMs < periods.from.endMs)
    throw new InvalidInput(
      `${wording("from")} ${daysText(periods.from)} and ${wording("to")} ${daysText(periods.to)} share days; give periods that don't overlap.`,
    );
  return periods;
}

const daysText = ({ start, end }: Period): string => (start === end ? start : `${start}..${end}`);

function meantBy(option: string, text: string, nowMs: number, timeZone: string): Meant {
  const today = dayOf(nowMs, timeZone);
  const name = NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return named(name, nowMs, timeZone);
  const dots = text.indexOf("..", 1);
  if (dots > 0 && dots + 2 < text.length) {
    const [start, end] = [text.slice(0, dots), text.slice(dots + 2)];
    parseDay(start, option);
    parseDay(end, option);
    if (start > end) throw new InvalidInput(`${option} ${quoteValue(text)} ends before it begins; give the earlier day first.`);
    return stretch(periodOf(start, end, timeZone));
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    parseDay(text, option);
    return stretch(periodOf(text, text, timeZone));
  }
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return month(text, today, nowMs, timeZone);
  if (/^(?!0000)\d{4}$/.test(text)) return year(Number(text), today, timeZone);
  if (/^[1-9]\d{0,3}[dwmy]$/.test(text)) return stretch(lastPeriod(text, nowMs, timeZone));
  throw new InvalidInput(`${option} ${quoteValue(text)} is not a period; give ${FORMS}.`);
}

function named(name: (typeof NAMES)[number], nowMs: number, timeZone: string): Meant {
  const today = dayOf(nowMs, timeZone);
  const week = namedPeriod("week", nowMs, timeZone);
  const thisMonth = namedPeriod("month", nowMs, timeZone).start.slice(0, 7);
  switch (name) {
    case "today":
      return stretch(periodOf(today, today, timeZone));
    case "yesterday":
      return stretch(periodOf(shifted(today, -1), shifted(today, -1), timeZone));
    case "this-week":
      return back(periodOf(week.start, today, timeZone), 7);
    case "last-week":
      return stretch(periodOf(shifted(week.start, -7), shifted(week.start, -1), timeZone));
    case "this-month":
      return month(thisMonth, today, nowMs, timeZone);
    case "last-month":
      return month(shifted(`${thisMonth}-01`, -1).slice(0, 7), today, nowMs, timeZone);
    case "this-year":
      return year(Number(today.slice(0, 4)), today, timeZone);
    case "last-year":
      return year(Number(today.slice(0, 4)) - 1, today, timeZone);
  }
}

/** A month that is under way goes up to today, and is compared with the same days of the month before. */
function month(text: string, today: string, nowMs: number, timeZone: string): Meant {
  const first = `${text}-01`;
  parseDay(first, "the month");
  const whole = wholeMonth(first, timeZone);
  if (today >= whole.start && today <= whole.end) {
    const { current, previous } = monthToDate(whole, nowMs);
    return { period: current, before: () => previous };
  }
  return { period: whole, before: () => wholeMonth(`${shifted(first, -1).slice(0, 7)}-01`, timeZone) };
}

function wholeMonth(first: string, timeZone: string): Period {
  // Day 32 of any month lies in the next one.
  const next = `${shifted(first, 31).slice(0, 7)}-01`;
  return periodOf(first, shifted(next, -1), timeZone);
}

/** A year that is under way goes up to today, and is compared with the same days of the year before. */
function year(number: number, today: string, timeZone: string): Meant {
  const text = (value: number): string => String(value).padStart(4, "0");
  const isUnderWay = today.startsWith(text(number));
  const end = isUnderWay ? today : `${text(number)}-12-31`;
  const endBefore = end.slice(4) === "-02-29" ? "-02-28" : end.slice(4);
  return {
    period: periodOf(`${text(number)}-01-01`, end, timeZone),
    before: () => periodOf(`${text(number - 1)}-01-01`, `${text(number - 1)}${endBefore}`, timeZone),
  };
}

/** Compared with as many days right before it. */
function stretch(period: Period): Meant {
  return back(period, dayCount(period));
}

function back(period: Period, days: number): Meant {
  return { period, before: () => periodOf(shifted(period.start, -days), shifted(period.end, -days), period.timeZone) };
}

const DAY_MS = 86_400_000;

const shifted = (day: string, days: number): string => new Date(parseDay(day) + days * DAY_MS).toISOString().slice(0, 10);
