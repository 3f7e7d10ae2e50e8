/** `tokenledger forecast` */
import { buildForecast, limitNanoUsdIn, namedPeriod } from "../../insights/index.ts";
import { answerFromBook } from "../answer-from-book.ts";
import { tellFound } from "../answers/tell-outcome.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import type { ReadableBook } from "../empty-book.ts";
import type { ExitCode } from "../exit-codes.ts";
import { knownBudget } from "../known-budget.ts";
import { addFilterOptions, type FilterOptions, filterOf } from "../selection.ts";

const EXAMPLES = `
  tokenledger forecast                        this month's end, and every budget's
  tokenledger forecast --limit 5000           how likely is it that this month passes $5,000, and when?
  tokenledger forecast --budget engineering
  tokenledger forecast --team research --limit 800`;

interface ForecastOptions extends FilterOptions {
  limit?: bigint;
  budget?: string;
}

export function define(command: Command): void {
  command
    .about("What this month will cost and which budgets will not last: a middle course, how far it may miss, and how such forecasts fared.")
    .option("--limit <usd>", "an amount to hold this month against, such as 5000", (text) => limitNanoUsdIn(text, "--limit"))
    .option("--budget <name>", "this budget only");
  addFilterOptions(command);
  command.example(EXAMPLES);
  runs(command, forecast);
}

async function forecast(context: CommandContext, options: ForecastOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const timeZone = await context.timeZone();
  const { document, span, format } = await answerFromBook(context, {
    async ask(book) {
      const budget = options.budget === undefined ? undefined : await budgetNamed(book, options.budget);
      return buildForecast(book, {
        generatedAtMs: context.nowMs,
        timeZone,
        ...(filter && { filter }),
        ...(options.limit !== undefined && { limitNanoUsd: options.limit }),
        ...(budget !== undefined && { budget }),
      });
    },
    answerOf: async (found) => (await import("../answers/forecast-answer.ts")).forecastAnswer(found),
  });
  const { warnings, period, budgets } = document;
  const { start, end } = namedPeriod("month", context.nowMs, timeZone);
  const isEmpty = period.total_usd === null && budgets.length === 0;
  return tellFound(context, { warnings, range: { start, end, tz: timeZone }, isEmpty }, format, span);
}

async function budgetNamed(book: ReadableBook, typed: string): Promise<string> {
  return knownBudget(
    typed,
    (await book.budgets.list()).map(({ definition }) => definition.name),
  );
}
