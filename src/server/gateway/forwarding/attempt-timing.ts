/** When an attempt left, when its reply began, and how long it took. */
import type { Clock } from "../../../clock.ts";

export class AttemptTiming {
  readonly #clock: Clock;
  readonly #startedMs: number;
  #firstByteMs: number | undefined;
  #latencyMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
  }

  /** Called for each piece of the reply's body. */
  byteCame(): void {
    this.#firstByteMs ??= Math.round(this.#clock.monotonic() - this.#startedMs);
  }

  ended(): void {
    this.#latencyMs = Math.round(this.#clock.monotonic() - this.#startedMs);
  }

  /** Until the first byte of the reply's body; undefined where none came. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** Until it had {@link ended}. */
  get latencyMs(): number {
    return this.#latencyMs;
  }
}
