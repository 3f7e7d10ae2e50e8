/** The real book beside the model of it: every operation goes to both, and both must agree. */
import { deepStrictEqual as equal, ok } from "node:assert";
import { TokenLedgerError } from "../../errors.ts";
import type { Ledger, LedgerReservation } from "../../ledger/index.ts";
import type { FakeClock } from "../fake-clock.ts";
import { AXES, amountOf, BookModel, type Counted, heldOf, type Instant, type ModelReservation, windowStart } from "./book-model.ts";
import type { Chance } from "./chance.ts";
import type { LedgerEvent } from "./ledger-events.ts";
import { drawActual, drawFigures, drawOwner, reserveCall, usd } from "./simulated-call.ts";
import type { Sometimes } from "./sometimes.ts";

const SWEPT_BY_REFUSAL = 8;
const DAY_MS = 86_400_000;

/** What a call came to; undefined: as estimated. */
type Actual = Pick<Counted, "nanoUsd" | "tokens"> | undefined;

/** A program that uses the book. What it forgets in a crash are its handles. */
export interface SimulatedProcess {
  index: number;
  ledger: Ledger;
  handles: Map<string, LedgerReservation>;
}

export class SimulatedBook {
  readonly model: BookModel = new BookModel();
  readonly chance: Chance;
  readonly clock: FakeClock;
  readonly events: Sometimes<LedgerEvent>;
  #ids = 0;

  constructor(chance: Chance, clock: FakeClock, events: Sometimes<LedgerEvent>) {
    this.chance = chance;
    this.clock = clock;
    this.events = events;
  }

  now(): Instant {
    return { wallMs: this.clock.now(), steadyMs: this.clock.monotonic() };
  }

  /** In how long reservations end, to the millisecond. */
  waits(): number[] {
    const { steadyMs } = this.now();
    return this.model.open().map((one) => Math.max(0, one.steadyMs + one.ttlMs - steadyMs));
  }

  /** A call that has never been made. */
  newCall(process: SimulatedProcess): ModelReservation {
    const { wallMs, steadyMs } = this.now();
    const ttlMs = this.chance.pick([5_000, 60_000, 600_000]) + this.#ids;
    const call: Counted = { timeMs: wallMs, steadyMs, isImported: false, ...drawOwner(this.chance), ...drawFigures(this.chance) };
    return { ...call, requestId: `r-${this.#ids++}`, ttlMs, isDispatched: this.chance.happens(0.5), state: "open", process: process.index };
  }

  async reserve(process: SimulatedProcess, call: ModelReservation): Promise<void> {
    await this.#leaveNoDoubt(process, call);
    const request = reserveCall(call.requestId, call, call.ttlMs, call.isDispatched);
    const outcome = await process.ledger.reserve(request).catch((error: unknown) => error);
    this.afterReserve(process, call, outcome);
  }

