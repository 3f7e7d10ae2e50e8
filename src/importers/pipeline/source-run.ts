/** One source's part of an import: its files one after the other, its records in batches, its figures. */
import type { UsageRecord } from "../../usage/index.ts";
import type { Checkpoint, ImportContext, ImportEnvironment, Importer, ImportOptions, ImportSink, SourceFile } from "../importer.ts";
import { tailHashAt } from "../reading/tail-hash.ts";
import { latestTimeIn, oddTimeOf, oncePerFile, type Warn } from "../records/warnings.ts";
import { type FoundFile, reasonOf } from "./discovery.ts";
import type { ImportBook, ImportedFile, ImportFileState, ImportOutcome } from "./import-book.ts";
import { PreviewBook } from "./preview-book.ts";

const BATCH_RECORDS = 16_000;
/** Kept of each source; further ones are only counted. */
const MAX_PROBLEMS = 1000;
/** The size of a file that is only read in part: it never looks unchanged. */
const IN_PART = -1;

/** Counts of one source. Whatever was read is new, a duplicate, or skipped. */
export interface SourceTally {
  source: string;
  files: number;
  read: number;
  new: number;
  /** Read before, in another file or an earlier run. */
  duplicate: number;
  /** Of the duplicates, those that improved what was stored. */
  corrected: number;
  /** Rightly no record, or a problem. */
  skipped: number;
  /** Bytes read in this run. */
  bytes: number;
}

export interface FileNote {
  file: string;
  /** From 1; 0 where the note is about the whole file. */
  line: number;
  reason: string;
}

export type ImportProblem = FileNote;

interface RunRequest {
  book: ImportBook;
  environment: ImportEnvironment;
  options?: ImportOptions;
  dryRun?: boolean;
}

/** Told after each stretch: files finished and bytes read so far. */
type OnStretch = (files: number, bytes: number) => void;

export class SourceRun {
  readonly importer: Importer;
  readonly tally: SourceTally;
  readonly problems: ImportProblem[] = [];
  readonly notes: FileNote[] = [];
  readonly bytesToRead: number;
  problemCount = 0;
  readonly #book: ImportBook;
  readonly #work: { file: SourceFile; order: number }[] = [];
  readonly #context: ImportContext;
  #current = "";
  #latestMs = Number.POSITIVE_INFINITY;
  #warn: Warn;
  #records: UsageRecord[] = [];
  /** Where each record of the batch stood. */
  #places: { file: string; line: number }[] = [];
  #states = new Map<string, ImportedFile>();

  constructor(importer: Importer, files: readonly FoundFile[], known: ReadonlyMap<string, ImportFileState>, request: RunRequest) {
    this.importer = importer;
    this.tally = { source: importer.source, files: files.length, read: 0, new: 0, duplicate: 0, corrected: 0, skipped: 0, bytes: 0 };
    this.#book = request.dryRun === true ? new PreviewBook(request.book) : request.book;
    this.#context = { environment: request.environment, options: request.options ?? {}, sink: this.#sink() };
    this.#warn = oncePerFile(this.#context.sink);
    for (const file of files) {
      const state = known.get(file.path);
      const isUnchanged = state?.size === file.size && state.modifiedMs === file.modifiedMs;
      if (isUnchanged && importer.wasReadWith?.(this.#context.options, state.state) !== false) continue;
      this.#work.push({ file: { ...file, ...resumption(importer, file, state) }, order: importer.order?.(file.path) ?? 0 });
    }
    this.#work.sort((a, b) => a.order - b.order || (a.file.path < b.file.path ? -1 : 1));
    this.bytesToRead = this.#work.reduce((total, { file }) => total + file.size - file.offset, 0);
  }

  get filesToRead(): number {
    return this.#work.length;
  }

  async execute(onStretch: OnStretch): Promise<void> {
    let filesDone = 0;
    for (const { file } of this.#work) {
      await this.#readFile(file, () => onStretch(filesDone, this.tally.bytes));
      onStretch(++filesDone, this.tally.bytes);
    }
    await this.#flush();
  }

  async #readFile(file: SourceFile, onStretch: () => void): Promise<void> {
    this.#current = file.path;
    this.#latestMs = latestTimeIn(file, this.#context.options);
    this.#warn = oncePerFile(this.#context.sink);
    let checkpoint: Checkpoint = { offset: file.offset, ...(file.state !== undefined && { state: file.state }) };
    const stretches = iteratorOf(this.importer.read(file, this.#context));
    let next = await this.#nextOf(stretches);
    try {
      while (next?.done === false) {
        this.tally.bytes += Math.max(0, next.value.offset - checkpoint.offset);
        checkpoint = next.value;
        if (this.#isBatchFull) {
          this.#keepState(file, checkpoint, IN_PART);
          await this.#flush();
          onStretch();
        }
        next = await this.#nextOf(stretches);
      }
    } finally {
      if (next?.done !== true) await stretches.return?.();
    }
    this.#keepState(file, checkpoint, next?.done === true ? file.size : IN_PART);
    if (this.#isBatchFull) await this.#flush();
  }

  /** The importer's next checkpoint, or undefined where the file can't be read on: one bad file must not stop the others. */
  async #nextOf(stretches: Iterator<Checkpoint> | AsyncIterator<Checkpoint>): Promise<IteratorResult<Checkpoint> | undefined> {
    try {
      return await stretches.next();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") this.notes.push({ file: this.#current, line: 0, reason: reasonOf(error) });
      else this.#addProblem(this.#current, 0, reasonOf(error));
      return undefined;
    }
  }

  #keepState(file: SourceFile, { offset, state, tailHash }: Checkpoint, size: number): void {
    const resumes = this.importer.growth === "append";
    if (!resumes && size === IN_PART) return;
    this.#states.set(file.path, {
      source: this.importer.source,
      path: file.path,
      state: {
        size,
        modifiedMs: file.modifiedMs,
        offset,
        // Where no line was completed, the importer knows none.
        tailHash: resumes ? tailHash || (tailHashAt(file.path, offset) ?? "") : "",
        state,
      },
    });
  }

