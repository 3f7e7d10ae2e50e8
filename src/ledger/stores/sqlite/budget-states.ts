/** How budgets stand, now or at another time. Reads alone, so that it can be asked of a book that may not be written. */
import { type BudgetWindow, counterSpanOf, EACH_VALUE, windowOf } from "../../../budget/index.ts";
import { amountsHeld } from "../../schema/reservation-content.ts";
import type { BudgetBucket, BudgetState, StoredBudget } from "../../store.ts";
import { countedAnew } from "./counted-anew.ts";
import type { Moment } from "./counter-table.ts";
import type { Desk } from "./desk.ts";
import { reservationOf } from "./reservations.ts";

/** @param atMs another time than now */
export function budgetStates(desk: Desk, budgets: readonly StoredBudget[], now: Moment, atMs: number | undefined): BudgetState[] {
  return budgets.flatMap((budget) => {
    const window = windowOf(atMs ?? now.wallMs, budget.definition);
    const isSlidingThen = budget.definition.windowMs !== undefined && atMs !== undefined;
    if (!isSlidingThen && window.startMs >= budget.countedFromMs)
      return statesFromCounters(desk, budget, { ...now, wallMs: atMs ?? now.wallMs });
    return [...gathered(desk, budget, window, atMs === undefined ? now : undefined).values()];
  });
}

function statesFromCounters({ budgets: { counters } }: Desk, budget: StoredBudget, at: Moment): BudgetState[] {
  return withPlain(budget, counters.values(budget, at)).map((value) => counters.stateWithBuckets(budget, value, at));
}

/** A budget that counts all as one has a state even where nothing was counted. */
function withPlain({ definition: { scope } }: StoredBudget, values: readonly string[]): readonly string[] {
  return values.length === 0 && !Object.values(scope).includes(EACH_VALUE) ? [""] : values;
}

/**
 * Of a window that reaches back before the counters: what they have of it, and before them the records and what is reserved.
 *
 * @param now where the window is the current one: then a sliding window also counts what is later than now
 */
function gathered(desk: Desk, budget: StoredBudget, window: BudgetWindow, now: Moment | undefined): Map<string, BudgetState> {
  const { counters, reservations } = desk.budgets;
  const states = new Map<string, BudgetState>();
  const kept = now ? counters.values(budget, now) : counters.valuesBetween(budget, window);
  for (const value of withPlain(budget, kept)) {
    states.set(value, now ? counters.stateWithBuckets(budget, value, now) : counters.stateBetween(budget, value, window));
  }
  const endMs = now && budget.definition.windowMs !== undefined ? budget.countedFromMs : Math.min(window.endMs, budget.countedFromMs);
  const before = { startMs: window.startMs, endMs };
  for (const { value, startMs, nanoUsd, tokens, requests } of countedAnew(desk.connection, desk.dictionary, budget, before)) {
    const state = stateIn(states, budget, value, window);
    state.usedNanoUsd += nanoUsd;
    state.usedTokens += tokens;
    state.requests += requests;
    addToBucket(state, startMs, nanoUsd, tokens);
  }
  for (const row of reservations.open()) {
    const { startMs } = counterSpanOf(row.reserved_ms, budget.definition);
    if (startMs < before.startMs || startMs >= before.endMs) continue;
    const { nanoUsd, tokens } = amountsHeld(reservationOf(row).estimate);
    for (const value of desk.budgets.valuesOf(budget, row)) {
      const state = stateIn(states, budget, value, window);
      state.reservedNanoUsd += nanoUsd;
      state.reservedTokens += tokens;
      addToBucket(state, startMs, nanoUsd, tokens);
    }
  }
  return states;
}

function stateIn(states: Map<string, BudgetState>, budget: StoredBudget, value: string, window: BudgetWindow): BudgetState {
  let state = states.get(value);
  if (!state) {
    const nothing = { usedNanoUsd: 0n, reservedNanoUsd: 0n, usedTokens: 0n, reservedTokens: 0n, requests: 0, overageNanoUsd: 0n };
    state = { budget, value, window, ...nothing, ...(budget.definition.windowMs === undefined ? {} : { buckets: [] }) };
    states.set(value, state);
  }
  return state;
}

function addToBucket(state: BudgetState, startMs: number, nanoUsd: bigint, tokens: bigint): void {
  if (!state.buckets) return;
  const others: BudgetBucket[] = state.buckets.filter((bucket) => bucket.startMs !== startMs);
  const known = state.buckets.find((bucket) => bucket.startMs === startMs);
  const bucket = { startMs, nanoUsd: (known?.nanoUsd ?? 0n) + nanoUsd, tokens: (known?.tokens ?? 0n) + tokens };
  state.buckets = [...others, bucket].sort((a, b) => a.startMs - b.startMs);
}
