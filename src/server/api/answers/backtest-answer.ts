/** What a budget of the book would have done to the calls that are in it, as it is or with another amount. */
import { type BudgetDefinition, triedBudget, triedScope } from "../../../budget/index.ts";
import { askedPeriod, backtest, limitNanoUsdIn, triedDefinition } from "../../../insights/index.ts";
import type { DefinedBudget } from "../../../ledger/index.ts";
import { inQuery, knownBudget, periodWords, type Question, timeZoneOf, wordOf } from "./question-words.ts";
import type { AskedBook } from "./reached-book.ts";

export async function backtestOf(book: AskedBook, question: Question): Promise<object> {
  const { nowMs } = question;
  const amount = wordOf(question, "amount_usd");
  const amountNanoUsd = amount === undefined ? undefined : limitNanoUsdIn(amount, "amount_usd");
  const periodIn = askedPeriod(periodWords(question), nowMs, timeZoneOf(question), inQuery);
  const known = await definitionOf(book, (wordOf(question, "budget") ?? "").normalize("NFC"));
  const definition = amountNanoUsd === undefined ? known : { ...known, amountNanoUsd };
  const { startMs, endMs } = await periodIn(book);
  return backtest(book, {
    budget: triedBudget(definition),
    definition: triedDefinition(definition),
    startMs,
    endMs,
    nowMs,
    filter: triedScope(definition),
  });
}

async function definitionOf({ budgets }: AskedBook, asked: string): Promise<BudgetDefinition> {
  const all = await budgets.list();
  const name = await knownBudget({ budgets: { list: async () => all } }, asked);
  return (all.find(({ definition }) => definition.name === name) as DefinedBudget).definition;
}
