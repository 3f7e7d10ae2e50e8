/** What a database must do for the book. A store keeps and counts; what a record means is decided above it. */
import type { PriceEntry } from "../pricing/index.ts";
import type { UsageRecord } from "../usage/index.ts";
import type { ImportedFile, ImportFileState, VerifyOptions, VerifyOutcome } from "./ledger.ts";
import type { StoredRecord, TimeSpan, UsageFilter, UsageSums } from "./query.ts";

export type { Difference, ImportedFile, ImportFileState, VerifyOptions, VerifyOutcome } from "./ledger.ts";
export type { FilterValue, StoredRecord, TimeSpan, UsageFilter, UsageSums } from "./query.ts";

/** A record that is ready to be stored: valid, priced, and the only one of its identity in its batch. */
export interface Entry {
  record: UsageRecord;
  /** The record's own id, or the one that its content gives it. */
  id: string;
  /** In which ids are unique: see `namespaceOf`. */
  namespace: string;
  computedCostNanoUsd: number | null;
  priceVersion: string | null;
}

/** What happens to a record whose identity is already in the book. */
export type Resolution = { kind: "duplicate" } | { kind: "replace" } | { kind: "conflict"; reason: string };

/** Decides, without looking at the database, what the second record of an identity means. */
export type Resolve = (stored: StoredRecord, incoming: Entry) => Resolution;

/** The id under which today's price book knows a model. */
export type CanonicalModel = (provider: string, model: string) => string;

export interface WriteBatch {
  entries: readonly Entry[];
  files: readonly ImportedFile[];
  resolve: Resolve;
  canonicalModel: CanonicalModel;
}

/** Parallel to the batch's entries: `new`, `duplicate`, `corrected`, or the conflict's reason. */
export type EntryOutcome = "new" | "duplicate" | "corrected" | { conflict: string };

/** A stretch of time, end exclusive. */
export interface Segment {
  startMs: number;
  endMs: number;
}

/** What a store can group by: time is cut above it, into segments. */
export type GroupDimension = "org" | "team" | "user" | "project" | "key" | "provider" | "model" | "source" | "session" | "tag";

export interface GroupQuery {
  segments: readonly Segment[];
  groupBy: readonly GroupDimension[];
  filter: UsageFilter;
}

/** Sums of one segment and one combination of keys. Combinations may come more than once. A `tag` key is a JSON array of all tags. */
export interface Group {
  segment: number;
  keys: (string | null)[];
  sums: UsageSums;
}

/** One record priced anew. */
export interface Repricing {
  rowId: number;
  computedCostNanoUsd: number | null;
  priceVersion: string | null;
}

export interface LedgerStore {
  write(batch: WriteBatch): Promise<EntryOutcome[]>;
  /** What {@link write} would answer. Stores nothing, and needs no right to. */
  preview(entries: readonly Entry[], resolve: Resolve): Promise<EntryOutcome[]>;
  importFiles(source: string): Promise<Map<string, ImportFileState>>;
  span(): Promise<Segment | undefined>;
  groups(query: GroupQuery): Promise<Group[]>;
  /** By time, then row; corrections folded. Pages are bounded. */
  records(filter: UsageFilter & TimeSpan): AsyncIterable<StoredRecord[]>;
  /** Adds a correction row for each whose cost differs from what is stored. */
  reprice(repricings: readonly Repricing[]): Promise<void>;
  /** Gives each model of the dictionary the canonical id that today's price book knows. */
  renameModels(canonicalModel: CanonicalModel): Promise<void>;
  prices(): Promise<PriceEntry[]>;
  /** Changes whenever `prices()` would answer otherwise. */
  pricesRevision(): Promise<number>;
  putPrices(entries: readonly PriceEntry[], source: string, now: number): Promise<void>;
  verify(options: VerifyOptions): Promise<VerifyOutcome>;
  close(): Promise<void>;
}
