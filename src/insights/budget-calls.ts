/** Which calls a budget counts, as the book is asked for them. */
import type { BudgetStatus, UsageFilter } from "../ledger/index.ts";

const EACH_VALUE = "*";

/** Undefined: the calls of this counter can't be asked for, for it is of several values at once. */
export function filterOf({ definition, value }: BudgetStatus): UsageFilter | undefined {
  const filter: Record<string, string> = {};
  let each = 0;
  for (const [key, wanted] of Object.entries(definition.scope)) {
    if (wanted === undefined) continue;
    if (wanted === EACH_VALUE) each++;
    filter[key] = wanted === EACH_VALUE ? (value ?? "") : wanted;
  }
  return each > 1 ? undefined : filter;
}

/** Sums by hour stand ready for these alone; others are summed from the records. */
export function isSummedByHour(filter: UsageFilter): boolean {
  const keys = Object.keys(filter);
  return keys.length === 0 || (keys.length === 1 && ["model", "team", "project", "source"].includes(keys[0] as string));
}
