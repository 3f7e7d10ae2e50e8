/**
 * Counters as a transaction has changed them so far: many calls of one group change the same few, which are read and written once for
 * all of them.
 */
import type { Connection, Row } from "./driver.ts";
import { Statements } from "./statements.ts";

/** One row of `budget_counters`. */
export interface Counter {
  readonly budgetId: number;
  readonly value: string;
  readonly startMs: number;
  usedNanoUsd: bigint;
  reservedNanoUsd: bigint;
  usedTokens: bigint;
  reservedTokens: bigint;
  requests: number;
  overageNanoUsd: bigint;
  steadyMs: number;
  isThere: boolean;
  isChanged: boolean;
}

const FIGURES = "used_nano_usd, reserved_nano_usd, used_tokens, reserved_tokens, requests, overage_nano_usd, steady_ms";
const FIND = `SELECT ${FIGURES} FROM budget_counters WHERE budget = ? AND value = ? AND start_ms = ?`;
const PUT = `INSERT OR REPLACE INTO budget_counters (budget, value, start_ms, ${FIGURES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class CounterCache {
  readonly #statements: Statements;
  readonly #counters = new Map<number, Map<string, Map<number, Counter>>>();
  #changed: Counter[] = [];

  constructor(connection: Connection) {
    this.#statements = new Statements(connection);
  }

  /** The counter; one that is not in the table counts nothing, and is older than everything. */
  get(budgetId: number, value: string, startMs: number): Counter {
    const spans = innerMap(innerMap(this.#counters, budgetId), value);
    let counter = spans.get(startMs);
    if (!counter) {
      counter = counterOf(budgetId, value, startMs, this.#statements.bigint(FIND).get(budgetId, value, startMs));
      spans.set(startMs, counter);
    }
    return counter;
  }

  /** To be called when a counter was changed. */
  change(counter: Counter): void {
    if (counter.isChanged) return;
    counter.isChanged = true;
    this.#changed.push(counter);
  }

  /** Writes what was changed. */
  flush(): void {
    if (this.#changed.length === 0) return;
    const put = this.#statements.of(PUT);
    for (const counter of this.#changed) {
      const { budgetId, value, startMs, usedNanoUsd, reservedNanoUsd, usedTokens, reservedTokens } = counter;
      const { requests, overageNanoUsd, steadyMs } = counter;
      put.run(
        budgetId,
        value,
        startMs,
        usedNanoUsd,
        reservedNanoUsd,
        usedTokens,
        reservedTokens,
        BigInt(requests),
        overageNanoUsd,
        BigInt(steadyMs),
      );
      counter.isChanged = false;
      counter.isThere = true;
    }
    this.#changed = [];
  }

  /** To be called when a transaction begins or is undone, or the table was changed by other means. */
  forget(): void {
    this.#counters.clear();
    this.#changed = [];
  }
}

function innerMap<Outer, Key, Value>(maps: Map<Outer, Map<Key, Value>>, key: Outer): Map<Key, Value> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function counterOf(budgetId: number, value: string, startMs: number, row: Row | undefined): Counter {
  return {
    budgetId,
    value,
    startMs,
    usedNanoUsd: (row?.used_nano_usd ?? 0n) as bigint,
    reservedNanoUsd: (row?.reserved_nano_usd ?? 0n) as bigint,
    usedTokens: (row?.used_tokens ?? 0n) as bigint,
    reservedTokens: (row?.reserved_tokens ?? 0n) as bigint,
    requests: Number(row?.requests ?? 0),
    overageNanoUsd: (row?.overage_nano_usd ?? 0n) as bigint,
    steadyMs: row === undefined ? Number.MIN_SAFE_INTEGER : Number(row.steady_ms),
    isThere: row !== undefined,
    isChanged: false,
  };
}
