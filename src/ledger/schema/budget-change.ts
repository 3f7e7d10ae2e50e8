/** What it means for a budget's counters that its definition is put. */
import { type BudgetDefinition, budgetToJson, countsAlike, windowOf } from "../../budget/index.ts";
import type { StoredBudget } from "../store.ts";

export interface BudgetChange {
  /** The counters stay as they are; else all is counted anew. */
  keepsCounters: boolean;
  countedFromMs: number;
}

/**
 * Undefined where the same is put again. A new budget, and one with another scope or window, counts its current window; a sliding one
 * all that its window shows.
 *
 * @param known the budget of that name
 */
export function budgetChange(
  known: StoredBudget | undefined,
  definition: BudgetDefinition,
  origin: string,
  nowMs: number,
): BudgetChange | undefined {
  if (known && known.origin === origin && budgetToJson(known.definition) === budgetToJson(definition)) return undefined;
  const keepsCounters = known !== undefined && countsAlike(known.definition, definition);
  return { keepsCounters, countedFromMs: keepsCounters ? known.countedFromMs : windowOf(nowMs, definition).startMs };
}
