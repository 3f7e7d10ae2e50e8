/**
 * Changes of one process that come in one turn of the event loop share one transaction, and one sync of the disk. Each is done wholly
 * or not at all, in the order in which they came. Who holds the book is waited for with timers: the event loop goes on.
 */
import { systemClock } from "../../../clock.ts";
import { DatabaseError, quoteValue } from "../../../errors.ts";
import type { Durability } from "../../store.ts";
import { databaseError, sqliteCode } from "./failures.ts";
import type { LogFlush } from "./log-flush.ts";
import { CommitFailed } from "./transaction.ts";

/** What a transaction takes in at most: the event loop has others to serve. */
const MOST_WEIGHT = 256;
/** What waits at most: whoever sends more than a book takes must be told, not kept. */
const MOST_WAITING = 20_000;

/** Between attempts to begin, while another process writes: those who wait longer ask less often. */
const WAITS_MS = [1, 1, 2, 3, 5, 8, 10, 15, 20, 25];

export interface WriteOptions {
  /** Default `disk`. */
  durability?: Durability | undefined;
  /** How many small changes it is worth. Default 1. */
  weight?: number;
}

interface Change {
  work: () => unknown;
  durability: Durability;
  weight: number;
  untilMs: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

export interface WriteQueueOptions {
  path: string;
  patienceMs: number;
  flush: LogFlush;
  /** Runs the works in one transaction. @throws what begins, a work or the commit threw, with everything undone */
  transaction: (works: readonly (() => unknown)[]) => unknown[];
  /** Makes the book's own file hold all that the log does, on the disk, and the log empty; answers whether it could. */
  mend: () => boolean;
}

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: Change[] = [];
  #isScheduled = false;
  #attempts = 0;
  #idle: (() => void)[] = [];

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  add<T>(work: () => T, { durability = "disk", weight = 1 }: WriteOptions): Promise<T> {
    const { path, patienceMs } = this.#options;
    if (this.#waiting.length >= MOST_WAITING) {
      const many = `${MOST_WAITING} changes wait for the book ${quoteValue(path, 300)} already`;
      return Promise.reject(new DatabaseError(`${many}; nothing of this one was stored, try again when there are fewer.`));
    }
    return new Promise<T>((resolve, reject) => {
      const untilMs = systemClock.monotonic() + patienceMs;
      this.#waiting.push({ work, durability, weight, untilMs, resolve: resolve as Change["resolve"], reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const group = this.#next();
    const isHeldByOthers = group.length > 0 && !this.#commit(group);
    if (isHeldByOthers) {
      this.#waiting = [...group, ...this.#waiting];
      this.#waitForOthers();
    } else {
      this.#attempts = 0;
      if (this.#waiting.length > 0) this.#schedule();
    }
    if (this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #next(): Change[] {
    let [count, weight] = [0, 0];
    for (const change of this.#waiting) {
      weight += change.weight;
      if (count > 0 && weight > MOST_WEIGHT) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** False: another process holds the book, and nothing has happened. */
  #commit(group: readonly Change[]): boolean {
    const { flush, transaction, path } = this.#options;
    let results: unknown[];
    if (flush.failure && !this.#isMended()) {
      for (const { reject } of group) reject(flush.failure);
      return true;
    }
    try {
      results = transaction(group.map(({ work }) => work));
    } catch (error) {
      const isCommit = error instanceof CommitFailed;
      const reason = isCommit ? error.cause : error;
      if (!isCommit && sqliteCode(reason) === "BUSY") return false;
      if (group.length === 1 || isCommit) {
        for (const { reject } of group) reject(databaseError(reason, path));
        return true;
      }
      // One of them failed, and must not harm the others: now each for itself.
      for (const [place, change] of group.entries()) {
        if (this.#commit([change])) continue;
        this.#waiting = [...group.slice(place), ...this.#waiting];
        this.#waitForOthers();
        return true;
      }
      return true;
    }
    flush.committed();
    this.#answer(group, results);
    return true;
  }

  #isMended(): boolean {
    const { flush, mend } = this.#options;
    try {
      if (!mend()) return false;
    } catch {
      // The disk still fails.
      return false;
    }
    flush.mended();
    return true;
  }

  #answer(group: readonly Change[], results: readonly unknown[]): void {
    const { flush } = this.#options;
    const durable = group.some(({ durability }) => durability === "disk") ? flush.flushed() : undefined;
    // Each of those that wait handles it for itself.
    durable?.catch(() => {});
    for (const [place, { durability, resolve, reject }] of group.entries()) {
      if (durability === "disk") durable?.then(() => resolve(results[place]), reject);
      else resolve(results[place]);
    }
  }

  #waitForOthers(): void {
    const { path } = this.#options;
    const nowMs = systemClock.monotonic();
    const late = this.#waiting.filter(({ untilMs }) => untilMs <= nowMs);
    if (late.length > 0) this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > nowMs);
    for (const { reject } of late) reject(stayedLocked(path, this.#options.patienceMs));
    if (this.#waiting.length === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    const waitMs = WAITS_MS[Math.min(this.#attempts++, WAITS_MS.length - 1)] as number;
    const untilMs = Math.min(...this.#waiting.map((change) => change.untilMs));
    setTimeout(() => this.#run(), Math.max(1, Math.min(waitMs, untilMs - nowMs)));
  }
}

function stayedLocked(path: string, patienceMs: number): DatabaseError {
  const time = patienceMs >= 60_000 ? "over a minute" : `${patienceMs} ms`;
  return new DatabaseError(
    `The book ${quoteValue(path, 300)} stayed locked by another program for ${time}; nothing was changed, try again when it has finished.`,
  );
}
