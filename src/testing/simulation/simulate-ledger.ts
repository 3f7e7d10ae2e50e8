/** Runs the book through a life that nobody would wish it, in a second: crashes, lost answers, failing disks, clocks that jump. */
import { deepStrictEqual as equal, ok } from "node:assert";
import type { Clock } from "../../clock.ts";
import { TokenLedgerError } from "../../errors.ts";
import type { Ledger } from "../../ledger/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { checkAlerts, checkBudgets, checkRecords, type Seen } from "./book-checks.ts";
import type { ModelReservation } from "./book-model.ts";
import { Chance } from "./chance.ts";
import type { DiskFailure, FailingDisk } from "./failing-disk.ts";
import { LEDGER_EVENTS, type LedgerEvent } from "./ledger-events.ts";
import { SimulatedBook, type SimulatedProcess } from "./simulated-book.ts";
import { BUDGET_NAMES, drawBudget, reserveCall, usd } from "./simulated-call.ts";
import { Sometimes } from "./sometimes.ts";

const START_MS = Date.UTC(2026, 0, 31, 22);
const HOUR_MS = 3_600_000;

export interface SimulatedWorld {
  /** Opens the one book of this run, as each of its processes does. */
  open(clock: Clock): Promise<Ledger>;
  /** Where the book lies, if it may fail. */
  disk?: FailingDisk;
  /** Default 40. */
  steps?: number;
}

const STEPS = {
  reserve: 34,
  settle: 16,
  release: 4,
  dispatch: 3,
  "settle again": 5,
  "settle late": 5,
  record: 5,
  "record again": 2,
  sweep: 3,
  wait: 12,
  "wait for midnight": 2,
  "put the clock": 3,
  crash: 3,
  "edit a budget": 3,
  "fail the disk": 6,
} as const;
type Step = keyof typeof STEPS;

/** Steps after which more may be used than was reserved. */
const DISHONEST: readonly Step[] = ["settle late", "record", "edit a budget"];

/**
 * One life of a book, drawn from `seed`. Every state is compared with a naive model; then the faults stop, and everything must converge.
 *
 * @returns how often each event of {@link LEDGER_EVENTS} happened
 * @throws an error that names the seed, the last steps, and what was broken
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { simulateLedger } from "tokenledger/testing";
 * let shared: ReturnType<typeof openLedger> | undefined;
 * const open = async (clock: { now(): number; monotonic(): number }) => ({ ...(await (shared ??= openLedger("sqlite::memory:", { clock }))), close: async () => {} });
 * const { healed } = await simulateLedger(1, { open });
 * healed; // => 1
 * ```
 */
export async function simulateLedger(seed: number, world: SimulatedWorld): Promise<Record<LedgerEvent, number>> {
  const life = new Life(seed, world);
  try {
    await life.live();
    return life.events.counts();
  } catch (error) {
    throw new Error(`seed ${seed}, after ${life.told.slice(-12).join(", ")}: ${(error as Error).message}`, { cause: error });
  } finally {
    world.disk?.heal();
    await life.end();
  }
}

class Life {
  readonly events: Sometimes<LedgerEvent> = new Sometimes(LEDGER_EVENTS);
  readonly told: string[] = [];
  readonly #world: SimulatedWorld;
  readonly #chance: Chance;
  readonly #clock = new FakeClock(START_MS);
  readonly #book: SimulatedBook;
  readonly #processes: SimulatedProcess[] = [];
  readonly #seen: Seen = new Map();
  readonly #isHonest: boolean;

  constructor(seed: number, world: SimulatedWorld) {
    this.#world = world;
    this.#chance = new Chance(seed);
    this.#book = new SimulatedBook(this.#chance, this.#clock, this.events);
    this.#isHonest = this.#chance.happens(0.5);
    this.#clock.advance(this.#chance.whole(0, 2 * HOUR_MS));
  }

