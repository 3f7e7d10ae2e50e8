/** What a budget's counters must hold, summed from the records by SQL. */
import { type BudgetWindow, bucketMsOf, windowOf } from "../../../budget/index.ts";
import { columnsOfScopes, type ScopeColumn } from "../../schema/budget-counting.ts";
import { type CountedAnew, countersOf, type SummedRecords } from "../../schema/counted-anew.ts";
import type { StoredBudget } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Row, Statement } from "./driver.ts";

/** The sums of all records from the budget's beginning on, or of those in a span that begins and ends with one of its windows. */
export function countedAnew(
  connection: Connection,
  dictionary: Dictionary,
  budget: StoredBudget,
  span: { startMs?: number; endMs?: number } = {},
): CountedAnew[] {
  const startMs = span.startMs ?? budget.countedFromMs;
  const endMs = span.endMs ?? Number.MAX_SAFE_INTEGER;
  return countersOf(budget, groupsOf(connection, budget, startMs, endMs), (id) => dictionary.entry(id));
}

function* groupsOf(connection: Connection, budget: StoredBudget, startMs: number, endMs: number): Generator<SummedRecords> {
  const columns = columnsOfScopes([budget]);
  const { windowMs } = budget.definition;
  if (windowMs !== undefined) {
    for (const row of sumsOf(connection, columns, bucketMsOf(windowMs)).all(startMs, endMs))
      yield groupOf(row, columns, Number(row.start_ms));
    return;
  }
  const sums = sumsOf(connection, columns, undefined);
  for (const window of windowsWithRecords(connection, budget, startMs, endMs)) {
    const rows = sums.all(Math.max(window.startMs, startMs), Math.min(window.endMs, endMs));
    for (const row of rows) yield groupOf(row, columns, window.startMs);
  }
}

function groupOf(row: Row, columns: readonly ScopeColumn[], startMs: number): SummedRecords {
  const ids = Object.fromEntries(columns.map((column) => [column, Number(row[column])]));
  return { ids, startMs, nanoUsd: row.nano_usd as bigint, tokens: row.tokens as bigint, requests: Number(row.requests) };
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
