/** How sums are asked for and read, whichever database adds them up: columns, pieces of hours, keys. */
import { DatabaseError } from "../../errors.ts";
import { HOUR_MS, type MEASURES, ROLLUPS, type RollupDimension } from "../schema.ts";
import type { Group, GroupDimension, Segment, UsageSums } from "../store.ts";
import type { ColumnFilter } from "./column-filters.ts";
import { type Entries, providerAndModel } from "./dictionary-entry.ts";

export const COLUMN_OF: Record<GroupDimension, string> = {
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
  "CASE WHEN latency_ms IS NULL THEN 0 ELSE requests END",
];

/** A row of sums, its integers as bigint: a sum of money passes 2^53 at nine million dollars. */
export type SumsRow = Record<string, unknown>;

/** The rollup that can answer, if one can: it knows one column, which must be all that is grouped and filtered by. */
export function rollupFor(columns: readonly string[], filters: readonly ColumnFilter[]): RollupDimension | undefined {
  const asked = new Set([...columns, ...filters.map(({ column }) => column)]);
  if (asked.size === 0) return "source";
  const [column] = asked;
  return asked.size === 1 && (column as string) in ROLLUPS ? (column as RollupDimension) : undefined;
}

export interface Piece {
  /** From the rollup, in hours; else from the records, in milliseconds. */
  whole: boolean;
  from: number;
  to: number;
}

export function piecesOf({ startMs, endMs }: Segment, hasRollup: boolean): Piece[] {
  const firstHour = Math.ceil(startMs / HOUR_MS);
  const lastHour = Math.floor(endMs / HOUR_MS);
  if (!hasRollup || firstHour >= lastHour) return [{ whole: false, from: startMs, to: endMs }];
  const pieces = [{ whole: true, from: firstHour, to: lastHour }];
  if (startMs < firstHour * HOUR_MS) pieces.push({ whole: false, from: startMs, to: firstHour * HOUR_MS });
  if (lastHour * HOUR_MS < endMs) pieces.push({ whole: false, from: lastHour * HOUR_MS, to: endMs });
  return pieces;
}

export function groupOf(row: SumsRow, segment: number, dimensions: readonly GroupDimension[], dictionary: Pick<Entries, "entry">): Group {
  const keys = dimensions.map((dimension) => keyOf(dimension, Number(row[`by_${COLUMN_OF[dimension]}`]), dictionary));
  return { segment, keys, sums: sumsOf(row) };
}

function keyOf(dimension: GroupDimension, id: number, dictionary: Pick<Entries, "entry">): string | null {
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

function sumsOf(row: SumsRow): UsageSums {
  return {
    requests: safe(row, "requests"),
    inputTokens: safe(row, "input_tokens"),
    outputTokens: safe(row, "output_tokens"),
    cacheReadTokens: safe(row, "cache_read_tokens"),
    cacheWriteTokens: safe(row, "cache_write_tokens"),
    reasoningTokens: safe(row, "reasoning_tokens"),
    webSearches: safe(row, "web_searches"),
    costNanoUsd: BigInt(row.cost_nano_usd as bigint),
    unpricedRequests: safe(row, "unpriced"),
    latencyMsSum: safe(row, "latency_ms"),
    latencyCount: safe(row, "latency_count"),
  };
}

function safe(row: SumsRow, measure: (typeof MEASURES)[number]): number {
  const sum = Number(row[measure]);
  if (!Number.isSafeInteger(sum)) {
    throw new DatabaseError(
      `The sum of ${measure} over this selection is ${row[measure]}, more than can be counted exactly; ask for a shorter time.`,
    );
  }
  return sum;
}