  async live(): Promise<void> {
    for (let index = 0; index < 3; index++) {
      this.#processes.push({ index, ledger: await this.#world.open(this.#clock), handles: new Map() });
    }
    for (let count = this.#chance.whole(1, 4); count > 0; count--) await this.#putBudget(this.#chance.pick(BUDGET_NAMES));
    for (let step = this.#world.steps ?? 40; step > 0; step--) {
      // Time passes between any two things, so that no two reservations end at once.
      this.#clock.advance(this.#chance.whole(1, 20));
      const kind = this.#chance.weighted(STEPS);
      if (this.#isHonest && DISHONEST.includes(kind)) continue;
      this.told.push(kind);
      await this.#step(kind);
      await checkBudgets(this.#book, this.#chance.pick(this.#processes).ledger, this.#isHonest, this.#seen);
    }
    await this.#heal();
  }

  async end(): Promise<void> {
    for (const { ledger } of this.#processes) await ledger.close();
  }

  async #step(kind: Step): Promise<void> {
    const process = this.#chance.pick(this.#processes);
    const book = this.#book;
    const among = (...states: ModelReservation["state"][]): ModelReservation | undefined => {
      const all = [...book.model.reservations.values()].filter(({ state }) => states.includes(state));
      return all.length === 0 ? undefined : this.#chance.pick(all);
    };
    const open = among("open");
    switch (kind) {
      case "reserve":
        return book.reserve(process, book.newCall(process));
      case "settle":
        return open && this.#settle(process, open);
      case "release":
        return open && book.release(process, open);
      case "dispatch":
        return open && process.handles.has(open.requestId) ? book.dispatch(process, open) : undefined;
      case "settle again": {
        const ended = among("settled", "released");
        return ended && this.#settle(process, ended);
      }
      case "settle late": {
        const late = among("charged", "lapsed");
        return late && this.#settle(process, late);
      }
      case "record":
        return book.record(process, book.newRecord());
      case "record again": {
        const imported = [...book.model.records].filter(([, { isImported }]) => isImported);
        if (imported.length === 0) return;
        const [id, one] = this.#chance.pick(imported);
        return book.record(process, { id, ...one });
      }
      case "sweep":
        return book.sweep(process);
      case "wait":
        return this.#clock.advance(this.#chance.pick([1_000, 30_000, 300_000, HOUR_MS / 2, HOUR_MS + 61_000, ...this.#book.waits()]));
      case "wait for midnight":
        return this.#clock.advance(24 * HOUR_MS - (this.#clock.now() % (24 * HOUR_MS)) - this.#chance.whole(0, 1));
      case "put the clock":
        return this.#putClock();
      case "crash":
        return this.#crash(process);
      case "edit a budget":
        return this.#editBudget();
      case "fail the disk":
        return this.#world.disk && this.#failDisk(process, this.#world.disk, open);
    }
  }

  /** An honest life's calls cost at most what was reserved. */
  #settle(process: SimulatedProcess, call: ModelReservation): Promise<void> {
    if (!this.#isHonest) return this.#book.settle(process, call);
    const share = BigInt(this.#chance.whole(0, 100));
    return this.#book.settle(process, call, { nanoUsd: (call.nanoUsd * share) / 100n, tokens: (call.tokens * share) / 100n });
  }

  #putClock(): void {
    const stepMs = this.#chance.pick([-HOUR_MS, -24 * HOUR_MS, HOUR_MS, 24 * HOUR_MS]) + this.#chance.whole(-1000, 1000);
    this.#clock.set(this.#clock.now() + stepMs);
    this.#book.model.moments.push(this.#book.now());
    this.events.reached(stepMs < 0 ? "clock stepped back" : "clock stepped forward");
  }

  async #crash(process: SimulatedProcess): Promise<void> {
    const { model } = this.#book;
    if (model.open().some(({ process: maker }) => maker === process.index)) this.events.reached("crash with reservations in flight");
    await process.ledger.close();
    process.handles.clear();
    process.ledger = await this.#world.open(this.#clock);
  }

  async #putBudget(name: string): Promise<void> {
    const { model } = this.#book;
    const definition = drawBudget(this.#chance, name);
    const isNew = !model.budgets.has(name);
    if (model.records.size > 0 && isNew) this.events.reached("budget added over old records");
    if (model.open().length > 0) this.events.reached("budget edited with reservations in flight");
    await this.#chance.pick(this.#processes).ledger.budgets.put(definition);
    model.budgets.set(name, definition);
    model.editedMs.set(name, this.#clock.now());
    this.#forget(name);
    // What a budget of a name counts, and in which window, is always the same here: an edit keeps what was counted, and how old it is.
    if (!isNew) return;
    model.put.set(name, this.#book.now());
    model.moments.push(this.#book.now());
  }

  async #editBudget(): Promise<void> {
    const { model } = this.#book;
    const name = this.#chance.pick(BUDGET_NAMES);
    if (this.#chance.happens(0.7)) return this.#putBudget(name);
    equal(await this.#chance.pick(this.#processes).ledger.budgets.remove(name), model.budgets.delete(name));
    this.#forget(name);
    this.events.reached("budget removed");
  }

  /** An edited budget's earlier thresholds were those of another amount. */
  #forget(name: string): void {
    for (const [key, { name: other }] of this.#seen) if (other === name) this.#seen.delete(key);
  }

  /** The caller hears of a failure and asks again, under the same ids. */
  async #failDisk(process: SimulatedProcess, disk: FailingDisk, open: ModelReservation | undefined): Promise<void> {
    const failure: DiskFailure = this.#chance.pick(["before_commit", "after_commit", "statement"]);
    // What a refusal would sweep is swept before: then each of these is one transaction.
    await this.#book.sweep(process);
    const book = this.#book;
    const attempt = async (lost: LedgerEvent, work: () => Promise<unknown>): Promise<"done" | "failed"> => {
      disk.failNext(failure, this.#chance.whole(0, 3));
      const error = await work().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const isPending = disk.heal();
      this.told.push(`${failure}${isPending ? " (not met)" : ""}`);
      if (isPending) {
        if (error !== undefined) throw error;
        return "done";
      }
      ok(TokenLedgerError.is(error) && error.code === "DATABASE_ERROR", `a failing disk was told as ${error}`);
      this.events.reached(
        failure === "after_commit" ? lost : failure === "statement" ? "disk failed within a transaction" : "disk failed before a commit",
      );
      return "failed";
    };
    const kind = this.#chance.pick(["reserve", "settle", "release", "record"] as const);
    const isLost = failure === "after_commit";
    if (kind === "record" && !this.#isHonest) {
      const one = book.newRecord();
      await attempt("lost answer of a record", () => book.record(process, one));
      if (isLost) book.model.records.set(one.id, one);
      return book.record(process, one);
    }
    if (kind === "settle" && open !== undefined) {
      const actual = { nanoUsd: open.nanoUsd / 2n, tokens: open.tokens / 2n };
      const outcome = await attempt("lost answer of a settle", () =>
        process.ledger.settle(open.requestId, { costUsd: usd(actual.nanoUsd), inputTokens: Number(actual.tokens) }),
      );
      if (isLost || outcome === "done") book.afterSettle(process, open, actual, undefined);
      return book.settle(process, open, actual);
    }
    if (kind === "release" && open !== undefined) {
      await attempt("lost answer of a release", () => process.ledger.release(open.requestId));
      return book.release(process, open);
    }
    const call = book.newCall(process);
    await attempt("lost answer of a reserve", () =>
      process.ledger.reserve(reserveCall(call.requestId, call, call.ttlMs, call.isDispatched)).catch((error: unknown) => {
        if (!(TokenLedgerError.is(error) && error.code === "BUDGET_EXCEEDED")) throw error;
      }),
    );
    return book.reserve(process, call);
  }

  /** guarantee G36: without faults, every reservation ends, and every call that fits is admitted. */
  async #heal(): Promise<void> {
    const book = this.#book;
    const [process] = this.#processes as [SimulatedProcess];
    this.told.push("heal");
    this.#clock.advance(HOUR_MS);
    await book.sweep(process);
    equal(book.model.open(), []);
    for (const { name, reservedNanoUsd, reservedTokens } of await process.ledger.budgets.status()) {
      equal([reservedNanoUsd, reservedTokens], [0n, 0n], `${name} still holds something`);
    }
    for (let calls = 0; calls < 3; calls++) {
      this.#clock.advance(1000);
      const call = book.newCall(process);
      await book.reserve(process, call);
      if (call.requestId && book.model.reservations.has(call.requestId)) await this.#settle(process, call);
    }
    await checkBudgets(book, process.ledger, this.#isHonest, this.#seen);
    await checkAlerts(book, process.ledger, this.#seen);
    await checkRecords(book, process.ledger);
    this.events.reached("healed");
  }
}
