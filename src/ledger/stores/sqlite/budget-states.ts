/** How budgets stand, now or at another time. Reads alone, so that it can be asked of a book that may not be written. */
import { windowOf } from "../../../budget/index.ts";
import type { BudgetState, StoredBudget } from "../../store.ts";
import { countedAnew } from "./counted-anew.ts";
import type { Moment } from "./counter-table.ts";
import type { Desk } from "./desk.ts";

/** @param atMs another time than now */
export function budgetStates(desk: Desk, budgets: readonly StoredBudget[], now: Moment, atMs: number | undefined): BudgetState[] {
  return budgets.flatMap((budget) => {
    const window = windowOf(atMs ?? now.wallMs, budget.definition);
    const isSlidingThen = budget.definition.windowMs !== undefined && atMs !== undefined;
    if (isSlidingThen || window.startMs < budget.countedFromMs) return statesFromRecords(desk, budget, window);
    return statesFromCounters(desk, budget, { ...now, wallMs: atMs ?? now.wallMs });
  });
}

function statesFromCounters({ budgets: { counters } }: Desk, budget: StoredBudget, at: Moment): BudgetState[] {
  return withPlain(budget, counters.values(budget, at)).map((value) => counters.stateWithBuckets(budget, value, at));
}

/** A time of which no counters are kept: there only records tell. */
function statesFromRecords({ connection, dictionary }: Desk, budget: StoredBudget, window: BudgetState["window"]): BudgetState[] {
  const counted = countedAnew(connection, dictionary, budget, window);
  return withPlain(budget, [...new Set(counted.map(({ value }) => value))].sort()).map((value) => {
    const state: BudgetState = {
      budget,
      value,
      window,
      usedNanoUsd: 0n,
      reservedNanoUsd: 0n,
      usedTokens: 0n,
      reservedTokens: 0n,
      requests: 0,
      overageNanoUsd: 0n,
    };
    for (const sums of counted) {
      if (sums.value !== value) continue;
      state.usedNanoUsd += sums.nanoUsd;
      state.usedTokens += sums.tokens;
      state.requests += sums.requests;
    }
    return state;
  });
}

/** A budget that counts all as one has a state even where nothing was counted. */
function withPlain({ definition: { scope } }: StoredBudget, values: readonly string[]): readonly string[] {
  return values.length === 0 && !Object.values(scope).includes("*") ? [""] : values;
}
