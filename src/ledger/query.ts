/** What can be asked of the book, and what comes back. */
import type { UsageRecord } from "../usage/index.ts";

/** Anything that sums can be grouped by. */
export type Dimension =
  | "hour"
  | "day"
  | "week"
  | "month"
  | "org"
  | "team"
  | "user"
  | "project"
  | "key"
  | "provider"
  | "model"
  | "source"
  | "session"
  | "tag";

/** One value, several of which any may match, or null for records that don't have the dimension. */
export type FilterValue = string | readonly string[] | null;

/** Which records are meant: those that match every field given. Names and ids are both understood. */
export interface UsageFilter {
  org?: FilterValue;
  team?: FilterValue;
  user?: FilterValue;
  project?: FilterValue;
  key?: FilterValue;
  provider?: FilterValue;
  /** The model as the provider wrote it, or its canonical id. */
  model?: FilterValue;
  source?: FilterValue;
  tag?: FilterValue;
  session?: FilterValue;
  requestId?: FilterValue;
}

/** Instants in milliseconds since 1970; `endMs` is exclusive. Absent: from the first, to the last. */
export interface TimeSpan {
  startMs?: number;
  endMs?: number;
}

export interface AggregateQuery extends TimeSpan {
  /** The IANA zone in which hours, days, weeks and months are cut. */
  timeZone: string;
  groupBy: readonly Dimension[];
  filter?: UsageFilter;
}

export interface UsageSums {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  webSearches: number;
  /** The sum over records that have a cost. */
  costNanoUsd: bigint;
  /** How many requests have no cost because no price is known. */
  unpricedRequests: number;
  latencyMsSum: number;
  /** How many requests told their latency. */
  latencyCount: number;
}

export interface AggregateRow extends UsageSums {
  /**
   * Parallel to `groupBy`: day `2026-05-01`, week its Monday, month `2026-05`, hour `2026-05-01T13:00:00+02:00`;
   * model the canonical id; names as given; null where a record has none.
   */
  keys: (string | null)[];
}

/** Rows in stable key order. A record with two tags stands in two tag rows; the totals count it once. */
export interface Aggregate {
  rows: AggregateRow[];
  totals: UsageSums;
}

/** Where a page of records ends: the time and the row of its last place. What is written later changes neither. */
export interface RecordPlace {
  timestampMs: number;
  row: number;
}

/** `asc`: by time; `desc`: the newest first. Of one instant, the rows count up or down with it. */
export type RecordOrder = "asc" | "desc";

export interface PageWanted {
  /** Where the last page ended, in the same order. */
  after?: RecordPlace;
  /** From 1 to 10,000. */
  limit: number;
  /** Default `asc`. */
  order?: RecordOrder;
}

export interface RecordPage {
  records: StoredRecord[];
  /** Where the next page begins; absent at the end. */
  next?: RecordPlace;
}

/** A record as the book has it, later corrections included. */
export interface StoredRecord extends UsageRecord {
  rowId: number;
  canonicalModel: string;
  /** What the price book says it costs; absent where no price is known. */
  computedCostNanoUsd?: number;
  /** The reported cost if there is one, else the computed one; null: unpriced. */
  costNanoUsd: number | null;
  priceVersion?: string;
}
