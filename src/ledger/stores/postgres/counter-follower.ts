/** Keeps the counters of budgets true to the records: told of every row that is written, it changes them in the same transaction. */
import { SCOPE_KEYS } from "../../../budget/index.ts";
import { BudgetCounting, columnsOfScopes } from "../../schema/budget-counting.ts";
import type { DictionaryEntry } from "../../schema/dictionary-entry.ts";
import type { RecordRow } from "../../schema/rows.ts";
import { KINDS, type Kind } from "../../schema.ts";
import type { StoredBudget } from "../../store.ts";
import type { BudgetBook } from "./budget-book.ts";
import { recount } from "./budget-recount.ts";
import { readBudgets } from "./budget-table.ts";
import { placeArrays, tellItems } from "./counter-items.ts";
import type { Dictionary } from "./dictionary.ts";
import type { RowFollower } from "./posting.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

/** Makes a transaction begin anew, and the next one have budgets for itself: a lock that is shared already can't become one's own safely. */
class MustBeAlone extends Error {
  readonly code = "40001";
}

export class CounterFollowers {
  readonly #book: BudgetBook;
  readonly #dictionary: Dictionary;
  #nextIsAlone = false;

  constructor(book: BudgetBook, dictionary: Dictionary) {
    this.#book = book;
    this.#dictionary = dictionary;
  }

  async follow(transaction: Transaction): Promise<RowFollower> {
    const isAlone = this.#nextIsAlone;
    this.#nextIsAlone = false;
    const [row] = await transaction.query("SELECT begin_counting($1) AS revision", [isAlone]);
    const { budgets } = await this.#book.at(Number(row?.revision), transaction);
    const mustBeAlone = (): void => {
      if (isAlone) return;
      this.#nextIsAlone = true;
      throw new MustBeAlone("names by which budgets count have changed");
    };
    return new CounterFollower(transaction, this.#book, this.#dictionary, budgets, mustBeAlone);
  }
}

class CounterFollower implements RowFollower {
  readonly #transaction: Transaction;
  readonly #book: BudgetBook;
  readonly #dictionary: Dictionary;
  readonly #mustBeAlone: () => void;
  #budgets: readonly StoredBudget[];
  #rows: RecordRow[] = [];
  #recounted = new Set<number>();

  constructor(
    transaction: Transaction,
    book: BudgetBook,
    dictionary: Dictionary,
    budgets: readonly StoredBudget[],
    mustBeAlone: () => void,
  ) {
    this.#transaction = transaction;
    this.#book = book;
    this.#dictionary = dictionary;
    this.#budgets = budgets;
    this.#mustBeAlone = mustBeAlone;
  }

  async renamed(entries: readonly DictionaryEntry[]): Promise<void> {
    const concerned = this.#budgets.filter((budget) => entries.some(({ kind }) => countsBy(budget, kind)));
    if (concerned.length === 0) return;
    this.#mustBeAlone();
    for (const { id } of concerned) this.#recounted.add(id);
    // Rows without changes have no flush: what is to be counted anew is counted at once, and again where rows follow.
    await this.#recount();
  }

  add(row: RecordRow): void {
    if (this.#budgets.length > 0) this.#rows.push(row);
  }

  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length === 0) return;
    if (this.#recounted.size > 0) await this.#recount();
    const counting = new BudgetCounting((id) => this.#dictionary.entry(id));
    const budgets = this.#budgets.filter(({ id }) => !this.#recounted.has(id));
    counting.use(budgets);
    await this.#dictionary.load(this.#transaction, idsOf(rows, budgets));
    for (const row of rows) counting.add(row);
    const changes = counting.take();
    if (changes.length === 0) return;
    await this.#transaction.run("SELECT count_used($1, $2, $3, $4, $5, $6)", [
      ...placeArrays(changes),
      arrayOf(changes.map(({ usedNanoUsd }) => usedNanoUsd)),
      arrayOf(changes.map(({ usedTokens }) => usedTokens)),
      arrayOf(changes.map(({ requests }) => requests)),
    ]);
    const { arrays, isEmpty } = tellItems(
      changes.filter(({ usedNanoUsd, usedTokens }) => usedNanoUsd > 0n || usedTokens > 0n),
      this.#book.nowMs,
    );
    if (!isEmpty) await this.#transaction.run("SELECT tell($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", arrays);
  }

  async #recount(): Promise<void> {
    this.#budgets = (await readBudgets(this.#transaction)).budgets;
    for (const budget of this.#budgets) {
      if (this.#recounted.has(budget.id)) await recount(this.#transaction, this.#book, this.#dictionary, budget);
    }
  }
}

function countsBy({ definition: { scope } }: StoredBudget, kind: number): boolean {
  return SCOPE_KEYS.some((key) => scope[key] !== undefined && KINDS[key as Kind] === kind);
}

function idsOf(rows: readonly RecordRow[], budgets: readonly StoredBudget[]): Set<number> {
  const columns = new Set([...columnsOfScopes(budgets), "model" as const]);
  const ids = new Set<number>();
  for (const row of rows) for (const column of columns) ids.add(row[column]);
  return ids;
}
