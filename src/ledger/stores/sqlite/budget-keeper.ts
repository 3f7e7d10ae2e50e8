/** All work on budgets: what they count, what calls under way have set aside, and the alerts. Each method is one transaction. */

import { admits, type BudgetDefinition, type MoneyAndTokens } from "../../../budget/index.ts";
import { systemClock } from "../../../clock.ts";
import { alertNote, budgetNote } from "../../schema/audit-notes.ts";
import { budgetChange } from "../../schema/budget-change.ts";
import { requestIdentity } from "../../schema/identity.ts";
import type { Target } from "../../schema/reservation-call.ts";
import { amountsHeld, differingField, growthOf, isChargedEstimate, REMEMBERED_MS } from "../../schema/reservation-content.ts";
import { decode } from "../../schema/rows.ts";
import { WORK_KEPT_MS } from "../../schema/work-owner.ts";
import { namespaceOf } from "../../schema.ts";
import type {
  AlertFilter,
  BudgetState,
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
  StoredReservation,
  StoreSettleOptions,
  TrackOutcome,
  WorkOwner,
} from "../../store.ts";
import { AuditLog } from "./audit-log.ts";
import type { BudgetFollower } from "./budget-follower.ts";
import { budgetStates } from "./budget-states.ts";
import type { Moment } from "./counter-table.ts";
import type { Desk } from "./desk.ts";
import { ProviderWork } from "./provider-work.ts";
import { amountsIn, type EndingRow, holdsIn, isExpired, openRow, type ReservationRow, reservationOf, STATES } from "./reservations.ts";
import type { WriteOptions } from "./write-queue.ts";
import type { Writer } from "./writer.ts";

const FORGET_EVERY_MS = 3_600_000;

const COMMITTED: WriteOptions = { durability: "commit" };

/** For so long budgets that another process has changed may go unnoticed by who only asks which ones count a call. */
const ASK_EVERY_MS = 250;

/** On whose word a budget is what it is, and who says so. */
interface ChangedBy {
  origin: string;
  /** Absent: the audit log says nothing of it. */
  actor: string | undefined;
}

/** Whether the record is in the book by the settle that came to this. */
const IS_RECORDED: Readonly<Record<SettleOutcome, boolean>> = {
  settled: true,
  late: true,
  corrected: true,
  already_settled: false,
  released: false,
  unknown: false,
};

/** A counter that holds a reservation. */
interface Holder {
  budget: StoredBudget;
  value: string;
  startMs: number;
  /** Whose window is asked for room. */
  at: Moment;
}

