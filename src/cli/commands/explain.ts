/** `tokenledger explain` */
import { oneOf } from "../../errors.ts";
import { buildExplanation, type ComparedWords, comparedPeriods, EXPLANATION_DIMENSIONS } from "../../insights/index.ts";
import type { Dimension } from "../../ledger/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { tellFound } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { addFilterOptions, asOption, type FilterOptions, filterOf } from "../selection.ts";

const EXAMPLES = `
  tokenledger explain                                       this month so far, beside the same days of the last one
  tokenledger explain --from 2026-04 --to 2026-05 --by team
  tokenledger explain --to last-week                        beside the week before
  tokenledger explain --from 2026-05-01..2026-05-07 --to 2026-05-08..2026-05-14 --project storefront

A period is a day (2026-05-01), a range with both days included (2026-05-01..2026-05-31), a month (2026-05), a year (2026),
a length up to today (7d, 4w, 3m), or one of today, yesterday, this-week, last-week, this-month, last-month, this-year,
last-year. What is under way goes up to today. Without --from, the period before --to; of a month or year under way, the same
days of the one before.`;

interface ExplainOptions extends ComparedWords, FilterOptions {
  by?: Dimension;
}

export function define(command: Command): void {
  command
    .about("Why two periods cost different amounts: effects that add up to the difference, to the last digit.")
    .option("--from <period>", "what to compare with (default: the period before --to)")
    .option("--to <period>", "what to explain (default: this-month)")
    .option("--by <dimension>", `whose change to tell: ${EXPLANATION_DIMENSIONS.join(", ")} (default: model)`, (value) =>
      oneOf("--by", value, EXPLANATION_DIMENSIONS),
    );
  addFilterOptions(command);
  command.example(EXAMPLES);
  runs(command, explain);
}

async function explain(context: CommandContext, options: ExplainOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const { from, to } = comparedPeriods(options, context.nowMs, timeZone, asOption);
  const { document, span, format } = await answerFromBook(context, {
    ask: (book) => buildExplanation(book, { from, to, by: options.by ?? "model", generatedAtMs: context.nowMs, ...(filter && { filter }) }),
    answerOf: async (found) => (await import("../answers/explanation-answer.ts")).explanationAnswer(found),
  });
  const { warnings, from: before, to: after } = document;
  // Calls without a price are left out and told as a warning: then there is something, but nothing that could be explained.
  if (before.requests === 0 && after.requests === 0 && warnings.length > 0) {
    if (format !== "table") for (const warning of warnings) context.warn(warning);
    return EXIT.nothingToReport;
  }
  const range = { start: earlier(from.start, to.start), end: later(from.end, to.end), tz: timeZone };
  return tellFound(context, { warnings, range, isEmpty: before.requests === 0 && after.requests === 0 }, format, span);
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
const later = (a: string, b: string): string => (a > b ? a : b);
