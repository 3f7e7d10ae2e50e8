/**
 * Calls that would fit, were it not for what others only hold. Most calls use far less than their bound, so room comes soon: they wait
 * for it, in the order in which they came, instead of being refused for what nobody will spend.
 */
import type { ServerResponse } from "node:http";
import { systemClock } from "../../../clock.ts";

const LONGEST_WAIT_MS = 2_000;
/** Holds of other gateways end unheard. */
const ASK_AGAIN_MS = 100;
const MOST_WAITING = 1_000;

/** So many ask again at a time: each asks the book. */
const ASKING_AT_ONCE = 8;

/** For what a call waits. */
export interface Want {
  /** The calls of one owner for one model stand in one line: what keeps one of them out keeps out the next. */
  line: string;
  /** The budgets that refuse it. */
  budgets: readonly string[];
}

interface Waiting {
  wake: () => void;
  untilMs: number;
}

/** Nobody waits behind those who wait for other room. */
interface Line extends Want {
  queue: Waiting[];
  /** When its first was last asked, in turns. */
  askedTurn: number;
}

export class WaitingRoom {
  readonly #lines = new Map<string, Line>();
  #waiting = 0;
  #turns = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Until when a call that comes now may wait; undefined where it may not. */
  deadlineMs(): number | undefined {
    return this.#isClosed || this.#waiting >= MOST_WAITING ? undefined : systemClock.monotonic() + LONGEST_WAIT_MS;
  }

  /**
   * Waits for a turn to ask again.
   *
   * @returns false where it is not worth asking: the time is over, the client has left, or the server closes
   */
  async turn(want: Want, untilMs: number, response: ServerResponse, isFirst: boolean): Promise<boolean> {
    const leftMs = untilMs - systemClock.monotonic();
    if (leftMs <= 0 || this.#isClosed || response.destroyed) return false;
    await new Promise<void>((resolve) => {
      const { queue } = this.#lineOf(want);
      const waiting = { wake: resolve, untilMs };
      // Who has asked in vain keeps its place before those that came later.
      if (isFirst) queue.push(waiting);
      else queue.unshift(waiting);
      this.#waiting++;
      this.#timer ??= setTimeout(() => this.#askAgain(), Math.min(ASK_AGAIN_MS, leftMs));
    });
    return systemClock.monotonic() < untilMs && !this.#isClosed && !response.destroyed;
  }

  /**
   * Room has come in these budgets: the first of each line that waits for it asks. Whether it is let in or not, it then calls this for
   * the next, or waits again.
   */
  roomCame(budgets: readonly { name: string }[]): void {
    if (this.#waiting === 0) return;
    this.#ask([...this.#lines.values()].filter((line) => budgets.some(({ name }) => line.budgets.includes(name))));
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#isClosed = true;
    for (const line of [...this.#lines.values()]) while (line.queue.length > 0) this.#wakeFirst(line);
    clearTimeout(this.#timer);
  }

  #lineOf(want: Want): Line {
    const known = this.#lines.get(want.line);
    if (known !== undefined) {
      known.budgets = want.budgets;
      return known;
    }
    const line = { ...want, queue: [], askedTurn: ++this.#turns };
    this.#lines.set(want.line, line);
    return line;
  }

  /** Those that were not asked for the longest time. */
  #ask(lines: Line[]): void {
    if (lines.length > ASKING_AT_ONCE) lines.sort((a, b) => a.askedTurn - b.askedTurn).length = ASKING_AT_ONCE;
    for (const line of lines) {
      line.askedTurn = ++this.#turns;
      this.#wakeFirst(line);
    }
  }

  #wakeFirst(line: Line): void {
    const first = line.queue.shift();
    if (line.queue.length === 0) this.#lines.delete(line.line);
    if (first === undefined) return;
    this.#waiting--;
    first.wake();
  }

  #askAgain(): void {
    this.#timer = undefined;
    const nowMs = systemClock.monotonic();
    // Who has waited too long must hear of it; the first of a line has mostly waited the longest.
    for (const line of [...this.#lines.values()]) while ((line.queue[0]?.untilMs ?? nowMs + 1) <= nowMs) this.#wakeFirst(line);
    this.#ask([...this.#lines.values()]);
    if (this.#waiting > 0) this.#timer = setTimeout(() => this.#askAgain(), ASK_AGAIN_MS);
  }
}
