/** The configuration's budgets and prices, in the book: whoever opens it, with the configuration or without, is held to them. */
import { isDeepStrictEqual } from "node:util";
import type { LoadedConfig } from "../config/index.ts";
import type { Ledger } from "../ledger/index.ts";

type Book = Pick<Ledger, "budgets" | "prices">;

/** Writes what differs. Budgets that the file no longer names go. */
export async function writeConfig(book: Book, loaded: LoadedConfig): Promise<void> {
  if (!(await hasBudgets(book, loaded))) await book.budgets.replace(loaded.config.budgets, originOf(loaded));
  if (!(await hasPrices(book, loaded))) await book.prices.put(loaded.config.prices, "config");
}

/** Whether the book has all that the configuration says, and no budget that it said once. */
export async function isWritten(book: Book, loaded: LoadedConfig): Promise<boolean> {
  return (await hasBudgets(book, loaded)) && (await hasPrices(book, loaded));
}

async function hasBudgets(book: Book, loaded: LoadedConfig): Promise<boolean> {
  const origin = originOf(loaded);
  const there = (await book.budgets.list()).filter((budget) => budget.origin === origin);
  const { budgets } = loaded.config;
  if (there.length !== budgets.length) return false;
  const byName = new Map(there.map(({ definition }) => [definition.name, definition]));
  return budgets.every((budget) => isDeepStrictEqual(byName.get(budget.name), budget));
}

/** The newest prices go first, so the configuration's must be the newest. */
async function hasPrices(book: Book, { config: { prices } }: LoadedConfig): Promise<boolean> {
  if (prices.length === 0) return true;
  const newest = (await book.prices.list()).slice(0, prices.length);
  return JSON.stringify(newest) === JSON.stringify(prices);
}

function originOf({ path }: LoadedConfig): string {
  return `config:${path}`;
}
