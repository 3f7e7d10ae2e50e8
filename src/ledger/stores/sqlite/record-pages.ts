/** Records by time, page by page, as they stand after their corrections. */

import { columnFilters } from "../../schema/column-filters.ts";
import { fold } from "../../schema/corrections.ts";
import { COLUMNS, decode, type RecordRow } from "../../schema/rows.ts";
import type { StoredRecord, TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { filterSql } from "./filters.ts";
import type { Identities } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";
import { requestSql } from "./request-filter.ts";

const PAGE_ROWS = 1000;

/**
 * No statement stays open between pages, so the caller may write meanwhile; rows added after the first page are left out.
 */
export function* recordPages(
  connection: Connection,
  dictionary: Dictionary,
  identities: Identities,
  reader: RecordReader,
  filter: UsageFilter & TimeSpan,
): Generator<StoredRecord[]> {
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return;
  const lastRow = Number(connection.prepare("SELECT max(row) AS row FROM usage_records").get()?.row ?? 0);
  const select = `SELECT ${COLUMNS.join(", ")} FROM usage_records
    WHERE requests = 1 AND row <= ${lastRow}${filterSql(filters)}${requestSql(filter.requestId, identities, dictionary, connection)}`;
  const sameTime = connection.prepare(`${select} AND time_ms = ? AND row > ? ORDER BY row LIMIT ${PAGE_ROWS}`);
  const laterTimes = connection.prepare(`${select} AND time_ms > ? AND time_ms < ? ORDER BY time_ms, row LIMIT ${PAGE_ROWS}`);
  const endMs = filter.endMs ?? Number.MAX_SAFE_INTEGER;
  let timeMs = (filter.startMs ?? 0) - 1;
  let row = lastRow;
  for (;;) {
    let rows = row < lastRow ? sameTime.all(timeMs, row) : [];
    if (rows.length === 0) rows = laterTimes.all(timeMs, endMs);
    if (rows.length === 0) return;
    const candidates = rows as unknown as RecordRow[];
    ({ time_ms: timeMs, row } = candidates.at(-1) as RecordRow);
    yield candidates.flatMap((candidate) => currentRecord(candidate, reader, lastRow, dictionary) ?? []);
  }
}

/** The record that a row began, or put down anew; undefined if a later correction took that back. */
function currentRecord(candidate: RecordRow, reader: RecordReader, lastRow: number, dictionary: Dictionary): StoredRecord | undefined {
  const original = candidate.corrects === null ? candidate : (reader.row(candidate.corrects) as RecordRow);
  const later = reader.corrections(original.row).filter(({ row }) => row > candidate.row && row <= lastRow);
  if (later.some(({ requests }) => requests === -1)) return undefined;
  return decode(fold([candidate, ...later]), original, dictionary);
}
