/**
 * Keeps the counters of budgets true to the records: told of every row that is written, it changes them in the same transaction,
 * and raises the alerts that follow.
 */
import {
  type BudgetDefinition,
  bucketMsOf,
  counterSpanOf,
  EACH_VALUE,
  EARLIER_BUCKETS,
  isSameName,
  windowOf,
} from "../../../budget/index.ts";
import { BudgetCounting, type CounterChange } from "../../schema/budget-counting.ts";
import { type ReservedCallParts, type Target, targetsAmong } from "../../schema/reservation-call.ts";
import { amountsHeld, asWritten } from "../../schema/reservation-content.ts";
import type { RecordRow } from "../../schema/rows.ts";
import type { StoredBudget } from "../../store.ts";
import { BudgetAlerts } from "./budget-alerts.ts";
import { BudgetTable, type Revisions } from "./budget-table.ts";
import { countedAnew } from "./counted-anew.ts";
import { CounterTable, type Moment, steadyAt } from "./counter-table.ts";
import type { Dictionary, Rename } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { raiseAlerts } from "./raising-alerts.ts";
import { type Hold, holdsIn, type ReservationRow, Reservations, reservationOf, scopeText } from "./reservations.ts";

/** A steady time that keeps no part of a sliding window in it. */
const NOT_LATELY = Number.MIN_SAFE_INTEGER;

/** Calls whose targets are remembered. */
const MOST_REMEMBERED = 10_000;

export class BudgetFollower {
  readonly table: BudgetTable;
  readonly counters: CounterTable;
  readonly alerts: BudgetAlerts;
  readonly reservations: Reservations;
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #moment: () => Moment;
  readonly #rowsWritten: () => void;
  readonly #counting: BudgetCounting;
  readonly #targets = new Map<string, readonly Target[]>();
  #known: Revisions | undefined;
  #budgets: readonly StoredBudget[] = [];
  /** When, on the steady clock, the calls were made whose records come next; undefined for what comes by import. */
  #madeSteadyMs: number | undefined;

  /** @param rowsWritten puts rows that wait for it into their table */
  constructor(connection: Connection, dictionary: Dictionary, moment: () => Moment, rowsWritten: () => void) {
    this.#connection = connection;
    this.#rowsWritten = rowsWritten;
    this.#dictionary = dictionary;
    this.#moment = moment;
    this.#counting = new BudgetCounting((id) => dictionary.entry(id));
    this.table = new BudgetTable(connection);
    this.counters = new CounterTable(connection);
    this.alerts = new BudgetAlerts(connection);
    this.reservations = new Reservations(connection);
  }

  /** As they were when the transaction began, and as this transaction has changed them. */
  get budgets(): readonly StoredBudget[] {
    return this.#budgets;
  }

  /** To be called when a transaction begins that may write. */
  begin(): void {
    this.counters.begin();
    this.refresh();
    const at = this.#moment();
    this.#cover(at);
    this.#dropPast(at);
  }

