/** What all work on single records and budgets shares: one connection, its dictionary and identities, and the way transactions run. */
import type { Clock } from "../../../clock.ts";
import type { BookFile } from "./book-file.ts";
import { BudgetFollower } from "./budget-follower.ts";
import type { Moment } from "./counter-table.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { inSentences } from "./failures.ts";
import { Identities } from "./identities.ts";
import { LogFlush } from "./log-flush.ts";
import { RecordReader } from "./record-reader.ts";
import { patiently, reading, writing } from "./transaction.ts";
import { type WriteOptions, WriteQueue } from "./write-queue.ts";
import { Writer } from "./writer.ts";

export class Desk {
  readonly connection: Connection;
  readonly dictionary: Dictionary;
  readonly reader: RecordReader;
  readonly identities: Identities;
  readonly budgets: BudgetFollower;
  readonly #path: string;
  readonly #file: BookFile;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #flush: LogFlush;
  readonly #queue: WriteQueue;
  #writer: Writer | undefined;

  constructor(path: string, file: BookFile, dictionary: Dictionary, { clock, patienceMs }: { clock: Clock; patienceMs: number }) {
    this.#path = path;
    this.#patienceMs = patienceMs;
    this.#flush = new LogFlush(file.isInMemory ? undefined : path);
    this.#queue = new WriteQueue({
      path,
      patienceMs,
      flush: this.#flush,
      transaction: (works) => this.#transaction(works),
      mend: () => file.emptyLog(),
    });
    this.#file = file;
    this.#clock = clock;
    this.connection = file.connection;
    this.dictionary = dictionary;
    [this.reader, this.identities, this.budgets] = this.guarded(() => {
      const rowsWritten = (): void => this.#writer?.writeRows();
      const reader = new RecordReader(file.connection, dictionary, rowsWritten);
      const identities = new Identities(file.connection, hashSeed(file.connection), (row) => reader.identityOf(row));
      return [reader, identities, new BudgetFollower(file.connection, dictionary, () => this.moment(), rowsWritten)];
    });
  }

  /** Whole milliseconds, as the tables have them. */
  moment(): Moment {
    return { wallMs: Math.floor(this.#clock.now()), steadyMs: Math.floor(this.#clock.monotonic()) };
  }

  /**
   * Does `work` in a transaction, maybe together with others. It may be begun more than once, and then finds everything as if it had not
   * been begun before.
   */
  async writing<T>(work: (writer: Writer) => T, options: WriteOptions = {}): Promise<T> {
    this.#file.assertWritable();
    return this.#queue.add(() => work(this.#writer as Writer), options);
  }

  #transaction(works: readonly (() => unknown)[]): unknown[] {
    try {
      return writing(this.connection, () => {
        this.#file.assertStillThere();
        this.#writer ??= new Writer(this.connection, this.dictionary, this.identities, this.reader, this.budgets);
        this.#writer.begin();
        const results = works.map((work) => work());
        this.#writer.finish();
        return results;
      });
    } catch (error) {
      this.dictionary.forget();
      this.#writer?.forget();
      throw error;
    }
  }

  /** Resolves when all that was committed is on the disk. */
  flushed(): Promise<void> {
    return this.#flush.flushed();
  }

  /** What was committed is on the disk within milliseconds. */
  flushSoon(): void {
    this.#flush.soon();
  }

  /** As {@link writing}, at once and by itself, in a book of which not everything can be read. */
  repairing<T>(work: () => T): T {
    return this.guarded(() => {
      this.#file.assertWritable();
      try {
        return this.#file.alone(() =>
          writing(this.connection, () => {
            this.#file.assertStillThere();
            const result = work();
            this.budgets.finish();
            return result;
          }),
        );
      } finally {
        // What is cached may be older than the repair, or come from one that was undone.
        this.dictionary.forget();
        this.budgets.forget();
        this.#writer?.forget();
      }
    });
  }

  reading<T>(work: () => T): T {
    return inSentences(this.#path, () => reading(this.connection, this.#patienceMs, work));
  }

  /** @throws DatabaseError where the file was deleted or replaced since it was opened */
  assertStillThere(): void {
    this.#file.assertStillThere();
  }

  /** For work that reads alone, in single statements. */
  guarded<T>(work: () => T): T {
    return inSentences(this.#path, () => patiently(this.connection, this.#patienceMs, work));
  }

  /** Resolves when everything that waited is done, and what was committed is on the disk. */
  async close(): Promise<void> {
    // What was asked for before is on its way to the queue.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#queue.drained();
    await this.#flush.close();
  }
}

/** Without its seed (a damaged book, which `verify` tells of), ids are looked for under hashes that don't fit. */
function hashSeed(connection: Connection): number {
  return Number(connection.prepare("SELECT value FROM settings WHERE name = 'hash_seed'").get()?.value ?? 0);
}
