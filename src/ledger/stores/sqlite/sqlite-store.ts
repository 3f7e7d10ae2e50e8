/**
 * The book in one SQLite file. Summing is here; whatever reads single records or writes is the bookkeeper's, who is loaded when
 * first needed: a report is asked for a hundred times for each import, and waits for nothing that it doesn't use.
 */
import type { BudgetDefinition } from "../../../budget/index.ts";
import { type Clock, systemClock } from "../../../clock.ts";
import type { PriceEntry } from "../../../pricing/index.ts";
import type { KeyChanges, SessionStore, StoredKey, StoredSession } from "../../key-store.ts";
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
import { type BookFile, openBookFile } from "./book-file.ts";
import type { Bookkeeper } from "./bookkeeper.ts";
import type { BudgetKeeper } from "./budget-keeper.ts";
import type { Desk } from "./desk.ts";
import { Dictionary } from "./dictionary.ts";
import { inSentences } from "./failures.ts";
import { groups } from "./groups.ts";
import type { Sessions } from "./sessions.ts";
import { PATIENCE_MS, patiently, reading } from "./transaction.ts";
import type { VirtualKeys } from "./virtual-keys.ts";

/** Most books have no budgets: for them nothing further is loaded. */
const SOME_BUDGETS = `SELECT (SELECT value FROM settings WHERE name = 'budgets_revision') AS revision,
  EXISTS (SELECT 1 FROM budgets) AS there`;

export class SqliteStore implements LedgerStore {
  readonly #path: string;
  readonly #file: BookFile;
  readonly #dictionary: Dictionary;
  readonly #options: { clock: Clock; patienceMs: number };
  #desk: Promise<Desk> | undefined;
  #bookkeeper: Promise<Bookkeeper> | undefined;
  #budgetKeeper: Promise<BudgetKeeper> | undefined;
  #virtualKeys: Promise<VirtualKeys> | undefined;
  #sessions: Promise<Sessions> | undefined;

  static async open(path: string, options: { readOnly?: boolean; clock?: Clock; patienceMs?: number }): Promise<SqliteStore> {
    const { clock = systemClock, patienceMs = PATIENCE_MS } = options;
    return new SqliteStore(path, await openBookFile(path, options), { clock, patienceMs });
  }

