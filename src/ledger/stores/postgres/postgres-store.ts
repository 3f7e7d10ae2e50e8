/** The book in one schema of a PostgreSQL database. Puts the pieces of this folder together. */

import type { BudgetDefinition } from "../../../budget/index.ts";
import type { Clock } from "../../../clock.ts";
import type { PriceEntry } from "../../../pricing/index.ts";
import type { KeyChanges, SessionStore, StoredKey, StoredSession } from "../../key-store.ts";
import { dearestOf } from "../../schema/dearest.ts";
import { providerAndModel } from "../../schema/dictionary-entry.ts";
import { idNamespaces } from "../../schema/identity.ts";
import type {
  AlertFilter,
  AuditEntry,
  AuditFilter,
  AuditNote,
  BudgetState,
  CanonicalModel,
  ChangedBudget,
  CountedCall,
  DecideBudget,
  Entry,
  EntryOutcome,
  ExtendOutcome,
  ExtendRequest,
  Group,
  GroupQuery,
  HeldReservation,
  ImportFileState,
  LedgerStore,
  PageWanted,
  RecordColumns,
  RecordPage,
  Repricing,
  ReserveOutcome,
  ReserveRequest,
  Resolve,
  Segment,
  SettleOutcome,
  StoredAlert,
  StoredBudgets,
  StoredRecord,
  StoredReservation,
  StoreSettleOptions,
  TimeSpan,
  TrackOutcome,
  UsageFilter,
  VerifyOptions,
  VerifyOutcome,
  WorkOwner,
  WriteBatch,
} from "../../store.ts";
import { addAuditNotes, listAuditEntries } from "./audit-log.ts";
import type { BookParts } from "./book-parts.ts";
import { openBookSchema } from "./book-schema.ts";
import { BudgetKeeper } from "./budget-keeper.ts";
import type { BookConnection } from "./connection.ts";
import { dearestPlaced } from "./dearest-records.ts";
import { Dictionary } from "./dictionary.ts";
import { groups } from "./groups.ts";
import { recordsOfIdentity } from "./identities.ts";
import { importFiles, putImportFiles } from "./import-files.ts";
import { Partitions } from "./partitions.ts";
import { Posting } from "./posting.ts";
import { previewOutcomes } from "./previewing.ts";
import { listPrices, pricesRevision, putPrices } from "./price-entries.ts";
import { promptKey } from "./prompt-key.ts";
import { recordPage } from "./record-page.ts";
import { recordPages } from "./record-pages.ts";
import { readFamilies, recordOf } from "./record-reader.ts";
import { recordScan } from "./record-scan.ts";
import { Remembered } from "./remembered.ts";
import { RowNumbers } from "./row-numbers.ts";
import { Sessions } from "./sessions.ts";
import type { Transaction } from "./transaction.ts";
import { VirtualKeys } from "./virtual-keys.ts";
import { Writer } from "./writer.ts";

/** Whoever calls now and then waits for the prices of now; among many calls, none waits. */
const PRICES_KNOWN = { freshMs: 1000, usableMs: 10_000 };

export class PostgresStore implements LedgerStore {
  readonly #parts: BookParts;
  readonly #connection: BookConnection;
  readonly #dictionary: Dictionary;
  readonly #keeper: BudgetKeeper;
  readonly #virtualKeys: VirtualKeys;
  readonly #sessions: Sessions;
  readonly #pricesRevision: Remembered;

  static async open(url: string, options: { readOnly: boolean; clock: Clock; patienceMs?: number }): Promise<PostgresStore> {
    return new PostgresStore(await openBookSchema(url, options), options.clock);
  }

  private constructor(connection: BookConnection, clock: Clock) {
    const dictionary = new Dictionary(connection);
    const partitions = new Partitions(connection);
    const numbers = new RowNumbers();
    this.#parts = { clock, connection, dictionary, partitions, numbers, writer: new Writer(dictionary, partitions, numbers) };
    this.#connection = connection;
    this.#dictionary = dictionary;
    this.#keeper = new BudgetKeeper(this.#parts);
    this.#virtualKeys = new VirtualKeys(connection, clock);
    this.#sessions = new Sessions(connection);
    this.#pricesRevision = new Remembered(clock, () => pricesRevision(connection), PRICES_KNOWN);
  }

