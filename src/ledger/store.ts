/** What a database must do for the book. A store keeps and counts; what a record means is decided above it. */
import type { BudgetDefinition, BudgetWindow, MoneyAndTokens } from "../budget/index.ts";
import type { PriceEntry } from "../pricing/index.ts";
import type { UsageRecord } from "../usage/index.ts";
import type { AuditEntry, AuditFilter, AuditNote } from "./audit-entry.ts";
import type { KeyStore, SessionStore } from "./key-store.ts";
import type { Durability, ImportedFile, ImportFileState, VerifyOptions, VerifyOutcome } from "./ledger.ts";
import type { PageWanted, RecordPage, StoredRecord, TimeSpan, UsageFilter, UsageSums } from "./query.ts";
import type { RecordColumns } from "./record-columns.ts";
import type { AlertFilter, StoredAlert } from "./stored-alert.ts";

export type { AuditEntry, AuditFilter, AuditNote } from "./audit-entry.ts";
export type { Difference, Durability, ImportedFile, ImportFileState, VerifyOptions, VerifyOutcome } from "./ledger.ts";
export type {
  FilterValue,
  PageWanted,
  RecordOrder,
  RecordPage,
  RecordPlace,
  StoredRecord,
  TimeSpan,
  UsageFilter,
  UsageSums,
} from "./query.ts";
export type { RecordColumns } from "./record-columns.ts";
export type { AlertFilter, AlertKind, StoredAlert } from "./stored-alert.ts";

/** A record that is ready to be stored: valid, priced, and the only one of its identity in its batch. */
export interface Entry {
  record: UsageRecord;
  /** The record's own id, or the one that its content gives it. */
  id: string;
  /** In which ids are unique: see `namespaceOf`. */
  namespace: string;
  /** The tenant's space of ids, where it has its own. */
  idSpace?: string;
  computedCostNanoUsd: number | null;
  priceVersion: string | null;
}

/** What happens to a record whose identity is already in the book. */
export type Resolution = { kind: "duplicate" } | { kind: "replace" } | { kind: "conflict"; reason: string };

/** Decides, without looking at the database, what the second record of an identity means. */
export type Resolve = (stored: StoredRecord, incoming: Entry) => Resolution;

/** The id under which today's price book knows a model. */
export type CanonicalModel = (provider: string, model: string) => string;

export interface WriteBatch {
  entries: readonly Entry[];
  files: readonly ImportedFile[];
  resolve: Resolve;
  canonicalModel: CanonicalModel;
}

/** Parallel to the batch's entries: `new`, `duplicate`, `corrected`, or the conflict's reason. */
export type EntryOutcome = "new" | "duplicate" | "corrected" | { conflict: string };

/** A stretch of time, end exclusive. */
export interface Segment {
  startMs: number;
  endMs: number;
}

/** What a store can group by: time is cut above it, into segments. */
export type GroupDimension = "org" | "team" | "user" | "project" | "key" | "provider" | "model" | "source" | "session" | "tag";

export interface GroupQuery {
  segments: readonly Segment[];
  groupBy: readonly GroupDimension[];
  filter: UsageFilter;
}

/** Sums of one segment and one combination of keys. Combinations may come more than once. A `tag` key is a JSON array of all tags. */
export interface Group {
  segment: number;
  keys: (string | null)[];
  sums: UsageSums;
}

/** One record priced anew. */
export interface Repricing {
  rowId: number;
  computedCostNanoUsd: number | null;
  priceVersion: string | null;
}

/** A budget as the book keeps it. */
export interface StoredBudget {
  id: number;
  definition: BudgetDefinition;
  /** Who defined it: `command`; `library`, or `config` when the book was opened; `config:` or `import:` and the file's path. */
  origin: string;
  /** From here on the counters hold every record; earlier windows have none. */
  countedFromMs: number;
}

/** All budgets, and a number that changes with every change of any of them. */
export interface StoredBudgets {
  revision: number;
  budgets: readonly StoredBudget[];
}

/** How one budget stands, for one value of what it counts by itself (`""` where it counts all as one), in one window. */
export interface BudgetState {
  budget: StoredBudget;
  value: string;
  /** The calendar period, all time, or the stretch that a sliding window counts. */
  window: BudgetWindow;
  usedNanoUsd: bigint;
  reservedNanoUsd: bigint;
  usedTokens: bigint;
  reservedTokens: bigint;
  /** Calls in the records of this window. */
  requests: number;
  /** By how much settled calls passed what was reserved for them. */
  overageNanoUsd: bigint;
  /** A sliding window's parts, oldest first: from them follows when what will be free. */
  buckets?: readonly BudgetBucket[];
}

export interface BudgetBucket {
  startMs: number;
  nanoUsd: bigint;
  tokens: bigint;
}

/** What a call belongs to, in the words of a record. */
export type ReservationScope = Pick<
  UsageRecord,
  "org" | "team" | "user" | "project" | "key" | "orgId" | "teamId" | "userId" | "projectId" | "sessionId" | "tags"
