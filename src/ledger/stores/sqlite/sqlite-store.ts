/**
 * The book in one SQLite file. Summing is here; whatever reads single records or writes is the bookkeeper's, who is loaded when
 * first needed: a report is asked for a hundred times for each import, and waits for nothing that it doesn't use.
 */
import type { PriceEntry } from "../../../pricing/index.ts";
import type {
  CanonicalModel,
  Entry,
  EntryOutcome,
  Group,
  GroupQuery,
  ImportFileState,
  LedgerStore,
  Repricing,
  Resolve,
  Segment,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  VerifyOptions,
  VerifyOutcome,
  WriteBatch,
} from "../../store.ts";
import { type BookFile, openBookFile } from "./book-file.ts";
import type { Bookkeeper } from "./bookkeeper.ts";
import { Dictionary } from "./dictionary.ts";
import { inSentences } from "./failures.ts";
import { groups } from "./groups.ts";
import { reading } from "./transaction.ts";

export class SqliteStore implements LedgerStore {
  readonly #path: string;
  readonly #file: BookFile;
  readonly #dictionary: Dictionary;
  #bookkeeper: Promise<Bookkeeper> | undefined;

  static async open(path: string, options: { readOnly?: boolean }): Promise<SqliteStore> {
    return new SqliteStore(path, await openBookFile(path, options));
  }

  private constructor(path: string, file: BookFile) {
    this.#path = path;
    this.#file = file;
    this.#dictionary = new Dictionary(file.connection);
  }

  async span(): Promise<Segment | undefined> {
    return this.#guarded(() => {
      const row = this.#file.connection
        .prepare("SELECT (SELECT min(time_ms) FROM usage_records) AS first, (SELECT max(time_ms) FROM usage_records) AS last")
        .get();
      return row?.first == null ? undefined : { startMs: Number(row.first), endMs: Number(row.last) + 1 };
    });
  }

  async groups(query: GroupQuery): Promise<Group[]> {
    const { requestId } = query.filter;
    const bookkeeper = requestId === undefined ? undefined : await this.#keeper();
    const { connection } = this.#file;
    return this.#guarded(() =>
      reading(connection, () => groups(connection, this.#dictionary, query, bookkeeper?.requestSql(requestId) ?? "")),
    );
  }

  async write(batch: WriteBatch): Promise<EntryOutcome[]> {
    return (await this.#keeper()).write(batch);
  }

  async preview(entries: readonly Entry[], resolve: Resolve): Promise<EntryOutcome[]> {
    return (await this.#keeper()).preview(entries, resolve);
  }

  async importFiles(source: string): Promise<Map<string, ImportFileState>> {
    return (await this.#keeper()).importFiles(source);
  }

  async *records(filter: UsageFilter & TimeSpan): AsyncGenerator<StoredRecord[]> {
    yield* (await this.#keeper()).records(filter);
  }

  async reprice(repricings: readonly Repricing[]): Promise<void> {
    (await this.#keeper()).reprice(repricings);
  }

  async renameModels(canonicalModel: CanonicalModel): Promise<void> {
    (await this.#keeper()).renameModels(canonicalModel);
  }

  async prices(): Promise<PriceEntry[]> {
    return (await this.#keeper()).prices();
  }

  async pricesRevision(): Promise<number> {
    return (await this.#keeper()).pricesRevision();
  }

  async putPrices(entries: readonly PriceEntry[], source: string, nowMs: number): Promise<void> {
    (await this.#keeper()).putPrices(entries, source, nowMs);
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    return (await this.#keeper()).verify(options);
  }

  async close(): Promise<void> {
    this.#guarded(() => this.#file.connection.close());
  }

  #keeper(): Promise<Bookkeeper> {
    this.#bookkeeper ??= import("./bookkeeper.ts").then(({ Bookkeeper }) => new Bookkeeper(this.#path, this.#file, this.#dictionary));
    return this.#bookkeeper;
  }

  #guarded<T>(work: () => T): T {
    return inSentences(this.#path, work);
  }
}
