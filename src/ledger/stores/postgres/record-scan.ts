/** Records by time, as columns, batch by batch, as they stand after their corrections: all of one snapshot. */
import {
  BATCH_ROWS,
  CORRECTION_COLUMNS,
  type ColumnLists,
  type CorrectionLists,
  SCANNED_COLUMNS,
  ScannedColumns,
} from "../../schema/scanned-columns.ts";
import { scannedNames } from "../../schema/scanned-names.ts";
import type { RecordColumns, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { givenText, type Transaction } from "./transaction.ts";
import { walkByTime } from "./walk-by-time.ts";

export async function* recordScan(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
): AsyncGenerator<RecordColumns> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const conditions = filterSql(filters) + (await requestSql(transaction, dictionary, filter.requestId));
  await walkByTime(transaction);
  const lastCorrected = await lastCorrectedRow(transaction);
  const names = scannedNames((id) => dictionary.entry(id));
  const endMs = filter.endMs ?? Number.MAX_SAFE_INTEGER;
  let last = { row: Number.MAX_SAFE_INTEGER, timeMs: (filter.startMs ?? 0) - 1 };
  for (;;) {
    const rows = await readLists(
      transaction,
      SCANNED_COLUMNS,
      `usage_records WHERE requests = 1 AND time_ms >= ${last.timeMs} AND time_ms < ${endMs}
         AND (time_ms, "row") > (${last.timeMs}, ${last.row})${conditions} ORDER BY time_ms, "row" LIMIT ${BATCH_ROWS}`,
    );
    if (rows.length === 0) return;
    const columns = new ScannedColumns([rows], names, givenText);
    last = columns.last;
    await loadNames(transaction, dictionary, columns);
    const originals = columns.row.filter((original) => original <= lastCorrected);
    if (originals.length > 0) columns.correct(await readCorrections(transaction, originals));
    yield columns.finish();
    if (rows.length < BATCH_ROWS) return;
  }
}

/** The row of the last record that has a correction; 0 where none has one, as in most books. */
async function lastCorrectedRow(transaction: Transaction): Promise<number> {
  const [last] = await transaction.query("SELECT max(corrects) AS corrected FROM usage_records WHERE corrects IS NOT NULL");
  return Number(last?.corrected ?? 0);
}

function readCorrections(transaction: Transaction, originals: Float64Array): Promise<CorrectionLists> {
  return readLists(transaction, CORRECTION_COLUMNS, "usage_records WHERE corrects = ANY($1::bigint[])", [`{${originals.join()}}`]);
}

async function readLists<Column extends string>(
  transaction: Transaction,
  columns: readonly Column[],
  from: string,
  values: readonly string[] = [],
): Promise<ColumnLists<Column>> {
  const lists = columns.map((column) => `CASE WHEN count("${column}") > 0 THEN array_to_json(array_agg("${column}")) END AS "${column}"`);
  const selected = columns.map((column) => `"${column}"`).join(", ");
  const [row] = await transaction.query(`SELECT count(*) AS length, ${lists.join(", ")} FROM (SELECT ${selected} FROM ${from}) r`, values);
  const found: ColumnLists<Column> = { length: Number(row?.length), lists: {} };
  for (const column of columns) {
    const list = row?.[column];
    if (typeof list === "string") found.lists[column] = Buffer.from(list);
  }
  return found;
}

function loadNames(transaction: Transaction, dictionary: Dictionary, columns: ScannedColumns): Promise<void> {
  const { model, terms, org, team, user, project, key } = columns;
  const ids = new Set<number>();
  for (const column of [model, terms, org, team, user, project, key]) for (const id of column) ids.add(id);
  return dictionary.load(transaction, ids);
}
