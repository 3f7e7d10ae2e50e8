/** The rows of `budget_counters`: what each budget has used and holds, for each value and span of time. */
import { type BudgetWindow, bucketMsOf, EARLIER_BUCKETS, type MoneyAndTokens, windowOf } from "../../../budget/index.ts";
import type { BudgetBucket, BudgetState, StoredBudget } from "../../store.ts";
import { type Counter, CounterCache } from "./counter-cache.ts";
import type { Connection, Row } from "./driver.ts";
import { Statements } from "./statements.ts";

/** The same moment on both clocks. */
export interface Moment {
  wallMs: number;
  /** Never steps, the same in all processes of the machine, starts anew when the machine does. */
  steadyMs: number;
}

const SUMS = ["used_nano_usd", "reserved_nano_usd", "used_tokens", "reserved_tokens", "requests", "overage_nano_usd"] as const;

/**
 * A part of a sliding window has left it when both clocks say so: a wall clock that is put forward frees nothing, and what lies
 * later than now, on a clock that was put back, counts on.
 */
const IN_SLIDING_WINDOW = "(start_ms >= ? OR (steady_ms > ? AND steady_ms <= ?))";

const STATE = `SELECT ${SUMS.join(", ")} FROM budget_counters WHERE budget = ? AND value = ? AND start_ms = ?`;
const SLIDING_STATE = `SELECT ${SUMS.map((sum) => `sum(${sum}) AS ${sum}`).join(", ")}
  FROM budget_counters WHERE budget = ? AND value = ? AND ${IN_SLIDING_WINDOW}`;
const BUCKETS = `SELECT start_ms, used_nano_usd + reserved_nano_usd AS nano_usd, used_tokens + reserved_tokens AS tokens
  FROM budget_counters WHERE budget = ? AND value = ? AND ${IN_SLIDING_WINDOW} ORDER BY start_ms`;
const BETWEEN = "start_ms >= ? AND start_ms < ?";
const STATE_BETWEEN = SLIDING_STATE.replace(IN_SLIDING_WINDOW, BETWEEN);
const BUCKETS_BETWEEN = BUCKETS.replace(IN_SLIDING_WINDOW, BETWEEN);
const VALUES_BETWEEN = `SELECT DISTINCT value FROM budget_counters WHERE budget = ? AND ${BETWEEN} ORDER BY value`;
const VALUES = "SELECT value FROM budget_counters WHERE budget = ? AND start_ms = ? ORDER BY value";
const SLIDING_VALUES = `SELECT DISTINCT value FROM budget_counters WHERE budget = ? AND ${IN_SLIDING_WINDOW} ORDER BY value`;

export class CounterTable {
  readonly #prepared: Statements;
  readonly #cache: CounterCache;
  #isWriting = false;

  constructor(connection: Connection) {
    this.#prepared = new Statements(connection);
    this.#cache = new CounterCache(connection);
  }

  /** To be called when a transaction begins that may write. */
  begin(): void {
    this.#cache.forget();
    this.#isWriting = true;
  }

  /** To be called before a transaction that may have written is committed. */
  finish(): void {
    this.#cache.flush();
    this.#isWriting = false;
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.#cache.forget();
    this.#isWriting = false;
  }

