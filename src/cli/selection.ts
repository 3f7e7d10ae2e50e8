/** The options that choose records: which days, which teams, models and so on. Shared by every command that asks the book. */
import { InvalidInput } from "../errors.ts";
import {
  askedPeriod,
  FILTER_NAMES,
  type FilterName,
  type Period,
  type PeriodWords,
  usageFilterOf,
  type Wording,
} from "../insights/index.ts";
import type { Ledger, UsageFilter } from "../ledger/index.ts";
import type { Command } from "./command-line.ts";

/** The parts of a question are options here. */
export const asOption: Wording = (name) => `--${name}`;

export interface PeriodOptions extends PeriodWords {
  since?: string;
  until?: string;
}

export type FilterOptions = { [filter in FilterName]?: string[] };

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

const DESCRIPTIONS: Readonly<Record<FilterName, string>> = {
  team: 'records of this team; again for another; "" for records without one',
  user: "records of this user",
  project: "records of this project",
  provider: "records of this provider",
  model: "records of this model, as it was written or by its canonical id",
  source: "records that came through this source, such as claude-code",
  tag: "records with this tag",
};

export function addFilterOptions(command: Command, filters: readonly FilterName[] = FILTER_NAMES): void {
  for (const filter of filters) {
    command.option(`--${filter} <name>`, DESCRIPTIONS[filter], (value: string, before: string[] | undefined) => [...(before ?? []), value]);
  }
}

/** Undefined where nothing is filtered. */
export function filterOf(options: FilterOptions): UsageFilter | undefined {
  return usageFilterOf(options, asOption);
}

/** The options as they are meant: each has one spelling. */
export function periodWords({ since, until, ...words }: PeriodOptions): PeriodWords {
  const start = oneSpelling(words.start, since, "--start", "--since");
  const end = oneSpelling(words.end, until, "--end", "--until");
  return { ...words, ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** Checks the options at once, and gives back how they become days when a book is at hand. */
export function periodFrom(options: PeriodOptions, nowMs: number, timeZone: string): (book: Pick<Ledger, "span">) => Promise<Period> {
  return askedPeriod(periodWords(options), nowMs, timeZone, asOption);
}

function oneSpelling(value: string | undefined, alias: string | undefined, name: string, aliasName: string): string | undefined {
  if (value !== undefined && alias !== undefined) throw new InvalidInput(`${aliasName} is another word for ${name}; give one of them.`);
  return value ?? alias;
}
