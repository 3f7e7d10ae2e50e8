/**
 * Whether the server answers. Where it did not answer several times in a row, nobody asks it any more but one: the others wait for what
 * that one learns, each for as long as its patience lasts. So an outage is met with few questions, and its end is noticed within a second.
 */
import { systemClock } from "../../../clock.ts";
import { NoAnswer } from "./failures.ts";

const MOST_FAILURES = 3;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

export interface HealthChecks {
  /** Asks once; rejects where there is no answer. */
  ask(): Promise<void>;
  /** Called when an outage begins. */
  began(): void;
  /** Called when one that asked got no answer either. */
  goesOn(): void;
}

export class ServerHealth {
  readonly #checks: HealthChecks;
  #failures = 0;
  #outage: Promise<void> | undefined;
  #isClosed = false;

  constructor(checks: HealthChecks) {
    this.#checks = checks;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
    if (this.#failures < MOST_FAILURES || this.#outage !== undefined || this.#isClosed) return;
    this.#outage = this.#untilOver();
    this.#checks.began();
  }

  /** Resolves at once where there is no outage, else when it is over. @throws NoAnswer at the deadline, on the steady clock */
  async usable(deadlineMs: number): Promise<void> {
    while (this.#outage !== undefined) await beforeDeadline(this.#outage, deadlineMs);
  }

  /** Resolves when there is no outage, however long that takes. */
  async over(): Promise<void> {
    await this.#outage;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #untilOver(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await unhurriedPause(withJitter(pauseMs));
      try {
        await this.#checks.ask();
        break;
      } catch {
        this.#checks.goesOn();
      }
    }
    this.#failures = 0;
    this.#outage = undefined;
  }
}

/** Many processes must not ask at the same moment. */
export function withJitter(ms: number, chance: () => number = Math.random): number {
  return ms * (0.5 + chance() / 2);
}

/** A pause that does not keep a program from ending. */
export function unhurriedPause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** What `work` answers. @throws NoAnswer at the deadline, on the steady clock; `work` goes on, and its outcome is nobody's */
export async function beforeDeadline<T>(work: Promise<T>, deadlineMs: number, wasSent = false): Promise<T> {
  if (deadlineMs === Number.POSITIVE_INFINITY) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(wasSent)), Math.max(0, deadlineMs - systemClock.monotonic()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
