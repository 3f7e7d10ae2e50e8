/** The records that cost most. */
import { CURRENT_COST } from "../../schema/dearest.ts";
import { type PlacedRecord, placeSql } from "../../schema/page-places.ts";
import type { TimeSpan, UsageFilter } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { placedAmong } from "./record-page.ts";
import { COLUMN_SQL, rowOf } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** @param rows how many of the dearest to look at */
export async function dearestPlaced(
  transaction: Transaction,
  dictionary: Dictionary,
  filter: UsageFilter & TimeSpan,
  rows: number,
): Promise<PlacedRecord[]> {
  const filters = await loadedFilters(transaction, dictionary, filter);
  if (filters.some(({ ids }) => ids.length === 0)) return [];
  const span = { startMs: filter.startMs ?? 0, endMs: filter.endMs ?? Number.MAX_SAFE_INTEGER };
  const request = await requestSql(transaction, dictionary, filter.requestId);
  const candidates = await transaction.query(
    `SELECT ${COLUMN_SQL} FROM (SELECT u.*, ${CURRENT_COST} AS cost FROM usage_records u
         WHERE u.time_ms >= ${span.startMs} AND u.time_ms < ${span.endMs} AND ${placeSql((row) => filterSql(filters, row), span)}${request}) s
       WHERE cost IS NOT NULL ORDER BY cost DESC, time_ms DESC, "row" DESC LIMIT ${rows}`,
  );
  return placedAmong(transaction, dictionary, candidates.map(rowOf), { filters, span });
}
