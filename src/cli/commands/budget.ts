/** `tokenledger budget` */
import { type BudgetDocument, budgetDocument } from "../../insights/index.ts";
import type { BudgetStatus, Ledger } from "../../ledger/index.ts";
import { budgetsAnswer } from "../answers/budget-answer.ts";
import { definitionsAnswer } from "../answers/budget-list-answer.ts";
import { budgetName } from "../answers/budget-sentences.ts";
import { type CommandContext, needsSubcommand, runs } from "../command-context.ts";
import type { Command } from "../command-line.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { knownBudget } from "../known-budget.ts";
import { define as defineBacktest } from "./budget-backtest.ts";
import { defineRemove, defineSet } from "./budget-set.ts";

const EXAMPLES = `
  tokenledger budget set engineering --team engineering --amount 500 --period monthly --alerts 50,75,90
  tokenledger budget set per-user --user "*" --amount 5 --period daily --enforcement block_requests
  tokenledger budget set engineering --override 800 --until 2026-06-03
  tokenledger budget status
  tokenledger budget backtest engineering --last 3m
  tokenledger budget check engineering || echo "nothing left"`;

export function define(command: Command): void {
  const list = command
    .command("list", "the budgets, as they were defined")
    .about("The budgets, as they were defined: by the configuration, by budget set or by a program.");
  runs(list, listBudgets);

  const status = command
    .command("status", "how much of each budget is spent")
    .about("How much of each budget is spent in its window of now, reserved, and left. The exit code is 0 whatever it is.")
    .argument("[name...]", "these budgets only");
  runs(status, budgetStatus);

  const check = command
    .command("check", "exit with 3 where a budget is spent")
    .about("Exits with 3 where a budget is spent, so that its next call is refused, moved or told of, or where its amount is passed.")
    .argument("[name...]", "these budgets only");
  runs(check, checkBudgets);

  defineSet(command.command("set", "define a budget, or change what is given of one"));
  defineRemove(command.command("remove", "remove budgets; what was spent stays in the book"));
  defineBacktest(command.command("backtest", "what a budget would have blocked, replayed over the book"));

  command.example(EXAMPLES);
  needsSubcommand(command);
}

/** The book; where there is none yet, a configuration with budgets makes it. */
async function budgetBook(context: CommandContext): Promise<Ledger | undefined> {
  const book = await context.readBook();
  if (book !== undefined) return book;
  return (await context.config()).config.budgets.length > 0 ? context.openBook() : undefined;
}

async function listBudgets(context: CommandContext): Promise<ExitCode> {
  let found = 0;
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const book = await budgetBook(context);
    try {
      const budgets = (await book?.budgets.list()) ?? [];
      found = budgets.length;
      return definitionsAnswer(budgets);
    } finally {
      await book?.close();
    }
  });
  if (found === 0) noteNoBudgets(context);
  return found > 0 ? EXIT.done : EXIT.nothingToReport;
}

async function budgetStatus(context: CommandContext, _options: object, names: string[]): Promise<ExitCode> {
  let found = 0;
  await context.answer(["table", "json", "jsonl", "csv", "md"], async () => {
    const { budgets, notes } = await standings(context, names);
    found = budgets.length + notes.length;
    return budgetsAnswer({ generatedAtMs: context.nowMs, budgets, notes });
  });
  if (found === 0) noteNoBudgets(context);
  return EXIT.done;
}

async function checkBudgets(context: CommandContext, _options: object, names: string[]): Promise<ExitCode> {
  let exceeded: string[] = [];
  await context.answer(["table", "json"], async () => {
    const { budgets, notes } = await standings(context, names);
    const over = budgets.filter((budget) => budget.exceeded);
    exceeded = over.map(budgetName);
    const answer = budgetsAnswer({ generatedAtMs: context.nowMs, budgets, extra: { exceeded } });
    const screen = budgetsAnswer({ generatedAtMs: context.nowMs, budgets: over }).screen;
    return {
      ...answer,
      screen: (style) =>
        over.length > 0 ? screen(style) : `${checkedText(new Set(budgets.map(({ name }) => name)).size + notes.length)}\n`,
    };
  });
  return exceeded.length > 0 ? EXIT.difference : EXIT.done;
}

function checkedText(budgets: number): string {
  if (budgets === 0) return "The book has no budgets.";
  return budgets === 1 ? "The budget is not exceeded." : `None of ${budgets} budgets is exceeded.`;
}

interface Standings {
  budgets: BudgetDocument[];
  /** About budgets that have no counter yet. */
  notes: string[];
}

async function standings(context: CommandContext, names: readonly string[]): Promise<Standings> {
  const book = await budgetBook(context);
  try {
    const known = ((await book?.budgets.list()) ?? []).map(({ definition }) => definition.name);
    const wanted = names.map((name) => knownBudget(name, known));
    const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
    const statuses: BudgetStatus[] = ((await book?.budgets.status()) ?? []).filter(({ name }) => isWanted(name));
    const counted = new Set(statuses.map(({ name }) => name));
    return {
      budgets: statuses.map((status) => budgetDocument(status, context.nowMs)),
      notes: known
        .filter((name) => isWanted(name) && !counted.has(name))
        .map((name) => `${name}: nothing is counted yet in its window of now.`),
    };
  } finally {
    await book?.close();
  }
}

function noteNoBudgets(context: CommandContext): void {
  context.note("The book has no budgets; tokenledger budget set makes one, or the configuration does.");
}
