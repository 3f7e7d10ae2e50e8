/** Records by time, as columns, batch by batch, as they stand after their corrections: all of one snapshot. */
import {
  BATCH_ROWS,
  CORRECTION_COLUMNS,
  originalOf,
  SCANNED_COLUMNS,
  type ScannedRow,
  scannedColumns,
} from "../../schema/scanned-columns.ts";
import { scannedNames } from "../../schema/scanned-names.ts";
import type { RecordColumns, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { arrayOf, givenText, type Transaction } from "./transaction.ts";

const METADATA = SCANNED_COLUMNS.indexOf("metadata");
/** Columns whose numbers have names; those of sessions are never asked for. */
const NAMED = (["model", "circumstances", "org", "team", "user", "project", "key"] as const).map((column) =>
  SCANNED_COLUMNS.indexOf(column),
);

const quoted = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(", ");

export async function* recordScan(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
): AsyncGenerator<RecordColumns> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const conditions = filterSql(filters) + (await requestSql(transaction, dictionary, filter.requestId));
  const names = scannedNames((id) => dictionary.entry(id));
  const endMs = filter.endMs ?? Number.MAX_SAFE_INTEGER;
  let timeMs = (filter.startMs ?? 0) - 1;
  let row = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const rows = (await transaction.arrays(
      `SELECT ${quoted(SCANNED_COLUMNS)} FROM usage_records WHERE requests = 1 AND time_ms >= ${timeMs} AND time_ms < ${endMs}
         AND (time_ms, "row") > (${timeMs}, ${row})${conditions} ORDER BY time_ms, "row" LIMIT ${BATCH_ROWS}`,
    )) as (number | string | null)[][];
    if (rows.length === 0) return;
    for (const scanned of rows) {
      const text = scanned[METADATA];
      if (typeof text === "string") scanned[METADATA] = givenText(text);
    }
    await loadNames(transaction, dictionary, rows);
    const corrections = (await transaction.arrays(
      `SELECT ${quoted(CORRECTION_COLUMNS)} FROM usage_records WHERE corrects = ANY($1::bigint[])`,
      [arrayOf(rows.map(originalOf))],
    )) as unknown as ScannedRow[];
    yield scannedColumns(rows, corrections, names);
    if (rows.length < BATCH_ROWS) return;
    [row, , timeMs] = rows.at(-1) as [number, unknown, number];
  }
}

function loadNames(transaction: Transaction, dictionary: Dictionary, rows: readonly ScannedRow[]): Promise<void> {
  const ids = new Set<number>();
  for (const row of rows) for (const place of NAMED) ids.add(row[place] as number);
  return dictionary.load(transaction, ids);
}
