/** All work on budgets: what they are, what calls under way have set aside, and the alerts. */
import { randomUUID } from "node:crypto";
import { type BudgetDefinition, windowOf } from "../../../budget/index.ts";
import { budgetNote } from "../../schema/audit-notes.ts";
import { budgetChange } from "../../schema/budget-change.ts";
import { fold } from "../../schema/corrections.ts";
import type { Differences } from "../../schema/differences.ts";
import type { Target } from "../../schema/reservation-call.ts";
import { isChargedEstimate, REMEMBERED_MS } from "../../schema/reservation-content.ts";
import { WORK_KEPT_MS } from "../../schema/work-owner.ts";
import type {
  AlertFilter,
  BudgetState,
  BudgetStore,
  CanonicalModel,
  ChangedBudget,
  CountedCall,
  DecideBudget,
  Entry,
  ExtendOutcome,
  ExtendRequest,
  HeldReservation,
  ReserveOutcome,
  ReserveRequest,
  SettleOutcome,
  StoredAlert,
  StoredBudget,
  StoredBudgets,
  StoredReservation,
  StoreSettleOptions,
  TrackOutcome,
  WorkOwner,
} from "../../store.ts";
import { Abandoning } from "./abandoning.ts";
import { addAuditNotes } from "./audit-log.ts";
import type { BookParts } from "./book-parts.ts";
import { BudgetAlerts } from "./budget-alerts.ts";
import { BudgetBook } from "./budget-book.ts";
import { openReservations, recount, tellNow } from "./budget-recount.ts";
import { budgetStates } from "./budget-states.ts";
import { addBudget, changeBudget, dropBudget, readBudgets } from "./budget-table.ts";
import { CounterFollowers } from "./counter-follower.ts";
import type { CounterPlace } from "./counter-items.ts";
import type { Naming } from "./dictionary.ts";
import { Extending } from "./extending.ts";
import { mayHaveHappened } from "./failures.ts";
import { Flushing } from "./flushing.ts";
import { type Follow, Posting } from "./posting.ts";
import { forgetWork, ownerOfWork, rememberWork } from "./provider-work.ts";
import { type Family, readFamilies, recordOf } from "./record-reader.ts";
import { RESERVATION_COLUMNS, reservationKey, reservationOf } from "./reservation-row.ts";
import { Reserving, type SettleOptions } from "./reserving.ts";
import { givenText, type Transaction } from "./transaction.ts";

const TIDY_EVERY_MS = 3_600_000;