  /** The table by SQL, with everything in it that was changed. */
  get #statements(): Statements {
    this.#cache.flush();
    return this.#prepared;
  }

  /** For a change by SQL: what was read before is none any more. */
  get #changing(): Statements {
    this.#cache.flush();
    this.#cache.forget();
    return this.#prepared;
  }

  /** How a counter stands in the window of a moment. */
  state(budget: StoredBudget, value: string, at: Moment): BudgetState {
    const window = windowOf(at.wallMs, budget.definition);
    if (this.#isWriting && budget.definition.windowMs === undefined) {
      return stateIn(budget, value, window, this.#cache.get(budget.id, value, window.startMs));
    }
    const row =
      budget.definition.windowMs === undefined
        ? this.#statements.bigint(STATE).get(budget.id, value, window.startMs)
        : this.#statements.bigint(SLIDING_STATE).get(budget.id, value, ...slidingBounds(budget, window, at));
    return stateOf(budget, value, window, row);
  }

  /** Whether what a part of a sliding window holds still counts. */
  counts(budget: StoredBudget, value: string, startMs: number, at: Moment): boolean {
    if (budget.definition.windowMs === undefined) return true;
    const [fromMs, steadyFrom, steadyTo] = slidingBounds(budget, windowOf(at.wallMs, budget.definition), at);
    const { steadyMs } = this.#cache.get(budget.id, value, startMs);
    return startMs >= fromMs || (steadyMs > steadyFrom && steadyMs <= steadyTo);
  }

  /** With a sliding window's parts. */
  stateWithBuckets(budget: StoredBudget, value: string, at: Moment): BudgetState {
    const state = this.state(budget, value, at);
    if (budget.definition.windowMs === undefined) return state;
    const rows = this.#statements.bigint(BUCKETS).all(budget.id, value, ...slidingBounds(budget, state.window, at));
    return { ...state, buckets: rows.map(bucketOf) };
  }

  /** The values that have a counter in the window of a moment. */
  values(budget: StoredBudget, at: Moment): string[] {
    const window = windowOf(at.wallMs, budget.definition);
    const rows =
      budget.definition.windowMs === undefined
        ? this.#statements.of(VALUES).all(budget.id, window.startMs)
        : this.#statements.of(SLIDING_VALUES).all(budget.id, ...slidingBounds(budget, window, at));
    return rows.map((row) => String(row.value));
  }

  /** Of a stretch of time, whatever the time is now. */
  stateBetween(budget: StoredBudget, value: string, window: BudgetWindow): BudgetState {
    const row = this.#statements.bigint(STATE_BETWEEN).get(budget.id, value, window.startMs, window.endMs);
    const state = stateOf(budget, value, window, row);
    if (budget.definition.windowMs === undefined) return state;
    return {
      ...state,
      buckets: this.#statements.bigint(BUCKETS_BETWEEN).all(budget.id, value, window.startMs, window.endMs).map(bucketOf),
    };
  }

  valuesBetween(budget: StoredBudget, { startMs, endMs }: BudgetWindow): string[] {
    return this.#statements
      .of(VALUES_BETWEEN)
      .all(budget.id, startMs, endMs)
      .map((row) => String(row.value));
  }

  /** What the counters of a span, and of later ones, have used. */
  usedSince(budget: StoredBudget, startMs: number): { value: string; startMs: number; used: MoneyAndTokens }[] {
    const sql =
      "SELECT value, start_ms, used_nano_usd, used_tokens FROM budget_counters WHERE budget = ? AND start_ms >= ? ORDER BY value, start_ms";
    return this.#statements
      .bigint(sql)
      .all(budget.id, startMs)
      .map((row) => ({
        value: String(row.value),
        startMs: Number(row.start_ms),
        used: { nanoUsd: row.used_nano_usd as bigint, tokens: row.used_tokens as bigint },
      }));
  }

  /** Adds to what is used; answers what then is, in this counter. */
  addUsed(budget: StoredBudget, value: string, startMs: number, steadyMs: number, used: MoneyAndTokens, requests: number): MoneyAndTokens {
    const counter = this.#cache.get(budget.id, value, startMs);
    counter.usedNanoUsd += used.nanoUsd;
    counter.usedTokens += used.tokens;
    counter.requests += requests;
    counter.steadyMs = Math.max(counter.steadyMs, steadyMs);
    this.#cache.change(counter);
    return { nanoUsd: counter.usedNanoUsd, tokens: counter.usedTokens };
  }

  hold(budgetId: number, value: string, startMs: number, steadyMs: number, held: MoneyAndTokens): void {
    const counter = this.#cache.get(budgetId, value, startMs);
    counter.reservedNanoUsd += held.nanoUsd;
    counter.reservedTokens += held.tokens;
    counter.steadyMs = Math.max(counter.steadyMs, steadyMs);
    this.#cache.change(counter);
  }

  /** Another hold for the same reservation. @param by what is added to it */
  changeHold(budgetId: number, value: string, startMs: number, by: MoneyAndTokens): void {
    const counter = this.#cache.get(budgetId, value, startMs);
    if (!counter.isThere && !counter.isChanged) return;
    counter.reservedNanoUsd += by.nanoUsd;
    counter.reservedTokens += by.tokens;
    this.#cache.change(counter);
  }

  /** Gives back what was held, and notes by how much the call passed it. */
  giveBack(budgetId: number, value: string, startMs: number, { nanoUsd, tokens }: MoneyAndTokens, overageNanoUsd: bigint): void {
    const counter = this.#cache.get(budgetId, value, startMs);
    if (!counter.isThere && !counter.isChanged) return;
    counter.reservedNanoUsd -= nanoUsd;
    counter.reservedTokens -= tokens;
    counter.overageNanoUsd += overageNanoUsd;
    this.#cache.change(counter);
  }

  /** What can't be counted anew, by start and value. */
  memories(budget: StoredBudget): Map<string, { overageNanoUsd: bigint; steadyMs: number }> {
    const rows = this.#statements
      .bigint("SELECT value, start_ms, overage_nano_usd, steady_ms FROM budget_counters WHERE budget = ?")
      .all(budget.id);
    return new Map(
      rows.map((row) => [
        `${row.start_ms} ${row.value}`,
        { overageNanoUsd: row.overage_nano_usd as bigint, steadyMs: Number(row.steady_ms) },
      ]),
    );
  }

  remember(budget: StoredBudget, value: string, startMs: number, overageNanoUsd: bigint): void {
    this.#changing
      .of("UPDATE budget_counters SET overage_nano_usd = ? WHERE budget = ? AND value = ? AND start_ms = ?")
      .run(overageNanoUsd, budget.id, value, startMs);
  }

  clear(budgetId: number): void {
    this.#changing.of("DELETE FROM budget_counters WHERE budget = ?").run(budgetId);
  }

  /** Drops the parts of a sliding window that begin before an instant, unless one of them still counts; answers whether they are gone. */
  dropBefore(budget: StoredBudget, beforeMs: number, at: Moment): boolean {
    const spanMs = EARLIER_BUCKETS * bucketMsOf(budget.definition.windowMs as number);
    const counting = this.#statements
      .of("SELECT 1 AS one FROM budget_counters WHERE budget = ? AND start_ms < ? AND steady_ms > ? AND steady_ms <= ? LIMIT 1")
      .get(budget.id, beforeMs, at.steadyMs - spanMs, at.steadyMs);
    if (counting) return false;
    this.#changing.of("DELETE FROM budget_counters WHERE budget = ? AND start_ms < ?").run(budget.id, beforeMs);
    return true;
  }
}

