/** Runs pools and windows through reservations that end in every way, at any time, over any number of them at once. */
import { deepStrictEqual as equal } from "node:assert";
import { BudgetPool } from "../../budget/index.ts";
import { Chance } from "./chance.ts";
import { ENGINE_EVENTS, type EngineEvent } from "./engine-events.ts";
import { countedIn } from "./engine-model.ts";
import { type Held, SimulatedBudgets } from "./simulated-budgets.ts";
import { Sometimes } from "./sometimes.ts";

const STEPS = {
  reserve: 30,
  settle: 16,
  release: 5,
  record: 10,
  wait: 16,
  "put the clock": 2,
  "settle again": 5,
  "settle late": 4,
  reset: 2,
  crash: 2,
  "reserve again": 3,
  "record again": 2,
  "bad figures": 2,
} as const;
type Step = keyof typeof STEPS;

/** Steps after which more may be used than was reserved. */
const DISHONEST: readonly Step[] = ["settle late", "reset"];
const STEP_COUNT = 40;

/**
 * One life of some pools and windows, drawn from `seed`, every state compared with a naive model.
 *
 * @returns how often each event of {@link ENGINE_EVENTS} happened
 * @throws an error that names the seed, the last steps, and what was broken
 * @example
 * ```ts
 * import { simulateEngine } from "tokenledger/testing";
 * simulateEngine(1).healed; // => 1
 * ```
 */
export function simulateEngine(seed: number): Record<EngineEvent, number> {
  const life = new Life(seed);
  try {
    life.live();
    return life.events.counts();
  } catch (error) {
    throw new Error(`seed ${seed}, after ${life.told.slice(-12).join(", ")}: ${(error as Error).message}`, { cause: error });
  }
}

class Life {
  readonly events: Sometimes<EngineEvent> = new Sometimes(ENGINE_EVENTS);
  readonly told: string[] = [];
  readonly #chance: Chance;
  readonly #budgets: SimulatedBudgets;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    this.#budgets = new SimulatedBudgets(this.#chance, this.events, this.#chance.happens(0.5));
  }

  live(): void {
    for (let step = 0; step < STEP_COUNT; step++) {
      const kind = this.#chance.weighted(STEPS);
      if (this.#budgets.isHonest && DISHONEST.includes(kind)) continue;
      this.told.push(kind);
      this.#steps[kind]();
      this.#budgets.check();
    }
    this.#heal();
  }

  readonly #steps: Record<Step, () => void> = {
    reserve: () => this.#budgets.reserve(),
    settle: () => this.#with(["open"], (held) => this.#budgets.settle(held)),
    "settle late": () => this.#with(["expired"], (held) => this.#budgets.settle(held)),
    "settle again": () => this.#with(["settled", "released"], (held) => this.#budgets.settleAgain(held)),
    release: () => this.#with(["open", "expired", "settled", "released"], (held) => this.#budgets.release(held)),
    record: () => this.#budgets.record(this.#chance.pick(this.#budgets.budgets), this.#budgets.newId()),
    "record again": () => {
      if (this.#budgets.recorded.size === 0) return;
      const [id, budget] = this.#chance.pick([...this.#budgets.recorded]);
      this.#budgets.record(budget, id);
    },
    wait: () => {
      this.#budgets.clock.advance(this.#chance.pick([0, 1, 17, 500, 1000, 20_000, 61_000, ...this.#budgets.waits()]));
      this.#budgets.expire();
    },
    "put the clock": () => {
      const { clock } = this.#budgets;
      const stepMs = this.#chance.pick([-1, 1]) * this.#chance.whole(1, 100_000);
      clock.set(clock.now() + stepMs);
      this.events.reached(stepMs < 0 ? "clock stepped back" : "clock stepped forward");
    },
    reset: () => {
      const pools = this.#budgets.budgets.filter(({ real }) => real instanceof BudgetPool);
      if (pools.length > 0) this.#budgets.reset(this.#chance.pick(pools));
    },
    crash: () =>
      this.#with(["open"], (held) => {
        held.real = undefined;
        this.events.reached("crash with reservations in flight");
      }),
    "reserve again": () => this.#with(["open"], (held) => this.#budgets.reserveAgain(held)),
    "bad figures": () => this.#budgets.badFigures(this.#chance.pick(this.#budgets.budgets)),
  };

  /** Does something with a reservation in one of these states, if one is there whose holder has not crashed. */
  #with(states: readonly Held["state"][], work: (held: Held) => void): void {
    const all = this.#budgets.held.filter(({ state, real }) => real !== undefined && states.includes(state));
    if (all.length > 0) work(this.#chance.pick(all));
  }

  /** guarantee G36: reservations end, windows empty, and what fits is admitted. */
  #heal(): void {
    const { clock, budgets, nowMs } = this.#budgets;
    this.told.push("heal");
    clock.advance(200_000);
    this.#budgets.expire();
    this.#budgets.check();
    for (const { model } of budgets) equal(countedIn(model, nowMs, "most", true).calls, 0);
    for (let calls = 0; calls < 3; calls++) {
      const held = this.#budgets.reserve({ input: 1, output: 1, nanoUsd: 1 });
      if (held !== undefined) this.#budgets.settle(held);
    }
    this.#budgets.check();
    this.events.reached("healed");
  }
}
