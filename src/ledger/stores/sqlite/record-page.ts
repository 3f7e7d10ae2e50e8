/** One page of records, and where the next one begins: a walk along the index of times. */
import { type ColumnFilter, columnFilters } from "../../schema/column-filters.ts";
import { currentRow, familySql, type PlacedRecord, pageOf, placeOfRow, placeSql, REQUEST_OF_ROW } from "../../schema/page-places.ts";
import { COLUMNS, decode, packId, type RecordRow } from "../../schema/rows.ts";
import type { RecordPage, RecordPlace, TimeSpan, UsageFilter } from "../../store.ts";
import type { Desk } from "./desk.ts";
import type { Row, SqlValue } from "./driver.ts";
import { filterSql } from "./filters.ts";
import { requestRows, requestSql } from "./request-filter.ts";

/** Rows that one look passes at most: who looks for little in much must not keep the event loop. */
const MOST_PASSED = 10_000;

const COLUMNS_OF_ROW = COLUMNS.map((column) => `u.${column}`).join(", ");

interface Walk {
  from: RecordPlace;
  span: Required<TimeSpan>;
  filters: readonly ColumnFilter[];
  /** At most so many places. */
  most: number;
}

/** May hold less than `limit` where there is a next one. To be called in one transaction. */
export function recordPage(
  desk: Desk,
  filter: UsageFilter & TimeSpan,
  { after, limit }: { after?: RecordPlace; limit: number },
): RecordPage {
  const { dictionary, identities, connection } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return { records: [] };
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const walk = { from: after ?? { timestampMs: span.startMs - 1, row: Number.MAX_SAFE_INTEGER }, span, filters, most: limit + 1 };
  const { requestId } = filter;
  if (requestId === undefined || requestId === null) {
    return stretchPage(desk, walk, { condition: requestSql(requestId, identities, dictionary, connection), values: [] });
  }
  const texts = typeof requestId === "string" ? [requestId] : requestId;
  const rows = requestRows(texts, filters, desk);
  if (rows !== undefined) return pageAmong(desk, walk, rows);
  const condition = ` AND ${REQUEST_OF_ROW} IN (${texts.map(() => "?").join(", ")})`;
  return stretchPage(desk, walk, { condition, values: texts.map(packId) });
}

/** A page of the records that begin with these rows. */
function pageAmong(desk: Desk, walk: Walk, rows: readonly number[]): RecordPage {
  const { from, span, filters, most } = walk;
  const candidates = desk.connection
    .prepare(`SELECT ${COLUMNS_OF_ROW} FROM usage_records u WHERE ${familySql(rows)} AND ${placeSql((row) => filterSql(filters, row), span)}
      AND (u.time_ms, u.row) > (?, ?) AND u.time_ms < ? ORDER BY u.time_ms, u.row LIMIT ?`)
    .all(from.timestampMs, from.row, span.endMs, most);
  return pageOf(placedAmong(desk, candidates, walk), most - 1);
}

/** What a stretch of the walk passes of a page. */
function stretchPage(desk: Desk, walk: Walk, request: { condition: string; values: readonly SqlValue[] }): RecordPage {
  const { from, span, filters, most } = walk;
  const stretch = "FROM usage_records WHERE time_ms >= ? AND (time_ms > ? OR row > ?) AND time_ms < ? ORDER BY time_ms, row";
  const values = [from.timestampMs, from.timestampMs, from.row, span.endMs];
  const candidates = desk.connection
    .prepare(`SELECT ${COLUMNS_OF_ROW} FROM (SELECT row AS place ${stretch} LIMIT ${MOST_PASSED}) s JOIN usage_records u ON u.row = s.place
      WHERE ${placeSql((row) => filterSql(filters, row), span)}${request.condition} ORDER BY u.time_ms, u.row LIMIT ?`)
    .all(...values, ...request.values, most);
  const page = pageOf(placedAmong(desk, candidates, walk), most - 1);
  if (page.next) return page;
  const last = desk.connection.prepare(`SELECT time_ms, row ${stretch} LIMIT 1 OFFSET ${MOST_PASSED - 1}`).get(...values);
  return last === undefined ? page : { ...page, next: { timestampMs: Number(last.time_ms), row: Number(last.row) } };
}

function placedAmong({ reader, dictionary }: Desk, candidates: readonly Row[], { filters, span }: Walk): PlacedRecord[] {
  return (candidates as unknown as RecordRow[]).map((candidate) => {
    const original = candidate.corrects === null ? candidate : (reader.row(candidate.corrects) as RecordRow);
    const current = currentRow(candidate, reader.corrections(original.row), filters, span);
    return { place: placeOfRow(candidate), record: current && decode(current, original, dictionary) };
  });
}
