/** An answer of the database that is asked for at every call, and changes seldom. */
import type { Clock } from "../../../clock.ts";

interface Asked {
  atMs: number;
  answer: Promise<number>;
}

export class Remembered {
  readonly #clock: Clock;
  readonly #ask: () => Promise<number>;
  readonly #freshMs: number;
  readonly #usableMs: number;
  #known: Asked | undefined;
  #next: Asked | undefined;

  /**
   * @param times.freshMs for so long nobody asks anew
   * @param times.usableMs for so long it is answered while it is asked anew: nobody waits for it where calls follow each other
   */
  constructor(clock: Clock, ask: () => Promise<number>, { freshMs, usableMs }: { freshMs: number; usableMs: number }) {
    this.#clock = clock;
    this.#ask = ask;
    this.#freshMs = freshMs;
    this.#usableMs = usableMs;
  }

  async get(): Promise<number> {
    const atMs = this.#clock.monotonic();
    const ageMs = this.#known === undefined ? Number.POSITIVE_INFINITY : atMs - this.#known.atMs;
    if (this.#known !== undefined && ageMs < this.#freshMs) return this.#known.answer;
    const next = this.#next ?? this.#askAnew(atMs);
    return this.#known !== undefined && ageMs < this.#usableMs ? this.#known.answer : next.answer;
  }

  /** It has changed. */
  forget(): void {
    this.#known = undefined;
    this.#next = undefined;
  }

  #askAnew(atMs: number): Asked {
    const next: Asked = { atMs, answer: this.#ask() };
    this.#next = next;
    next.answer.then(
      () => {
        if (this.#next === next) [this.#known, this.#next] = [next, undefined];
      },
      () => {
        if (this.#next === next) this.#next = undefined;
      },
    );
    return next;
  }
}
