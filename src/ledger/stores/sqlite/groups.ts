/**
 * Sums of records by dictionary columns, per segment of time. Where one rollup knows all that is asked, whole hours come from it
 * and only the pieces of hours at a segment's ends from the records.
 */
import { type ColumnFilter, columnFilters } from "../../schema/column-filters.ts";
import { COLUMN_OF, groupOf, MEASURE_SQL, piecesOf, rollupFor } from "../../schema/grouping.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Group, GroupQuery } from "../../store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Statement } from "./driver.ts";
import { filterSql } from "./filters.ts";

/** Sums are read as bigint: a sum of money passes 2^53 at nine million dollars. */
const BIGINT = { bigint: true };

/** @param ofRequests SQL for the filter's request ids, which dictionary and rollups know nothing of; empty where it asks for none */
export function groups(connection: Connection, dictionary: Dictionary, query: GroupQuery, ofRequests: string): Group[] {
  const filters = columnFilters(query.filter, dictionary);
  if (filters.some(({ ids }) => ids.length === 0)) return [];
  const columns = [...new Set(query.groupBy.map((dimension) => COLUMN_OF[dimension]))];
  const rollup = ofRequests === "" ? rollupFor(columns, filters) : undefined;
  const fromRecords = recordSums(connection, columns, filterSql(filters) + ofRequests);
  const fromRollup = rollup && rollupSums(connection, rollup, columns, filters);
  return query.segments.flatMap(({ startMs, endMs }, segment) =>
    piecesOf({ startMs, endMs }, fromRollup !== undefined).flatMap(({ whole, from, to }) =>
      ((whole ? fromRollup : fromRecords) as Statement).all(from, to).map((row) => groupOf(row, segment, query.groupBy, dictionary)),
    ),
  );
}

function recordSums(connection: Connection, columns: readonly string[], conditions: string): Statement {
  const sums = MEASURES.map((measure, i) => `sum(${MEASURE_SQL[i]}) AS ${measure}`);
  return connection.prepare(
    `SELECT ${[...columns.map((column) => `${column} AS by_${column}`), ...sums].join(", ")}, count(*) AS present
     FROM usage_records WHERE time_ms >= ? AND time_ms < ?${conditions} ${groupBy(columns)} HAVING present > 0`,
    BIGINT,
  );
}

function rollupSums(
  connection: Connection,
  rollup: RollupDimension,
  columns: readonly string[],
  filters: readonly ColumnFilter[],
): Statement {
  const sums = MEASURES.map((measure) => `sum(${measure}) AS ${measure}`);
  const conditions = filterSql(filters.map(({ ids }) => ({ column: "value", ids })));
  return connection.prepare(
    `SELECT ${[...columns.map((column) => `value AS by_${column}`), ...sums].join(", ")}, count(*) AS present
     FROM rollups WHERE dimension = ${ROLLUPS[rollup]} AND hour >= ? AND hour < ?${conditions} ${groupBy(columns)} HAVING present > 0`,
    BIGINT,
  );
}

function groupBy(columns: readonly string[]): string {
  // The plus keeps SQLite from walking a whole index for the sake of its order.
  return columns.length === 0 ? "" : `GROUP BY ${columns.map((column) => `+by_${column}`).join(", ")}`;
}
