/** What is not told, because it may be nothing, or is not worth the trouble. */
import { NANO_PER_USD } from "../../../money.ts";

/** So few requests are an anecdote. */
const LEAST_REQUESTS = 50;
/** In 730 hours. */
const LEAST_NANO_USD = NANO_PER_USD;
/** Of all that was spent, one part in: half a percent. */
const LEAST_PART = 200n;

export interface PossibleSaving {
  requests: number;
  /** In 730 hours. */
  lowNanoUsd: bigint;
  expectedNanoUsd: bigint;
  /** In the time that was seen, and what was spent in it on everything. */
  savingNanoUsd: bigint;
  spentNanoUsd: bigint;
}

export function isWorthTelling(possible: PossibleSaving): boolean {
  const { requests, lowNanoUsd, expectedNanoUsd, savingNanoUsd, spentNanoUsd } = possible;
  if (requests < LEAST_REQUESTS || lowNanoUsd <= 0n || savingNanoUsd <= 0n) return false;
  return expectedNanoUsd >= LEAST_NANO_USD || savingNanoUsd * LEAST_PART >= spentNanoUsd;
}
