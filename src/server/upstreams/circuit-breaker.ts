/**
 * Whether a provider is well, from how its calls went. Ailing, it is left alone where another can take the call; after a while a
 * single call tries it again.
 */
import type { Clock } from "../../clock.ts";
import { RollingCounts } from "./rolling-counts.ts";

/** `closed`: calls flow. `open`: they go elsewhere. `half_open`: one call may try. */
export type BreakerState = "closed" | "open" | "half_open";

/** A call under way. What it tells counts only until the breaker has changed its mind: then it is old news. */
export interface CallMark {
  readonly era: number;
  readonly isProbe: boolean;
  readonly startedMs: number;
}

export interface BreakerChange {
  state: "open" | "closed";
  /** `4 of 40 calls failed`. */
  reason: string;
  /** Until one call tries again. */
  waitMs: number;
}

const WINDOW_MS = 60_000;
/** Fewer calls have no rate: one failure of five is chance. */
const CALLS_FOR_A_RATE = 20;
const HIGHEST_FAILURE_RATE = 0.05;
const FAILURES_IN_A_ROW = 3;
const LATENCY_MS = 5_000;
const CALLS_FOR_A_LATENCY = 3;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** A provider may ask for longer; nobody would look at it again today. */
const LONGEST_REQUESTED_WAIT_MS = 600_000;

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #onChange: (change: BreakerChange) => void;
  readonly #counts = new RollingCounts(WINDOW_MS);
  #isOpen = false;
  #openUntilMs = 0;
  #waits = 0;
  #isProbing = false;
  #failuresInARow = 0;
  #era = 0;

  constructor(clock: Clock, onChange: (change: BreakerChange) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** While one call tries, it is open for the others. */
  get state(): BreakerState {
    if (!this.#isOpen) return "closed";
    return this.#isProbing || this.#clock.monotonic() < this.#openUntilMs ? "open" : "half_open";
  }

  /** A call starts, whatever the state: where nobody else can take it, it may as well be tried. */
  begin(): CallMark {
    const isProbe = this.state === "half_open";
    if (isProbe) this.#isProbing = true;
    return { era: this.#era, isProbe, startedMs: this.#clock.monotonic() };
  }

  succeeded(mark: CallMark): void {
    if (mark.era !== this.#era) return;
    const nowMs = this.#clock.monotonic();
    const latencyMs = nowMs - mark.startedMs;
    if (this.#isOpen) {
      // A call that was sent for want of another tells the same as the one that tries.
      if (latencyMs > LATENCY_MS) this.#open(`a reply took ${seconds(latencyMs)}`);
      else this.#close();
      return;
    }
    this.#failuresInARow = 0;
    this.#counts.add(nowMs, { calls: 1, replies: 1, latencyMs });
    // A quick reply can't lift the average.
    if (latencyMs <= LATENCY_MS) return;
    const { replies, latencyMs: sum } = this.#counts.total(nowMs);
    if (replies >= CALLS_FOR_A_LATENCY && sum / replies > LATENCY_MS) this.#open(`replies take ${seconds(sum / replies)}`);
  }

  failed(mark: CallMark, reason: string): void {
    if (mark.era !== this.#era) return;
    if (this.#isOpen) {
      this.#open(reason);
      return;
    }
    const nowMs = this.#clock.monotonic();
    this.#failuresInARow++;
    this.#counts.add(nowMs, { calls: 1, failures: 1 });
    const { calls, failures } = this.#counts.total(nowMs);
    if (this.#failuresInARow >= FAILURES_IN_A_ROW) this.#open(`${this.#failuresInARow} calls in a row failed: ${reason}`);
    else if (calls >= CALLS_FOR_A_RATE && failures / calls > HIGHEST_FAILURE_RATE)
      this.#open(`${failures} of ${calls} calls failed: ${reason}`);
  }

  /** The provider asks to be left alone (429, or 503 with a time). */
  askedToWait(mark: CallMark, reason: string, waitMs: number | undefined): void {
    if (mark.era === this.#era) this.#open(reason, waitMs);
  }

  /** The call ended and tells nothing: its client left, or what it asked for was wrong. */
  abandoned(mark: CallMark): void {
    if (mark.isProbe && mark.era === this.#era) this.#isProbing = false;
  }

  #open(reason: string, requestedWaitMs?: number): void {
    const growingMs = Math.min(FIRST_WAIT_MS * 2 ** this.#waits, LONGEST_WAIT_MS);
    const waitMs = requestedWaitMs === undefined ? growingMs : Math.min(Math.max(requestedWaitMs, 0), LONGEST_REQUESTED_WAIT_MS);
    this.#isOpen = true;
    this.#isProbing = false;
    this.#waits++;
    this.#openUntilMs = this.#clock.monotonic() + waitMs;
    this.#newEra();
    this.#onChange({ state: "open", reason, waitMs });
  }

  #close(): void {
    this.#isOpen = false;
    this.#isProbing = false;
    this.#waits = 0;
    this.#newEra();
    this.#onChange({ state: "closed", reason: "a call succeeded", waitMs: 0 });
  }

  #newEra(): void {
    this.#era++;
    this.#failuresInARow = 0;
    this.#counts.clear();
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
