/** What this process knows of the book's budgets, and what time it is there. Whoever relies on it is told when it has become old. */
import type { Clock } from "../../../clock.ts";
import { nameUuid } from "../../../usage/index.ts";
import { BudgetCounting } from "../../schema/budget-counting.ts";
import { modelKey } from "../../schema/dictionary-entry.ts";
import { type ReservedCallParts, type Target, targetsAmong } from "../../schema/reservation-call.ts";
import type { RecordRow } from "../../schema/rows.ts";
import type { StoredBudget, StoredBudgets } from "../../store.ts";
import type { BookParts } from "./book-parts.ts";
import { readBudgets } from "./budget-table.ts";
import type { BookConnection } from "./connection.ts";
import { type CounterPlace, compareTargets } from "./counter-items.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Transaction } from "./transaction.ts";

/** Calls whose targets are remembered. */
const MOST_REMEMBERED = 10_000;

export class BudgetBook {
  readonly #clock: Clock;
  readonly #connection: BookConnection;
  readonly #dictionary: Dictionary;
  readonly #counting: BudgetCounting;
  readonly #targets = new Map<string, readonly Target[]>();
  #current: StoredBudgets | undefined;
  /** By how much the database's clock is ahead of this process's steady one. */
  #aheadMs: number | undefined;

  constructor({ connection, dictionary, clock }: BookParts) {
    this.#clock = clock;
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#counting = new BudgetCounting((id) => dictionary.entry(id));
  }

  /** As they were last seen. */
  async current(): Promise<StoredBudgets> {
    return this.#current ?? (await this.reload());
  }

  /** As a transaction sees them, for which this revision holds. It must not wait for a second connection: all may be in use by its like. */
  async at(revision: number, transaction: Transaction): Promise<StoredBudgets> {
    return this.#current?.revision === revision ? this.#current : this.load(transaction);
  }

  reload(): Promise<StoredBudgets> {
    return this.#connection.read((transaction) => this.load(transaction));
  }

  /** As a transaction sees them. */
  async load(transaction: Transaction): Promise<StoredBudgets> {
    const { namesRevision, ...current } = await readBudgets(transaction);
    this.#dictionary.begin({ namesRevision });
    this.#counting.use(current.budgets);
    this.#targets.clear();
    this.#current = current;
    return current;
  }

  /** To be called when a transaction that has changed budgets is undone, or is to be seen by others. */
  forget(): void {
    this.#current = undefined;
    this.#targets.clear();
  }

  /** The database's clock, as far as it is known; only the database itself decides by it. */
  get nowMs(): number {
    return Math.floor(this.#aheadMs === undefined ? this.#clock.now() : this.#clock.monotonic() + this.#aheadMs);
  }

  learnNow(databaseMs: number): void {
    this.#aheadMs = databaseMs - this.#clock.monotonic();
  }

  /** Which counters count a row of records, whose names must be known. */
  placesOf(row: RecordRow): CounterPlace[] {
    if (this.#counting.isIdle) return [];
    this.#counting.add(row);
    return this.#counting.take();
  }

  /** Which counters a call changes, in the order of locking. */
  async targetsOf(call: ReservedCallParts): Promise<readonly Target[]> {
    const { budgets } = await this.current();
    if (budgets.length === 0) return [];
    const key = JSON.stringify([call.provider, call.model, call.scope]);
    let targets = this.#targets.get(key);
    if (!targets) {
      await this.makeKnown(call);
      targets = this.targetsAmong((await this.current()).budgets, call);
      if (this.#targets.size >= MOST_REMEMBERED) this.#targets.clear();
      this.#targets.set(key, targets);
    }
    return targets;
  }

  /** To be called after {@link makeKnown}. */
  targetsAmong(budgets: readonly StoredBudget[], call: ReservedCallParts): Target[] {
    return targetsAmong(budgets, call, (kind, key) => this.#dictionary.find(kind, key)).sort(compareTargets);
  }

  /** Names of the dictionary decide which budgets count a call: the record will bear those, too. */
  async makeKnown({ provider, model, scope, canonicalModel }: ReservedCallParts): Promise<void> {
    const wanted: Parameters<Dictionary["make"]>[0][number][] = [
      { kind: "model", key: modelKey(provider, model), name: canonicalModel(provider, model) },
    ];
    for (const kind of ["org", "team", "user", "project"] as const) {
      const id = scope[`${kind}Id`];
      const name = scope[kind];
      if (id !== undefined) wanted.push({ kind, key: id, name: id });
      else if (name !== undefined) wanted.push({ kind, key: nameUuid(kind, name), name });
    }
    const missing = wanted.filter(({ kind, key }) => this.#dictionary.find(kind, key) === undefined);
    if (missing.length > 0) await this.#dictionary.make(missing);
  }
}
