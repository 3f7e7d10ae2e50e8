/** What a back-test says about the budget that it tried. */
import type { BudgetStatus } from "../ledger/index.ts";
import { formatUsd } from "../money.ts";

/** @param isOpen its amount is to be found */
export function triedDefinition(definition: BudgetStatus["definition"], isOpen = false): Record<string, unknown> {
  const { name, scope, amountNanoUsd, maxTokens, period, windowMs, timeZone, enforcement, switchTo, hard, tolerance } = definition;
  return {
    name,
    scope,
    amount_usd: amountNanoUsd === undefined || isOpen ? null : formatUsd(amountNanoUsd),
    max_tokens: maxTokens ?? null,
    period: period ?? null,
    window_seconds: windowMs === undefined ? null : windowMs / 1000,
    time_zone: timeZone ?? "UTC",
    enforcement,
    switch_to: switchTo ?? null,
    hard,
    tolerance: tolerance ?? 0,
  };
}