  private constructor(path: string, file: BookFile, options: { clock: Clock; patienceMs: number }) {
    this.#path = path;
    this.#file = file;
    this.#options = options;
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
      reading(connection, this.#options.patienceMs, () =>
        groups(connection, this.#dictionary, query, bookkeeper?.requestSql(requestId) ?? ""),
      ),
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

  async *scan(filter: UsageFilter & TimeSpan): AsyncGenerator<RecordColumns> {
    yield* (await this.#keeper()).scan(filter);
  }

  async recordPage(filter: UsageFilter & TimeSpan, page: PageWanted): Promise<RecordPage> {
    return (await this.#keeper()).recordPage(filter, page);
  }

  async recordsOfId(id: string): Promise<StoredRecord[]> {
    return (await this.#keeper()).recordsOfId(id);
  }

  async dearest(filter: UsageFilter & TimeSpan, limit: number): Promise<StoredRecord[]> {
    return (await this.#keeper()).dearest(filter, limit);
  }

  async promptKey(fresh: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    return (await this.#keeper()).promptKey(fresh);
  }

  async auditEntries(filter: AuditFilter): Promise<AuditEntry[]> {
    return (await this.#keeper()).auditEntries(filter);
  }

  async reprice(repricings: readonly Repricing[], note?: AuditNote): Promise<void> {
    await (await this.#keeper()).reprice(repricings, note);
  }

  async renameModels(canonicalModel: CanonicalModel): Promise<void> {
    await (await this.#keeper()).renameModels(canonicalModel);
  }

  async prices(): Promise<PriceEntry[]> {
    return (await this.#keeper()).prices();
  }

  async pricesRevision(): Promise<number> {
    return (await this.#keeper()).pricesRevision();
  }

  async putPrices(entries: readonly PriceEntry[], source: string, nowMs: number, actor: string): Promise<void> {
    await (await this.#keeper()).putPrices(entries, source, nowMs, actor);
  }

  async verify(options: VerifyOptions): Promise<VerifyOutcome> {
    return (await this.#keeper()).verify(options);
  }

  async budgets(): Promise<StoredBudgets> {
    const { connection } = this.#file;
    const some = this.#guarded(() => connection.prepare(SOME_BUDGETS).get());
    if (!some?.there) return { revision: Number(some?.revision ?? 0), budgets: [] };
    const { BudgetTable } = await import("./budget-table.ts");
    return this.#guarded(() => reading(connection, this.#options.patienceMs, () => new BudgetTable(connection).all()));
  }

  async putBudgets(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void> {
    await (await this.#budgets()).putBudgets(definitions, origin, actor);
  }

  async removeBudget(name: string, actor?: string): Promise<boolean> {
    return (await this.#budgets()).removeBudget(name, actor);
  }

  async changeBudget(name: string, decide: DecideBudget, by: { origin: string; actor: string }): Promise<ChangedBudget> {
    return (await this.#budgets()).changeBudget(name, decide, by);
  }

  async budgetStates(atMs?: number): Promise<{ nowMs: number; states: BudgetState[] }> {
    return (await this.#budgets()).budgetStates(atMs);
  }

  async reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    return (await this.#budgets()).reserve(request);
  }

  async reservation(requestId: string, attempt: number): Promise<StoredReservation | undefined> {
    return (await this.#budgets()).reservation(requestId, attempt);
  }

  async markDispatched(requestId: string, attempt: number): Promise<boolean> {
    return (await this.#budgets()).markDispatched(requestId, attempt);
  }

  async extend(request: ExtendRequest): Promise<ExtendOutcome> {
    return (await this.#budgets()).extend(request);
  }

  async track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome> {
    return (await this.#budgets()).track(requestId, attempt, externalId, owner);
  }

  async ownerOf(externalId: string): Promise<WorkOwner | undefined> {
    return (await this.#budgets()).ownerOf(externalId);
  }

  async tracked(externalId: string): Promise<StoredReservation | undefined> {
    return (await this.#budgets()).tracked(externalId);
  }

  async counting(call: CountedCall): Promise<readonly BudgetDefinition[]> {
    return (await this.#budgets()).counting(call);
  }

  async flushed(): Promise<void> {
    return (await this.#sharedDesk()).flushed();
  }

  async settle(entry: Entry, canonicalModel: CanonicalModel, options?: StoreSettleOptions): Promise<SettleOutcome> {
    return (await this.#budgets()).settle(entry, canonicalModel, options);
  }

  async release(requestId: string, attempt: number): Promise<boolean> {
    return (await this.#budgets()).release(requestId, attempt);
  }

  async expired(limit: number): Promise<StoredReservation[]> {
    return (await this.#budgets()).expired(limit);
  }

  async expire(requestId: string, attempt: number, entry: Entry | undefined, canonicalModel: CanonicalModel): Promise<boolean> {
    return (await this.#budgets()).expire(requestId, attempt, entry, canonicalModel);
  }

  async reservations(): Promise<HeldReservation[]> {
    return (await this.#budgets()).reservations();
  }

  async alerts(filter: AlertFilter): Promise<StoredAlert[]> {
    return (await this.#budgets()).alerts(filter);
  }

  async acknowledgeAlerts(ids: readonly number[], nowMs: number, actor: string): Promise<number> {
    return (await this.#budgets()).acknowledgeAlerts(ids, nowMs, actor);
  }

  async claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    return (await this.#budgets()).claimDeliveries(limit, leaseMs);
  }

  async deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    await (await this.#budgets()).deliveryDone(id, outcome);
  }

  async key(id: string): Promise<{ nowMs: number; key: StoredKey | undefined }> {
    return (await this.#keys()).key(id);
  }

  async keys(): Promise<{ nowMs: number; keys: StoredKey[] }> {
    return (await this.#keys()).keys();
  }

  async changeKeys(decide: (keys: readonly StoredKey[], nowMs: number) => KeyChanges): Promise<void> {
    return (await this.#keys()).changeKeys(decide);
  }

  async openSession(
    session: Parameters<SessionStore["openSession"]>[0],
    accepts: (key: StoredKey, nowMs: number) => boolean,
  ): Promise<StoredSession | undefined> {
    return (await this.#someSessions()).openSession(session, accepts);
  }

  async session(digest: Uint8Array): Promise<{ nowMs: number; session: StoredSession; key: StoredKey } | undefined> {
    return (await this.#someSessions()).session(digest);
  }

  async closeSession(digest: Uint8Array, actor: string): Promise<boolean> {
    return (await this.#someSessions()).closeSession(digest, actor);
  }

  async keysRevision(): Promise<number> {
    return (await this.#keys()).keysRevision();
  }

  async touchKeys(lastUsedMsById: ReadonlyMap<string, number>): Promise<void> {
    return (await this.#keys()).touchKeys(lastUsedMsById);
  }

  /** Freed parts of pages are overwritten, and the log, which still has the pages as they were, is emptied. */
  async erasing(work: () => Promise<void>): Promise<void> {
    this.#guarded(() => this.#file.connection.exec("PRAGMA secure_delete = ON"));
    try {
      await work();
      await (await this.#sharedDesk()).flushed();
      // Where others still read it, it is emptied when they are done.
      this.#guarded(() => this.#file.emptyLog());
    } finally {
      this.#guarded(() => this.#file.connection.exec("PRAGMA secure_delete = OFF"));
    }
  }

  async close(): Promise<void> {
    await (await this.#desk)?.close();
    this.#guarded(() => this.#file.connection.close());
  }

  #keeper(): Promise<Bookkeeper> {
    this.#bookkeeper ??= Promise.all([import("./bookkeeper.ts"), this.#sharedDesk()]).then(
      ([{ Bookkeeper }, desk]) => new Bookkeeper(desk),
    );
    return this.#bookkeeper;
  }

  #budgets(): Promise<BudgetKeeper> {
    this.#budgetKeeper ??= Promise.all([import("./budget-keeper.ts"), this.#sharedDesk()]).then(
      ([{ BudgetKeeper }, desk]) => new BudgetKeeper(desk),
    );
    return this.#budgetKeeper;
  }

  #keys(): Promise<VirtualKeys> {
    this.#virtualKeys ??= Promise.all([import("./virtual-keys.ts"), this.#sharedDesk()]).then(
      ([{ VirtualKeys }, desk]) => new VirtualKeys(desk),
    );
    return this.#virtualKeys;
  }

  #someSessions(): Promise<Sessions> {
    this.#sessions ??= Promise.all([import("./sessions.ts"), this.#sharedDesk(), this.#keys()]).then(
      ([{ Sessions }, desk, keys]) => new Sessions(desk, keys),
    );
    return this.#sessions;
  }

  #sharedDesk(): Promise<Desk> {
    this.#desk ??= import("./desk.ts").then(({ Desk }) => new Desk(this.#path, this.#file, this.#dictionary, this.#options));
    return this.#desk;
  }

  #guarded<T>(work: () => T): T {
    return inSentences(this.#path, () => patiently(this.#file.connection, this.#options.patienceMs, work));
  }
}
