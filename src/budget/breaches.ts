/** Breaches as pools and windows make them. Absent fields stay absent: a refusal by value is on the way of every call. */
import type { Breach, BreachedCap } from "../errors.ts";
import { usdOf } from "./amounts.ts";

export function tokenBreach(cap: BreachedCap, limit: number, attempted: number): Breach {
  return { cap, limit, attempted, refuses: true };
}

export function moneyBreach(limitUsd: number, limitNanoUsd: number, attemptedNanoUsd: number): Breach {
  return { cap: "cost_usd", limit: limitUsd, attempted: usdOf(attemptedNanoUsd), limitNanoUsd, attemptedNanoUsd, refuses: true };
}
