/** All work on a book that sees single records: adding, correcting, reading, proving. Puts the pieces of this folder together. */
import type { PriceEntry } from "../../../pricing/index.ts";
import { providerAndModel } from "../../schema/dictionary-entry.ts";
import type {
  CanonicalModel,
  Entry,
  EntryOutcome,
  FilterValue,
  ImportFileState,
  Repricing,
  Resolve,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  VerifyOptions,
  VerifyOutcome,
  WriteBatch,
} from "../../store.ts";
import type { BookFile } from "./book-file.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import { inSentences } from "./failures.ts";
import { Identities } from "./identities.ts";
import { importFiles, putImportFiles } from "./import-files.ts";
import { previewOutcome } from "./previewing.ts";
import { listPrices, putPrices } from "./price-entries.ts";
import { recordPages } from "./record-pages.ts";
import { RecordReader } from "./record-reader.ts";
import { requestSql } from "./request-filter.ts";
import { reading, writing } from "./transaction.ts";
import { Writer } from "./writer.ts";

export class Bookkeeper {
  readonly #path: string;
  readonly #file: BookFile;
  readonly #connection: Connection;
  readonly #dictionary: Dictionary;
  readonly #reader: RecordReader;
  readonly #identities: Identities;
  #writer: Writer | undefined;

  constructor(path: string, file: BookFile, dictionary: Dictionary) {
    this.#path = path;
    this.#file = file;
    this.#connection = file.connection;
    this.#dictionary = dictionary;
    [this.#reader, this.#identities] = this.#guarded(() => {
      const reader = new RecordReader(file.connection, dictionary);
      return [reader, new Identities(file.connection, hashSeed(file.connection), (row) => reader.identityOf(row))];
    });
  }

  write(batch: WriteBatch): EntryOutcome[] {
    return this.#writing((writer) => {
      const outcomes = writer.write(batch);
      putImportFiles(this.#connection, this.#dictionary, batch.files);
      return outcomes;
    });
  }

  preview(entries: readonly Entry[], resolve: Resolve): EntryOutcome[] {
    return this.#reading(() => entries.map((entry) => previewOutcome(entry, resolve, this.#identities, this.#reader, this.#dictionary)));
  }

  importFiles(source: string): Map<string, ImportFileState> {
    return this.#guarded(() => importFiles(this.#connection, this.#dictionary, source));
  }

  *records(filter: UsageFilter & TimeSpan): Generator<StoredRecord[]> {
    const pages = recordPages(this.#connection, this.#dictionary, this.#identities, this.#reader, filter);
    for (;;) {
      const page = this.#reading(() => pages.next());
      if (page.done) return;
      yield page.value;
    }
  }

  /** See `requestSql`. */
  requestSql(requestId: FilterValue | undefined): string {
    return requestSql(requestId, this.#identities, this.#connection);
  }

  reprice(repricings: readonly Repricing[]): void {
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

  renameModels(canonicalModel: CanonicalModel): void {
    this.#writing(() => {
      for (const entry of this.#dictionary.entries("model")) {
        const name = canonicalModel(...providerAndModel(entry.key));
        if (name !== entry.name) this.#dictionary.rename(entry, name);
      }
    });
  }

  prices(): PriceEntry[] {
    return this.#guarded(() => listPrices(this.#connection));
  }

  pricesRevision(): number {
    return this.#guarded(() => Number(this.#connection.prepare("SELECT coalesce(max(id), 0) AS id FROM prices").get()?.id));
  }

  putPrices(entries: readonly PriceEntry[], source: string, nowMs: number): void {
    this.#writing(() => putPrices(this.#connection, entries, source, nowMs));
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    const { verifyBook } = await import("./verify.ts");
    const work = (): VerifyOutcome => verifyBook(this.#connection, this.#dictionary, this.#reader, this.#identities, options);
    return options.repair ? this.#writing(work) : this.#reading(work);
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

  #reading<T>(work: () => T): T {
    return this.#guarded(() => reading(this.#connection, work));
  }

  #guarded<T>(work: () => T): T {
    return inSentences(this.#path, work);
  }
}

/** Without its seed (a damaged book, which `verify` tells of), ids are looked for under hashes that don't fit. */
function hashSeed(connection: Connection): number {
  return Number(connection.prepare("SELECT value FROM settings WHERE name = 'hash_seed'").get()?.value ?? 0);
}
