/** What callers say about a call, and what they get for it. */

/** What a call uses, or may use. What is not told is none. */
export interface CallAmounts {
  inputTokens?: number;
  outputTokens?: number;
  /** Rounded to the nearest nano-USD; a text has at most nine decimal places. */
  costUsd?: number | string;
}

export const CALL_AMOUNTS: readonly (keyof CallAmounts)[] = ["inputTokens", "outputTokens", "costUsd"];

export interface ReserveOptions {
  /** After so long the reservation expires: what it holds is released. Without it, it never does. */
  ttlMs?: number;
  /** Reserving again under the id of an open reservation gives that reservation; what is counted under an id is counted once. */
  requestId?: string;
}

/**
 * Headroom set aside before a call. It ends once: settled, released or expired. With `using`, one that was not settled
 * is released at the end of its block.
 */
export interface Reservation<Actual = CallAmounts> {
  readonly requestId: string | undefined;
  /**
   * Counts what the call came to, even where that is more than was reserved: as estimated, but for what is told
   * otherwise. An expired reservation can still be settled, once: use is never lost.
   *
   * @throws AlreadySettled for one that was settled or released.
   */
  settle(actual?: Actual): void;
  /** Gives back what is held. After the end, nothing happens. */
  release(): void;
  [Symbol.dispose](): void;
}
