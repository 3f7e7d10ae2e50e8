/** How a counter stands, in the words of the database's functions. */
import { windowOf } from "../../../budget/index.ts";
import type { Target } from "../../schema/reservation-call.ts";
import type { BudgetState } from "../../store.ts";

/** @param atMs an instant of the window */
export function stateOf({ budget, value }: Target, text: string, atMs: number): BudgetState {
  const [sums = "", ...parts] = text.split("|");
  const [used = 0n, reserved = 0n, usedTokens = 0n, reservedTokens = 0n, requests = 0n, overage = 0n] =
    sums === "" ? [] : sums.split(",").map(BigInt);
  const state: BudgetState = {
    budget,
    value,
    window: windowOf(atMs, budget.definition),
    usedNanoUsd: used,
    reservedNanoUsd: reserved,
    usedTokens,
    reservedTokens,
    requests: Number(requests),
    overageNanoUsd: overage,
  };
  if (budget.definition.windowMs === undefined) return state;
  const buckets = parts.map((part) => {
    const [startMs, nanoUsd, tokens] = part.split(":") as [string, string, string];
    return { startMs: Number(startMs), nanoUsd: BigInt(nanoUsd), tokens: BigInt(tokens) };
  });
  return { ...state, buckets };
}
