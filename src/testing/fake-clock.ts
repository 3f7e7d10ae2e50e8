/** A clock that moves only when told to. */
import type { Clock } from "../clock.ts";
import { InvalidInput } from "../errors.ts";

/**
 * A clock for tests, standing still at the given instant (default: the first of 1970).
 *
 * @example
 * ```ts
 * import { FakeClock } from "tokenledger/testing";
 * const clock = new FakeClock(Date.parse("2026-03-01T00:00:00Z"));
 * clock.advance(60_000);
 * new Date(clock.now()).toISOString(); // => "2026-03-01T00:01:00.000Z"
 * ```
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;

  constructor(startMs = 0) {
    this.#nowMs = finite(startMs, "The start");
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Lets time pass, on both clocks. */
  advance(ms: number): void {
    if (finite(ms, "The time to pass") < 0)
      throw new InvalidInput(`Time can't pass backwards by ${-ms} ms; use set() for a clock that is put back.`);
    this.#nowMs += ms;
    this.#elapsedMs += ms;
  }

  /** Puts the wall clock to an instant, as an administrator or a time server does; durations don't notice. */
  set(ms: number): void {
    this.#nowMs = finite(ms, "The instant");
  }
}

function finite(ms: number, what: string): number {
  if (!Number.isFinite(ms)) throw new InvalidInput(`${what} is ${ms}; a number of milliseconds is needed.`);
  return ms;
}
