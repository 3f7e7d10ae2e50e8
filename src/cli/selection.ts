/** The options that choose records: which days, which teams, models and so on. Shared by every command that asks the book. */

import { InvalidInput, quoteValue } from "../errors.ts";
import { lastPeriod, namedPeriod, type Period, periodOf } from "../insights/index.ts";
import type { Ledger, UsageFilter } from "../ledger/index.ts";
import { dayOf, parseDay } from "../usage/index.ts";
import type { Command } from "./command-line.ts";

const FILTERS = ["team", "user", "project", "provider", "model", "source", "tag"] as const;

type Filter = (typeof FILTERS)[number];

export interface PeriodOptions {
  start?: string;
  end?: string;
  since?: string;
  until?: string;
  last?: string;
  today?: boolean;
  week?: boolean;
  month?: boolean;
}

export type FilterOptions = { [filter in Filter]?: string[] };

export function addPeriodOptions(command: Command): void {
  command
    .option("--start <day>", "first local day, as YYYY-MM-DD (also --since)")
    .option("--end <day>", "last local day, included (also --until)")
    .option("--last <length>", "so many days, weeks, months or years up to today: 7d, 2w, 3m, 1y")
    .option("--today", "this local day")
    .option("--week", "this week, from Monday")
    .option("--month", "this calendar month")
    .hiddenOption("--since <day>", "the same as --start")
    .hiddenOption("--until <day>", "the same as --end");
}

const DESCRIPTIONS: Readonly<Record<Filter, string>> = {
  team: 'records of this team; again for another; "" for records without one',
  user: "records of this user",
  project: "records of this project",
  provider: "records of this provider",
  model: "records of this model, as it was written or by its canonical id",
  source: "records that came through this source, such as claude-code",
  tag: "records with this tag",
};

export function addFilterOptions(command: Command, filters: readonly Filter[] = FILTERS): void {
  for (const filter of filters) {
    command.option(`--${filter} <name>`, DESCRIPTIONS[filter], (value: string, before: string[] | undefined) => [...(before ?? []), value]);
  }
}

/** Undefined where nothing is filtered. */
export function filterOf(options: FilterOptions): UsageFilter | undefined {
  const filter: UsageFilter = {};
  for (const name of FILTERS) {
    const values = options[name];
    if (values === undefined) continue;
    if (values.length > 1 && values.includes("")) {
      throw new InvalidInput(`--${name} "" means records without a ${name} and can't be combined with others; give it alone.`);
    }
    filter[name] = values.length > 1 ? values : values[0] || null;
  }
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** The part of a book that knows its first and last day. */
type Spanning = Pick<Ledger, "span">;

/**
 * Checks the options at once, and gives back how they become days when a book is at hand: an end that was left open
 * is the book's own first or last day.
 */
export function periodFrom(options: PeriodOptions, nowMs: number, timeZone: string): (book: Spanning) => Promise<Period> {
  const start = oneSpelling(options.start, options.since, "--start", "--since");
  const end = oneSpelling(options.end, options.until, "--end", "--until");
  refuseContradictions(options, start, end);
  const known = knownPeriod(options, start, end, nowMs, timeZone);
  if (known) return async () => known;
  return async (book) => {
    const span = (await book.span()) ?? { firstMs: nowMs, lastMs: nowMs };
    const first = start ?? earlier(dayOf(span.firstMs, timeZone), end);
    return periodOf(first, end ?? later(dayOf(span.lastMs, timeZone), first), timeZone);
  };
}

function knownPeriod(
  options: PeriodOptions,
  start: string | undefined,
  end: string | undefined,
  nowMs: number,
  timeZone: string,
): Period | undefined {
  if (options.last !== undefined) return lastPeriod(options.last, nowMs, timeZone);
  for (const name of ["today", "week", "month"] as const) {
    if (options[name]) return namedPeriod(name, nowMs, timeZone);
  }
  if (start !== undefined) parseDay(start, "--start");
  if (end !== undefined) parseDay(end, "--end");
  if (start === undefined || end === undefined) return undefined;
  if (start > end) throw new InvalidInput(`--start ${start} is after --end ${end}; give a start that is not after the end.`);
  return periodOf(start, end, timeZone);
}

const earlier = (a: string, b: string | undefined): string => (b !== undefined && b < a ? b : a);
const later = (a: string, b: string): string => (b > a ? b : a);

function oneSpelling(value: string | undefined, alias: string | undefined, name: string, aliasName: string): string | undefined {
  if (value !== undefined && alias !== undefined) throw new InvalidInput(`${aliasName} is another word for ${name}; give one of them.`);
  return value ?? alias;
}

function refuseContradictions(options: PeriodOptions, start: string | undefined, end: string | undefined): void {
  const given = [
    ...(start !== undefined || end !== undefined ? ["--start/--end"] : []),
    ...(["last", "today", "week", "month"] as const).filter((name) => options[name]).map((name) => `--${name}`),
  ];
  if (given.length > 1) throw new InvalidInput(`${given.join(" and ")} each name a range; give one of them.`);
}

/** A whole number from 1, as options take it. */
export function positiveInteger(option: string): (value: string) => number {
  return (value) => {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidInput(`${option} ${quoteValue(value)} is not a whole number from 1 to 999999999.`);
    return Number(value);
  };
}
