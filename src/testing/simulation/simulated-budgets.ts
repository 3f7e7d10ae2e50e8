/** Real pools and windows beside the model of them: every operation goes to both, and both must agree. */
import { deepStrictEqual as equal, ok } from "node:assert";
import { BudgetPool, type Reservation, reserveAll } from "../../budget/index.ts";
import { BudgetExceeded, TokenLedgerError } from "../../errors.ts";
import { FakeClock } from "../fake-clock.ts";
import type { Chance } from "./chance.ts";
import { type DrawnLimit, drawPoolOrWindow } from "./drawn-limit.ts";
import type { EngineEvent } from "./engine-events.ts";
import { countedIn, type Event, type Figures, fits, isWithinCaps } from "./engine-model.ts";
import { usd } from "./simulated-call.ts";
import type { Sometimes } from "./sometimes.ts";

export interface Held {
  /** Absent when its holder has crashed. */
  real: Reservation | undefined;
  figures: Figures;
  requestId: string;
  ends: number;
  state: "open" | "expired" | "settled" | "released";
  /** A pool was reset under it: it knows the id no more. */
  isForgotten: boolean;
  in: { budget: DrawnLimit; event: Event }[];
}

export class SimulatedBudgets {
  readonly clock: FakeClock = new FakeClock(Date.UTC(2026, 4, 1));
  readonly budgets: readonly DrawnLimit[];
  readonly held: Held[] = [];
  /** Which budget counted a call, by its id. */
  readonly recorded: Map<string, DrawnLimit> = new Map();
  readonly chance: Chance;
  readonly events: Sometimes<EngineEvent>;
  /** Calls cost at most what was reserved for them, and no reservation is settled late. */
  readonly isHonest: boolean;
  #ids = 0;

  constructor(chance: Chance, events: Sometimes<EngineEvent>, isHonest: boolean) {
    this.chance = chance;
    this.events = events;
    this.isHonest = isHonest;
    this.clock.advance(chance.whole(0, 200_000));
    this.budgets = Array.from({ length: chance.whole(1, 3) }, (_, index) => drawPoolOrWindow(index, chance, this.clock));
  }

  get nowMs(): number {
    return this.clock.monotonic();
  }

  /** In how long reservations end, to the millisecond. */
  waits(): number[] {
    return this.held.flatMap(({ state, ends }) => (state === "open" ? [ends - this.nowMs] : []));
  }

  newId(): string {
    return `call-${this.#ids++}`;
  }

