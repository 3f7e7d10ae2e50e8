/**
 * What an importer is: something that finds one kind of file and turns it into usage records.
 * An importer never sees the book; `pipeline/` drives it.
 */
import type { UsageRecord } from "../usage/index.ts";

/** Facts about the machine, handed in so that importers can be tested with an invented one. */
export interface ImportEnvironment {
  platform: NodeJS.Platform;
  homeDirectory: string;
  variables: Readonly<Record<string, string | undefined>>;
  /** Opens another program's SQLite file for reading, without changing a byte of its folder. */
  openDatabase(path: string): SourceDatabase;
}

/** A SQLite file of another program, read-only. */
export interface SourceDatabase {
  all(sql: string): Record<string, unknown>[];
  close(): void;
}

/** What the user may say about files that don't say it themselves. */
export interface ImportOptions {
  /** `input_excludes_cache`: the file's input tokens leave cached ones out. */
  inputExcludesCache?: boolean;
  provider?: string;
  model?: string;
  /** The instant that a trace's second 0 stands for. */
  epochMs?: number;
  /** Column names of a CSV: our field → the file's heading. */
  columns?: Readonly<Record<string, string>>;
  /** Zone of timestamps that name none (default UTC). */
  timeZone?: string;
}

/** One file to read, from where the last run stopped. */
export interface SourceFile {
  path: string;
  /** Size in bytes when the file was found. */
  size: number;
  modifiedMs: number;
  /** Bytes already in the book. 0 for a new or rewritten file; always 0 for formats that are read whole. */
  offset: number;
  /** What the importer left in its last checkpoint, to go on from `offset`. */
  state?: string | undefined;
}

/** Up to here everything is emitted: the book stores it in the same transaction as the records. */
export interface Checkpoint {
  offset: number;
  state?: string;
  /** Fingerprint of the last bytes before `offset`, where the reader has them at hand. */
  tailHash?: string;
}

/** Where an importer puts what it finds. Lines count from 1; 0 where a file has no lines. */
export interface ImportSink {
  /** `line` is where the record stood, for the case that the book refuses it. */
  record(record: UsageRecord, line?: number): void;
  /** Further copies of a record, read in the same stretch of the file and already folded into the one that was handed over. */
  repeated(copies: number): void;
  /** Something that should have been a record and can't be; `line` is 0 where a file has no lines. */
  problem(line: number, reason: string): void;
  /** Something that is rightly no record: a synthetic message, a zero row. */
  skip(): void;
  /** A record was taken, but something in it had to be mended or guessed. */
  warning(line: number, reason: string): void;
}

export interface ImportContext {
  environment: ImportEnvironment;
  options: ImportOptions;
  sink: ImportSink;
}

export interface Importer {
  /** The SOURCE that users type. */
  readonly source: string;
  /** For people: "Claude Code". */
  readonly title: string;
  /** `append`: lines are only added at the end, so a grown file is read from its offset. `whole`: any change reads it anew. */
  readonly growth: "append" | "whole";
  /** Folders and files where this source keeps its logs on this machine; they need not exist. Empty for sources that are only imported by path. */
  roots(environment: ImportEnvironment): string[];
  /** Whether a file found below a root or a given folder is one of this source. `path` is absolute. */
  accepts(path: string): boolean;
  /**
   * Whether text from the beginning of an accepted file shows that it is of this source: for paths given without a
   * SOURCE, where several sources accept the same names. Absent: the name tells.
   */
  recognises?(beginning: string): boolean;
  /**
   * Whether a file whose last checkpoint left `state` was read with these options. An unchanged file is read again where it
   * was not: its user may have added what was missing. Absent: options change nothing.
   */
  wasReadWith?(options: ImportOptions, state: string | undefined): boolean;
  /** Files of which one must be read before others (main sessions before replays) sort by this key, then by path. */
  order?(path: string): number;
  /**
   * Emits the file's records. Yields a checkpoint at least every few MiB and at the end; the caller may pause there
   * to write. Memory stays bounded, whatever the file's size or its longest line.
   */
  read(file: SourceFile, context: ImportContext): Iterable<Checkpoint> | AsyncIterable<Checkpoint>;
}
