/** `tokenledger costs` */

import { oneOf } from "../../errors.ts";
import { buildCosts, type CostsDocument, namedPeriod } from "../../insights/index.ts";
import type { Dimension } from "../../ledger/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { costCell, reportAnswer } from "../answers/report-answer.ts";
import { tellOutcome } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ExitCode } from "../exit-codes.ts";
import { addFilterOptions, type FilterOptions, filterOf } from "../selection.ts";

const BREAKDOWNS: Readonly<Record<string, Dimension>> = {
  daily: "day",
  weekly: "week",
  team: "team",
  user: "user",
  project: "project",
  provider: "provider",
  model: "model",
  source: "source",
  tag: "tag",
};

const EXAMPLES = `
  tokenledger costs                                this calendar month, by model
  tokenledger costs --team engineering --breakdown daily
  tokenledger costs --compare previous             beside the same days of last month`;

interface CostsOptions extends FilterOptions {
  breakdown: string;
  compare?: "previous";
}

export function define(command: Command): void {
  addFilterOptions(command);
  const breakdowns = Object.keys(BREAKDOWNS);
  command
    .option("--breakdown <by>", breakdowns.join(", "), (value) => oneOf("--breakdown", value, breakdowns), "model")
    .option("--compare <with>", "previous: the same days of the month before", compareWith)
    .example(EXAMPLES);
  runs(command, costs);
}

function compareWith(value: string): "previous" {
  if (value !== "previous" && value !== "prev") oneOf("--compare", value, ["previous"]);
  return "previous";
}

async function costs(context: CommandContext, options: CostsOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const groupBy = [BREAKDOWNS[options.breakdown] as Dimension];
  const period = namedPeriod("month", context.nowMs, timeZone);
  const request = { period, groupBy, generatedAtMs: context.nowMs, ...(filter && { filter }) };
  const { document, span, format } = await answerFromBook(context, {
    ask: (book) => buildCosts(book, request, { comparePrevious: options.compare === "previous" }),
    answerOf: async (found) =>
      reportAnswer(found, {
        title: `Costs of this month by ${groupBy[0]}`,
        ...(found.comparison && { note: await comparisonLine(found.comparison) }),
      }),
  });
  return tellOutcome(context, document, format, span);
}

async function comparisonLine({
  current,
  previous,
  change_usd,
  change_percent,
}: NonNullable<CostsDocument["comparison"]>): Promise<string> {
  const { dollars } = await import("../printing/numbers.ts");
  const change = change_percent === null ? "" : ` (${change_percent > 0 ? "+" : ""}${change_percent.toFixed(1)}%)`;
  const days = (range: { start: string; end: string }): string => `${range.start} to ${range.end}`;
  const [now, before] = [costCell(current.totals, dollars), costCell(previous.totals, dollars)];
  const difference = `${change_usd.startsWith("-") ? "" : "+"}${dollars(change_usd)}${change}`;
  return `${days(current.range)} cost ${now}, ${days(previous.range)} cost ${before}: ${difference}.`;
}
