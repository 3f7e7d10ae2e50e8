/** What the import pipeline needs of a book. */
import type { UsageRecord } from "../../usage/index.ts";

/** How far a file is in the book. */
export interface ImportFileState {
  /** Size when it was read; -1 while it is only read in part. */
  size: number;
  modifiedMs: number;
  offset: number;
  tailHash: string;
  state?: string | undefined;
}

export interface ImportedFile {
  source: string;
  path: string;
  state: ImportFileState;
}

export interface ImportBatch {
  records: readonly UsageRecord[];
  /** Stored in the same transaction as the records. */
  files: readonly ImportedFile[];
}

export interface ImportOutcome {
  new: number;
  duplicate: number;
  /** Already there, but improved by this batch; not among the duplicates. */
  corrected: number;
  rejected: { index: number; reason: string }[];
}

/** The side of a ledger that importers write to. */
export interface ImportBook {
  /** What is known of a source's files, by path. */
  importFiles(source: string): Promise<Map<string, ImportFileState>>;
  append(batch: ImportBatch): Promise<ImportOutcome>;
  /** What `append` would answer, with nothing stored. A dry run over a book that can't tell calls every record new once. */
  preview?(records: readonly UsageRecord[]): Promise<ImportOutcome>;
}
