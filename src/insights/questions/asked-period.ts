/** The stretch of days that is meant, as it is written. */
import { InvalidInput } from "../../errors.ts";
import type { Ledger } from "../../ledger/index.ts";
import { dayOf, parseDay } from "../../usage/index.ts";
import { dayCount, lastPeriod, type NamedPeriod, namedPeriod, type Period, periodOf } from "../period.ts";
import { asWritten, type Wording } from "./wording.ts";

export interface PeriodWords {
  /** First local day. */
  start?: string;
  /** Last local day, included. */
  end?: string;
  /** A length up to today: `7d`, `2w`, `3m`, `1y`. */
  last?: string;
  today?: boolean;
  week?: boolean;
  month?: boolean;
}

const NAMED: readonly NamedPeriod[] = ["today", "week", "month"];

/** The part of a book that knows its first and last day. */
type Spanning = Pick<Ledger, "span">;

/**
 * Checks the words at once, and gives back how they become days when a book is at hand: an end that was left open is the
 * book's own first or last day.
 *
 * @throws InvalidInput for what is no day or length, for ends in the wrong order, and for several ways to name a range at once
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { askedPeriod } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const periodIn = askedPeriod({ last: "7d" }, Date.parse("2026-05-01T12:00:00Z"), "UTC");
 * await periodIn(book); // => { start: "2026-04-25", end: "2026-05-01", … }
 * await book.close();
 * ```
 */
export function askedPeriod(
  words: PeriodWords,
  nowMs: number,
  timeZone: string,
  wording: Wording = asWritten,
): (book: Spanning) => Promise<Period> {
  refuseContradictions(words, wording);
  const known = knownPeriod(words, nowMs, timeZone, wording);
  if (known) return async () => known;
  const { start, end } = words;
  return async (book) => {
    const span = (await book.span()) ?? { firstMs: nowMs, lastMs: nowMs };
    const first = start ?? earlier(dayOf(span.firstMs, timeZone), end);
    return periodOf(first, end ?? later(dayOf(span.lastMs, timeZone), first), timeZone);
  };
}

export function isPeriodAsked({ start, end, last, today, week, month }: PeriodWords): boolean {
  return [start, end, last, today, week, month].some((word) => word !== undefined);
}

function knownPeriod(words: PeriodWords, nowMs: number, timeZone: string, wording: Wording): Period | undefined {
  const { start, end, last } = words;
  if (last !== undefined) return lastPeriod(last, nowMs, timeZone, wording("last"));
  const named = NAMED.find((name) => words[name]);
  if (named !== undefined) return namedPeriod(named, nowMs, timeZone);
  if (start !== undefined) parseDay(start, wording("start"));
  if (end !== undefined) parseDay(end, wording("end"));
  if (start === undefined || end === undefined) return undefined;
  if (start > end)
    throw new InvalidInput(`${wording("start")} ${start} is after ${wording("end")} ${end}; give a start that is not after the end.`);
  return periodOf(start, end, timeZone);
}

const earlier = (a: string, b: string | undefined): string => (b !== undefined && b < a ? b : a);
const later = (a: string, b: string): string => (b > a ? b : a);

function refuseContradictions(words: PeriodWords, wording: Wording): void {
  const given = [
    ...(words.start !== undefined || words.end !== undefined ? [`${wording("start")}/${wording("end")}`] : []),
    ...(["last", ...NAMED] as const).filter((name) => words[name]).map(wording),
  ];
  if (given.length > 1) throw new InvalidInput(`${given.join(" and ")} each name a range; give one of them.`);
}

/** Eight weeks show a week's rhythm, and no more than the present. */
const USUAL_LENGTH = "8w";
/** So many days are taken by the hour, more of them by the day. */
export const MOST_DAYS_OF_HOURS = 62;

/**
 * What an analysis is of where no days are named: the last eight weeks. A book that is younger begins later: what was before it is
 * not known to be nothing. One that has had nothing in them tells of its own last eight weeks.
 */
export function usualPeriod(span: Awaited<ReturnType<Ledger["span"]>>, nowMs: number, timeZone: string): Period {
  const latest = lastPeriod(USUAL_LENGTH, nowMs, timeZone);
  if (span === undefined) return latest;
  const { start, end } = span.lastMs < latest.startMs ? lastPeriod(USUAL_LENGTH, span.lastMs, timeZone) : latest;
  const first = dayOf(span.firstMs, timeZone);
  return periodOf(first > start && first <= end ? first : start, end, timeZone);
}

/** By the hour, unless that is too many of them to look at. */
export function usualBucket(period: Period): "hour" | "day" {
  return dayCount(period) <= MOST_DAYS_OF_HOURS ? "hour" : "day";
}
