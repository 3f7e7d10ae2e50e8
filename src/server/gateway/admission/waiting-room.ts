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

interface Waiting {
  wake: () => void;
  untilMs: number;
}

export class WaitingRoom {
  readonly #queue: Waiting[] = [];
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Until when a call that comes now may wait; undefined where it may not. */
  deadlineMs(): number | undefined {
    return this.#isClosed || this.#queue.length >= MOST_WAITING ? undefined : systemClock.monotonic() + LONGEST_WAIT_MS;
  }

  /**
   * Waits for a turn to ask again.
   *
   * @returns false where it is not worth asking: the time is over, the client has left, or the server closes
   */
  async turn(untilMs: number, response: ServerResponse, isFirst: boolean): Promise<boolean> {
    const leftMs = untilMs - systemClock.monotonic();
    if (leftMs <= 0 || this.#isClosed || response.destroyed) return false;
    await new Promise<void>((resolve) => {
      const waiting = { wake: resolve, untilMs };
      // Who has asked in vain keeps its place before those that came later.
      if (isFirst) this.#queue.push(waiting);
      else this.#queue.unshift(waiting);
      this.#timer ??= setTimeout(() => this.#askAgain(), Math.min(ASK_AGAIN_MS, leftMs));
    });
    return systemClock.monotonic() < untilMs && !this.#isClosed && !response.destroyed;
  }

  /** Room has come: the first asks. Whether it is let in or not, it then calls this for the next, or waits again. */
  roomCame(): void {
    this.#queue.shift()?.wake();
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#isClosed = true;
    for (const { wake } of this.#queue.splice(0)) wake();
    clearTimeout(this.#timer);
  }

  #askAgain(): void {
    this.#timer = undefined;
    const nowMs = systemClock.monotonic();
    const waiting = this.#queue.splice(0);
    // Who has waited too long must hear of it.
    for (const [index, call] of waiting.entries()) {
      if (index < ASKING_AT_ONCE || call.untilMs <= nowMs) call.wake();
      else this.#queue.push(call);
    }
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.#askAgain(), ASK_AGAIN_MS);
  }
}
