/** What a budget's counters must hold, summed from the records by SQL. */
import { type BudgetWindow, bucketMsOf, valuesCounted, windowOf } from "../../../budget/index.ts";
import { callOf, columnsOfScopes } from "../../schema/budget-counting.ts";
import type { StoredBudget } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

export interface CountedAnew {
  value: string;
  startMs: number;
  nanoUsd: bigint;
  tokens: bigint;
  requests: number;
}

const NO_SCOPE = { org: 0, team: 0, user: 0, project: 0, key: 0, tags: 0, model: 0 };
/** So many windows are summed by one statement. */
const WINDOWS_AT_ONCE = 400;

const SUMS = `sum(coalesce(reported_cost_nano_usd, computed_cost_nano_usd, 0)) AS nano_usd,
  sum(coalesce(input_tokens, 0)) + sum(coalesce(output_tokens, 0)) AS tokens, sum(requests) AS requests`;

/** The sums of all records from the budget's beginning on, or of those in a span that begins and ends with one of its windows. */
export async function countedAnew(
  transaction: Transaction,
  dictionary: Dictionary,
  budget: StoredBudget,
  span: { startMs?: number; endMs?: number } = {},
): Promise<CountedAnew[]> {
  const startMs = span.startMs ?? budget.countedFromMs;
  const endMs = span.endMs ?? Number.MAX_SAFE_INTEGER;
  const columns = columnsOfScopes([budget]);
  const rows = await sumsOf(transaction, budget, columns, startMs, endMs);
  await dictionary.load(
    transaction,
    rows.flatMap((row) => columns.map((column) => Number(row[column]))),
  );
  const counted = new Map<string, CountedAnew>();
  for (const row of rows) {
    const ids = Object.fromEntries(columns.map((column) => [column, Number(row[column])]));
    // A scope that says nothing of models needs no model to be looked at.
    const values = columns.length === 0 ? [""] : valuesOf(budget, { ...NO_SCOPE, ...ids }, dictionary);
    for (const value of values) {
      const rowStartMs = Number(row.start_ms);
      const key = `${rowStartMs} ${value}`;
      const sums = counted.get(key) ?? { value, startMs: rowStartMs, nanoUsd: 0n, tokens: 0n, requests: 0 };
      sums.nanoUsd += BigInt(row.nano_usd as bigint);
      sums.tokens += BigInt(row.tokens as bigint);
      sums.requests += Number(row.requests);
      counted.set(key, sums);
    }
  }
  return [...counted.values()];
}

function valuesOf({ definition: { scope } }: StoredBudget, ids: typeof NO_SCOPE, dictionary: Dictionary): readonly string[] {
  return valuesCounted(
    scope,
    callOf(ids, (id) => (id === 0 ? NO_MODEL : dictionary.entry(id))),
  );
}

const NO_MODEL = { id: 0, kind: 0, key: '["",""]', name: null };

async function sumsOf(
  transaction: Transaction,
  { definition }: StoredBudget,
  columns: readonly string[],
  startMs: number,
  endMs: number,
): Promise<Row[]> {
  const select = (start: string): string => {
    const keys = [`${start} AS start_ms`, ...columns.map((column) => `"${column}"`)];
    return `SELECT ${keys.join(", ")}, ${SUMS} FROM usage_records WHERE time_ms >= $1 AND time_ms < $2 GROUP BY ${keys.map((_, i) => i + 1).join(", ")}`;
  };
  if (definition.windowMs !== undefined) {
    const bucketMs = bucketMsOf(definition.windowMs);
    return transaction.query(select(`time_ms / ${bucketMs} * ${bucketMs}`), [startMs, endMs]);
  }
  const rows: Row[] = [];
  for (let fromMs = startMs; ; ) {
    const [found] = await transaction.query(
      "SELECT min(time_ms) AS first, max(time_ms) AS last FROM usage_records WHERE time_ms >= $1 AND time_ms < $2",
      [fromMs, endMs],
    );
    if (found?.first == null) return rows;
    const windows = windowsBetween(Number(found.first), Number(found.last), definition);
    const last = windows.at(-1) as BudgetWindow;
    const starts = arrayOf(windows.map((window) => window.startMs));
    const start = "($3::bigint[])[width_bucket(time_ms, $3::bigint[])]";
    rows.push(...(await transaction.query(select(start), [fromMs, Math.min(last.endMs, endMs), starts])));
    fromMs = last.endMs;
  }
}

function windowsBetween(firstMs: number, lastMs: number, definition: StoredBudget["definition"]): BudgetWindow[] {
  const windows = [windowOf(firstMs, definition)];
  for (;;) {
    const { endMs } = windows.at(-1) as BudgetWindow;
    if (endMs > lastMs || windows.length === WINDOWS_AT_ONCE) return windows;
    windows.push(windowOf(endMs, definition));
  }
}
