/** `tokenledger report` */

import { InvalidInput } from "../../errors.ts";
import {
  buildReport,
  dimensionsIn,
  REPORT_DIMENSIONS,
  REPORT_FIGURES,
  reportRows,
  rowLimitIn,
  type SortKey,
  sortKeyIn,
} from "../../insights/index.ts";
import type { Dimension } from "../../ledger/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { reportAnswer } from "../answers/report-answer.ts";
import { tellOutcome } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import {
  addFilterOptions,
  addPeriodOptions,
  asOption,
  type FilterOptions,
  filterOf,
  type PeriodOptions,
  periodFrom,
} from "../selection.ts";

const EXAMPLES = `
  tokenledger report                                        every day in the book
  tokenledger report --start 2026-01-01 --end 2026-01-31    January, both days included
  tokenledger report --last 7d --group-by day,model
  tokenledger report --month --group-by team --sort tokens --limit 10
  tokenledger report --team engineering --format csv --output engineering.csv`;

interface ReportOptions extends PeriodOptions, FilterOptions {
  groupBy?: Dimension[];
  sort?: SortKey;
  limit?: number;
  asc?: boolean;
  desc?: boolean;
}

export function define(command: Command): void {
  addPeriodOptions(command);
  command.option(
    "--group-by <dimensions>",
    `one or several of ${REPORT_DIMENSIONS.join(", ")}, with commas between (default: day)`,
    (value) => dimensionsIn(value, "--group-by"),
  );
  addFilterOptions(command);
  command
    .option("--sort <by>", `${REPORT_FIGURES.join(", ")} or a dimension (default: time, else cost)`, (value) => sortKeyIn(value, "--sort"))
    .option("--limit <rows>", "show so many rows; the totals stay those of all", (value) => rowLimitIn(value, "--limit"))
    .option("--asc", "smallest first")
    .option("--desc", "largest first")
    .example(EXAMPLES);
  runs(command, report);
}

async function report(context: CommandContext, options: ReportOptions): Promise<ExitCode> {
  const rows = reportRows(options, asOption);
  if (options.asc && options.desc) throw new InvalidInput("--asc and --desc contradict each other; give one of them.");
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = periodFrom(options, context.nowMs, timeZone);
  const { document, span, format } = await answerFromBook(context, {
    ask: async (book) =>
      buildReport(book, {
        period: await periodIn(book),
        ...rows,
        generatedAtMs: context.nowMs,
        ...(filter && { filter }),
        ...((options.asc || options.desc) && { direction: options.asc ? "ascending" : "descending" }),
        ...(options.limit !== undefined && { limit: options.limit }),
      }),
    answerOf: (found) => reportAnswer(found),
  });
  return tellOutcome(context, document, format, span);
}
