/**
 * Sums of records by dictionary columns, per segment of time. Where one rollup knows all that is asked, whole hours come from it
 * and only the pieces of hours at a segment's ends from the records. All segments are asked for in one statement.
 */
import type { ColumnFilter } from "../../schema/column-filters.ts";
import { COLUMN_OF, groupOf, MEASURE_SQL, piecesOf, rollupFor } from "../../schema/grouping.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Group, GroupQuery } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Row } from "./driver.ts";
import { filterSql, loadedFilters, requestSql } from "./filters.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

/** A stretch of time to be summed, and the segment that its sums belong to. */
interface Stretch {
  segment: number;
  from: number;
  to: number;
}

export async function groups(transaction: Transaction, dictionary: Dictionary, query: GroupQuery): Promise<Group[]> {
  const filters = await loadedFilters(transaction, dictionary, query.filter);
  if (filters.some(({ ids }) => ids.length === 0)) return [];
  const ofRequests = await requestSql(transaction, dictionary, query.filter.requestId);
  const columns = [...new Set(query.groupBy.map((dimension) => COLUMN_OF[dimension]))];
  const rollup = ofRequests === "" ? rollupFor(columns, filters) : undefined;
  const whole: Stretch[] = [];
  const parts: Stretch[] = [];
  query.segments.forEach((stretch, segment) => {
    for (const piece of piecesOf(stretch, rollup !== undefined))
      (piece.whole ? whole : parts).push({ segment, from: piece.from, to: piece.to });
  });
  const rows = [
    ...(rollup && whole.length > 0 ? await rollupSums(transaction, rollup, columns, filters, whole) : []),
    ...(parts.length > 0 ? await recordSums(transaction, columns, filterSql(filters) + ofRequests, parts) : []),
  ];
  await dictionary.load(
    transaction,
    rows.flatMap((row) => columns.map((column) => Number(row[`by_${column}`]))),
  );
  return rows.map((row) => groupOf(row, Number(row.segment), query.groupBy, dictionary));
}

function recordSums(
  transaction: Transaction,
  columns: readonly string[],
  conditions: string,
  stretches: readonly Stretch[],
): Promise<Row[]> {
  const sums = MEASURES.map((measure, i) => `sum(${MEASURE_SQL[i]}) AS ${measure}`);
  // The outer bounds are known before the statement is planned: months outside are not even looked at.
  const from = stretches.reduce((least, { from }) => Math.min(least, from), Number.MAX_SAFE_INTEGER);
  const to = stretches.reduce((largest, { to }) => Math.max(largest, to), 0);
  return transaction.query(
    `SELECT ${["segment", ...columns.map((column) => `r."${column}" AS by_${column}`), ...sums].join(", ")}
     FROM ${STRETCHES} JOIN usage_records r ON time_ms >= "from" AND time_ms < "to"
     WHERE time_ms >= ${from} AND time_ms < ${to}${conditions} GROUP BY ${places(columns)}`,
    stretchArrays(stretches),
  );
}

function rollupSums(
  transaction: Transaction,
  rollup: RollupDimension,
  columns: readonly string[],
  filters: readonly ColumnFilter[],
  stretches: readonly Stretch[],
): Promise<Row[]> {
  const sums = MEASURES.map((measure) => `sum(${measure}) AS ${measure}`);
  const conditions = filterSql(filters.map(({ ids }) => ({ column: "value", ids })));
  return transaction.query(
    `SELECT ${["segment", ...columns.map((column) => `value AS by_${column}`), ...sums].join(", ")}
     FROM ${STRETCHES} JOIN rollups ON hour >= "from" AND hour < "to"
     WHERE dimension = ${ROLLUPS[rollup]}${conditions} GROUP BY ${places(columns)}`,
    stretchArrays(stretches),
  );
}

const STRETCHES = 'unnest($1::integer[], $2::bigint[], $3::bigint[]) AS stretches (segment, "from", "to")';

function stretchArrays(stretches: readonly Stretch[]): string[] {
  return [
    arrayOf(stretches.map(({ segment }) => segment)),
    arrayOf(stretches.map(({ from }) => from)),
    arrayOf(stretches.map(({ to }) => to)),
  ];
}

/** The segment and the columns, by their places in the list of what is selected. */
function places(columns: readonly string[]): string {
  return ["segment", ...columns].map((_, i) => i + 1).join(", ");
}
