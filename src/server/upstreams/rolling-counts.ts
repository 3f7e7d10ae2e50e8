/** How the calls of the last minute went: sums over a ring of slices, so that nothing is kept per call. */

export interface CallCounts {
  calls: number;
  failures: number;
  /** Of the calls whose reply began. */
  replies: number;
  latencyMs: number;
}

const SLICES = 12;

export class RollingCounts {
  readonly #sliceMs: number;
  readonly #slices: (CallCounts & { number: number })[] = [];

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  add(nowMs: number, counts: Partial<CallCounts>): void {
    const number = Math.floor(nowMs / this.#sliceMs);
    let slice = this.#slices[number % SLICES];
    if (slice?.number !== number) {
      slice = { number, ...NOTHING };
      this.#slices[number % SLICES] = slice;
    }
    slice.calls += counts.calls ?? 0;
    slice.failures += counts.failures ?? 0;
    slice.replies += counts.replies ?? 0;
    slice.latencyMs += counts.latencyMs ?? 0;
  }

  total(nowMs: number): CallCounts {
    const current = Math.floor(nowMs / this.#sliceMs);
    const total = { ...NOTHING };
    for (const slice of this.#slices) {
      if (slice === undefined || slice.number > current || slice.number <= current - SLICES) continue;
      total.calls += slice.calls;
      total.failures += slice.failures;
      total.replies += slice.replies;
      total.latencyMs += slice.latencyMs;
    }
    return total;
  }

  clear(): void {
    this.#slices.length = 0;
  }
}

const NOTHING: CallCounts = { calls: 0, failures: 0, replies: 0, latencyMs: 0 };
