/** What follows a failed attempt, as long as no byte of a reply has gone to the client. */
import { type Clock, systemClock } from "../../clock.ts";
import { isRetryableStatus, retryAfterMs, retryDelayMs } from "../../providers/index.ts";
import type { UpstreamFailure } from "../http/upstream-failure.ts";

export interface FailedAttempt {
  /** At this provider, the failed one included. */
  attempt: number;
  /** The provider that failed. */
  upstream: { retries: number };
  /** What it answered, if it did. */
  status?: number | undefined;
  /** Why it didn't. */
  failure?: UpstreamFailure | undefined;
  /** The answer's header. */
  retryAfter?: string | undefined;
  /** Another provider can take the call. */
  hasOther: boolean;
  clock?: Clock;
  /** From 0 up to 1. */
  chance?: () => number;
}

export type NextAttempt = { kind: "give_up" } | { kind: "retry"; delayMs: number } | { kind: "other" };

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
/** Who is asked to wait longer than this answers so: the client knows better what its time is worth. */
const LONGEST_WAIT_MS = 30_000;

/**
 * An attempt that was sent and brought no answer may have been billed, and is charged; trying again is worth that, since most were
 * not. One that waited its full time is not: nobody waits for twice that.
 */
export function nextAttempt(failed: FailedAttempt): NextAttempt {
  if (isItsOwnTrouble(failed)) return { kind: failed.hasOther ? "other" : "give_up" };
  if (!mayTryAgain(failed)) return { kind: "give_up" };
  const { attempt, upstream, status, hasOther, retryAfter, clock = systemClock, chance = Math.random } = failed;
  const drawnMs = retryDelayMs(attempt, { baseMs: FIRST_DELAY_MS, capMs: LONGEST_DELAY_MS, jitter: "full", random: chance });
  const delayMs = Math.max(drawnMs, retryAfterMs(retryAfter, clock.now()) ?? 0);
  // Another provider is there at once: waiting here is for those that are only briefly away.
  const isWorthWaiting = hasOther ? delayMs <= LONGEST_DELAY_MS && status !== 429 : delayMs <= LONGEST_WAIT_MS;
  if (attempt <= upstream.retries && isWorthWaiting) return { kind: "retry", delayMs };
  return hasOther ? { kind: "other" } : { kind: "give_up" };
}

/** Our key is refused or has no money left, or calls are sent elsewhere: the same again here, but another provider knows nothing of it. */
function isItsOwnTrouble({ status = 0 }: FailedAttempt): boolean {
  return [401, 402, 403, 407].includes(status) || (status >= 300 && status < 400);
}

function mayTryAgain({ status, failure }: FailedAttempt): boolean {
  if (failure !== undefined) return failure.kind !== "aborted" && failure.kind !== "head_timeout";
  return status !== undefined && isRetryableStatus(status);
}
