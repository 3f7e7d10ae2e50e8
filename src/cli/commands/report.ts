/** `tokenledger report` */

import { InvalidInput } from "../../errors.ts";
import { buildReport, type SortKey } from "../../insights/index.ts";
import type { Dimension } from "../../ledger/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { reportAnswer } from "../answers/report-answer.ts";
import { tellOutcome } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import { oneOf } from "../one-of.ts";
import {
  addFilterOptions,
  addPeriodOptions,
  type FilterOptions,
  filterOf,
  type PeriodOptions,
  periodFrom,
  positiveInteger,
} from "../selection.ts";

const DIMENSIONS = [
  "day",
  "week",
  "month",
  "hour",
  "org",
  "team",
  "user",
  "project",
  "key",
  "provider",
  "model",
  "source",
  "session",
  "tag",
] as const;

const FIGURES = ["cost", "requests", "tokens", "input", "output", "latency"] as const;

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
    `one or several of ${DIMENSIONS.join(", ")}, with commas between (default: day)`,
    dimensionList,
  );
  addFilterOptions(command);
  command
    .option("--sort <by>", `${FIGURES.join(", ")} or a dimension (default: time, else cost)`, (value) =>
      oneOf("--sort", value, [...FIGURES, ...DIMENSIONS]),
    )
    .option("--limit <rows>", "show so many rows; the totals stay those of all", positiveInteger("--limit"))
    .option("--asc", "smallest first")
    .option("--desc", "largest first")
    .example(EXAMPLES);
  runs(command, report);
}

async function report(context: CommandContext, options: ReportOptions): Promise<ExitCode> {
  const groupBy = options.groupBy ?? ["day"];
  const { sort } = options;
  if (sort !== undefined && !(FIGURES as readonly string[]).includes(sort) && !groupBy.includes(sort as Dimension)) {
    throw new InvalidInput(`--sort ${sort} needs --group-by ${sort}; the report is grouped by ${groupBy.join(", ")}.`);
  }
  if (options.asc && options.desc) throw new InvalidInput("--asc and --desc contradict each other; give one of them.");
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const periodIn = periodFrom(options, context.nowMs, timeZone);
  const { document, span, format } = await answerFromBook(context, {
    ask: async (book) =>
      buildReport(book, {
        period: await periodIn(book),
        groupBy,
        generatedAtMs: context.nowMs,
        ...(filter && { filter }),
        ...(sort && { sort }),
        ...((options.asc || options.desc) && { direction: options.asc ? "ascending" : "descending" }),
        ...(options.limit !== undefined && { limit: options.limit }),
      }),
    answerOf: (found) => reportAnswer(found),
  });
  return tellOutcome(context, document, format, span);
}

function dimensionList(value: string): Dimension[] {
  const names = value.split(",").map((name) => oneOf("--group-by", name.trim(), DIMENSIONS));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidInput(`--group-by names ${twice} twice; name every dimension once.`);
  return names;
}
