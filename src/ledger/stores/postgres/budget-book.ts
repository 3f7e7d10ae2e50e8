/** What this process knows of the book's budgets, and what time it is there. Whoever relies on it is told when it has become old. */
import type { BudgetDefinition } from "../../../budget/index.ts";
import type { Clock } from "../../../clock.ts";
import { DatabaseError } from "../../../errors.ts";
import { nameUuid } from "../../../usage/index.ts";
import { BudgetCounting } from "../../schema/budget-counting.ts";
import { modelKey } from "../../schema/dictionary-entry.ts";
import { type ReservedCallParts, type Target, targetsAmong } from "../../schema/reservation-call.ts";
import { DICTIONARY_COLUMNS, type RecordRow } from "../../schema/rows.ts";
import type { StoredBudget, StoredBudgets } from "../../store.ts";
import type { BookParts } from "./book-parts.ts";
import { readBudgets } from "./budget-table.ts";
import type { BookConnection } from "./connection.ts";
import { type CounterPlace, compareTargets } from "./counter-items.ts";
import type { Dictionary, Wanted } from "./dictionary.ts";
import { loadNames } from "./record-reader.ts";
import type { Transaction } from "./transaction.ts";

/** Calls whose targets are remembered. */
const MOST_REMEMBERED = 10_000;

/** For so long budgets that another process has changed may go unnoticed by who only asks which ones count a call. */
const KNOWN_MS = 1000;

/** Each try is after another process's change of names. */
const MOST_TRIES = 100;

/** With the revision of the names by which they counted. */
type SeenBudgets = StoredBudgets & { namesRevision: number };

export class BudgetBook {
  readonly #clock: Clock;
  readonly #connection: BookConnection;
  readonly #dictionary: Dictionary;
  readonly #counting: BudgetCounting;
  readonly #targets = new Map<string, readonly Target[]>();
  #current: SeenBudgets | undefined;
  #seenMs = Number.NEGATIVE_INFINITY;
  /** By how much the database's clock is ahead of this process's steady one. */
  #aheadMs: number | undefined;

  constructor({ connection, dictionary, clock }: BookParts) {
    this.#clock = clock;
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#counting = new BudgetCounting((id) => dictionary.entry(id));
  }

  /** As they were last seen. */
  async current(): Promise<SeenBudgets> {
    return this.#current ?? (await this.reload());
  }

  /** As a transaction sees them, for which this revision holds. It must not wait for a second connection: all may be in use by its like. */
  async at(revision: number, transaction: Transaction): Promise<StoredBudgets> {
    return this.#current?.revision === revision ? this.#current : this.#load(transaction);
  }

  reload(): Promise<SeenBudgets> {
    return this.#connection.read((transaction) => this.#load(transaction));
  }

  /** What the transaction has changed itself must not be among them: all others believe it from here on. */
  async #load(transaction: Transaction): Promise<SeenBudgets> {
    const current = await readBudgets(transaction);
    this.#dictionary.begin(current);
    this.#counting.use(current.budgets);
    this.#targets.clear();
    this.#current = current;
    this.confirmed();
    return current;
  }

  /** To be called when a transaction has changed budgets. */
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

  /** Whether the names of a row are known as they were when the budgets were last seen. */
  knows(row: RecordRow): boolean {
    return this.#current !== undefined && this.#dictionary.isCurrent(this.#current.namesRevision, idsOf(row));
  }

  /** Sees the budgets and a row's names anew. */
  learn(row: RecordRow): Promise<void> {
    return this.#connection.read(async (transaction) => {
      await this.#load(transaction);
      await loadNames(transaction, this.#dictionary, [row]);
    });
  }

  /** Which counters count a row of records. To be called where it {@link knows} the row. */
  placesOf(row: RecordRow): CounterPlace[] {
    if (this.#counting.isIdle) return [];
    this.#counting.add(row);
    return this.#counting.take();
  }

  /** The budgets that count a call. Asked before every call, it asks the database at most once a second. */
  async counting(call: ReservedCallParts): Promise<readonly BudgetDefinition[]> {
    if (this.#clock.monotonic() - this.#seenMs >= KNOWN_MS) await this.reload();
    const budgets = new Set((await this.targetsOf(call)).map(({ budget }) => budget));
    return [...budgets].map(({ definition }) => definition);
  }

  /** To be called when the database has confirmed that the budgets are as they were last seen. */
  confirmed(): void {
    this.#seenMs = this.#clock.monotonic();
  }

  /** Which counters a call changes, in the order of locking. */
  async targetsOf(call: ReservedCallParts): Promise<readonly Target[]> {
    const key = JSON.stringify([call.provider, call.model, call.scope]);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const { budgets, namesRevision } = await this.current();
      if (budgets.length === 0) return [];
      const remembered = this.#targets.get(key);
      if (remembered) return remembered;
      const names = namesOf(call);
      if (this.#dictionary.isCurrent(namesRevision, this.#dictionary.idsAmong(names))) {
        const targets = this.targetsAmong(budgets, call);
        if (this.#targets.size >= MOST_REMEMBERED) this.#targets.clear();
        this.#targets.set(key, targets);
        return targets;
      }
      await this.#dictionary.make(names);
      if (!this.#dictionary.isCurrent(namesRevision, [])) await this.reload();
    }
    throw new DatabaseError("The names by which budgets count changed again and again; try again later.");
  }

  /** To be called after {@link makeKnown}. */
  targetsAmong(budgets: readonly StoredBudget[], call: ReservedCallParts): Target[] {
    return targetsAmong(budgets, call, (kind, key) => this.#dictionary.find(kind, key)).sort(compareTargets);
  }

  /** Makes a call's names known as a transaction sees them. */
  async makeKnown(transaction: Transaction, call: ReservedCallParts): Promise<void> {
    const names = namesOf(call);
    await this.#dictionary.loadKeys(transaction, names);
    const missing = names.filter(({ kind, key }) => this.#dictionary.find(kind, key) === undefined);
    if (missing.length > 0) await this.#dictionary.make(missing);
  }
}

/** The names that decide which budgets count a call: the record will bear them, too. */
function namesOf({ provider, model, scope, canonicalModel }: ReservedCallParts): Wanted[] {
  const names: Wanted[] = [{ kind: "model", key: modelKey(provider, model), name: canonicalModel(provider, model) }];
  for (const kind of ["org", "team", "user", "project"] as const) {
    const id = scope[`${kind}Id`];
    const name = scope[kind];
    if (id !== undefined) names.push({ kind, key: id, name: id });
    else if (name !== undefined) names.push({ kind, key: nameUuid(kind, name), name });
  }
  return names;
}

function idsOf(row: RecordRow): number[] {
  return DICTIONARY_COLUMNS.map((column) => row[column]);
}