>;

export interface Amounts {
  nanoUsd: bigint;
  inputTokens: number;
  outputTokens: number;
}

export interface ReserveRequest {
  requestId: string;
  attempt: number;
  provider: string;
  model: string;
  scope: ReservationScope;
  estimate: Amounts;
  ttlMs: number;
  /** The call leaves at once: expired, it is charged at its estimate. */
  dispatched: boolean;
  /** Through which program its record comes; always one in the record form, so that all reserved requests share one space of ids. */
  source: string;
  /** The model that was asked for, where it is not the one that is called. */
  requestedModel?: string;
  /** What has happened when it is answered; default: `disk` where the call leaves at once, else `commit`. */
  durability?: Durability;
  canonicalModel: CanonicalModel;
}

/** A reservation as the book keeps it. Its record will bear the time at which it was made, so both count in one window. */
export interface StoredReservation extends Omit<ReserveRequest, "canonicalModel" | "ttlMs" | "durability"> {
  /** `lapsed`: its time was over before the call was marked as dispatched. Lapsed and released ones are remembered for seven days. */
  state: "open" | "lapsed" | "released";
  reservedMs: number;
  expiresMs: number;
  /** The second name under which an open one is found. */
  externalId?: string;
}

export interface HeldReservation extends StoredReservation {
  /** The ids of the budgets whose counters hold its estimate. */
  budgetIds: readonly number[];
}

/** Another hold and another time for an open reservation; what is absent stays. The time is counted from the store's now. */
export interface ExtendRequest {
  requestId: string;
  attempt: number;
  /** The new whole. */
  estimate?: Amounts;
  ttlMs?: number;
}

/**
 * `extended`: every counter that holds the reservation holds the new whole. `refused`: one of them does not admit it, and nothing was
 * changed; the states are without what the reservation holds itself. `ended`: nobody holds anything for it.
 */
export type ExtendOutcome =
  | { kind: "extended"; reservation: StoredReservation; states: readonly BudgetState[] }
  | { kind: "refused"; nowMs: number; provider: string; adding: MoneyAndTokens; states: readonly BudgetState[] }
  | { kind: "ended" };

/** `taken`: another open reservation has this name. */
export type TrackOutcome = "tracked" | "taken" | "ended";

/**
 * `exists`: the same request is reserved already, and nothing was added. `conflict`: it is reserved with another content in `field`.
 * `settled`: it has a record. The states are those of every budget that counts the call, after the reservation.
 */
export type ReserveOutcome =
  | { kind: "reserved" | "exists"; reservation: StoredReservation; states: readonly BudgetState[] }
  | { kind: "refused"; nowMs: number; states: readonly BudgetState[] }
  | { kind: "conflict"; field: string }
  | { kind: "settled" };

/**
 * `settled`: the reservation has ended and its record is in the book. `late`: so is the record of one that had lapsed.
 * `corrected`: the estimate at which an expired call was charged gave way to the record, which can happen once.
 * `already_settled`, `released`, `unknown`: nothing was changed.
 */
export type SettleOutcome = "settled" | "late" | "corrected" | "already_settled" | "released" | "unknown";

/** The names of a call's owner that say whose is what a provider keeps of it. */
export type WorkOwner = Pick<ReservationScope, "org" | "team" | "user" | "project" | "key">;

export interface StoreSettleOptions {
  durability?: Durability | undefined;
  works?: readonly string[] | undefined;
}

/** What budgets look at. */
export type CountedCall = Pick<ReserveRequest, "provider" | "model" | "scope" | "canonicalModel">;

/** What a budget becomes: undefined, what it is; null, nothing. */
export type DecideBudget = (before: StoredBudget | undefined) => BudgetDefinition | null | undefined;

/** What a budget was and is; what is absent was or is not there. */
export interface ChangedBudget {
  before?: StoredBudget;
  after?: StoredBudget;
}