/** When, on the steady clock, something of that instant happened: what lies in the past by the wall clock lies there by this one too. */
export function steadyAt(endMs: number, at: Moment): number {
  return at.steadyMs - Math.max(0, at.wallMs - endMs);
}

function slidingBounds(budget: StoredBudget, window: BudgetWindow, at: Moment): [startMs: number, steadyFrom: number, steadyTo: number] {
  const spanMs = EARLIER_BUCKETS * bucketMsOf(budget.definition.windowMs as number);
  return [window.startMs, at.steadyMs - spanMs, at.steadyMs];
}

function stateIn(budget: StoredBudget, value: string, window: BudgetWindow, counter: Counter): BudgetState {
  const { usedNanoUsd, reservedNanoUsd, usedTokens, reservedTokens, requests, overageNanoUsd } = counter;
  return { budget, value, window, usedNanoUsd, reservedNanoUsd, usedTokens, reservedTokens, requests, overageNanoUsd };
}

function stateOf(budget: StoredBudget, value: string, window: BudgetWindow, row: Row | undefined): BudgetState {
  return {
    budget,
    value,
    window,
    usedNanoUsd: bigintOf(row?.used_nano_usd),
    reservedNanoUsd: bigintOf(row?.reserved_nano_usd),
    usedTokens: bigintOf(row?.used_tokens),
    reservedTokens: bigintOf(row?.reserved_tokens),
    requests: Number(row?.requests ?? 0),
    overageNanoUsd: bigintOf(row?.overage_nano_usd),
  };
}

function bigintOf(sum: unknown): bigint {
  return (sum as bigint | null | undefined) ?? 0n;
}

function bucketOf(row: Row): BudgetBucket {
  return { startMs: Number(row.start_ms), nanoUsd: row.nano_usd as bigint, tokens: row.tokens as bigint };
}
