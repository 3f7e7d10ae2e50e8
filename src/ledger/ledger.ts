/** The book as programs see it. */
import type { BudgetDefinition, Enforcement, KeyRole, KeyRules } from "../budget/index.ts";
import type { Clock } from "../clock.ts";
import type { PriceEntry } from "../pricing/index.ts";
import type { ServiceTerms, UsageRecord } from "../usage/index.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { Aggregate, AggregateQuery, PageWanted, RecordPage, StoredRecord, TimeSpan, UsageFilter } from "./query.ts";
import type { RecordColumns } from "./record-columns.ts";
import type { AlertFilter, StoredAlert } from "./stored-alert.ts";

/** A record that was not taken, by its place in the list given, and why. */
export interface Rejection {
  index: number;
  reason: string;
}

export interface RecordOutcome {
  new: number;
  duplicate: number;
  rejected: Rejection[];
}

/** What became of one record. */
export interface EachOutcome {
  /** `conflict`: its id is in the book, or earlier in the list, with another content. `invalid`: it is no record that could be taken. */
  status: "new" | "duplicate" | "conflict" | "invalid";
  /** Its own id, or the one that its content gives it; absent for one that is invalid. */
  id?: string;
  /** Why it was not taken. */
  reason?: string;
}

export interface RecordEachOptions {
  /**
   * Whose ids these are: within a space of ids, a record meets only others of that space. So what one tenant posts neither stands in the
   * way of what another one does, nor tells of it. Default: the space that all programs share.
   */
  idSpace?: string;
}

export interface AppendOutcome extends RecordOutcome {
  /** Records already in the book whose figures this batch improved (agent logs repeat a call while it streams). */
  corrected: number;
}

/** How far a log file has been read. */
export interface ImportFileState {
  size: number;
  modifiedMs: number;
  offset: number;
  tailHash: string;
  /** What the importer needs to go on from `offset`. */
  state?: string | undefined;
}

export interface AppendBatch {
  records: readonly UsageRecord[];
  /** Stored in the same transaction as the records, so that neither exists without the other. */
  file?: ImportedFile;
  /** See {@link RecordEachOptions}. */
  idSpace?: string;
  /** The same for several files: thousands of small logs must not become thousands of transactions. */
  files?: readonly ImportedFile[];
}

/** A file, and how far it is in the book once the batch is. */
export interface ImportedFile {
  source: string;
  path: string;
  state: ImportFileState;
}

export interface RepriceOptions extends TimeSpan {
  filter?: UsageFilter;
  /** Say what would change, and change nothing. */
  dryRun?: boolean;
  /** Who does it, for the audit log; default `library`. */
  actor?: string;
}

export interface RepriceOutcome {
  examined: number;
  corrected: number;
  /** Of the corrected ones, those that had no price before. */
  pricedNow: number;
  differenceNanoUsd: bigint;
}

/** One thing that is not as it must be: what kind, where, and the two values. */
export interface Difference {
  kind: string;
  where: string;
  expected: string;
  found: string;
}

export interface VerifyOptions {
  /** Rebuild what can be rebuilt from the records: rollups, identities. Records themselves are never touched. */
  repair?: boolean;
  /** Who repairs, for the audit log; default `library`. */
  actor?: string;
  /** Called now and then with the number of records examined so far. */
  onProgress?: (records: number) => void;
}

export interface VerifyOutcome {
  records: number;
  differences: Difference[];
}

/** The book's own prices, which go before the bundled ones. */
export interface LedgerPrices {
  list(): Promise<PriceEntry[]>;
  /** @param source where the entries come from: a file's name, `config`. @param actor for the audit log; default `library`, or `config` */
  put(entries: readonly PriceEntry[], source: string, actor?: string): Promise<void>;
}

/** What a call may cost, before it is made. Absent `costUsd`: the tokens' price. */
export interface CallEstimate {
  inputTokens?: number;
  outputTokens?: number;
  costUsd?: number | string;
}

/** What a call was. Absent `costUsd`: the tokens' price. */
export interface ActualUsage extends CallEstimate, ServiceTerms {
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  cacheWrite1hTokens?: number;
  reasoningTokens?: number;
  audioInputTokens?: number;
  audioOutputTokens?: number;
  webSearches?: number;
  /** The model that answered, where it is not the one that was asked for. */
  model?: string;
  /** Default `reported`; `estimated` where nobody told what the call used. */
  usageSource?: "reported" | "estimated";
  latencyMs?: number;
  status?: string;
  /** Small facts worth keeping. Never prompt or reply text. */
  metadata?: Readonly<Record<string, string>>;
}

