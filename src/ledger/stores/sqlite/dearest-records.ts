/** The records that cost most. */
import { columnFilters } from "../../schema/column-filters.ts";
import { CURRENT_COST } from "../../schema/dearest.ts";
import { type PlacedRecord, placeSql } from "../../schema/page-places.ts";
import type { TimeSpan, UsageFilter } from "../../store.ts";
import type { Desk } from "./desk.ts";
import { filterSql } from "./filters.ts";
import { COLUMNS_OF_ROW, placedAmong } from "./record-page.ts";
import { requestSql } from "./request-filter.ts";

/** To be called in one transaction. @param rows how many of the dearest to look at */
export function dearestPlaced(desk: Desk, filter: UsageFilter & TimeSpan, rows: number): PlacedRecord[] {
  const { dictionary, identities, connection } = desk;
  const filters = columnFilters(filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return [];
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const request = requestSql(filter.requestId, identities, dictionary, connection);
  // Only rows' numbers are sorted: whole rows of a month would not fit into memory. Those without a cost come last, and are left out.
  const dearest = `SELECT u.row AS place, ${CURRENT_COST} AS cost FROM usage_records u
    WHERE u.time_ms >= ? AND u.time_ms < ? AND ${placeSql((row) => filterSql(filters, row), span)}${request}
    ORDER BY cost DESC, u.time_ms DESC, u.row DESC LIMIT ?`;
  const candidates = connection
    .prepare(`SELECT ${COLUMNS_OF_ROW} FROM (${dearest}) s JOIN usage_records u ON u.row = s.place WHERE s.cost IS NOT NULL
      ORDER BY s.cost DESC, u.time_ms DESC, u.row DESC`)
    .all(span.startMs, span.endMs, rows);
  return placedAmong(desk, candidates, { filters, span });
}
