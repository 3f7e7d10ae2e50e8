/** What a budget's counters must hold, summed from the records by SQL. */
import { type BudgetWindow, bucketMsOf, windowOf } from "../../../budget/index.ts";
import { columnsOfScopes } from "../../schema/budget-counting.ts";
import { type CountedAnew, countersOf, type SummedRecords } from "../../schema/counted-anew.ts";
import type { StoredBudget } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

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
  const groups = rows.map(
    (row): SummedRecords => ({
      ids: Object.fromEntries(columns.map((column) => [column, Number(row[column])])),
      startMs: Number(row.start_ms),
      nanoUsd: BigInt(row.nano_usd as number | bigint),
      tokens: BigInt(row.tokens as number | bigint),
      requests: Number(row.requests),
    }),
  );
  return countersOf(budget, groups, (id) => dictionary.entry(id));
}

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