/** What a settled call came to. */
export interface SettledCall {
  /** What its record costs: undefined where no price is known. */
  costNanoUsd: number | undefined;
  /** The model as the record has it. */
  model: string;
}

/** Whom a call belongs to: names as records have them. */
export interface CallOwner {
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  key?: string;
  session?: string;
  tags?: readonly string[];
}

/**
 * `commit`: no end of a process undoes it. `disk`: nor does a power cut.
 */
export type Durability = "commit" | "disk";

export interface ReserveCall {
  /** The caller's id of the operation; the record will bear it. */
  requestId: string;
  /** Default 1. */
  attempt?: number;
  provider: string;
  model: string;
  /** The model that the caller asked for, where a budget made it another. */
  requestedModel?: string;
  scope?: CallOwner;
  estimate: CallEstimate;
  /** Through which program the record comes: `library` (the default), `gateway` or `api`. */
  source?: string;
  /** After which the reservation ends by itself; default ten minutes. */
  ttlMs?: number;
  /** The call leaves at once: if it never settles, it is charged at its estimate instead of released. */
  dispatched?: boolean;
  /** When reserving is done; default `disk` where the call leaves at once, else `commit`. */
  durability?: Durability;
}

/** What a budget that lets the call pass has to say about it. */
export interface BudgetNotice {
  budget: string;
  enforcement: Enforcement;
  /** Why it would have refused. */
  reason: "shadow" | "notify_only";
  message: string;
}

export interface SettleOptions {
  /** Default `disk`. */
  durability?: Durability;
  /** What the provider keeps of the call, by the names under which {@link Ledger.ownerOf} tells from now on whose it is. */
  externalIds?: readonly string[];
}

/** Money and tokens that are set aside for one call. Exactly one of settle, release and expiry ends it. */
export interface LedgerReservation extends AsyncDisposable {
  readonly requestId: string;
  readonly attempt: number;
  readonly estimate: { inputTokens: number; outputTokens: number; costUsd: number; costNanoUsd: bigint };
  readonly reservedMs: number;
  readonly expiresMs: number;
  readonly notices: readonly BudgetNotice[];
  /** False where the same request was reserved before: whoever did that makes the call. */
  readonly isNew: boolean;
  /** What is left for others in the budget of money that has least, this call's hold taken off; undefined: no such budget counts it. */
  readonly remainingNanoUsd: bigint | undefined;
  /**
   * Makes the hold another one, and its time start anew: for answers that grow longer than was thought, and calls that last.
   *
   * @param estimate the new whole, not what is added to it; absent: as before
   * @throws BudgetExceeded where the new whole does not fit: then what was held before still is. AlreadySettled where it has ended
   */
  extend(change: { estimate?: CallEstimate; ttlMs?: number }): Promise<void>;
  /**
   * Gives the reservation a second name, the provider's, under which {@link Ledger.tracked} finds it in any process until it ends, and
   * {@link Ledger.ownerOf} tells whose it is also after that.
   */
  track(externalId: string): Promise<void>;
  /** Resolves when the hold, and what became of it so far, is on the disk. */
  held(): Promise<void>;
  /**
   * Marks that the call has left: expired, it is charged at its estimate.
   *
   * @throws AlreadySettled where it has ended: then nothing is set aside for the call, which should not leave
   */
  dispatched(): Promise<void>;
  /**
   * Without an argument: as estimated.
   *
   * @throws TokenLedgerError `ALREADY_SETTLED` the second time
   */
  settle(actual?: ActualUsage, options?: SettleOptions): Promise<SettledCall>;
  /** After the end: nothing happens. */
  release(): Promise<void>;
}

/** A reservation that has not ended, as whoever looks at the book sees it. */
export interface OpenReservation {
  requestId: string;
  attempt: number;
  provider: string;
  model: string;
  scope: CallOwner;
  /** Absent where the price of the call is not known. */
  reservedNanoUsd?: bigint;
  reservedTokens: number;
  /** The call has left. */
  dispatched: boolean;
  reservedMs: number;
  expiresMs: number;
  /** The budgets that hold it, by name. */
  budgets: readonly string[];
}

/** How one budget stands. */
export interface BudgetStatus {
  name: string;
  /** The value that has this counter, where the budget counts each by itself. */
  value?: string;
  definition: BudgetDefinition;
  window: { startMs: number; endMs: number };
  /** The amount in force: the override's while it lasts. */
  amountNanoUsd?: bigint;
  spentNanoUsd: bigint;
  reservedNanoUsd: bigint;
  spentTokens: bigint;
  reservedTokens: bigint;
  requests: number;
  overageNanoUsd: bigint;
  /** Of the cap that is nearest to its end; undefined where a cap is 0 and something is spent. */
  utilizationPct: number | undefined;
  zone: "green" | "yellow" | "orange" | "red";
  /** Whether a call that costs anything would be refused, or told of, now. */
  isExhausted: boolean;
  alerts: { threshold: number; triggeredMs?: number }[];
}

