/** Which alerts follow from what one counter has used. */
import { alertWindowOf, isOverspent, type MoneyAndTokens, reachedThresholds, windowOf } from "../../../budget/index.ts";
import { OVERAGE_PERCENT } from "../../schema/alert-rows.ts";
import type { StoredBudget } from "../../store.ts";
import type { BudgetAlerts } from "./budget-alerts.ts";
import type { CounterTable, Moment } from "./counter-table.ts";

/** One counter in one span of time. */
interface CounterSpan {
  budget: StoredBudget;
  value: string;
  startMs: number;
  endMs: number;
}

/** To be called when a counter has grown. @param used what it holds now */
export function raiseAlerts(alerts: BudgetAlerts, counters: CounterTable, counter: CounterSpan, used: MoneyAndTokens, at: Moment): void {
  const { budget, value } = counter;
  const { definition } = budget;
  let spent = used;
  let window = { startMs: counter.startMs, endMs: counter.endMs };
  if (definition.windowMs !== undefined) {
    // What is late for a sliding window is none of its alerts.
    if (counter.startMs < windowOf(at.wallMs, definition).startMs) return;
    const state = counters.state(budget, value, at);
    spent = { nanoUsd: state.usedNanoUsd, tokens: state.usedTokens };
    window = alertWindowOf(at.wallMs, definition);
  }
  for (const threshold of reachedThresholds(definition, spent, at.wallMs)) {
    alerts.raise(budget, value, window, { kind: "threshold", threshold }, spent, at.wallMs);
  }
  if (isOverspent(definition, spent, at.wallMs)) {
    alerts.raise(budget, value, window, { kind: "overage", threshold: OVERAGE_PERCENT }, spent, at.wallMs);
  }
}
