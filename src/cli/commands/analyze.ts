/** `tokenledger analyze` */
import { oneOf } from "../../errors.ts";
import {
  ANALYSIS_BUCKETS,
  ANALYSIS_DIMENSIONS,
  type AnalysisRequest,
  buildAnalysis,
  isPeriodAsked,
  MOST_DAYS_OF_HOURS,
  usualBucket,
  usualPeriod,
} from "../../insights/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { tellFound } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import {
  addFilterOptions,
  addPeriodOptions,
  type FilterOptions,
  filterOf,
  type PeriodOptions,
  periodFrom,
  periodWords,
} from "../selection.ts";

const EXAMPLES = `
  tokenledger analyze                                     the last eight weeks, hour by hour
  tokenledger analyze --month --by team
  tokenledger analyze --last 1y --bucket day
  tokenledger analyze --project storefront --format csv --output parts.csv`;

interface AnalyzeOptions extends PeriodOptions, FilterOptions {
  by?: AnalysisRequest["by"];
  bucket?: AnalysisRequest["bucket"];
}

export function define(command: Command): void {
  command.about(
    "What the spending means: where it goes, in what rhythm, what stands out and what moves together; each claim with its test.",
  );
  addPeriodOptions(command);
  command
    .option("--by <dimension>", `whose series to tell apart: ${ANALYSIS_DIMENSIONS.join(", ")} (default: model)`, (value) =>
      oneOf("--by", value, ANALYSIS_DIMENSIONS),
    )
    .option(
      "--bucket <length>",
      `${ANALYSIS_BUCKETS.join(" or ")} (default: hour, for more than ${MOST_DAYS_OF_HOURS} days day)`,
      (value) => oneOf("--bucket", value, ANALYSIS_BUCKETS),
    );
  addFilterOptions(command);
  command.example(EXAMPLES);
  runs(command, analyze);
}

async function analyze(context: CommandContext, options: AnalyzeOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = isPeriodAsked(periodWords(options)) ? periodFrom(options, context.nowMs, timeZone) : undefined;
  const { document, span, format } = await answerFromBook(context, {
    async ask(book, bookSpan) {
      const period = periodIn ? await periodIn(book) : usualPeriod(bookSpan, context.nowMs, timeZone);
      return buildAnalysis(book, {
        period,
        by: options.by ?? "model",
        bucket: options.bucket ?? usualBucket(period),
        generatedAtMs: context.nowMs,
        ...(filter && { filter }),
      });
    },
    answerOf: async (found) => (await import("../answers/analysis-answer.ts")).analysisAnswer(found),
  });
  const { warnings, range, totals } = document;
  return tellFound(context, { warnings, range, isEmpty: totals.requests === 0 }, format, span);
}