  get #isBatchFull(): boolean {
    return this.#records.length + this.#states.size >= BATCH_RECORDS;
  }

  async #flush(): Promise<void> {
    const records = this.#records;
    const places = this.#places;
    const files = [...this.#states.values()];
    if (records.length === 0 && files.length === 0) return;
    this.#records = [];
    this.#places = [];
    this.#states = new Map();
    this.#count(await this.#book.append({ records, files }), places);
    // Reading and storing are both synchronous in practice: let signals and timers in between batches.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #count(outcome: ImportOutcome, places: readonly { file: string; line: number }[]): void {
    this.tally.new += outcome.new;
    this.tally.duplicate += outcome.duplicate + outcome.corrected;
    this.tally.corrected += outcome.corrected;
    for (const { index, reason } of outcome.rejected) {
      const place = places[index];
      this.tally.skipped++;
      this.#addProblem(place?.file ?? "", place?.line ?? 0, reason);
    }
  }

  #sink(): ImportSink {
    return {
      record: (record, line = 0) => {
        this.tally.read++;
        this.#records.push(record);
        this.#places.push({ file: this.#current, line });
        const odd = oddTimeOf(record.timestampMs, this.#latestMs);
        if (odd !== undefined) this.#warn(line, odd);
      },
      repeated: (copies) => {
        this.tally.read += copies;
        this.tally.duplicate += copies;
      },
      problem: (line, reason) => {
        this.tally.read++;
        this.tally.skipped++;
        this.#addProblem(this.#current, line, reason);
      },
      skip: () => {
        this.tally.read++;
        this.tally.skipped++;
      },
      warning: (line, reason) => {
        if (this.notes.length < MAX_PROBLEMS) this.notes.push({ file: this.#current, line, reason });
      },
    };
  }

  #addProblem(file: string, line: number, reason: string): void {
    this.problemCount++;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ file, line, reason });
  }
}

/** Where to begin with a file that changed: after what is known, if that is still there. It may have grown while it was read. */
function resumption(
  importer: Importer,
  file: FoundFile,
  known: ImportFileState | undefined,
): { offset: number; state?: string | undefined } {
  const isLonger = known !== undefined && known.offset > 0 && file.size >= known.offset && file.size !== known.size;
  if (importer.growth === "whole" || !isLonger || tailHashAt(file.path, known.offset) !== known.tailHash) return { offset: 0 };
  return { offset: known.offset, state: known.state };
}

function iteratorOf(stretches: Iterable<Checkpoint> | AsyncIterable<Checkpoint>): Iterator<Checkpoint> | AsyncIterator<Checkpoint> {
  return Symbol.asyncIterator in stretches ? stretches[Symbol.asyncIterator]() : stretches[Symbol.iterator]();
}