/** A budget as it was defined, and by whom. */
export interface DefinedBudget {
  definition: BudgetDefinition;
  origin: string;
}

/** A budget before and after a change; what is absent was or is not there. */
export interface BudgetChange {
  before?: DefinedBudget;
  after?: DefinedBudget;
}

/** Who changes something is told to the audit log: `actor`, by default the word with which the origin begins. */
export interface LedgerBudgets {
  list(): Promise<DefinedBudget[]>;
  /** Adds budgets or replaces those of the same name. @param origin who says so; default `library` */
  put(definitions: BudgetDefinition | readonly BudgetDefinition[], origin?: string, actor?: string): Promise<void>;
  /** The origin's budgets become exactly these: the ones it no longer names are removed. */
  replace(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void>;
  remove(name: string, actor?: string): Promise<boolean>;
  /**
   * Looks at a budget and changes it, with nobody else changing any meanwhile. What it has spent stays, as with {@link put}.
   *
   * @param decide what the budget becomes: undefined, what it is; null, nothing. It may be asked more than once; where it throws,
   * nothing is changed, and that is thrown
   * @example
   * ```ts
   * import { openLedger } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * await ledger.budgets.put({ name: "all", scope: {}, maxTokens: 1000, period: "monthly", alerts: [], enforcement: "block_requests", hard: true });
   * const { after } = await ledger.budgets.change("all", (before) => before && { ...before.definition, maxTokens: 2000 }, { origin: "library" });
   * after?.definition.maxTokens; // => 2000
   * await ledger.close();
   * ```
   */
  change(
    name: string,
    decide: (before: DefinedBudget | undefined) => BudgetDefinition | null | undefined,
    by: { origin: string; actor?: string },
  ): Promise<BudgetChange>;
  /** @param atMs default now */
  status(options?: { atMs?: number }): Promise<BudgetStatus[]>;
  /** Those that count a call. Cheap: asked before every call. */
  counting(call: Pick<ReserveCall, "provider" | "model" | "scope">): Promise<BudgetDefinition[]>;
}

/** A key as the book keeps it: never the key itself. */
export interface VirtualKey extends KeyRules {
  /** The eight characters in the key that name it. */
  id: string;
  name: string;
  role: KeyRole;
  /** The end of the key, to tell it from others. */
  last4: string;
  /** `config`: told in the configuration, and gone with it. */
  origin: string;
  createdMs: number;
  revokedMs?: number;
  lastUsedMs?: number;
  /** While the key that it took the place of is still accepted. */
  graceUntilMs?: number;
}

export interface LedgerKeys {
  /**
   * The key is told here once, and nowhere again.
   *
   * @param origin who makes it; default `library`
   * @param actor for the audit log; default: the origin
   * @throws InvalidInput where the name is in use
   */
  create(name: string, rules?: KeyRules, origin?: string, actor?: string): Promise<{ key: string; created: VirtualKey }>;
  list(): Promise<VirtualKey[]>;
  /** A new secret under a new id with the same name and rules; the old one is accepted for `graceMs` more. */
  rotate(idOrName: string, options?: { graceMs?: number }, actor?: string): Promise<{ key: string; rotated: VirtualKey }>;
  /** Answers whether there was one that was not revoked before. */
  revoke(idOrName: string, actor?: string): Promise<boolean>;
  /** The configuration's keys become exactly these. */
  replaceConfigured(keys: readonly ({ name: string; key: string } & KeyRules)[]): Promise<void>;
  /** Who shows this key; undefined: unknown, revoked or expired. Compares digests in constant time. @throws DatabaseError where that can't be told */
  authenticate(key: string): Promise<VirtualKey | undefined>;
  /** Changes whenever a key does: what was authenticated before may be asked anew. */
  revision(): Promise<number>;
  /** Remembers when keys were last shown; now and then, not at every call. */
  touch(lastUsedMsById: ReadonlyMap<string, number>): Promise<void>;
}

export interface LedgerSessions {
  /**
   * A token that stands for a key for a while: a browser is given it in place of the key. It is told here once.
   *
   * @param options.ttlMs after which the session is over, whatever is done in it; at most 12 hours
   * @throws InvalidInput where no key of this id is in use
   */
  open(keyId: string, options: { ttlMs: number; actor?: string }): Promise<{ token: string; expiresMs: number }>;
  /** Whose session this is; undefined where it is over, or its key was revoked, replaced or has expired. `expiresMs`: the session's end, or its key's. */
  find(token: string): Promise<VirtualKey | undefined>;
  /** Answers whether there was one. */
  close(token: string, actor?: string): Promise<boolean>;
}

export interface LedgerAlerts {
  list(filter?: AlertFilter): Promise<StoredAlert[]>;
  /** Answers how many were not acknowledged before. @param actor for the audit log; default `library` */
  acknowledge(ids: readonly number[], actor?: string): Promise<number>;
  /** Posts what waits in the outbox; safe on any number of processes. Never throws for an address that does not answer. */
  deliver(): Promise<{ delivered: number; failed: number }>;
}

/** What was changed in the book besides the records that were added to it, and by whom: rows are only ever added. */
export interface LedgerAudit {
  /**
   * The newest first.
   *
   * @param options.limit default 100, at most 1,000
   * @param options.before only entries with a lower id
   * @example
   * ```ts
   * import { openLedger } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * await ledger.keys.create("ci", { team: "core" });
   * const [entry] = await ledger.audit.list();
   * [entry?.actor, entry?.action, entry?.subject]; // => ["library", "key.created", "ci"]
   * await ledger.close();
   * ```
   */
  list(options?: { limit?: number; before?: number }): Promise<AuditEntry[]>;
}

/** An open book. */
export interface Ledger {
  readonly url: string;
  readonly prices: LedgerPrices;
  readonly budgets: LedgerBudgets;
  readonly alerts: LedgerAlerts;
  readonly keys: LedgerKeys;
  readonly sessions: LedgerSessions;
  readonly audit: LedgerAudit;
  /**
   * Sets the estimate aside in every budget that counts the call, or in none.
   *
   * @throws BudgetExceeded naming every budget that refuses and when it will fit; RateLimitExceeded
   */
  reserve(call: ReserveCall): Promise<LedgerReservation>;
  /** Ends a reservation with what the call was. A reservation may be named by its request id, also by another process. */
  settle(reservation: LedgerReservation | string, actual?: ActualUsage): Promise<void>;
  release(reservation: LedgerReservation | string): Promise<void>;
  /** The open reservation that was given this second name. */
  tracked(externalId: string): Promise<LedgerReservation | undefined>;
  /** Whose call made what has this name at a provider; undefined: no call of this book, or one of more than 400 days ago. */
  ownerOf(externalId: string): Promise<CallOwner | undefined>;
  /** What calls under way hold, oldest first. */
  reservations(): Promise<OpenReservation[]>;
  /** Ends reservations whose time is over: dispatched calls are charged at their estimate, others released. */
  sweep(): Promise<{ charged: number; released: number }>;
  /** Adds records. The same record again is a duplicate; the same id with other content is rejected. When this resolves, what was taken is on the disk. */
  record(records: UsageRecord | readonly UsageRecord[]): Promise<RecordOutcome>;
  /**
   * As {@link record}, and says of each record what became of it: parallel to the list. All of them in one transaction.
   *
   * @example
   * ```ts
   * import { openLedger } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * const call = { id: "a", timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 10 }, source: "api" };
   * const outcomes = await ledger.recordEach([call, call, { ...call, model: "o3" }]);
   * outcomes.map(({ status }) => status); // => ["new", "duplicate", "conflict"]
   * await ledger.close();
   * ```
   */
  recordEach(records: readonly UsageRecord[], options?: RecordEachOptions): Promise<EachOutcome[]>;
  /** Adds a batch as importers make them, together with the state of the file it came from. */
  append(batch: AppendBatch): Promise<AppendOutcome>;
  /** What {@link append} would answer, with nothing stored; also for a book that is open for reading only. */
  preview(records: readonly UsageRecord[]): Promise<AppendOutcome>;
  /** What is known of a source's files, by path. */
  importFiles(source: string): Promise<Map<string, ImportFileState>>;
  aggregate(query: AggregateQuery): Promise<Aggregate>;
  /** Records by time, then in the order in which they came; corrections are folded into their originals. */
  query(filter: UsageFilter & TimeSpan): AsyncIterable<StoredRecord>;
  /**
   * Records page by page, by time; corrections are folded into their originals. A record that was there when the first page was asked for
   * comes exactly once, whatever is written meanwhile: it keeps the place of its first row.
   *
   * @example
   * ```ts
   * import { openLedger, type RecordPlace } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * const call = { timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 10 }, source: "library" };
   * await ledger.record(["a", "b", "c"].map((id) => ({ ...call, id })));
   * const ids: unknown[] = [];
   * let after: RecordPlace | undefined;
   * do {
   *   const page = await ledger.page({ provider: "openai" }, { limit: 2, ...(after && { after }) });
   *   ids.push(...page.records.map(({ id }) => id));
   *   after = page.next;
   * } while (after);
   * ids; // => ["a", "b", "c"]
   * await ledger.close();
   * ```
   */
  page(filter: UsageFilter & TimeSpan, page: PageWanted): Promise<RecordPage>;
  /** The records of this id: one in each source or tenant's space of ids that has it. */
  recordsOfId(id: string): Promise<StoredRecord[]>;
  /**
   * The records that cost most, the dearest first; of equal ones the newest. Records without a price have no cost and are not among them.
   *
   * @param limit from 1 to 10,000
   * @example
   * ```ts
   * import { openLedger } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * const call = { timestampMs: 0, provider: "openai", model: "gpt-5", source: "library" };
   * await ledger.record([10, 30, 20].map((output) => ({ ...call, tokens: { output } })));
   * (await ledger.dearest({}, 2)).map(({ tokens }) => tokens.output); // => [30, 20]
   * await ledger.close();
   * ```
   */
  dearest(filter: UsageFilter & TimeSpan, limit: number): Promise<StoredRecord[]>;
  /**
   * The records that {@link query} finds, in the same order, some thousands at a time as columns of numbers: for work on all of them.
   * Writers are not kept waiting, neither while a batch is read nor between two; what is added meanwhile is left out.
   *
   * @example
   * ```ts
   * import { openLedger } from "tokenledger/ledger";
   * const ledger = await openLedger("sqlite::memory:");
   * const call = { timestampMs: 0, provider: "openai", model: "gpt-5", tokens: { input: 1000, output: 100 }, source: "library" };
   * await ledger.record(["a", "b", "c"].map((id) => ({ ...call, id, team: "core" })));
   * const costOfTeam = new Map<string | undefined, number>();
   * for await (const { length, names, team, costNanoUsd } of ledger.scan({ provider: "openai" })) {
   *   for (let at = 0; at < length; at++) {
   *     const name = names.name(team[at] as number);
   *     costOfTeam.set(name, (costOfTeam.get(name) ?? 0) + (costNanoUsd[at] as number));
   *   }
   * }
   * costOfTeam.get("core"); // => 6750000
   * await ledger.close();
   * ```
   */
  scan(filter: UsageFilter & TimeSpan): AsyncIterable<RecordColumns>;
  /**
   * The book's own key for hashes of prompts: 32 bytes, made when it is first asked for, and told to nobody but the programs on this book.
   * Equal hashes then tell equal prompts, and nothing of what is in them. Undefined where the book is open for reading only and has none.
   */
  promptKey(): Promise<Uint8Array | undefined>;
  /** Times of the first and the last record, or undefined for an empty book. */
  span(): Promise<{ firstMs: number; lastMs: number } | undefined>;
  /** Prices the records anew with today's price book; differences become correction rows. */
  reprice(options?: RepriceOptions): Promise<RepriceOutcome>;
  /** Recomputes everything from the records in one snapshot and lists what differs. */
  verify(options?: VerifyOptions): Promise<VerifyOutcome>;
  close(): Promise<void>;
}

/** The part of a configuration that a book enforces. */
export interface LedgerConfig {
  budgets?: readonly BudgetDefinition[];
  prices?: readonly PriceEntry[];
  rateLimits?: { defaultPerMinute?: number; perMinuteByTeam: ReadonlyMap<string, number> };
  unpriced?: "block" | "estimate" | "allow";
}

export interface LedgerOptions {
  clock?: Clock;
  /** Written into the book when it is opened. */
  config?: LedgerConfig;
  /** Open for reading only; nothing is created or migrated. */
  readOnly?: boolean;
  /** Prices that go before the book's own and the bundled ones. */
  prices?: readonly PriceEntry[];
  /**
   * How long a call waits for a book that others hold, or a server that does not answer, before it is a DatabaseError. Default 60 s.
   * A server waits less, and never with its event loop.
   */
  patienceMs?: number;
  /**
   * With which the webhooks of budgets are sealed in the book: 32 random bytes, or their base64; several with commas between them: the
   * first seals, all of them open. A book in a file has its own beside it where none is given; one on PostgreSQL needs it for webhooks.
   */
  secretKey?: string | Uint8Array;
  /** Where new keys, virtual ones and those of secrets, come from; default: the system's source of bytes that nobody can guess. */
  randomBytes?: (size: number) => Uint8Array;
}
