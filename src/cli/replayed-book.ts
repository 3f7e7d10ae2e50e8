/** The book replayed once for what could be saved, with a bar for those who wait. */
import { isatty } from "node:tty";
import { type FoundSavings, findSavings, isPeriodAsked, type Period, usualPeriod } from "../insights/index.ts";
import type { UsageFilter } from "../ledger/index.ts";
import { answerFromBook } from "./answer-from-book.ts";
import type { Span } from "./answers/tell-outcome.ts";
import type { CommandContext } from "./command-context.ts";
import type { ReadableBook } from "./empty-book.ts";
import type { Answer, Format } from "./printing/answer.ts";
import { bar } from "./printing/bar.ts";
import { compactCount, percent } from "./printing/numbers.ts";
import { startProgress } from "./printing/progress.ts";
import { type PeriodOptions, periodFrom, periodWords } from "./selection.ts";

export interface SavingsQuestion {
  options: PeriodOptions;
  filter: UsageFilter | undefined;
}

export interface FoundOnce {
  found: FoundSavings;
  filter: UsageFilter | undefined;
}

/** Finds what could be saved, and prints what `answerOf` makes of it. */
export async function replayed(
  context: CommandContext,
  question: SavingsQuestion,
  answerOf: (once: FoundOnce) => Promise<Answer>,
): Promise<{ found: FoundSavings; span: Span; format: Format }> {
  const periodIn = await savingsPeriod(context, question.options);
  const { filter } = question;
  const {
    document: found,
    span,
    format,
  } = await answerFromBook(context, {
    ask: async (book, bookSpan) => foundIn(context, book, { period: await periodIn(book, bookSpan), filter }),
    answerOf: (once) => answerOf({ found: once, filter }),
  });
  return { found, span, format };
}

/** Checks the words at once; without any, the last eight weeks, as an analysis has them. */
export async function savingsPeriod(
  context: CommandContext,
  options: PeriodOptions,
): Promise<(book: Pick<ReadableBook, "span">, span: Span) => Promise<Period>> {
  const timeZone = await context.timeZone();
  const periodIn = isPeriodAsked(periodWords(options)) ? periodFrom(options, context.nowMs, timeZone) : undefined;
  return async (book, span) => (periodIn ? periodIn(book) : usualPeriod(span, context.nowMs, timeZone));
}

export async function foundIn(
  context: CommandContext,
  book: ReadableBook,
  { period, filter, keepsRows = false }: { period: Period; filter: UsageFilter | undefined; keepsRows?: boolean },
): Promise<FoundSavings> {
  const { savings: applied } = (await context.config()).config;
  return withProgress(context, book, { ...period, ...(filter && { filter }) }, (onProgress) =>
    findSavings(book, {
      period,
      generatedAtMs: context.nowMs,
      keepsRows,
      onProgress,
      ...(filter && { filter }),
      ...(applied && { applied }),
    }),
  );
}

const STDERR = 2;
const BAR_WIDTH = 24;

/** @param span whose calls are replayed: a bar needs to know how many there are */
export async function withProgress<Result>(
  context: CommandContext,
  book: Pick<ReadableBook, "aggregate">,
  { startMs, endMs, filter }: { startMs: number; endMs: number; filter?: UsageFilter },
  work: (onProgress: (records: number) => void) => Promise<Result>,
): Promise<Result> {
  const wanted = !context.globals.quiet && isatty(STDERR);
  if (!wanted) return work(() => {});
  const { totals } = await book.aggregate({ startMs, endMs, timeZone: "UTC", groupBy: ["provider"], ...(filter && { filter }) });
  const progress = startProgress(context.clock, wanted);
  try {
    return await work((records) => progress.update((elapsedMs) => replayLine(records, totals.requests, elapsedMs)));
  } finally {
    progress.end();
  }
}

/** "replaying calls  ██████░░░░  62.0%  3.1M of 5M  2 s left" */
export function replayLine(records: number, total: number, elapsedMs: number): string {
  const share = total === 0 ? 1 : Math.min(1, records / total);
  const leftSeconds = share === 0 ? undefined : Math.ceil((elapsedMs * (1 - share)) / share / 1000);
  const left = leftSeconds === undefined ? "" : `  ${leftSeconds} s left`;
  return `replaying calls  ${bar(share, BAR_WIDTH)}  ${percent(share)}  ${compactCount(records)} of ${compactCount(total)}${left}`;
}