export class BudgetKeeper implements BudgetStore {
  readonly follow: Follow;
  readonly #parts: BookParts;
  readonly #book: BudgetBook;
  readonly #reserving: Reserving;
  readonly #extending: Extending;
  readonly #flushing: Flushing;
  readonly #abandoning: Abandoning;
  readonly #newMaker: () => string;
  readonly #alerts: BudgetAlerts;
  #tidiedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: BookParts, newMaker: () => string = randomUUID) {
    this.#parts = parts;
    this.#newMaker = newMaker;
    this.#book = new BudgetBook(parts);
    const followers = new CounterFollowers(this.#book, parts.dictionary);
    this.follow = (transaction) => followers.follow(transaction);
    this.#alerts = new BudgetAlerts(parts.connection);
    this.#extending = new Extending(parts, this.#book);
    this.#flushing = new Flushing(parts.connection);
    this.#abandoning = new Abandoning(parts.connection);
    this.#reserving = new Reserving(parts, this.#book, {
      countBackTo: (atMs, targets) => this.#countBackTo(atMs, targets),
      giveNames: (namings) => this.#giveNames(namings),
    });
  }

  budgets(): Promise<StoredBudgets> {
    return this.#book.reload();
  }

  async putBudgets(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void> {
    await this.#alone(async (transaction) => {
      for (const definition of definitions) {
        await this.#put(transaction, await named(transaction, definition.name), definition, { origin, actor });
      }
    });
  }

  /** Answers the budget as it is now. */
  async #put(
    transaction: Transaction,
    known: StoredBudget | undefined,
    definition: BudgetDefinition,
    { origin, actor }: { origin: string; actor: string | undefined },
  ): Promise<StoredBudget | undefined> {
    const change = budgetChange(known, definition, origin, this.#book.nowMs);
    if (!change) return known;
    const { keepsCounters, countedFromMs } = change;
    const budget = known
      ? { ...known, definition, origin, countedFromMs }
      : await addBudget(transaction, definition, origin, countedFromMs);
    if (known) await changeBudget(transaction, budget);
    if (!keepsCounters) await recount(transaction, this.#book, this.#parts.dictionary, budget);
    else await tellNow(transaction, this.#book, budget, await placesOf(transaction, budget));
    if (actor !== undefined) await addAuditNotes(transaction, [budgetNote(known, budget, actor)]);
    return budget;
  }

  removeBudget(name: string, actor?: string): Promise<boolean> {
    return this.#alone(async (transaction) => {
      const known = await named(transaction, name);
      if (known) await remove(transaction, known, actor);
      return known !== undefined;
    });
  }

  changeBudget(name: string, decide: DecideBudget, by: { origin: string; actor: string }): Promise<ChangedBudget> {
    return this.#alone(async (transaction) => {
      const before = await named(transaction, name);
      const decided = decide(before);
      if (decided === null && before) await remove(transaction, before, by.actor);
      const after = decided ? await this.#put(transaction, before, decided, by) : decided === undefined ? before : undefined;
      return { ...(before && { before }), ...(after && { after }) };
    });
  }

  budgetStates(atMs?: number): Promise<{ nowMs: number; states: BudgetState[] }> {
    return this.#parts.connection.snapshot((transaction) => budgetStates(transaction, this.#parts.dictionary, atMs));
  }

  /** Where it fails and may have been done all the same, it is taken back: nobody would ever settle it. */
  async reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    const { connection } = this.#parts;
    const reserving = { maker: undefined as string | undefined };
    const work = this.#reserve(request, reserving);
    try {
      return await connection.patient(work);
    } catch (error) {
      const { maker } = reserving;
      if (maker !== undefined && mayHaveHappened(error)) {
        // Whether it goes on or not: what it does from now on is nobody's, too.
        this.#abandoning.add(request, maker);
      }
      throw error;
    }
  }

  async #reserve(request: ReserveRequest, reserving: { maker: string | undefined }): Promise<ReserveOutcome> {
    await this.#abandoning.before(request);
    reserving.maker = this.#newMaker();
    const outcome = await this.#reserving.reserve(request, reserving.maker);
    if (request.durability === "commit") this.#flushing.committed();
    return outcome;
  }

  reservation(requestId: string, attempt: number): Promise<StoredReservation | undefined> {
    return this.#extending.find(requestId, attempt);
  }

  async extend(request: ExtendRequest): Promise<ExtendOutcome> {
    const outcome = await this.#parts.connection.patient(this.#extending.extend(request));
    this.#flushing.committed();
    return outcome;
  }

  track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome> {
    return this.#extending.track(requestId, attempt, externalId, owner);
  }

  tracked(externalId: string): Promise<StoredReservation | undefined> {
    return this.#extending.tracked(externalId);
  }

  counting(call: CountedCall): Promise<readonly BudgetDefinition[]> {
    return this.#parts.connection.patient(this.#book.counting(call));
  }

  flushed(): Promise<void> {
    return this.#flushing.flushed();
  }

  async markDispatched(requestId: string, attempt: number): Promise<boolean> {
    const key = reservationKey(requestId, attempt);
    const { connection } = this.#parts;
    const rows = await connection.call(
      `UPDATE ${connection.schema}.reservations SET dispatched = true WHERE digest = $1 AND attempt = $2 AND state = 'open'
       RETURNING state, ${connection.schema}.commit_durably()`,
      [key.digest, key.attempt],
      { repeatable: true, name: "mark_dispatched" },
    );
    return rows.length > 0;
  }

  ownerOf(externalId: string): Promise<WorkOwner | undefined> {
    return ownerOfWork(this.#parts.connection, externalId);
  }

  async settle(entry: Entry, canonicalModel: CanonicalModel, options: StoreSettleOptions = {}): Promise<SettleOutcome> {
    let number: number | undefined;
    const onNumber = (own: number): void => {
      number = own;
    };
    try {
      return await this.#parts.connection.patient(this.#settle(entry, canonicalModel, { ...options, onNumber }));
    } catch (error) {
      if (number !== undefined && mayHaveHappened(error)) this.#reserving.doubt(entry, number);
      throw error;
    }
  }

  async #settle(entry: Entry, canonicalModel: CanonicalModel, options: SettleOptions): Promise<SettleOutcome> {
    const settled = await this.#reserving.settle(entry, canonicalModel, options);
    if (options.durability === "commit") {
      this.#flushing.committed();
      this.#flushing.soon();
    }
    if (settled === "recorded" || settled === "taken") {
      // Somebody recorded the call by another way: what it held is free again.
      await this.#reserving.release(entry.record.requestId ?? "", entry.record.attempt ?? 1);
      return this.#correctOnce(entry, canonicalModel, options.works);
    }
    return settled as SettleOutcome;
  }

  async #correctOnce(entry: Entry, canonicalModel: CanonicalModel, works: readonly string[] = []): Promise<SettleOutcome> {
    const { writer, dictionary } = this.#parts;
    const [encoded] = await writer.encode([entry], canonicalModel);
    const key = reservationKey(entry.record.requestId ?? "", entry.record.attempt ?? 1);
    return this.#posting(async (posting) => {
      const [found] = await posting.transaction.query('SELECT "row", time_ms FROM identities WHERE digest = $1 AND attempt = $2', [
        key.digest,
        key.attempt,
      ]);
      if (!found || !encoded) return "already_settled";
      const place = { row: Number(found.row), timeMs: Number(found.time_ms) };
      const families = await readFamilies(posting.transaction, dictionary, [place], { lock: true });
      const family = families.get(place.row) as Family;
      if (!isChargedEstimate(recordOf(family, dictionary))) return "already_settled";
      await writer.correct(posting, [{ family, wanted: { ...encoded.row, row: fold(family).row } }]);
      await rememberWork(posting.transaction, this.#parts.connection.schema, works, entry.record);
      return "corrected";
    });
  }

  release(requestId: string, attempt: number): Promise<boolean> {
    return this.#reserving.release(requestId, attempt, "released");
  }

  async expired(limit: number): Promise<StoredReservation[]> {
    await this.#tidy();
    const { schema } = this.#parts.connection;
    const rows = await this.#parts.connection.call(
      `SELECT ${RESERVATION_COLUMNS} FROM ${schema}.reservations WHERE state = 'open' AND coalesce(ended_ms, expires_ms) <= ${schema}.now_ms()
       ORDER BY coalesce(ended_ms, expires_ms), digest, attempt LIMIT $1`,
      [limit],
      { repeatable: true, name: "expired" },
    );
    return rows.map(reservationOf);
  }

  async expire(requestId: string, attempt: number, entry: Entry | undefined, canonicalModel: CanonicalModel): Promise<boolean> {
    if (entry === undefined) return this.#reserving.release(requestId, attempt, "lapsed");
    const settled = await this.#reserving.settle(entry, canonicalModel, { isExpiry: true });
    // Somebody recorded the call by another way: nothing is to be charged.
    if (settled === "taken") return this.#reserving.release(requestId, attempt);
    return settled === "settled";
  }

  reservations(): Promise<HeldReservation[]> {
    return this.#parts.connection.read(async (transaction) =>
      (await openReservations(transaction)).map(({ reservation, held }) => ({ ...reservation, budgetIds: held.budgets })),
    );
  }

  alerts(filter: AlertFilter): Promise<StoredAlert[]> {
    return this.#alerts.list(filter);
  }

  acknowledgeAlerts(ids: readonly number[], nowMs: number, actor: string): Promise<number> {
    return this.#alerts.acknowledge(ids, nowMs, actor);
  }

  claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    return this.#alerts.claim(limit, leaseMs);
  }

  deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    return this.#alerts.done(id, outcome);
  }

  close(): Promise<void> {
    return this.#abandoning.close();
  }

  async verify(transaction: Transaction, differences: Differences): Promise<void> {
    const { verifyBudgets } = await import("./verify-budgets.ts");
    await verifyBudgets(transaction, this.#book, this.#parts.dictionary, differences);
  }

  async repair(transaction: Transaction, differences: Differences): Promise<string[]> {
    const { repairBudgets } = await import("./verify-budgets.ts");
    const rebuilt = await repairBudgets(transaction, this.#book, this.#parts.dictionary, differences);
    this.#book.forget();
    return rebuilt;
  }

  async #countBackTo(atMs: number, targets: readonly Target[]): Promise<void> {
    const ids = new Set(targets.map(({ budget }) => budget.id));
    await this.#alone(async (transaction) => {
      for (const budget of (await readBudgets(transaction)).budgets) {
        const countedFromMs = windowOf(atMs, budget.definition).startMs;
        if (!ids.has(budget.id) || countedFromMs >= budget.countedFromMs) continue;
        const earlier = { ...budget, countedFromMs };
        await changeBudget(transaction, earlier);
        await recount(transaction, this.#book, this.#parts.dictionary, earlier);
      }
    });
  }

  async #giveNames(namings: readonly Naming[]): Promise<void> {
    await this.#posting(async ({ transaction, follower }) => {
      const renamed = await this.#parts.dictionary.giveNames(transaction, namings);
      if (renamed.length > 0) await follower.renamed(renamed);
    });
  }

  /** Now and then drops what no question is about any more. */
  async #tidy(): Promise<void> {
    const { nowMs } = this.#book;
    if (Math.abs(nowMs - this.#tidiedMs) < TIDY_EVERY_MS) return;
    this.#tidiedMs = nowMs;
    const { schema } = this.#parts.connection;
    await this.#parts.connection.call(
      `DELETE FROM ${schema}.reservations WHERE state IN ('released', 'lapsed') AND coalesce(ended_ms, expires_ms) < ${schema}.now_ms() - $1::bigint`,
      [REMEMBERED_MS],
      { repeatable: true },
    );
    await forgetWork(this.#parts.connection, WORK_KEPT_MS);
    const { budgets } = await this.#book.current();
    if (!budgets.some((budget) => keptFrom(budget, nowMs) > budget.countedFromMs)) return;
    await this.#alone(async (transaction) => {
      for (const budget of (await readBudgets(transaction)).budgets) {
        const countedFromMs = keptFrom(budget, this.#book.nowMs);
        if (countedFromMs > budget.countedFromMs) await dropPast(transaction, { ...budget, countedFromMs });
      }
    });
  }

  /** Does `work` while nobody counts. */
  async #alone<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.connection.write(async (transaction) => {
        const [row] = await transaction.query("SELECT begin_counting(true) AS revision, now_ms() AS now");
        this.#book.learnNow(Number(row?.now));
        return work(transaction);
      });
    } finally {
      this.#book.forget();
    }
  }

  #posting<T>(work: (posting: Posting) => Promise<T>): Promise<T> {
    return this.#parts.connection.write(async (transaction) => {
      this.#parts.dictionary.begin(transaction);
      const posting = await Posting.begin(transaction, this.follow);
      const result = await work(posting);
      await posting.flush();
      return result;
    });
  }
}

