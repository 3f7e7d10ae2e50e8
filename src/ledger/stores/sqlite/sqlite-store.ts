/** The book in one SQLite file: puts the pieces of this folder together and turns every failure into one sentence. */
import type { PriceEntry } from "../../../pricing/index.ts";
import type {
  EntryOutcome,
  Group,
  GroupQuery,
  ImportFileState,
  LedgerStore,
  Repricing,
  Segment,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  VerifyOptions,
  VerifyOutcome,
  WriteBatch,
} from "../../store.ts";
import { type BookFile, openBookFile } from "./book-file.ts";
import { Dictionary, providerAndModel } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { databaseError } from "./failures.ts";
import { groups } from "./groups.ts";
import { Identities } from "./identities.ts";
import { importFiles, putImportFiles } from "./import-files.ts";
import { listPrices, putPrices } from "./price-entries.ts";
import { recordPages } from "./record-pages.ts";
import { RecordReader } from "./record-reader.ts";
import { reading, writing } from "./transaction.ts";
import { Writer } from "./writer.ts";

export class SqliteStore implements LedgerStore {
  readonly #path: string;
  readonly #file: BookFile;
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #reader: RecordReader;
  readonly #identities: Identities;
  #writer: Writer | undefined;

  constructor(path: string, options: { readOnly?: boolean }) {
    this.#path = path;
    this.#file = openBookFile(path, options);
    this.#connection = this.#file.connection;
    this.#dictionary = new Dictionary(this.#connection);
    this.#reader = new RecordReader(this.#connection, this.#dictionary);
    const seed = this.#guarded(() => hashSeed(this.#connection));
    this.#identities = new Identities(this.#connection, seed, (row) => this.#reader.identityOf(row));
  }

  async write(batch: WriteBatch): Promise<EntryOutcome[]> {
    return this.#writing((writer) => {
      const outcomes = writer.write(batch);
      putImportFiles(this.#connection, this.#dictionary, batch.files);
      return outcomes;
    });
  }

  async importFiles(source: string): Promise<Map<string, ImportFileState>> {
    return this.#guarded(() => importFiles(this.#connection, this.#dictionary, source));
  }

  async span(): Promise<Segment | undefined> {
    return this.#guarded(() => {
      const row = this.#connection
        .prepare("SELECT (SELECT min(time_ms) FROM usage_records) AS first, (SELECT max(time_ms) FROM usage_records) AS last")
        .get();
      return row?.first == null ? undefined : { startMs: Number(row.first), endMs: Number(row.last) + 1 };
    });
  }

  async groups(query: GroupQuery): Promise<Group[]> {
    return this.#guarded(() => reading(this.#connection, () => groups(this.#connection, this.#dictionary, this.#identities, query)));
  }

  async *records(filter: UsageFilter & TimeSpan): AsyncGenerator<StoredRecord[]> {
    const pages = recordPages(this.#connection, this.#dictionary, this.#identities, this.#reader, filter);
    for (;;) {
      const page = this.#guarded(() => reading(this.#connection, () => pages.next()));
      if (page.done) return;
      yield page.value;
    }
  }

  async reprice(repricings: readonly Repricing[]): Promise<void> {
    this.#writing((writer) => {
      for (const { rowId, computedCostNanoUsd, priceVersion } of repricings) {
        const stored = this.#reader.folded(rowId);
        writer.correct(stored, {
          ...stored.current,
          computed_cost_nano_usd: computedCostNanoUsd,
          unpriced: stored.current.reported_cost_nano_usd === null && computedCostNanoUsd === null ? 1 : 0,
          price_version: priceVersion === null ? 0 : this.#dictionary.intern("priceVersion", priceVersion),
        });
      }
      writer.flush();
    });
  }

  async renameModels(canonicalModel: (provider: string, model: string) => string): Promise<void> {
    this.#writing(() => {
      for (const entry of this.#dictionary.entries("model")) {
        const name = canonicalModel(...providerAndModel(entry.key));
        if (name !== entry.name) this.#dictionary.rename(entry, name);
      }
    });
  }

  async prices(): Promise<PriceEntry[]> {
    return this.#guarded(() => listPrices(this.#connection));
  }

  pricesRevision(): number {
    return this.#guarded(() => Number(this.#connection.prepare("SELECT coalesce(max(id), 0) AS id FROM prices").get()?.id));
  }

  async putPrices(entries: readonly PriceEntry[], source: string, nowMs: number): Promise<void> {
    this.#writing(() => putPrices(this.#connection, entries, source, nowMs));
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    const { verifyBook } = await import("./verify.ts");
    const work = (): VerifyOutcome => verifyBook(this.#connection, this.#dictionary, this.#reader, this.#identities, options);
    return options.repair ? this.#writing(work) : this.#guarded(() => reading(this.#connection, work));
  }

  async close(): Promise<void> {
    this.#guarded(() => this.#connection.close());
  }

  #writing<T>(work: (writer: Writer) => T): T {
    return this.#guarded(() => {
      try {
        return writing(this.#connection, () => {
          this.#file.assertStillThere();
          this.#writer ??= new Writer(this.#connection, this.#dictionary, this.#identities, this.#reader);
          this.#writer.begin();
          return work(this.#writer);
        });
      } catch (error) {
        this.#dictionary.forget();
        this.#writer?.forget();
        throw error;
      }
    });
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, this.#path);
    }
  }
}

/** Without its seed (a damaged book, which `verify` tells of), ids are looked for under hashes that don't fit. */
function hashSeed(connection: Connection): number {
  return Number(connection.prepare("SELECT value FROM settings WHERE name = 'hash_seed'").get()?.value ?? 0);
}
