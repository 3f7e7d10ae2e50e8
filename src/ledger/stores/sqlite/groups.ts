/**
 * Sums of records by dictionary columns, per segment of time. Where one rollup knows all that is asked, whole hours come from it
 * and only the pieces of hours at a segment's ends from the records.
 */
import { DatabaseError } from "../../../errors.ts";
import { HOUR_MS, MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Group, GroupDimension, GroupQuery, Segment, UsageSums } from "../../store.ts";
import { type Dictionary, providerAndModel } from "./dictionary.ts";
import type { Connection, Row, Statement } from "./driver.ts";
import { type ColumnFilter, columnFilters, filterSql } from "./filters.ts";

const COLUMN_OF: Record<GroupDimension, string> = {
  org: "org",
  team: "team",
  user: "user",
  project: "project",
  key: "key",
  provider: "model",
  model: "model",
  source: "source",
  session: "session",
  tag: "tags",
};

/** SQL for one row's contribution to each measure, in the order of `MEASURES`: the same sums that the rollups are made of. */
export const MEASURE_SQL: readonly string[] = [
  "requests",
  "coalesce(input_tokens, 0)",
  "coalesce(output_tokens, 0)",
  "coalesce(cache_read_tokens, 0)",
  "coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)",
  "coalesce(reasoning_tokens, 0)",
  "coalesce(web_searches, 0)",
  "coalesce(reported_cost_nano_usd, computed_cost_nano_usd, 0)",
  "unpriced",
  "coalesce(latency_ms, 0)",
  "iif(latency_ms IS NULL, 0, requests)",
];

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

/** The rollup that can answer, if one can: it knows one column, which must be all that is grouped and filtered by. */
function rollupFor(columns: readonly string[], filters: readonly ColumnFilter[]): RollupDimension | undefined {
  const asked = new Set([...columns, ...filters.map(({ column }) => column)]);
  if (asked.size === 0) return "source";
  const [column] = asked;
  return asked.size === 1 && (column as string) in ROLLUPS ? (column as RollupDimension) : undefined;
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

interface Piece {
  /** From the rollup, in hours; else from the records, in milliseconds. */
  whole: boolean;
  from: number;
  to: number;
}

function piecesOf({ startMs, endMs }: Segment, hasRollup: boolean): Piece[] {
  const firstHour = Math.ceil(startMs / HOUR_MS);
  const lastHour = Math.floor(endMs / HOUR_MS);
  if (!hasRollup || firstHour >= lastHour) return [{ whole: false, from: startMs, to: endMs }];
  const pieces = [{ whole: true, from: firstHour, to: lastHour }];
  if (startMs < firstHour * HOUR_MS) pieces.push({ whole: false, from: startMs, to: firstHour * HOUR_MS });
  if (lastHour * HOUR_MS < endMs) pieces.push({ whole: false, from: lastHour * HOUR_MS, to: endMs });
  return pieces;
}

function groupOf(row: Row, segment: number, dimensions: readonly GroupDimension[], dictionary: Dictionary): Group {
  const keys = dimensions.map((dimension) => keyOf(dimension, Number(row[`by_${COLUMN_OF[dimension]}`]), dictionary));
  return { segment, keys, sums: sumsOf(row) };
}

function keyOf(dimension: GroupDimension, id: number, dictionary: Dictionary): string | null {
  if (id === 0) return null;
  const entry = dictionary.entry(id);
  switch (dimension) {
    case "provider":
      return providerAndModel(entry.key)[0];
    case "model":
      return entry.name ?? providerAndModel(entry.key)[1];
    default:
      return entry.name ?? entry.key;
  }
}

function sumsOf(row: Row): UsageSums {
  return {
    requests: safe(row, "requests"),
    inputTokens: safe(row, "input_tokens"),
    outputTokens: safe(row, "output_tokens"),
    cacheReadTokens: safe(row, "cache_read_tokens"),
    cacheWriteTokens: safe(row, "cache_write_tokens"),
    reasoningTokens: safe(row, "reasoning_tokens"),
    webSearches: safe(row, "web_searches"),
    costNanoUsd: row.cost_nano_usd as bigint,
    unpricedRequests: safe(row, "unpriced"),
    latencyMsSum: safe(row, "latency_ms"),
    latencyCount: safe(row, "latency_count"),
  };
}

function safe(row: Row, measure: (typeof MEASURES)[number]): number {
  const sum = Number(row[measure]);
  if (!Number.isSafeInteger(sum)) {
    throw new DatabaseError(
      `The sum of ${measure} over this selection is ${row[measure]}, more than can be counted exactly; ask for a shorter time.`,
    );
  }
  return sum;
}