  #drawFigures(): Figures {
    const amount = (): number => (this.chance.happens(0.2) ? 0 : this.chance.whole(1, 80));
    return { input: amount(), output: amount(), nanoUsd: amount() };
  }

  reserve(figures: Figures = this.#drawFigures()): Held | undefined {
    const chance = this.chance;
    const budgets = this.budgets.filter(() => chance.happens(0.7));
    if (budgets.length === 0) return undefined;
    // Every crashed holder's reservation must end by itself.
    const ttlMs = chance.pick([100, 5000, 70_000]);
    const requestId = this.newId();
    const before = this.#dump();
    const real = this.#tried(budgets, figures, () =>
      reserveAll(
        budgets.map((budget) => budget.real),
        callOf(figures),
        { ttlMs, requestId },
      ),
    );
    if (real === undefined) {
      equal(this.#dump(), before, "a refusal changed something");
      return undefined;
    }
    const parts = budgets.map((budget) => {
      const event = { ...figures, atMs: this.nowMs, isHeld: true };
      budget.model.events.add(event);
      return { budget, event };
    });
    const held: Held = { real, figures, requestId, ends: this.nowMs + ttlMs, state: "open", isForgotten: false, in: parts };
    this.held.push(held);
    return held;
  }

  /** Does what must pass if the model says so, and must be refused if it says so. */
  #tried<T>(budgets: readonly DrawnLimit[], figures: Figures, work: () => T): T | undefined {
    const mayRefuse = budgets.filter(({ model }) => !fits(model, figures, this.nowMs, "most"));
    const mustRefuse = budgets.filter(({ model }) => !fits(model, figures, this.nowMs, "least"));
    try {
      const result = work();
      equal(
        mustRefuse.map(({ model }) => model.name),
        [],
        "admitted, and it does not fit",
      );
      return result;
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      ok(mayRefuse.length > 0, `refused, and it fits: ${error.message}`);
      this.#noteRefusal(mayRefuse);
      if (this.chance.happens(0.1)) this.#waitFor(error, budgets, figures);
      return undefined;
    }
  }

  #noteRefusal(by: readonly DrawnLimit[]): void {
    for (const { model } of by) this.events.reached(model.durationMs === undefined ? "refused by a pool" : "refused by windows");
    if (by.length > 1) this.events.reached("refused by several");
  }

  /** What a refusal says: after so long it fits. Asked of the model, so that the real ones stay as they are. */
  #waitFor({ retryAfterMs }: BudgetExceeded, budgets: readonly DrawnLimit[], figures: Figures): void {
    if (retryAfterMs === undefined) return;
    const laterMs = this.nowMs + retryAfterMs;
    for (const { model } of budgets) {
      const expired = this.held.filter(({ state, ends }) => state === "open" && ends <= laterMs);
      const gone = new Set(expired.flatMap((held) => held.in.map(({ event }) => event)));
      const events = new Set([...model.events].filter((event) => !gone.has(event)));
      ok(fits({ ...model, events }, figures, laterMs, "least"), `does not fit after ${retryAfterMs} ms`);
    }
    this.events.reached("fitted after its wait");
  }

  settle(held: Held): void {
    const share = this.isHonest ? this.chance.whole(0, 100) : this.chance.whole(0, 150);
    const of = (amount: number): number => Math.floor((amount * share) / 100);
    const { input, output, nanoUsd } = held.figures;
    const actual = this.chance.happens(0.2) ? held.figures : { input: of(input), output: of(output), nanoUsd: of(nanoUsd) };
    held.real?.settle(actual === held.figures ? undefined : callOf(actual));
    if (share > 100 && actual !== held.figures) this.events.reached("overage");
    if (held.state === "expired") this.events.reached("late settle of an expired call");
    for (const { budget, event } of held.in) {
      const { durationMs, events } = budget.model;
      events.delete(event);
      const isGone = durationMs !== undefined && this.nowMs - event.atMs >= durationMs;
      if (isGone) this.events.reached("window slid past a reservation in flight");
      events.add({ ...actual, atMs: event.atMs, isHeld: false });
    }
    held.state = "settled";
  }

  settleAgain(held: Held): void {
    const before = this.#dump();
    equal(
      codeOf(() => held.real?.settle()),
      "ALREADY_SETTLED",
    );
    equal(this.#dump(), before);
    this.events.reached(held.state === "settled" ? "duplicate settle" : "settle after release");
  }

  release(held: Held): void {
    held.real?.release();
    if (held.state === "released") this.events.reached("released twice");
    if (held.state !== "open") return;
    this.#end(held, "released");
  }

  #end(held: Held, state: "released" | "expired"): void {
    held.state = state;
    for (const { budget, event } of held.in) budget.model.events.delete(event);
  }

  expire(): void {
    for (const held of this.held) {
      if (held.state !== "open" || held.ends > this.nowMs) continue;
      this.#end(held, "expired");
      this.events.reached("expired");
    }
  }

  record(budget: DrawnLimit, requestId: string): void {
    const figures = this.#drawFigures();
    const isCounted = this.recorded.has(requestId);
    const before = this.#dump();
    const { real } = budget;
    const work = (): void => {
      if (real instanceof BudgetPool) real.record({ ...callOf(figures), requestId });
      else real.record({ tokens: figures.input + figures.output, costUsd: usd(BigInt(figures.nanoUsd)), requestId });
    };
    if (isCounted) {
      work();
      this.events.reached("recorded again under its id");
      equal(this.#dump(), before);
      return;
    }
    const done = this.#tried([budget], figures, () => {
      work();
      return true;
    });
    if (done === undefined) {
      equal(this.#dump(), before, "a refusal changed something");
      return;
    }
    this.recorded.set(requestId, budget);
    budget.model.events.add({ ...figures, atMs: this.nowMs, isHeld: false });
  }

  reserveAgain(held: Held): void {
    if (held.real === undefined || held.isForgotten) return;
    const before = this.#dump();
    const { figures, requestId } = held;
    const from = held.in.map(({ budget }) => budget.real);
    equal(reserveAll(from, callOf(figures), { requestId }) === held.real, true, "another reservation under the same id");
    this.events.reached("reserved again under its id");
    equal(
      codeOf(() => reserveAll(from, callOf({ ...figures, input: figures.input + 1 }), { requestId })),
      "INVALID_INPUT",
    );
    this.events.reached("conflict under its id");
    equal(this.#dump(), before);
  }

  reset({ real, model }: DrawnLimit): void {
    if (!(real instanceof BudgetPool)) return;
    real.reset();
    // What is under way counts when it settles; what is reserved holds nothing, and its id is forgotten.
    if ([...model.events].some(({ isHeld }) => isHeld)) this.events.reached("reset with reservations in flight");
    model.events.clear();
    for (const [id, { model: other }] of this.recorded) if (other === model) this.recorded.delete(id);
    for (const held of this.held) if (held.in.some(({ budget }) => budget.model === model)) held.isForgotten = true;
  }

  badFigures({ real }: DrawnLimit): void {
    const before = this.#dump();
    for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const usage = real instanceof BudgetPool ? { inputTokens: bad } : { tokens: bad };
      equal(
        codeOf(() => real.record(usage)),
        "INVALID_INPUT",
      );
      equal(
        codeOf(() => reserveAll([real], { outputTokens: bad })),
        "INVALID_INPUT",
      );
    }
    equal(this.#dump(), before);
    this.events.reached("bad figures");
  }

  /** All that a program can see. */
  #dump(): unknown {
    return this.budgets.map(({ real }) => (real instanceof BudgetPool ? [real.totals(), real.remaining()] : real.snapshot()));
  }

  check(): void {
    for (const { real, model } of this.budgets) {
      const [least, most] = (["least", "most"] as const).map((bound) => countedIn(model, this.nowMs, bound)) as [Counted, Counted];
      if (real instanceof BudgetPool) {
        const totals = real.totals();
        const held = countedIn(model, this.nowMs, "least", true);
        const { inputTokens: input, outputTokens: output, costNanoUsd: nanoUsd, reserved } = totals;
        equal({ input: reserved.inputTokens, output: reserved.outputTokens, nanoUsd: reserved.costNanoUsd, calls: reserved.calls }, held);
        const used = { input: input + held.input, output: output + held.output, nanoUsd: nanoUsd + held.nanoUsd };
        equal({ ...used, calls: totals.calls + held.calls }, least);
      } else {
        const { tokensUsed, costNanoUsd, calls } = real.snapshot()[0] as { tokensUsed: number; costNanoUsd: number; calls: number };
        between("tokens", tokensUsed, least.input + least.output, most.input + most.output);
        between("nano-USD", costNanoUsd, least.nanoUsd, most.nanoUsd);
        between("calls", calls, least.calls, most.calls);
      }
      ok(!this.isHonest || isWithinCaps(model, this.nowMs), `${model.name} is over its caps`);
    }
  }
}

type Counted = ReturnType<typeof countedIn>;

function between(what: string, found: number, least: number, most: number): void {
  ok(least <= found && found <= most, `${found} ${what} are counted, not ${least} to ${most}`);
}

function callOf({ input, output, nanoUsd }: Figures): { inputTokens: number; outputTokens: number; costUsd: string } {
  return { inputTokens: input, outputTokens: output, costUsd: usd(BigInt(nanoUsd)) };
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (TokenLedgerError.is(error)) return error.code;
    throw error;
  }
}
