/** Settles calls, and remembers those that the book could not take, until it can. */
import type { Clock } from "../../../clock.ts";
import { TokenLedgerError } from "../../../errors.ts";
import type { ActualUsage, LedgerReservation, SettledCall } from "../../../ledger/index.ts";
import type { NoteEvent } from "../../observing/happenings.ts";

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
/** Each is a call that was under way when the book failed, so there are never many; their holds are charged at their estimate. */
const MOST_QUEUED = 100_000;

const COMMITTED = { durability: "commit" } as const;

interface Unsettled {
  hold: LedgerReservation;
  /** Absent: it is to be released. */
  actual: ActualUsage | undefined;
  options: SettleOptions;
}

export interface SettleOptions {
  ended?: Ended;
  /** What the provider keeps of the call, by the book's names for it. */
  externalIds?: readonly string[] | undefined;
}

/** Told once when the book has the call; without what it came to where the book had ended it before, and charged it as it was held. */
export type Ended = (settled: SettledCall | undefined) => void;

export class SettleQueue {
  readonly #clock: Clock;
  readonly #note: (event: NoteEvent) => void;
  #queue: Unsettled[] = [];
  #retryMs = FIRST_RETRY_MS;
  #nextMs = 0;
  #isRetrying = false;

  constructor(options: { clock: Clock; note: (event: NoteEvent) => void }) {
    this.#clock = options.clock;
    this.#note = options.note;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Undefined where the book could not take it yet, or the call was ended otherwise. Never throws. */
  async settle(hold: LedgerReservation, actual: ActualUsage, options: SettleOptions = {}): Promise<SettledCall | undefined> {
    const { ended, externalIds } = options;
    let settled: SettledCall;
    try {
      settled = await hold.settle(actual, externalIds === undefined ? COMMITTED : { ...COMMITTED, externalIds });
    } catch (error) {
      this.#failed({ hold, actual, options }, error);
      return undefined;
    }
    ended?.(settled);
    return settled;
  }

  async release(hold: LedgerReservation): Promise<void> {
    try {
      await hold.release();
    } catch (error) {
      this.#failed({ hold, actual: undefined, options: {} }, error);
    }
  }

  /** Called now and then. @param isLast without regard to when it was tried before */
  async retry(isLast = false): Promise<void> {
    if (this.#queue.length === 0 || this.#isRetrying || (!isLast && this.#clock.monotonic() < this.#nextMs)) return;
    this.#isRetrying = true;
    const queue = this.#queue;
    this.#queue = [];
    const before = queue.length;
    await Promise.all(
      queue.map(({ hold, actual, options }) => (actual === undefined ? this.release(hold) : this.settle(hold, actual, options))),
    );
    this.#isRetrying = false;
    this.#retryMs = this.#queue.length < before ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    this.#nextMs = this.#clock.monotonic() + this.#retryMs;
    if (this.#queue.length === 0)
      this.#note({ level: "info", kind: "settling", message: `the book has taken ${before} calls that waited for it` });
  }

  #failed(unsettled: Unsettled, error: unknown): void {
    const { requestId } = unsettled.hold;
    if (TokenLedgerError.is(error) && error.code === "ALREADY_SETTLED") {
      unsettled.options.ended?.(undefined);
      return;
    }
    if (TokenLedgerError.is(error) && error.code === "DATABASE_ERROR" && this.#queue.length < MOST_QUEUED) {
      if (this.#queue.length === 0)
        this.#note({ level: "error", kind: "settling", message: "the book can't be written: calls wait to be settled" });
      this.#queue.push(unsettled);
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    this.#note({
      level: "error",
      kind: "settling",
      requestId,
      message: `request ${requestId} could not be settled and is charged as estimated: ${why}`,
    });
    unsettled.options.ended?.(undefined);
  }
}
