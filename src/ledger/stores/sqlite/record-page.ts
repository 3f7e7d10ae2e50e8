/** One page of records, and where the next one begins: a walk along the index of times. */
import { type ColumnFilter, columnFilters } from "../../schema/column-filters.ts";
import {
  currentRow,
  DIRECTIONS,
  familySql,
  type PlacedRecord,
  pageOf,
  placeOfRow,
  placeSql,
  REQUEST_OF_ROW,
  type WalkDirection,
} from "../../schema/page-places.ts";
import { COLUMNS, decode, packId, type RecordRow } from "../../schema/rows.ts";
import type { PageWanted, RecordPage, RecordPlace, TimeSpan, UsageFilter } from "../../store.ts";
import type { Desk } from "./desk.ts";
import type { Row, SqlValue } from "./driver.ts";
import { filterSql } from "./filters.ts";
import { requestRows, requestSql } from "./request-filter.ts";

/** Rows that one look passes at most: who looks for little in much must not keep the event loop. */
const MOST_PASSED = 10_000;

/** Of the row that is called `u`. */
export const COLUMNS_OF_ROW: string = COLUMNS.map((column) => `u.${column}`).join(", ");

interface Walk {
  from: RecordPlace;
  direction: WalkDirection;
  span: Required<TimeSpan>;
  filters: readonly ColumnFilter[];
  /** At most so many places. */
  most: number;
}

/** May hold less than `limit` where there is a next one. To be called in one transaction. */
export function recordPage(desk: Desk, filter: UsageFilter & TimeSpan, { after, limit, order = "asc" }: PageWanted): RecordPage {
  const { dictionary, identities, connection } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return { records: [] };
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const direction = DIRECTIONS[order];
  const walk = { from: after ?? direction.start(span), direction, span, filters, most: limit + 1 };
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
  const { from, direction, span, filters, most } = walk;
  const { behind, sorted } = direction;
  const candidates = desk.connection
    .prepare(`SELECT ${COLUMNS_OF_ROW} FROM usage_records u WHERE ${familySql(rows)} AND ${placeSql((row) => filterSql(filters, row), span)}
      AND (u.time_ms, u.row) ${behind} (?, ?) AND u.${direction.ends(span)} ORDER BY u.time_ms ${sorted}, u.row ${sorted} LIMIT ?`)
    .all(from.timestampMs, from.row, most);
  return pageOf(placedAmong(desk, candidates, walk), most - 1);
}

/** What a stretch of the walk passes of a page. */
function stretchPage(desk: Desk, walk: Walk, request: { condition: string; values: readonly SqlValue[] }): RecordPage {
  const { from, direction, span, filters, most } = walk;
  const { behind, sorted } = direction;
  const stretch = `FROM usage_records WHERE time_ms ${behind}= ? AND (time_ms ${behind} ? OR row ${behind} ?) AND ${direction.ends(span)}
    ORDER BY time_ms ${sorted}, row ${sorted}`;
  const values = [from.timestampMs, from.timestampMs, from.row];
  const candidates = desk.connection
    .prepare(`SELECT ${COLUMNS_OF_ROW} FROM (SELECT row AS place ${stretch} LIMIT ${MOST_PASSED}) s JOIN usage_records u ON u.row = s.place
      WHERE ${placeSql((row) => filterSql(filters, row), span)}${request.condition} ORDER BY u.time_ms ${sorted}, u.row ${sorted} LIMIT ?`)
    .all(...values, ...request.values, most);
  const page = pageOf(placedAmong(desk, candidates, walk), most - 1);
  if (page.next) return page;
  const last = desk.connection.prepare(`SELECT time_ms, row ${stretch} LIMIT 1 OFFSET ${MOST_PASSED - 1}`).get(...values);
  return last === undefined ? page : { ...page, next: { timestampMs: Number(last.time_ms), row: Number(last.row) } };
}

/** What the records of these rows are now. */
export function placedAmong(
  { reader, dictionary }: Desk,
  candidates: readonly Row[],
  { filters, span }: Pick<Walk, "filters" | "span">,
): PlacedRecord[] {
  return (candidates as unknown as RecordRow[]).map((candidate) => {
    const original = candidate.corrects === null ? candidate : (reader.row(candidate.corrects) as RecordRow);
    const current = currentRow(candidate, reader.corrections(original.row), filters, span);
    return { place: placeOfRow(candidate), record: current && decode(current, original, dictionary) };
  });
}
