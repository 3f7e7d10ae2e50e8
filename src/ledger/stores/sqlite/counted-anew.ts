/** What a budget's counters must hold, summed from the records by SQL. */
import { type BudgetWindow, bucketMsOf, valuesCounted, windowOf } from "../../../budget/index.ts";
import { callOf, columnsOfScopes, type ScopeColumn } from "../../schema/budget-counting.ts";
import type { StoredBudget } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Row, Statement } from "./driver.ts";

export interface CountedAnew {
  value: string;
  startMs: number;
  nanoUsd: bigint;
  tokens: bigint;
  requests: number;
}

const NO_SCOPE = { org: 0, team: 0, user: 0, project: 0, key: 0, tags: 0, model: 0 };

/** The sums of all records from the budget's beginning on, or of those in a span that begins and ends with one of its windows. */
export function countedAnew(
  connection: Connection,
  dictionary: Dictionary,
  budget: StoredBudget,
  span: { startMs?: number; endMs?: number } = {},
): CountedAnew[] {
  const startMs = span.startMs ?? budget.countedFromMs;
  const endMs = span.endMs ?? Number.MAX_SAFE_INTEGER;
  const columns = columnsOfScopes([budget]);
  const counted = new Map<string, CountedAnew>();
  const add = (row: Row, rowStartMs: number): void => {
    const ids = Object.fromEntries(columns.map((column) => [column, Number(row[column])]));
    const call = callOf({ ...NO_SCOPE, ...ids }, (id) => dictionary.entry(id));
    for (const value of valuesCounted(budget.definition.scope, call)) {
      const key = `${rowStartMs} ${value}`;
      const sums = counted.get(key) ?? { value, startMs: rowStartMs, nanoUsd: 0n, tokens: 0n, requests: 0 };
      sums.nanoUsd += row.nano_usd as bigint;
      sums.tokens += row.tokens as bigint;
      sums.requests += Number(row.requests);
      counted.set(key, sums);
    }
  };
  const { windowMs } = budget.definition;
  if (windowMs === undefined) {
    const sums = sumsOf(connection, columns, undefined);
    for (const window of windowsWithRecords(connection, budget, startMs, endMs)) {
      for (const row of sums.all(Math.max(window.startMs, startMs), Math.min(window.endMs, endMs))) add(row, window.startMs);
    }
  } else {
    for (const row of sumsOf(connection, columns, bucketMsOf(windowMs)).all(startMs, endMs)) add(row, Number(row.start_ms));
  }
  return [...counted.values()];
}

/** @param bucketMs where sums are also cut by time, into `start_ms` */
function sumsOf(connection: Connection, columns: readonly ScopeColumn[], bucketMs: number | undefined): Statement {
  const start = bucketMs === undefined ? [] : [`time_ms / ${bucketMs} * ${bucketMs} AS start_ms`];
  const keys = [...start, ...columns];
  const groupBy = keys.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${keys.map((_, i) => i + 1).join(", ")}`;
  const sums = [
    "sum(coalesce(reported_cost_nano_usd, computed_cost_nano_usd, 0)) AS nano_usd",
    "sum(coalesce(input_tokens, 0)) + sum(coalesce(output_tokens, 0)) AS tokens",
    "sum(requests) AS requests",
  ];
  return connection.prepare(`SELECT ${[...keys, ...sums].join(", ")} FROM usage_records WHERE time_ms >= ? AND time_ms < ? ${groupBy}`, {
    bigint: true,
  });
}

function* windowsWithRecords(connection: Connection, budget: StoredBudget, startMs: number, endMs: number): Generator<BudgetWindow> {
  const first = connection.prepare("SELECT min(time_ms) AS first FROM usage_records WHERE time_ms >= ? AND time_ms < ?");
  for (let fromMs = startMs; ; ) {
    const timeMs = first.get(fromMs, endMs)?.first;
    if (timeMs == null) return;
    const window = windowOf(Number(timeMs), budget.definition);
    yield window;
    fromMs = window.endMs;
  }
}