  /** To be called when any transaction begins: other processes may have changed budgets, or names. */
  refresh(): void {
    const revisions = this.table.revisions();
    if (revisions.names !== this.#known?.names) this.#dictionary.forget();
    if (revisions.names !== this.#known?.names || revisions.budgets !== this.#known.budgets) this.reload();
  }

  /** To be called when this transaction has changed budgets. */
  reload(): void {
    // Where they can't be read, they are not known: the next transaction must fail as well, and not go on without them.
    this.#known = undefined;
    this.#budgets = this.table.all().budgets;
    this.#known = this.table.revisions();
    this.#counting.use(this.#budgets);
    this.#targets.clear();
    this.alerts.forget();
  }

  /** To be called before the transaction is committed. */
  finish(): void {
    this.counters.finish();
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.counters.forget();
    this.#known = undefined;
    this.#madeSteadyMs = undefined;
    this.#counting.forget();
    this.#targets.clear();
    this.alerts.forget();
  }

  /** Until the next {@link flush}, records are those of a call whose reservation was made then. */
  madeAt(steadyMs: number): void {
    this.#madeSteadyMs = steadyMs;
  }

  add(row: RecordRow): void {
    if (!this.#counting.isIdle) this.#counting.add(row);
  }

  /** Changes the counters by what was gathered. */
  flush(): void {
    const renames = this.#dictionary.takeRenames();
    if (this.#counting.isIdle) return;
    const recounted = renames.length === 0 ? [] : this.#budgets.filter((budget) => renames.some((rename) => concerns(budget, rename)));
    const at = this.#moment();
    for (const change of this.#counting.take()) if (!recounted.includes(change.budget)) this.#apply(change, at);
    this.#madeSteadyMs = undefined;
    if (renames.length > 0) this.reload();
    for (const { id } of recounted) this.recount(this.#budgets.find((budget) => budget.id === id) as StoredBudget);
  }

  #apply(change: CounterChange, at: Moment): void {
    const { budget, value, startMs, endMs, usedNanoUsd, usedTokens, requests, isNew } = change;
    const added = { nanoUsd: usedNanoUsd, tokens: usedTokens };
    // A correction makes nothing younger than it is.
    const steadyMs = isNew ? (this.#madeSteadyMs ?? steadyAt(endMs, at)) : NOT_LATELY;
    const used = this.counters.addUsed(budget, value, startMs, steadyMs, added, requests);
    if (usedNanoUsd > 0n || usedTokens > 0n) raiseAlerts(this.alerts, this.counters, { budget, value, startMs, endMs }, used, at);
  }

  /** Which counters a call changes. */
  targetsOf(request: ReservedCallParts): readonly Target[] {
    if (this.#budgets.length === 0) return [];
    // Lengths tell where each ends, whatever is in them.
    const { provider, model } = request;
    const key = `${provider.length} ${model.length} ${provider}${model}${scopeText(request.scope)}`;
    let targets = this.#targets.get(key);
    if (!targets) {
      targets = this.#targetsAmong(this.#budgets, request);
      if (this.#targets.size >= MOST_REMEMBERED) this.#targets.clear();
      this.#targets.set(key, targets);
    }
    return targets;
  }

  /** The budgets that count a call. */
  countingOf(request: ReservedCallParts): BudgetDefinition[] {
    const budgets = new Set(this.targetsOf(request).map(({ budget }) => budget));
    return [...budgets].map(({ definition }) => definition);
  }

  #targetsAmong(budgets: readonly StoredBudget[], call: ReservedCallParts): Target[] {
    return targetsAmong(budgets, call, (kind, key) => this.#dictionary.find(kind, key));
  }

  /** Counts a budget's records and reservations anew; from an earlier time on if asked to. */
  recount(budget: StoredBudget, countedFromMs: number = budget.countedFromMs): void {
    this.#rowsWritten();
    const at = this.#moment();
    const recounted = { ...budget, countedFromMs };
    const memories = this.counters.memories(budget);
    this.counters.clear(budget.id);
    for (const { value, startMs, nanoUsd, tokens, requests } of countedAnew(this.#connection, this.#dictionary, recounted)) {
      const memory = memories.get(`${startMs} ${value}`);
      const { endMs } = counterSpanOf(startMs, budget.definition);
      // How long ago something later than now happened, only a wall clock that moves on can tell.
      const steadyMs = memory?.steadyMs ?? (startMs > at.wallMs ? NOT_LATELY : steadyAt(endMs, at));
      this.counters.addUsed(budget, value, startMs, steadyMs, { nanoUsd, tokens }, requests);
      if (memory && memory.overageNanoUsd > 0n) this.counters.remember(budget, value, startMs, memory.overageNanoUsd);
    }
    for (const row of this.reservations.open()) this.#holdAnew(recounted, row);
    if (countedFromMs !== budget.countedFromMs) {
      this.table.change(recounted);
      this.reload();
    }
    this.raiseNow(recounted);
  }

  /** What is used already may be news to a budget that is new, or has another amount; not so what windows used that are over. */
  raiseNow(budget: StoredBudget): void {
    const at = this.#moment();
    const { startMs } = windowOf(at.wallMs, budget.definition);
    for (const { value, startMs: spanStartMs, used } of this.counters.usedSince(budget, startMs)) {
      const { endMs } = counterSpanOf(spanStartMs, budget.definition);
      raiseAlerts(this.alerts, this.counters, { budget, value, startMs: spanStartMs, endMs }, used, at);
    }
  }

  /** Where a counter holds a reservation; nowhere in a time that the budget doesn't count. */
  holdOf(budget: StoredBudget, value: string, { reserved_ms: reservedMs }: ReservationRow): Hold[] {
    const { startMs } = counterSpanOf(reservedMs, budget.definition);
    return startMs < budget.countedFromMs ? [] : [[budget.id, value, startMs]];
  }

  /** Of a budget's counters, those that count a reserved call. */
  valuesOf(budget: StoredBudget, row: ReservationRow): string[] {
    return this.#targetsAmong([budget], { ...reservationOf(row), canonicalModel: asWritten }).map(({ value }) => value);
  }

  #holdAnew(budget: StoredBudget, row: ReservationRow): void {
    const holds = this.valuesOf(budget, row).flatMap((value) => this.holdOf(budget, value, row));
    const held = amountsHeld(reservationOf(row).estimate);
    for (const [id, value, startMs] of holds) this.counters.hold(id, value, startMs, row.reserved_steady_ms, held);
    const others = holdsIn(row).filter(([id]) => id !== budget.id);
    this.reservations.put({ ...row, holds: JSON.stringify([...others, ...holds]) });
  }

  /** A clock that was put back may stand in a window that nobody has counted. */
  #cover(at: Moment): void {
    for (const budget of this.#budgets) {
      const { startMs } = windowOf(at.wallMs, budget.definition);
      if (startMs < budget.countedFromMs) this.recount(budget, startMs);
    }
  }

  /** Parts of sliding windows that can't count any more are dropped when there are as many of them as of those that count. */
  #dropPast(at: Moment): void {
    for (const budget of this.#budgets) {
      const { windowMs } = budget.definition;
      if (windowMs === undefined) continue;
      const lengthMs = EARLIER_BUCKETS * bucketMsOf(windowMs);
      const keptFromMs = windowOf(at.wallMs, budget.definition).startMs - lengthMs;
      if (budget.countedFromMs >= keptFromMs - lengthMs || !this.counters.dropBefore(budget, keptFromMs, at)) continue;
      this.table.change({ ...budget, countedFromMs: keptFromMs });
      this.reload();
    }
  }
}

/** Whether a budget may count other records since a name is another: names matter where its scope says one, or each. */
function concerns({ definition: { scope } }: StoredBudget, { kind, before, after }: Rename): boolean {
  const wanted = scope[kind];
  return wanted !== undefined && (wanted === EACH_VALUE || isSameName(wanted, before) || isSameName(wanted, after));
}
