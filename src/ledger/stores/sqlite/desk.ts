/** What all work on single records and budgets shares: one connection, its dictionary and identities, and the way transactions run. */
import type { Clock } from "../../../clock.ts";
import type { BookFile } from "./book-file.ts";
import { BudgetFollower } from "./budget-follower.ts";
import type { Moment } from "./counter-table.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { inSentences } from "./failures.ts";
import { Identities } from "./identities.ts";
import { RecordReader } from "./record-reader.ts";
import { reading, writing } from "./transaction.ts";
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
  #writer: Writer | undefined;

  constructor(path: string, file: BookFile, dictionary: Dictionary, clock: Clock) {
    this.#path = path;
    this.#file = file;
    this.#clock = clock;
    this.connection = file.connection;
    this.dictionary = dictionary;
    [this.reader, this.identities, this.budgets] = this.guarded(() => {
      const reader = new RecordReader(file.connection, dictionary);
      const identities = new Identities(file.connection, hashSeed(file.connection), (row) => reader.identityOf(row));
      return [reader, identities, new BudgetFollower(file.connection, dictionary, () => this.moment())];
    });
  }

  /** Whole milliseconds, as the tables have them. */
  moment(): Moment {
    return { wallMs: Math.floor(this.#clock.now()), steadyMs: Math.floor(this.#clock.monotonic()) };
  }

  /** @param options.durable whether the disk must have it before it is told; default true */
  writing<T>(work: (writer: Writer) => T, options: { durable?: boolean } = {}): T {
    return this.guarded(() => {
      this.#file.assertWritable();
      try {
        return writing(
          this.connection,
          () => {
            this.#file.assertStillThere();
            this.#writer ??= new Writer(this.connection, this.dictionary, this.identities, this.reader, this.budgets);
            this.#writer.begin();
            return work(this.#writer);
          },
          options,
        );
      } catch (error) {
        this.dictionary.forget();
        this.#writer?.forget();
        throw error;
      }
    });
  }

  /** As {@link writing}, in a book of which not everything can be read. */
  repairing<T>(work: () => T): T {
    return this.guarded(() => {
      this.#file.assertWritable();
      try {
        return writing(this.connection, () => {
          this.#file.assertStillThere();
          return work();
        });
      } finally {
        // What is cached may be older than the repair, or come from one that was undone.
        this.dictionary.forget();
        this.budgets.forget();
        this.#writer?.forget();
      }
    });
  }

  reading<T>(work: () => T): T {
    return this.guarded(() => reading(this.connection, work));
  }

  guarded<T>(work: () => T): T {
    return inSentences(this.#path, work);
  }
}

/** Without its seed (a damaged book, which `verify` tells of), ids are looked for under hashes that don't fit. */
function hashSeed(connection: Connection): number {
  return Number(connection.prepare("SELECT value FROM settings WHERE name = 'hash_seed'").get()?.value ?? 0);
}
