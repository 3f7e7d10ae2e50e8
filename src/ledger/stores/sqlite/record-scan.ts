/** Records by time, as columns, batch by batch, as they stand after their corrections. */
import { columnFilters } from "../../schema/column-filters.ts";
import {
  BATCH_ROWS,
  CORRECTION_COLUMNS,
  type ColumnLists,
  type CorrectionLists,
  NAMED_COLUMNS,
  SCANNED_COLUMNS,
  type ScannedColumn,
  ScannedColumns,
  type ScannedLists,
} from "../../schema/scanned-columns.ts";
import { scannedNames } from "../../schema/scanned-names.ts";
import type { RecordColumns, TimeSpan, UsageFilter } from "../../store.ts";
import type { Desk } from "./desk.ts";
import type { Row, SqlValue, Statement } from "./driver.ts";
import { filterSql } from "./filters.ts";
import { requestSql } from "./request-filter.ts";
import { Statements } from "./statements.ts";

/** In the order of time. */
const SAME_TIME = "AND time_ms = ? AND row > ? ORDER BY row LIMIT ?";
const LATER_TIMES = "AND time_ms > ? AND time_ms < ? ORDER BY time_ms, row LIMIT ?";

/** No statement stays open between batches, so others may write meanwhile; rows added after the first batch are left out. */
export function* recordScan(desk: Desk, filter: UsageFilter & TimeSpan): Generator<RecordColumns> {
  const { connection, dictionary, identities } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const lastRow = Number(connection.prepare("SELECT max(row) AS row FROM usage_records").get()?.row ?? 0);
  const request = requestSql(filter.requestId, identities, dictionary, connection);
  // The plus keeps numbers of rows from being taken for the way to go.
  const rows = new RowLists(desk, `requests = 1 AND +row <= ${lastRow}${filterSql(filters)}${request}`);
  const corrections = new Corrections(desk, lastRow);
  const names = scannedNames((id) => desk.guarded(() => dictionary.entry(id)));
  const endMs = filter.endMs ?? Number.MAX_SAFE_INTEGER;
  let last = { row: lastRow, timeMs: (filter.startMs ?? 0) - 1 };
  for (;;) {
    const sameTime = last.row < lastRow ? rows.read(SAME_TIME, [last.timeMs, last.row, BATCH_ROWS]) : { length: 0, lists: {} };
    const left = BATCH_ROWS - sameTime.length;
    const parts = left === 0 ? [sameTime] : [sameTime, rows.read(LATER_TIMES, [last.timeMs, endMs, left])];
    if (parts.every(({ length }) => length === 0)) return;
    const columns = new ScannedColumns(parts, names);
    last = columns.last;
    columns.correct(corrections.of(columns));
    yield columns.finish();
  }
}

/**
 * Reads lists of columns. Of most columns, most books tell nothing: those are only looked at all together, until one of them tells
 * something; from then on it is read.
 */
class RowLists {
  readonly #statements: Statements;
  readonly #condition: string;
  readonly #told = new Set<ScannedColumn>(["row", "time_ms", "model"]);

  constructor({ connection }: Desk, condition: string) {
    this.#statements = new Statements(connection);
    this.#condition = condition;
  }

  read(stretch: string, values: readonly SqlValue[]): ScannedLists {
    for (;;) {
      const told = SCANNED_COLUMNS.filter((column) => this.#told.has(column));
      const untold = SCANNED_COLUMNS.filter((column) => !this.#told.has(column));
      const lists = told.map((column) => `${listSql(column)} AS ${column}`);
      const telling = `count(coalesce(NULL, NULL${untold.map((column) => `, ${toldSql(column)}`).join("")})) AS telling`;
      const found = this.#get([...lists, telling], stretch, values);
      if (found.telling === 0) return listsIn(found, told);
      const counts = this.#get(
        untold.map((column) => `count(${toldSql(column)}) AS ${column}`),
        stretch,
        values,
      );
      for (const column of untold) if (counts[column] !== 0) this.#told.add(column);
    }
  }

  #get(sums: readonly string[], stretch: string, values: readonly SqlValue[]): Row {
    const sql = `SELECT count(*) AS length, ${sums.join(", ")}
      FROM (SELECT ${SCANNED_COLUMNS.join(", ")} FROM usage_records WHERE ${this.#condition} ${stretch})`;
    return this.#statements.of(sql).get(...values) as Row;
  }
}

/** Reads the corrections of the records of a batch. */
class Corrections {
  readonly #lastCorrected: number;
  readonly #select: Statement;

  constructor({ connection }: Desk, lastRow: number) {
    const last = connection.prepare("SELECT max(corrects) AS row FROM usage_records WHERE corrects IS NOT NULL").get();
    this.#lastCorrected = Number(last?.row ?? 0);
    this.#select = connection.prepare(
      `SELECT count(*) AS length, ${CORRECTION_COLUMNS.map((column) => `${listSql(column)} AS ${column}`).join(", ")}
       FROM usage_records WHERE corrects IN (SELECT value FROM json_each(?)) AND +row <= ${lastRow}`,
    );
  }

  of({ row }: RecordColumns): CorrectionLists {
    const rows = row.filter((one) => one <= this.#lastCorrected);
    if (rows.length === 0) return { length: 0, lists: {} };
    return listsIn(this.#select.get(`[${rows.join()}]`) as Row, CORRECTION_COLUMNS);
  }
}

function listSql(column: string): string {
  return `CAST(json_group_array(${column}) AS BLOB)`;
}

/** NULL where a column tells nothing. */
function toldSql(column: ScannedColumn): string {
  return (NAMED_COLUMNS as readonly string[]).includes(column) ? `nullif(${column}, 0)` : column;
}

function listsIn<Column extends string>(row: Row, columns: readonly Column[]): ColumnLists<Column> {
  const lists: Partial<Record<Column, Uint8Array>> = {};
  for (const column of columns) lists[column] = row[column] as Uint8Array;
  return { length: Number(row.length), lists };
}
