/** Records by time, as columns, batch by batch, as they stand after their corrections. */
import { columnFilters } from "../../schema/column-filters.ts";
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
import type { Desk } from "./desk.ts";
import { filterSql } from "./filters.ts";
import { requestSql } from "./request-filter.ts";

/** No statement stays open between batches, so others may write meanwhile; rows added after the first batch are left out. */
export function* recordScan(desk: Desk, filter: UsageFilter & TimeSpan): Generator<RecordColumns> {
  const { connection, dictionary, identities } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const { row: lastRow, corrected } = connection
    .prepare(
      `SELECT coalesce(max(row), 0) AS row, (SELECT max(corrects) FROM usage_records WHERE corrects IS NOT NULL) AS corrected FROM usage_records`,
    )
    .get() as { row: number; corrected: number | null };
  const request = requestSql(filter.requestId, identities, dictionary, connection);
  // The plus keeps the numbers of rows from being taken for the way to go: that is the order of time.
  const select = `SELECT ${SCANNED_COLUMNS.join(", ")} FROM usage_records
    WHERE requests = 1 AND +row <= ${lastRow}${filterSql(filters)}${request}`;
  const sameTime = connection.prepare(`${select} AND time_ms = ? AND row > ? ORDER BY row LIMIT ?`);
  const laterTimes = connection.prepare(`${select} AND time_ms > ? AND time_ms < ? ORDER BY time_ms, row LIMIT ?`);
  const corrections = connection.prepare(
    `SELECT ${CORRECTION_COLUMNS.join(", ")} FROM usage_records WHERE corrects IN (SELECT value FROM json_each(?)) AND +row <= ${lastRow}`,
  );
  const names = scannedNames((id) => desk.guarded(() => dictionary.entry(id)));
  const endMs = filter.endMs ?? Number.MAX_SAFE_INTEGER;
  let timeMs = (filter.startMs ?? 0) - 1;
  let row = lastRow;
  for (;;) {
    const rows = row < lastRow ? (sameTime.arrays(timeMs, row, BATCH_ROWS) as ScannedRow[]) : [];
    if (rows.length < BATCH_ROWS) {
      const later = laterTimes.arrays(timeMs, endMs, BATCH_ROWS - rows.length) as ScannedRow[];
      if (rows.length === 0) rows.push(...later);
      else for (const one of later) rows.push(one);
    }
    if (rows.length === 0) return;
    [row, , timeMs] = rows.at(-1) as unknown as [number, unknown, number];
    const originals = corrected === null ? [] : rows.map(originalOf).filter((original) => original <= corrected);
    const changes = originals.length === 0 ? [] : (corrections.arrays(JSON.stringify(originals)) as ScannedRow[]);
    yield scannedColumns(rows, changes, names);
  }
}
