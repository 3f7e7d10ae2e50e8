/** `tokenledger analyze` */
import { buildAnalysis, daysOf, lastPeriod, type Period, periodOf } from "../../insights/index.ts";
import { dayOf } from "../../usage/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { type Span, tellFound } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import { oneOf } from "../one-of.ts";
import { addFilterOptions, addPeriodOptions, type FilterOptions, filterOf, type PeriodOptions, periodFrom } from "../selection.ts";

const DIMENSIONS = ["model", "team", "project"] as const;
const BUCKETS = ["hour", "day"] as const;

/** Eight weeks show a week's rhythm, and no more than the present. */
const USUAL_LENGTH = "8w";
/** So many days are taken by the hour, more of them by the day. */
const MOST_DAYS_OF_HOURS = 62;

const EXAMPLES = `
  tokenledger analyze                                     the last eight weeks, hour by hour
  tokenledger analyze --month --by team
  tokenledger analyze --last 1y --bucket day
  tokenledger analyze --project storefront --format csv --output parts.csv`;

interface AnalyzeOptions extends PeriodOptions, FilterOptions {
  by?: (typeof DIMENSIONS)[number];
  bucket?: (typeof BUCKETS)[number];
}

export function define(command: Command): void {
  command.about(
    "What the spending means: where it goes, in what rhythm, what stands out and what moves together; each claim with its test.",
  );
  addPeriodOptions(command);
  command
    .option("--by <dimension>", `whose series to tell apart: ${DIMENSIONS.join(", ")} (default: model)`, (value) =>
      oneOf("--by", value, DIMENSIONS),
    )
    .option("--bucket <length>", `${BUCKETS.join(" or ")} (default: hour, for more than ${MOST_DAYS_OF_HOURS} days day)`, (value) =>
      oneOf("--bucket", value, BUCKETS),
    );
  addFilterOptions(command);
  command.example(EXAMPLES);
  runs(command, analyze);
}

async function analyze(context: CommandContext, options: AnalyzeOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = hasPeriod(options) ? periodFrom(options, context.nowMs, timeZone) : undefined;
  const { document, span, format } = await answerFromBook(context, {
    async ask(book, bookSpan) {
      const period = periodIn ? await periodIn(book) : usualPeriod(bookSpan, context.nowMs, timeZone);
      return buildAnalysis(book, {
        period,
        by: options.by ?? "model",
        bucket: options.bucket ?? (daysOf(period).length <= MOST_DAYS_OF_HOURS ? "hour" : "day"),
        generatedAtMs: context.nowMs,
        ...(filter && { filter }),
      });
    },
    answerOf: async (found) => (await import("../answers/analysis-answer.ts")).analysisAnswer(found),
  });
  const { warnings, range, totals } = document;
  return tellFound(context, { warnings, range, isEmpty: totals.requests === 0 }, format, span);
}

function hasPeriod({ start, end, since, until, last, today, week, month }: PeriodOptions): boolean {
  return [start, end, since, until, last, today, week, month].some((option) => option !== undefined);
}

/**
 * The last eight weeks. A book that is younger begins later: what was before it is not known to be nothing. One that has had
 * nothing in them tells of its own last eight weeks.
 */
function usualPeriod(span: Span, nowMs: number, timeZone: string): Period {
  const latest = lastPeriod(USUAL_LENGTH, nowMs, timeZone);
  if (span === undefined) return latest;
  const { start, end } = span.lastMs < latest.startMs ? lastPeriod(USUAL_LENGTH, span.lastMs, timeZone) : latest;
  const first = dayOf(span.firstMs, timeZone);
  return periodOf(first > start && first <= end ? first : start, end, timeZone);
}