export class BudgetKeeper {
  readonly #desk: Desk;
  readonly #budgets: BudgetFollower;
  readonly #work: ProviderWork;
  readonly #audit: AuditLog;
  #askedMs = Number.NEGATIVE_INFINITY;
  #forgotMs = Number.NEGATIVE_INFINITY;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#budgets = desk.budgets;
    this.#work = new ProviderWork(desk.connection);
    this.#audit = new AuditLog(desk);
  }

  putBudgets(definitions: readonly BudgetDefinition[], origin: string, actor?: string): Promise<void> {
    return this.#desk.writing(() => {
      for (const definition of definitions) this.#put(this.#named(definition.name), definition, { origin, actor });
    });
  }

  /** Answers the budget as it is now. */
  #put(known: StoredBudget | undefined, definition: BudgetDefinition, { origin, actor }: ChangedBy): StoredBudget | undefined {
    const { table } = this.#budgets;
    const change = budgetChange(known, definition, origin, this.#desk.moment().wallMs);
    if (!change) return known;
    const { keepsCounters, countedFromMs } = change;
    const budget = known ? { ...known, definition, origin, countedFromMs } : table.add(definition, origin, countedFromMs);
    if (known) table.change(budget);
    this.#budgets.reload();
    if (keepsCounters) this.#budgets.raiseNow(budget);
    else this.#budgets.recount(budget);
    if (actor !== undefined) this.#audit.add(budgetNote(known, budget, actor));
    return budget;
  }

  removeBudget(name: string, actor?: string): Promise<boolean> {
    return this.#desk.writing(() => {
      const known = this.#named(name);
      if (known) this.#remove(known, actor);
      return known !== undefined;
    });
  }

  #remove(known: StoredBudget, actor: string | undefined): void {
    this.#budgets.table.remove(known.id);
    this.#budgets.counters.clear(known.id);
    this.#budgets.alerts.removeOf(known.id);
    for (const row of this.#budgets.reservations.open()) {
      const holds = holdsIn(row);
      const others = holds.filter(([id]) => id !== known.id);
      if (others.length < holds.length) this.#budgets.reservations.put({ ...row, holds: JSON.stringify(others) });
    }
    this.#budgets.reload();
    if (actor !== undefined) this.#audit.add(budgetNote(known, undefined, actor));
  }

  changeBudget(name: string, decide: DecideBudget, by: { origin: string; actor: string }): Promise<ChangedBudget> {
    return this.#desk.writing(() => {
      const before = this.#named(name);
      const decided = decide(before);
      if (decided === null && before) this.#remove(before, by.actor);
      const after = decided ? this.#put(before, decided, by) : decided === undefined ? before : undefined;
      return { ...(before && { before }), ...(after && { after }) };
    });
  }

  #named(name: string): StoredBudget | undefined {
    return this.#budgets.budgets.find((budget) => budget.definition.name === name);
  }

  budgetStates(atMs: number | undefined): { nowMs: number; states: BudgetState[] } {
    return this.#desk.reading(() => {
      const now = this.#desk.moment();
      this.#budgets.refresh();
      return { nowMs: now.wallMs, states: budgetStates(this.#desk, this.#budgets.budgets, now, atMs) };
    });
  }

  reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    const { dispatched, durability = dispatched ? "disk" : "commit" } = request;
    return this.#desk.writing(() => this.#reserve(request), { durability });
  }

  #reserve(request: ReserveRequest): ReserveOutcome {
    const { requestId, attempt, estimate } = request;
    const { reservations, counters } = this.#budgets;
    const at = this.#desk.moment();
    if (this.#desk.identities.rowOf({ kind: "request", namespace: namespaceOf(request.source), text: requestId, attempt }) !== undefined)
      return { kind: "settled" };
    const known = reservations.find(requestId, attempt);
    if (known?.state === STATES.open) return this.#reserveAgain(known, request, at);
    const targets = this.#budgets.targetsOf(request);
    const adding = amountsHeld(estimate);
    const states = targets.map(({ budget, value }) => counters.state(budget, value, at));
    if (!states.every((state) => admits(state.budget.definition, state, adding, request, at.wallMs))) {
      return { kind: "refused", nowMs: at.wallMs, states: this.#statesOf(targets, at) };
    }
    if (known) reservations.remove(known);
    this.#desk.dictionary.internModel(request.provider, request.model, request.canonicalModel);
    const row = openRow(request, at);
    const holds = targets.flatMap(({ budget, value }) => this.#budgets.holdOf(budget, value, row));
    for (const [budgetId, value, startMs] of holds) counters.hold(budgetId, value, startMs, at.steadyMs, adding);
    row.holds = JSON.stringify(holds);
    reservations.put(row);
    return { kind: "reserved", reservation: reservationOf(row), states: states.map((state) => withHeld(state, adding)) };
  }

  #reserveAgain(known: ReservationRow, request: ReserveRequest, at: Moment): ReserveOutcome {
    const field = differingField(reservationOf(known), request);
    if (field !== undefined) return { kind: "conflict", field };
    const row = request.dispatched && known.dispatched === 0 ? { ...known, dispatched: 1 } : known;
    if (row !== known) this.#budgets.reservations.put(row);
    return { kind: "exists", reservation: reservationOf(row), states: this.#statesOf(this.#budgets.targetsOf(request), at) };
  }

  #statesOf(targets: readonly Target[], at: Moment): BudgetState[] {
    return targets.map(({ budget, value }) => this.#budgets.counters.stateWithBuckets(budget, value, at));
  }

  reservation(requestId: string, attempt: number): StoredReservation | undefined {
    return this.#desk.guarded(() => {
      const row = this.#budgets.reservations.find(requestId, attempt);
      return row && reservationOf(row);
    });
  }

  markDispatched(requestId: string, attempt: number): Promise<boolean> {
    return this.#desk.writing(() => {
      const row = this.#open(requestId, attempt);
      if (row && row.dispatched === 0) this.#budgets.reservations.put({ ...row, dispatched: 1 });
      return row !== undefined;
    });
  }

  extend(request: ExtendRequest): Promise<ExtendOutcome> {
    return this.#desk.writing(() => this.#extend(request), COMMITTED);
  }

  #extend({ requestId, attempt, estimate, ttlMs }: ExtendRequest): ExtendOutcome {
    const { counters } = this.#budgets;
    const row = this.#open(requestId, attempt);
    if (!row) return { kind: "ended" };
    const at = this.#desk.moment();
    const before = reservationOf(row);
    const wanted = estimate ?? before.estimate;
    const [held, whole, adding] = [amountsHeld(before.estimate), amountsHeld(wanted), growthOf(before.estimate, wanted)];
    const holders = this.#holdersOf(row);
    if (adding.nanoUsd > 0n || adding.tokens > 0n) {
      const without = ({ budget, value, startMs, at: then }: Holder): BudgetState => {
        const state = counters.stateWithBuckets(budget, value, then);
        return counters.counts(budget, value, startMs, then) ? withHeld(state, negative(held)) : state;
      };
      const states = holders.map(without);
      if (!states.every((state) => admits(state.budget.definition, state, adding, row, at.wallMs))) {
        return { kind: "refused", nowMs: at.wallMs, provider: row.provider, adding, states };
      }
    }
    const by = { nanoUsd: whole.nanoUsd - held.nanoUsd, tokens: whole.tokens - held.tokens };
    for (const [budgetId, value, startMs] of holdsIn(row)) counters.changeHold(budgetId, value, startMs, by);
    const extended: ReservationRow = {
      ...row,
      nano_usd: Number(wanted.nanoUsd),
      input_tokens: wanted.inputTokens,
      output_tokens: wanted.outputTokens,
      ...(ttlMs === undefined ? {} : { expires_ms: at.wallMs + ttlMs, expires_steady_ms: at.steadyMs + ttlMs }),
    };
    this.#budgets.reservations.put(extended);
    const states = holders.map(({ budget, value, at: then }) => counters.state(budget, value, then));
    return { kind: "extended", reservation: reservationOf(extended), states };
  }

  /** The counters that hold a reservation, and the moment whose window is asked for room: of a calendar's window, its own. */
  #holdersOf(row: ReservationRow): Holder[] {
    const now = this.#desk.moment();
    return holdsIn(row).flatMap(([budgetId, value, startMs]) => {
      const budget = this.#budgets.budgets.find(({ id }) => id === budgetId);
      if (!budget) return [];
      const at = budget.definition.windowMs === undefined ? { ...now, wallMs: startMs } : now;
      return [{ budget, value, startMs, at }];
    });
  }

  track(requestId: string, attempt: number, externalId: string, owner: WorkOwner): Promise<TrackOutcome> {
    return this.#desk.writing(() => {
      const row = this.#open(requestId, attempt);
      if (!row) return "ended";
      const holder = this.#budgets.reservations.tracked(externalId);
      if (holder && (holder.request_id !== requestId || holder.attempt !== attempt)) return "taken";
      this.#budgets.reservations.put({ ...row, external_id: externalId });
      this.#work.remember([externalId], owner, this.#desk.moment().wallMs);
      return "tracked";
    });
  }

  tracked(externalId: string): StoredReservation | undefined {
    return this.#desk.guarded(() => {
      const row = this.#budgets.reservations.tracked(externalId);
      return row && reservationOf(row);
    });
  }

  ownerOf(externalId: string): WorkOwner | undefined {
    return this.#desk.guarded(() => this.#work.ownerOf(externalId));
  }

  counting(call: CountedCall): readonly BudgetDefinition[] {
    const nowMs = systemClock.monotonic();
    if (nowMs - this.#askedMs >= ASK_EVERY_MS) {
      this.#desk.guarded(() => this.#budgets.refresh());
      this.#askedMs = nowMs;
    }
    return this.#desk.guarded(() => this.#budgets.countingOf(call));
  }

  async settle(
    entry: Entry,
    canonicalModel: CanonicalModel,
    { durability = "disk", works }: StoreSettleOptions = {},
  ): Promise<SettleOutcome> {
    const work = (writer: Writer): SettleOutcome => {
      const outcome = this.#settle(writer, entry, canonicalModel);
      if (works !== undefined && IS_RECORDED[outcome]) this.#work.remember(works, entry.record, this.#desk.moment().wallMs);
      writer.flush();
      return outcome;
    };
    const outcome = await this.#desk.writing(work, { durability });
    if (durability === "commit") this.#desk.flushSoon();
    return outcome;
  }

  #settle(writer: Writer, entry: Entry, canonicalModel: CanonicalModel): SettleOutcome {
    const { requestId = "", attempt = 1 } = entry.record;
    const reservation = this.#budgets.reservations.findEnding(requestId, attempt);
    const stored = this.#storedRow(entry);
    if (stored !== undefined) {
      if (reservation) this.#end(reservation, 0n);
      return this.#correctOnce(writer, stored, entry, canonicalModel);
    }
    if (!reservation) return "unknown";
    if (reservation.state === STATES.released) return "released";
    this.#budgets.madeAt(reservation.reserved_steady_ms);
    if (!writer.addOne(entry, canonicalModel)) return "already_settled";
    this.#end(reservation, overageOf(entry, reservation));
    return reservation.state === STATES.open ? "settled" : "late";
  }

  #correctOnce(writer: Writer, row: number, entry: Entry, canonicalModel: CanonicalModel): SettleOutcome {
    const stored = this.#desk.reader.folded(row);
    if (!isChargedEstimate(decode(stored.current, stored.original, this.#desk.dictionary))) return "already_settled";
    writer.replace(stored, entry, canonicalModel);
    return "corrected";
  }

  #storedRow(entry: Entry): number | undefined {
    const identity = requestIdentity(entry);
    return identity && this.#desk.identities.rowOf(identity);
  }

  release(requestId: string, attempt: number): Promise<boolean> {
    return this.#desk.writing(() => {
      const row = this.#open(requestId, attempt);
      if (!row) return false;
      this.#endWithoutRecord(row, "released");
      return true;
    }, COMMITTED);
  }

  expired(limit: number): StoredReservation[] {
    return this.#desk.guarded(() => this.#budgets.reservations.expired(limit, this.#desk.moment()).map(reservationOf));
  }

  expire(requestId: string, attempt: number, entry: Entry | undefined, canonicalModel: CanonicalModel): Promise<boolean> {
    return this.#desk.writing((writer) => {
      const row = this.#open(requestId, attempt);
      const isCharged = entry !== undefined;
      // It may have been released and reserved anew, or marked as dispatched, since it was found.
      if (!row || !isExpired(row, this.#desk.moment()) || (row.dispatched === 1) !== isCharged) return false;
      if (isCharged) {
        this.#budgets.madeAt(row.reserved_steady_ms);
        if (this.#storedRow(entry) === undefined) writer.addOne(entry, canonicalModel);
        this.#end(row, 0n);
      } else this.#endWithoutRecord(row, "lapsed");
      writer.flush();
      return true;
    });
  }

  reservations(): HeldReservation[] {
    return this.#desk.guarded(() =>
      this.#budgets.reservations.open().map((row) => ({ ...reservationOf(row), budgetIds: holdsIn(row).map(([budgetId]) => budgetId) })),
    );
  }

  alerts(filter: AlertFilter): StoredAlert[] {
    return this.#desk.guarded(() => this.#budgets.alerts.list(filter));
  }

  acknowledgeAlerts(ids: readonly number[], nowMs: number, actor: string): Promise<number> {
    return this.#desk.writing(() => {
      const acknowledged = this.#budgets.alerts.acknowledge(ids, nowMs);
      for (const alert of acknowledged) this.#audit.add(alertNote(alert, actor));
      return acknowledged.length;
    });
  }

  async claimDeliveries(limit: number, leaseMs: number): Promise<StoredAlert[]> {
    const { wallMs } = this.#desk.moment();
    if (!this.#desk.guarded(() => this.#budgets.alerts.hasWaiting(wallMs))) return [];
    return this.#desk.writing(() => this.#budgets.alerts.claim(limit, leaseMs, wallMs));
  }

  deliveryDone(id: number, outcome: { deliveredMs: number } | { error: string; nextAttemptMs: number }): Promise<void> {
    return this.#desk.writing(() => {
      if ("error" in outcome) this.#budgets.alerts.failed(id, outcome.error, outcome.nextAttemptMs);
      else this.#budgets.alerts.delivered(id, outcome.deliveredMs);
    });
  }

  #open(requestId: string, attempt: number): ReservationRow | undefined {
    const row = this.#budgets.reservations.find(requestId, attempt);
    return row?.state === STATES.open ? row : undefined;
  }

  /** What was held is free again; the row goes. */
  #end(row: EndingRow, overageNanoUsd: bigint): void {
    this.#giveBack(row, overageNanoUsd);
    this.#budgets.reservations.remove(row);
  }

  #endWithoutRecord(row: ReservationRow, ended: "lapsed" | "released"): void {
    const { wallMs } = this.#desk.moment();
    this.#giveBack(row, 0n);
    this.#budgets.reservations.end(row, ended, wallMs);
    if (Math.abs(wallMs - this.#forgotMs) < FORGET_EVERY_MS) return;
    this.#budgets.reservations.forgetEndedBefore(wallMs - REMEMBERED_MS);
    this.#work.forgetBefore(wallMs - WORK_KEPT_MS);
    this.#forgotMs = wallMs;
  }

  #giveBack(row: EndingRow, overageNanoUsd: bigint): void {
    const held = amountsIn(row);
    for (const [budgetId, value, startMs] of holdsIn(row)) this.#budgets.counters.giveBack(budgetId, value, startMs, held, overageNanoUsd);
  }
}

function withHeld(state: BudgetState, { nanoUsd, tokens }: MoneyAndTokens): BudgetState {
  const held = { ...state };
  held.reservedNanoUsd += nanoUsd;
  held.reservedTokens += tokens;
  return held;
}

function negative({ nanoUsd, tokens }: MoneyAndTokens): MoneyAndTokens {
  return { nanoUsd: -nanoUsd, tokens: -tokens };
}

/** By how much the record costs more than was set aside for it. */
function overageOf({ record, computedCostNanoUsd }: Entry, reservation: EndingRow): bigint {
  const cost = record.reportedCostNanoUsd ?? computedCostNanoUsd ?? 0;
  return cost > reservation.nano_usd ? BigInt(cost) - BigInt(reservation.nano_usd) : 0n;
}