  async write({ entries, files, resolve, canonicalModel }: WriteBatch): Promise<EntryOutcome[]> {
    const { writer } = this.#parts;
    const encoded = await writer.encode(entries, canonicalModel);
    const sources = await this.#dictionary.idsOf("source", new Set(files.map(({ source }) => source)));
    return this.#posting(async (posting) => {
      const outcomes = await writer.write(posting, encoded, resolve);
      await putImportFiles(posting.transaction, sources, files);
      return outcomes;
    });
  }

  preview(entries: readonly Entry[], resolve: Resolve): Promise<EntryOutcome[]> {
    return this.#connection.read((transaction) => previewOutcomes(transaction, this.#dictionary, entries, resolve));
  }

  importFiles(source: string): Promise<Map<string, ImportFileState>> {
    return this.#connection.read(async (transaction) => {
      await this.#dictionary.loadKinds(transaction, ["source"]);
      return importFiles(transaction, this.#dictionary.find("source", source)?.id ?? 0);
    });
  }

  span(): Promise<Segment | undefined> {
    return this.#connection.read(async (transaction) => {
      const [row] = await transaction.query("SELECT min(time_ms) AS first, max(time_ms) AS last FROM usage_records");
      return row?.first == null ? undefined : { startMs: Number(row.first), endMs: Number(row.last) + 1 };
    });
  }

  groups(query: GroupQuery): Promise<Group[]> {
    return this.#connection.read((transaction) => groups(transaction, this.#dictionary, query));
  }

  records(filter: UsageFilter & TimeSpan): AsyncIterable<StoredRecord[]> {
    return this.#connection.pages((transaction) => recordPages(transaction, this.#dictionary, filter));
  }

  scan(filter: UsageFilter & TimeSpan): AsyncIterable<RecordColumns> {
    return this.#connection.pages((transaction) => recordScan(transaction, this.#dictionary, filter));
  }

  recordPage(filter: UsageFilter & TimeSpan, page: PageWanted): Promise<RecordPage> {
    return this.#connection.read((transaction) => recordPage(transaction, this.#dictionary, filter, page));
  }

  recordsOfId(id: string): Promise<StoredRecord[]> {
    return this.#connection.read(async (transaction) => {
      await this.#dictionary.loadKinds(transaction, ["circumstances", "source"]);
      const places = await recordsOfIdentity(transaction, { kind: "id", namespaces: idNamespaces(this.#dictionary), text: id });
      return [...(await readFamilies(transaction, this.#dictionary, places)).values()].map((family) => recordOf(family, this.#dictionary));
    });
  }

  dearest(filter: UsageFilter & TimeSpan, limit: number): Promise<StoredRecord[]> {
    return dearestOf(limit, (rows) => this.#connection.read((transaction) => dearestPlaced(transaction, this.#dictionary, filter, rows)));
  }

  promptKey(fresh: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    return promptKey(this.#connection, fresh);
  }

  auditEntries(filter: AuditFilter): Promise<AuditEntry[]> {
    return this.#connection.read((transaction) => listAuditEntries(transaction, filter));
  }

  async reprice(repricings: readonly Repricing[], note?: AuditNote): Promise<void> {
    const versions = await this.#dictionary.idsOf("priceVersion", new Set(repricings.flatMap(({ priceVersion }) => priceVersion ?? [])));
    await this.#posting(
      (posting) => this.#parts.writer.reprice(posting, repricings, versions),
      (transaction) => addAuditNotes(transaction, note ? [note] : []),
    );
  }

  async renameModels(canonicalModel: CanonicalModel): Promise<void> {
    await this.#posting(async ({ transaction, follower }) => {
      await this.#dictionary.loadKinds(transaction, ["model"]);
      const models = this.#dictionary.entries("model");
      const renamed = await this.#dictionary.rename(transaction, models, ({ key }) => canonicalModel(...providerAndModel(key)));
      if (renamed.length > 0) await follower.renamed(renamed);
    });
  }

  prices(): Promise<PriceEntry[]> {
    return this.#connection.read(listPrices);
  }

  /** Asked for before every call that is priced: what another process has changed within the last moment is known after it. */
  pricesRevision(): Promise<number> {
    return this.#pricesRevision.get();
  }

  async putPrices(entries: readonly PriceEntry[], source: string, nowMs: number, actor: string): Promise<void> {
    try {
      await this.#connection.write((transaction) => putPrices(transaction, entries, source, { nowMs, actor }));
    } finally {
      this.#pricesRevision.forget();
    }
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    const { verifyBook } = await import("./verify.ts");
    return verifyBook(this.#parts, this.#keeper, options);
  }

  /** The server itself clears what is replaced, when it next vacuums. */
  erasing(work: () => Promise<void>): Promise<void> {
    return work();
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    await this.#connection.close();
  }

  /** Does `work` in one transaction whose rows go into every sum. @param last what follows when they are there */
  #posting<T>(work: (posting: Posting) => Promise<T>, last?: (transaction: Transaction) => Promise<void>): Promise<T> {
    return this.#connection.write(async (transaction) => {
      this.#dictionary.begin(transaction);
      const posting = await Posting.begin(transaction, this.#keeper.follow);
      const result = await work(posting);
      await posting.flush();
      await last?.(transaction);
      return result;
    });
  }

  key(id: string): Promise<{ nowMs: number; key: StoredKey | undefined }> {
    return this.#virtualKeys.key(id);
  }

  keys(): Promise<{ nowMs: number; keys: StoredKey[] }> {
    return this.#virtualKeys.keys();
  }

  changeKeys(decide: (keys: readonly StoredKey[], nowMs: number) => KeyChanges): Promise<void> {
    return this.#virtualKeys.changeKeys(decide);
  }

  openSession(
    session: Parameters<SessionStore["openSession"]>[0],
    accepts: (key: StoredKey, nowMs: number) => boolean,
  ): Promise<StoredSession | undefined> {
    return this.#sessions.openSession(session, accepts);
  }

  session(digest: Uint8Array): Promise<{ nowMs: number; session: StoredSession; key: StoredKey } | undefined> {
    return this.#sessions.session(digest);
  }

  closeSession(digest: Uint8Array, actor: string): Promise<boolean> {
    return this.#sessions.closeSession(digest, actor);
  }

  keysRevision(): Promise<number> {
    return this.#virtualKeys.keysRevision();
  }

  touchKeys(lastUsedMsById: ReadonlyMap<string, number>): Promise<void> {
    return this.#virtualKeys.touchKeys(lastUsedMsById);
  }

  budgets(): Promise<StoredBudgets> {
    return this.#keeper.budgets();
  }

  putBudgets(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void> {
    return this.#keeper.putBudgets(definitions, origin, actor);
  }

  removeBudget(name: string, actor?: string): Promise<boolean> {
    return this.#keeper.removeBudget(name, actor);
  }

  changeBudget(name: string, decide: DecideBudget, by: { origin: string; actor: string }): Promise<ChangedBudget> {
    return this.#keeper.changeBudget(name, decide, by);
  }

  budgetStates(atMs?: number): Promise<{ nowMs: number; states: BudgetState[] }> {
    return this.#keeper.budgetStates(atMs);
  }

  reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    return this.#keeper.reserve(request);
  }

  reservation(requestId: string, attempt: number): Promise<StoredReservation | undefined> {
    return this.#keeper.reservation(requestId, attempt);
  }

  markDispatched(requestId: string, attempt: number): Promise<boolean> {
    return this.#keeper.markDispatched(requestId, attempt);
  }

  extend(request: ExtendRequest): Promise<ExtendOutcome> {
    return this.#keeper.extend(request);
  }

  track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome> {
    return this.#keeper.track(requestId, attempt, externalId, owner);
  }

  ownerOf(externalId: string): Promise<WorkOwner | undefined> {
    return this.#keeper.ownerOf(externalId);
  }

  tracked(externalId: string): Promise<StoredReservation | undefined> {
    return this.#keeper.tracked(externalId);
  }

  counting(call: CountedCall): Promise<readonly BudgetDefinition[]> {
    return this.#keeper.counting(call);
  }

  flushed(): Promise<void> {
    return this.#keeper.flushed();
  }

  settle(entry: Entry, canonicalModel: CanonicalModel, options?: StoreSettleOptions): Promise<SettleOutcome> {
    return this.#keeper.settle(entry, canonicalModel, options);
  }

  release(requestId: string, attempt: number): Promise<boolean> {
    return this.#keeper.release(requestId, attempt);
  }

  expired(limit: number): Promise<StoredReservation[]> {
    return this.#keeper.expired(limit);
  }

  expire(requestId: string, attempt: number, entry: Entry | undefined, canonicalModel: CanonicalModel): Promise<boolean> {
    return this.#keeper.expire(requestId, attempt, entry, canonicalModel);
  }

  reservations(): Promise<HeldReservation[]> {
    return this.#keeper.reservations();
  }

  alerts(filter: AlertFilter): Promise<StoredAlert[]> {
    return this.#keeper.alerts(filter);
  }

  acknowledgeAlerts(ids: readonly number[], nowMs: number, actor: string): Promise<number> {
    return this.#keeper.acknowledgeAlerts(ids, nowMs, actor);
  }

  claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    return this.#keeper.claimDeliveries(limit, leaseMs);
  }

  deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    return this.#keeper.deliveryDone(id, outcome);
  }
}
