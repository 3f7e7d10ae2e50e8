/** All work on a book that sees single records: adding, correcting, reading, proving. Puts the pieces of this folder together. */
import { systemClock } from "../../../clock.ts";
import type { PriceEntry } from "../../../pricing/index.ts";
import { pricesNote } from "../../schema/audit-notes.ts";
import { dearestOf } from "../../schema/dearest.ts";
import { providerAndModel } from "../../schema/dictionary-entry.ts";
import { idNamespaces } from "../../schema/identity.ts";
import { decode } from "../../schema/rows.ts";
import type {
  AuditEntry,
  AuditFilter,
  AuditNote,
  CanonicalModel,
  Entry,
  EntryOutcome,
  FilterValue,
  ImportFileState,
  PageWanted,
  RecordColumns,
  RecordPage,
  Repricing,
  Resolve,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  VerifyOptions,
  VerifyOutcome,
  WriteBatch,
} from "../../store.ts";
import { AuditLog } from "./audit-log.ts";
import { dearestPlaced } from "./dearest-records.ts";
import type { Desk } from "./desk.ts";
import { importFiles, putImportFiles } from "./import-files.ts";
import { previewOutcome } from "./previewing.ts";
import { listPrices, putPrices } from "./price-entries.ts";
import { promptKey } from "./prompt-key.ts";
import { recordPage } from "./record-page.ts";
import { recordPages } from "./record-pages.ts";
import { recordScan } from "./record-scan.ts";
import { requestSql } from "./request-filter.ts";
import { Statements } from "./statements.ts";
import type { Writer } from "./writer.ts";

const ASK_PRICES_EVERY_MS = 100;

export class Bookkeeper {
  readonly #desk: Desk;
  readonly #statements: Statements;
  readonly #audit: AuditLog;
  #prices: { revision: number; askedMs: number } | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#statements = new Statements(desk.connection);
    this.#audit = new AuditLog(desk);
  }

  write(batch: WriteBatch): Promise<EntryOutcome[]> {
    const work = (writer: Writer): EntryOutcome[] => {
      const outcomes = writer.write(batch);
      putImportFiles(this.#desk.connection, this.#desk.dictionary, batch.files);
      return outcomes;
    };
    return this.#desk.writing(work, { weight: batch.entries.length + batch.files.length });
  }

  preview(entries: readonly Entry[], resolve: Resolve): EntryOutcome[] {
    return this.#desk.reading(() =>
      entries.map((entry) => previewOutcome(entry, resolve, this.#desk.identities, this.#desk.reader, this.#desk.dictionary)),
    );
  }

  importFiles(source: string): Map<string, ImportFileState> {
    return this.#desk.guarded(() => importFiles(this.#desk.connection, this.#desk.dictionary, source));
  }

  *records(filter: UsageFilter & TimeSpan): Generator<StoredRecord[]> {
    yield* this.#inSnapshots(recordPages(this.#desk.connection, this.#desk.dictionary, this.#desk.identities, this.#desk.reader, filter));
  }

  *scan(filter: UsageFilter & TimeSpan): Generator<RecordColumns> {
    yield* this.#inSnapshots(recordScan(this.#desk, filter));
  }

  /** Each page is read in a transaction of its own. */
  *#inSnapshots<T>(pages: Generator<T>): Generator<T> {
    for (;;) {
      const page = this.#desk.reading(() => pages.next());
      if (page.done) return;
      yield page.value;
    }
  }

  recordPage(filter: UsageFilter & TimeSpan, page: PageWanted): RecordPage {
    return this.#desk.reading(() => recordPage(this.#desk, filter, page));
  }

  recordsOfId(id: string): StoredRecord[] {
    const { dictionary, identities, reader } = this.#desk;
    return this.#desk.reading(() =>
      idNamespaces(dictionary)
        .flatMap((namespace) => identities.rowsOf({ kind: "id", namespace, text: id }))
        .map((row) => reader.folded(row))
        .map(({ current, original }) => decode(current, original, dictionary)),
    );
  }

  dearest(filter: UsageFilter & TimeSpan, limit: number): Promise<StoredRecord[]> {
    return dearestOf(limit, (rows) => this.#desk.reading(() => dearestPlaced(this.#desk, filter, rows)));
  }

  /** See `requestSql`. */
  requestSql(requestId: FilterValue | undefined): string {
    return requestSql(requestId, this.#desk.identities, this.#desk.dictionary, this.#desk.connection);
  }

  promptKey(fresh: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    return promptKey(this.#desk, fresh);
  }

  auditEntries(filter: AuditFilter): AuditEntry[] {
    return this.#audit.list(filter);
  }

  reprice(repricings: readonly Repricing[], note?: AuditNote): Promise<void> {
    return this.#desk.writing((writer) => {
      for (const { rowId, computedCostNanoUsd, priceVersion } of repricings) {
        const stored = this.#desk.reader.folded(rowId);
        writer.correct(stored, {
          ...stored.current,
          computed_cost_nano_usd: computedCostNanoUsd,
          unpriced: stored.current.reported_cost_nano_usd === null && computedCostNanoUsd === null ? 1 : 0,
          price_version: priceVersion === null ? 0 : this.#desk.dictionary.intern("priceVersion", priceVersion),
        });
      }
      writer.flush();
      if (note) this.#audit.add(note);
    });
  }

  renameModels(canonicalModel: CanonicalModel): Promise<void> {
    return this.#desk.writing((writer) => {
      for (const entry of this.#desk.dictionary.entries("model")) {
        const name = canonicalModel(...providerAndModel(entry.key));
        if (name !== entry.name) this.#desk.dictionary.rename("model", entry, name);
      }
      writer.flush();
    });
  }

  prices(): PriceEntry[] {
    return this.#desk.guarded(() => listPrices(this.#desk.connection));
  }

  /** Asked before every call: what another process puts into the book is seen a moment later. */
  pricesRevision(): number {
    const nowMs = systemClock.monotonic();
    if (this.#prices === undefined || nowMs - this.#prices.askedMs >= ASK_PRICES_EVERY_MS) {
      const revision = this.#desk.guarded(() => Number(this.#statements.of("SELECT coalesce(max(id), 0) AS id FROM prices").get()?.id));
      this.#prices = { revision, askedMs: nowMs };
    }
    return this.#prices.revision;
  }

  async putPrices(entries: readonly PriceEntry[], source: string, nowMs: number, actor: string): Promise<void> {
    await this.#desk.writing(() => {
      const count = putPrices(this.#desk.connection, entries, source, nowMs);
      if (count > 0) this.#audit.add(pricesNote(source, count, actor));
    });
    this.#prices = undefined;
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    const { verifyBook } = await import("./verify.ts");
    const work = (): VerifyOutcome => verifyBook(this.#desk, this.#audit, options);
    return options.repair ? this.#desk.repairing(work) : this.#desk.reading(work);
  }
}