async function named(transaction: Transaction, name: string): Promise<StoredBudget | undefined> {
  return (await readBudgets(transaction)).budgets.find((budget) => budget.definition.name === name);
}

async function remove(transaction: Transaction, known: StoredBudget, actor: string | undefined): Promise<void> {
  await dropBudget(transaction, known.id);
  if (actor !== undefined) await addAuditNotes(transaction, [budgetNote(known, undefined, actor)]);
}

async function placesOf(transaction: Transaction, budget: StoredBudget): Promise<CounterPlace[]> {
  const rows = await transaction.query("SELECT value, start_ms FROM budget_counters WHERE budget = $1 AND start_ms >= 0", [budget.id]);
  return rows.map(({ value, start_ms }) => ({ budget, value: givenText(String(value)), startMs: Number(start_ms) }));
}

/** Parts of a sliding window that can't count any more are dropped when there are as many of them as of those that count. */
function keptFrom({ definition, countedFromMs }: StoredBudget, nowMs: number): number {
  if (definition.windowMs === undefined) return countedFromMs;
  const { startMs, endMs } = windowOf(nowMs, definition);
  const keptFromMs = startMs - (endMs - startMs);
  return countedFromMs < keptFromMs - (endMs - startMs) ? keptFromMs : countedFromMs;
}

/** Drops the counters before the time from which the budget counts, unless a reservation still holds one of them. */
async function dropPast(transaction: Transaction, budget: StoredBudget): Promise<void> {
  const [held] = await transaction.query("SELECT 1 AS one FROM reservations WHERE state = 'open' AND reserved_ms < $1 LIMIT 1", [
    budget.countedFromMs,
  ]);
  if (held) return;
  await transaction.run("DELETE FROM budget_counters WHERE budget = $1 AND start_ms >= 0 AND start_ms < $2", [
    budget.id,
    budget.countedFromMs,
  ]);
  await changeBudget(transaction, budget);
}
