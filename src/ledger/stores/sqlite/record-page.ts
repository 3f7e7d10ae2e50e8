/** One page of records, and where the next one begins: a walk along the index of times. */
import { type ColumnFilter, columnFilters } from "../../schema/column-filters.ts";
import { currentRow, type PlacedRecord, pageOf, placeOfRow, placeSql } from "../../schema/page-places.ts";
import { COLUMNS, decode, type RecordRow } from "../../schema/rows.ts";
import type { RecordPage, RecordPlace, TimeSpan, UsageFilter } from "../../store.ts";
import type { Desk } from "./desk.ts";
import { filterSql } from "./filters.ts";
import { requestSql } from "./request-filter.ts";

/** Rows that one look passes at most: who looks for little in much must not keep the event loop. */
const MOST_PASSED = 10_000;

/** May hold less than `limit` where there is a next one. To be called in one transaction. */
export function recordPage(
  desk: Desk,
  filter: UsageFilter & TimeSpan,
  { after, limit }: { after?: RecordPlace; limit: number },
): RecordPage {
  const { connection, dictionary, identities } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return { records: [] };
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const from = after ?? { timestampMs: span.startMs - 1, row: Number.MAX_SAFE_INTEGER };
  const sought = placeSql((row) => filterSql(filters, row), span) + requestSql(filter.requestId, identities, dictionary, connection);
  const stretch = `FROM usage_records WHERE time_ms >= ? AND (time_ms > ? OR row > ?) AND time_ms < ? ORDER BY time_ms, row`;
  const values = [from.timestampMs, from.timestampMs, from.row, span.endMs];
  const columns = COLUMNS.map((column) => `u.${column}`).join(", ");
  const candidates = connection
    .prepare(`SELECT ${columns} FROM (SELECT row AS place ${stretch} LIMIT ${MOST_PASSED}) s JOIN usage_records u ON u.row = s.place
      WHERE ${sought} ORDER BY u.time_ms, u.row LIMIT ?`)
    .all(...values, limit + 1) as unknown as RecordRow[];
  const page = pageOf(
    candidates.map((candidate) => placed(desk, candidate, filters, span)),
    limit,
  );
  if (page.next) return page;
  const last = connection.prepare(`SELECT time_ms, row ${stretch} LIMIT 1 OFFSET ${MOST_PASSED - 1}`).get(...values);
  return last === undefined ? page : { ...page, next: { timestampMs: Number(last.time_ms), row: Number(last.row) } };
}

function placed(
  { reader, dictionary }: Desk,
  candidate: RecordRow,
  filters: readonly ColumnFilter[],
  span: Required<TimeSpan>,
): PlacedRecord {
  const original = candidate.corrects === null ? candidate : (reader.row(candidate.corrects) as RecordRow);
  const current = currentRow(candidate, reader.corrections(original.row), filters, span);
  return { place: placeOfRow(candidate), record: current && decode(current, original, dictionary) };
}