  /** Where it is open whether the call is refused, it is open whether that made the book sweep: then it is swept before. */
  async #leaveNoDoubt(process: SimulatedProcess, call: Counted): Promise<void> {
    const bounds = ["least", "most"] as const;
    const [least, most] = bounds.map((bound) => this.model.refusing(call, bound, this.now()).length > 0);
    if (least !== most) await this.sweep(process);
  }

  afterReserve(process: SimulatedProcess, call: ModelReservation, outcome: unknown): void {
    const { model, events } = this;
    const refusedBefore = model.refusing(call, "least", this.now()).length > 0;
    if (refusedBefore) for (const one of model.expired(this.now()).slice(0, SWEPT_BY_REFUSAL)) this.#expire(process, one);
    if (TokenLedgerError.is(outcome)) {
      equal(outcome.code, "BUDGET_EXCEEDED", outcome.message);
      const refusing = model.refusing(call, "most", this.now());
      ok(refusing.length > 0, `refused, and it fits: ${outcome.message}`);
      this.#refusedBy(refusing, call);
      return;
    }
    if (outcome instanceof Error) throw outcome;
    if (refusedBefore) events.reached("swept by a refusal, then admitted");
    equal(model.refusing(call, "least", this.now()), [], "admitted, and it does not fit");
    const reservation = outcome as LedgerReservation;
    if (reservation.notices.length > 0) events.reached("told by a budget in shadow");
    model.reservations.set(call.requestId, call);
    process.handles.set(call.requestId, reservation);
    this.#countSoftCrossings();
  }

  /** By its handle, where the process has it, else by its request's id. Without `actual`: as estimated. */
  async settle(process: SimulatedProcess, call: ModelReservation, actual: Actual = this.#drawActual(call)): Promise<void> {
    const figures = actual && { costUsd: usd(actual.nanoUsd), inputTokens: Number(actual.tokens) };
    const work = process.ledger.settle(process.handles.get(call.requestId) ?? call.requestId, figures);
    const outcome = await work.catch((error: unknown) => error);
    this.afterSettle(process, call, actual, outcome);
  }

  #drawActual(call: ModelReservation): Actual {
    return this.chance.happens(0.2) ? undefined : drawActual(this.chance, call);
  }

  afterSettle(process: SimulatedProcess, call: ModelReservation, actual: Actual, outcome: unknown): void {
    const { events } = this;
    const { state } = call;
    if (state === "settled" || state === "released") {
      ok(TokenLedgerError.is(outcome) && outcome.code === "ALREADY_SETTLED", `settled though it was ${state}: ${outcome}`);
      events.reached(state === "settled" ? "duplicate settle" : "settle after release");
      return;
    }
    if (outcome instanceof Error) throw outcome;
    if (state === "charged") events.reached("late settle of a charged call");
    if (state === "lapsed") events.reached("late settle of a lapsed call");
    if (actual === undefined) events.reached("settled as estimated");
    if (process.index !== call.process) events.reached("settled by another process");
    const { nanoUsd, tokens } = actual ?? call;
    if (nanoUsd > call.nanoUsd) events.reached("overage");
    for (const definition of this.model.budgets.values()) {
      const start = windowStart(definition, this.clock.now());
      if (start !== undefined && start !== windowStart(definition, call.timeMs))
        events.reached("window rollover with a reservation in flight");
    }
    this.model.settle(call, nanoUsd, tokens);
  }

  async release(process: SimulatedProcess, call: ModelReservation): Promise<void> {
    await process.ledger.release(process.handles.get(call.requestId) ?? call.requestId);
    if (call.state === "open") call.state = "released";
  }

  async dispatch(process: SimulatedProcess, call: ModelReservation): Promise<void> {
    await process.handles.get(call.requestId)?.dispatched();
    call.isDispatched = true;
  }

  async sweep(process: SimulatedProcess): Promise<void> {
    const expired = this.model.expired(this.now());
    const charged = expired.filter(({ isDispatched }) => isDispatched).length;
    equal(await process.ledger.sweep(), { charged, released: expired.length - charged }, "what a sweep ends");
    for (const one of expired) this.#expire(process, one);
  }

  #expire(process: SimulatedProcess, call: ModelReservation): void {
    this.model.expire(call);
    this.events.reached(call.isDispatched ? "orphan charged" : "lapse released");
    if (process.index !== call.process) this.events.reached("swept by another process");
  }

  /** A record as an importer finds it: of now, or of some earlier day. */
  newRecord(): Counted & { id: string } {
    const ageMs = this.chance.happens(0.5) ? this.chance.whole(0, 3 * DAY_MS) : this.chance.whole(0, 7_200_000);
    const { wallMs, steadyMs } = this.now();
    const figures = { ...drawOwner(this.chance), ...drawFigures(this.chance) };
    return { id: `i-${this.#ids++}`, timeMs: wallMs - ageMs, steadyMs: steadyMs - ageMs, isImported: true, ...figures };
  }

  async record(process: SimulatedProcess, one: Counted & { id: string }): Promise<void> {
    const isNew = !this.model.records.has(one.id);
    const outcome = await process.ledger.record({
      id: one.id,
      timestampMs: one.timeMs,
      provider: "acme",
      model: "acme-1",
      tokens: { input: Number(one.tokens) },
      reportedCostNanoUsd: Number(one.nanoUsd),
      team: one.team,
      ...(one.user === undefined ? {} : { user: one.user }),
      source: "library",
    });
    equal(outcome, { new: isNew ? 1 : 0, duplicate: isNew ? 0 : 1, rejected: [] });
    if (!isNew) this.events.reached("duplicate record");
    else if (this.clock.now() - one.timeMs > DAY_MS) this.events.reached("import into an earlier window");
    this.model.records.set(one.id, one);
  }

  #refusedBy(names: readonly string[], call: Counted): void {
    if (names.length > 1) this.events.reached("refused by several budgets");
    for (const name of names) {
      const definition = this.model.budgets.get(name);
      if (definition === undefined) continue;
      if (!definition.hard) this.events.reached("refused by a soft budget");
      else if (definition.windowMs !== undefined) this.events.reached("refused by a sliding window");
      else if (definition.period === "daily") this.events.reached("refused by a day");
      else this.events.reached(definition.period === "monthly" ? "refused by a month" : "refused for all time");
      if (definition.maxTokens !== undefined && call.tokens > 0n) this.events.reached("refused on tokens");
    }
  }

  #countSoftCrossings(): void {
    for (const definition of this.model.budgets.values()) {
      if (definition.hard || definition.shadow) continue;
      const { least } = this.model.counts(definition, undefined, this.now());
      if (AXES.some((axis) => heldOf(least, axis) > (amountOf(definition, axis) ?? heldOf(least, axis))))
        this.events.reached("soft limit crossed");
    }
  }
}
