/** `tokenledger budget backtest` */
import { type BudgetDefinition, triedBudget, triedScope } from "../../budget/index.ts";
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { BacktestDocument } from "../../insights/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import { addBudgetOptions, type BudgetOptions, budgetFrom } from "../budget-options.ts";
import { type CommandContext, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { addPeriodOptions, type PeriodOptions, periodFrom } from "../selection.ts";

const EXAMPLES = `
  tokenledger budget backtest engineering                                  the budget as it is, over all that is in the book
  tokenledger budget backtest engineering --amount 300 --last 3m           another amount
  tokenledger budget backtest --user "*" --period daily --amount 5 --enforcement block_requests
  tokenledger budget backtest --team research --period daily --hard --enforcement rate_limit --max-false-blocks 1

A blocked call is a false block if its window, with all that was really spent in it, is no outlier among the other windows:
above their median by no more than 3.5 of their deviations. With fewer than six others, nobody can tell.`;

interface BacktestOptions extends BudgetOptions, PeriodOptions {
  maxFalseBlocks?: number;
}

export function define(command: Command): void {
  command
    .about("Replays the book under a budget: what it would have blocked, how much of that falsely, and what it would have saved.")
    .argument("[name]", "a budget that is there, which the options change; or the name of one that is not");
  addPeriodOptions(command);
  addBudgetOptions(command);
  command
    .option("--max-false-blocks <count>", "propose the smallest amount with at most so many false blocks a month", falseBlocksOf)
    .example(EXAMPLES);
  runs(command, backtestBudget);
}

async function backtestBudget(context: CommandContext, options: BacktestOptions, typedName?: string): Promise<ExitCode> {
  const periodIn = periodFrom(options, context.nowMs, await context.timeZone());
  let calls = 0;
  await context.answer(["table", "json", "md"], async () => {
    const book = await context.readBook();
    try {
      const { definition, isOpen } = await askedDefinition(context, book, options, typedName);
      const { startMs, endMs } = await periodIn(book ?? NOTHING);
      const document = await tried(context, book ?? NOTHING, { definition, isOpen, startMs, endMs, options });
      calls = document.calls;
      return (await import("../answers/backtest-answer.ts")).backtestAnswer(document, definition);
    } finally {
      await book?.close();
    }
  });
  return calls > 0 ? EXIT.done : EXIT.nothingToReport;
}

type ReplayableBook = Pick<Ledger, "query" | "span">;

/** Where there is no book yet, there is nothing to replay. */
const NOTHING: ReplayableBook = {
  async *query() {},
  span: async () => undefined,
};

interface Trial {
  definition: BudgetDefinition;
  /** The amount is to be found. */
  isOpen: boolean;
  startMs: number;
  endMs: number;
  options: BacktestOptions;
}

async function tried(context: CommandContext, book: ReplayableBook, trial: Trial): Promise<BacktestDocument> {
  const { definition, isOpen, startMs, endMs, options } = trial;
  const { backtest, triedDefinition } = await import("../../insights/index.ts");
  const { amountNanoUsd: _amount, ...withoutAmount } = definition;
  return backtest(book, {
    budget: triedBudget(isOpen ? withoutAmount : definition),
    definition: triedDefinition(definition, isOpen),
    startMs,
    endMs,
    nowMs: context.nowMs,
    filter: triedScope(definition),
    ...(options.maxFalseBlocks !== undefined && { maxFalseBlocks: options.maxFalseBlocks }),
  });
}

const PROPOSED = "This budget";
/** Stands where the amount is to be found, so that everything else can be checked. */
const ANY_AMOUNT = "1";

async function askedDefinition(
  context: CommandContext,
  book: Ledger | undefined,
  options: BacktestOptions,
  typedName: string | undefined,
): Promise<{ definition: BudgetDefinition; isOpen: boolean }> {
  const name = typedName?.trim().normalize("NFC");
  const base =
    name === undefined ? undefined : (await book?.budgets.list())?.find(({ definition }) => definition.name === name)?.definition;
  const hasCap = base !== undefined || options.amount !== undefined || options.maxTokens !== undefined;
  if (name !== undefined && !hasCap && options.maxFalseBlocks === undefined)
    throw new InvalidInput(`There is no budget ${quoteValue(name)}; define one to try with --amount and --period.`);
  const isOpen = !hasCap && options.maxFalseBlocks !== undefined;
  if (options.override !== undefined)
    throw new InvalidInput("--override is an exception, which can't be tried on the past; give its amount as --amount.");
  // Here --until is another word for --end, not an override's end.
  const { until: _until, ...wishes } = options;
  const definition = await budgetFrom(context, name ?? PROPOSED, isOpen ? { ...wishes, amount: ANY_AMOUNT } : wishes, base);
  return { definition, isOpen };
}

function falseBlocksOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidInput(`--max-false-blocks ${quoteValue(text)} is not a whole number from 0 up.`);
  return Number(text);
}
