/** The book as programs see it. */
import type { Clock } from "../clock.ts";
import type { PriceEntry } from "../pricing/index.ts";
import type { UsageRecord } from "../usage/index.ts";
import type { Aggregate, AggregateQuery, StoredRecord, TimeSpan, UsageFilter } from "./query.ts";

/** A record that was not taken, by its place in the list given, and why. */
export interface Rejection {
  index: number;
  reason: string;
}

export interface RecordOutcome {
  new: number;
  duplicate: number;
  rejected: Rejection[];
}

export interface AppendOutcome extends RecordOutcome {
  /** Records already in the book whose figures this batch improved (agent logs repeat a call while it streams). */
  corrected: number;
}

/** How far a log file has been read. */
export interface ImportFileState {
  size: number;
  modifiedMs: number;
  offset: number;
  tailHash: string;
  /** What the importer needs to go on from `offset`. */
  state?: string | undefined;
}

export interface AppendBatch {
  records: readonly UsageRecord[];
  /** Stored in the same transaction as the records, so that neither exists without the other. */
  file?: ImportedFile;
  /** The same for several files: thousands of small logs must not become thousands of transactions. */
  files?: readonly ImportedFile[];
}

/** A file, and how far it is in the book once the batch is. */
export interface ImportedFile {
  source: string;
  path: string;
  state: ImportFileState;
}

export interface RepriceOptions extends TimeSpan {
  filter?: UsageFilter;
  /** Say what would change, and change nothing. */
  dryRun?: boolean;
}

export interface RepriceOutcome {
  examined: number;
  corrected: number;
  /** Of the corrected ones, those that had no price before. */
  pricedNow: number;
  differenceNanoUsd: bigint;
}

/** One thing that is not as it must be: what kind, where, and the two values. */
export interface Difference {
  kind: string;
  where: string;
  expected: string;
  found: string;
}

export interface VerifyOptions {
  /** Rebuild what can be rebuilt from the records: rollups, identities. Records themselves are never touched. */
  repair?: boolean;
  /** Called now and then with the number of records examined so far. */
  onProgress?: (records: number) => void;
}

export interface VerifyOutcome {
  records: number;
  differences: Difference[];
}

/** The book's own prices, which go before the bundled ones. */
export interface LedgerPrices {
  list(): Promise<PriceEntry[]>;
  /** @param source where the entries come from: a file's name, `config` */
  put(entries: readonly PriceEntry[], source: string): Promise<void>;
}

/** An open book. */
export interface Ledger {
  readonly url: string;
  readonly prices: LedgerPrices;
  /** Adds records. The same record again is a duplicate; the same id with other content is rejected. When this resolves, what was taken is on the disk. */
  record(records: UsageRecord | readonly UsageRecord[]): Promise<RecordOutcome>;
  /** Adds a batch as importers make them, together with the state of the file it came from. */
  append(batch: AppendBatch): Promise<AppendOutcome>;
  /** What {@link append} would answer, with nothing stored; also for a book that is open for reading only. */
  preview(records: readonly UsageRecord[]): Promise<AppendOutcome>;
  /** What is known of a source's files, by path. */
  importFiles(source: string): Promise<Map<string, ImportFileState>>;
  aggregate(query: AggregateQuery): Promise<Aggregate>;
  /** Records by time, then in the order in which they came; corrections are folded into their originals. */
  query(filter: UsageFilter & TimeSpan): AsyncIterable<StoredRecord>;
  /** Times of the first and the last record, or undefined for an empty book. */
  span(): Promise<{ firstMs: number; lastMs: number } | undefined>;
  /** Prices the records anew with today's price book; differences become correction rows. */
  reprice(options?: RepriceOptions): Promise<RepriceOutcome>;
  /** Recomputes everything from the records in one snapshot and lists what differs. */
  verify(options?: VerifyOptions): Promise<VerifyOutcome>;
  close(): Promise<void>;
}

export interface LedgerOptions {
  clock?: Clock;
  /** Open for reading only; nothing is created or migrated. */
  readOnly?: boolean;
  /** Prices that go before the book's own and the bundled ones. */
  prices?: readonly PriceEntry[];
}