/** What a budget store must do. Every change of records, whoever makes it, changes the counters in the same transaction. */
export interface BudgetStore {
  budgets(): Promise<StoredBudgets>;
  /**
   * Adds budgets or replaces those of the same name, and counts what their windows hold already.
   *
   * @param actor for the audit log; absent: nothing is changed that anybody would have to answer for
   */
  putBudgets(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void>;
  /** Answers whether there was one. Its alerts and reservations' holds go with it; records stay. */
  removeBudget(name: string, actor?: string): Promise<boolean>;
  /** Makes of a budget what `decide` says while nobody else changes budgets; where it throws, nothing. It may be asked more than once. */
  changeBudget(name: string, decide: DecideBudget, by: { origin: string; actor: string }): Promise<ChangedBudget>;
  /** Every counter of the windows that hold `atMs` (default: the store's now); a budget that counts all as one always has a state. */
  budgetStates(atMs?: number): Promise<{ nowMs: number; states: BudgetState[] }>;
  /** All budgets that count the call hold its estimate, or none does. */
  reserve(request: ReserveRequest): Promise<ReserveOutcome>;
  /** The reservation; undefined once it has a record, or is forgotten. */
  reservation(requestId: string, attempt: number): Promise<StoredReservation | undefined>;
  /** Answers whether it had not ended. */
  markDispatched(requestId: string, attempt: number): Promise<boolean>;
  /**
   * Replaces the hold in every counter that has it, or in none. Where it grows, each budget is asked as if what is held were not there
   * and the whole came anew, on the axes that grow; where it shrinks, nobody is asked. The hold stays in the windows of its time.
   */
  extend(request: ExtendRequest): Promise<ExtendOutcome>;
  /** Gives an open reservation a second name; one that it had is gone. Whose the name is stays known: see {@link ownerOf}. */
  track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome>;
  /** The open reservation of this second name. */
  tracked(externalId: string): Promise<StoredReservation | undefined>;
  /** The budgets that count a call; may be up to a second behind what other processes changed. */
  counting(call: CountedCall): Promise<readonly BudgetDefinition[]>;
  /** Resolves when all that was committed here before is on the disk. */
  flushed(): Promise<void>;
  /** Whose call gave rise to what has this name at a provider; undefined: nobody's here, or forgotten after 400 days. */
  ownerOf(externalId: string): Promise<WorkOwner | undefined>;
  /**
   * Ends the reservation with a record of the entry's `requestId` and `attempt`.
   *
   * @param options.durability default `disk`
   * @param options.works names at the provider that are the record's owner's from now on, in the same transaction
   */
  settle(entry: Entry, canonicalModel: CanonicalModel, options?: StoreSettleOptions): Promise<SettleOutcome>;
  /** Answers whether it had not ended. A released request may be reserved anew. */
  release(requestId: string, attempt: number): Promise<boolean>;
  /** Reservations whose time is over, oldest first. */
  expired(limit: number): Promise<StoredReservation[]>;
  /** Ends an expired reservation, with the entry as its record, or without one. Answers whether it was there to be ended. */
  expire(requestId: string, attempt: number, entry: Entry | undefined, canonicalModel: CanonicalModel): Promise<boolean>;
  /** Those that have not ended, oldest first. */
  reservations(): Promise<HeldReservation[]>;
  alerts(filter: AlertFilter): Promise<StoredAlert[]>;
  /** Answers how many were not acknowledged before. */
  acknowledgeAlerts(ids: readonly number[], nowMs: number, actor: string): Promise<number>;
  /** Takes alerts that wait for delivery, so that no other process takes them before the lease ends. */
  claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]>;
  deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void>;
}

export interface LedgerStore extends BudgetStore, KeyStore, SessionStore {
  write(batch: WriteBatch): Promise<EntryOutcome[]>;
  /** What {@link write} would answer. Stores nothing, and needs no right to. */
  preview(entries: readonly Entry[], resolve: Resolve): Promise<EntryOutcome[]>;
  importFiles(source: string): Promise<Map<string, ImportFileState>>;
  span(): Promise<Segment | undefined>;
  groups(query: GroupQuery): Promise<Group[]>;
  /** By time, then row; corrections folded. Pages are bounded. */
  records(filter: UsageFilter & TimeSpan): AsyncIterable<StoredRecord[]>;
  /** The same records as columns; see {@link Ledger.scan}. */
  scan(filter: UsageFilter & TimeSpan): AsyncIterable<RecordColumns>;
  /** At most `limit` records behind a place; see {@link Ledger.page}. */
  recordPage(filter: UsageFilter & TimeSpan, page: PageWanted): Promise<RecordPage>;
  /** See {@link Ledger.recordsOfId}. */
  recordsOfId(id: string): Promise<StoredRecord[]>;
  /** See {@link Ledger.dearest}. */
  dearest(filter: UsageFilter & TimeSpan, limit: number): Promise<StoredRecord[]>;
  /** Adds a correction row for each whose cost differs from what is stored. @param note for the audit log, where the change is to be told there */
  reprice(repricings: readonly Repricing[], note?: AuditNote): Promise<void>;
  /** Gives each model of the dictionary the canonical id that today's price book knows. */
  renameModels(canonicalModel: CanonicalModel): Promise<void>;
  prices(): Promise<PriceEntry[]>;
  /** Changes whenever `prices()` would answer otherwise. */
  pricesRevision(): Promise<number>;
  putPrices(entries: readonly PriceEntry[], source: string, now: number, actor: string): Promise<void>;
  /** See {@link Ledger.promptKey}. @param fresh becomes the book's where it has none; undefined: none is made */
  promptKey(fresh: Uint8Array | undefined): Promise<Uint8Array | undefined>;
  auditEntries(filter: AuditFilter): Promise<AuditEntry[]>;
  verify(options: VerifyOptions): Promise<VerifyOutcome>;
  /** Does `work`, after which nothing is left in the book of what it replaces or removes, as far as that is in the store's hands. */
  erasing(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
