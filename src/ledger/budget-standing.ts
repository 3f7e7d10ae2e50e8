/** The book's budgets as programs see them. */
import { alertWindowOf, type BudgetDefinition, checkBudget, describeValue, statusOf } from "../budget/index.ts";
import { END_OF_TIME_MS } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { BudgetStatus, LedgerBudgets } from "./ledger.ts";
import type { BudgetShelf } from "./sealing/sealing-store.ts";
import type { BudgetState, StoredAlert } from "./store.ts";

const LIBRARY = "library";

/** @param changed called when budgets have changed */
export function ledgerBudgets(store: BudgetShelf, changed: () => void): Omit<LedgerBudgets, "list" | "counting"> {
  return {
    async put(definitions, origin = LIBRARY) {
      await store.putBudgets(checked(Array.isArray(definitions) ? definitions : [definitions]), origin);
      changed();
    },
    async replace(definitions, origin) {
      const wanted = checked(definitions);
      const names = new Set(wanted.map(({ name }) => name));
      // First the new ones: a budget that only changes its name must leave no moment in which nothing holds.
      if (wanted.length > 0) await store.putBudgets(wanted, origin);
      const { budgets } = await store.budgets();
      for (const { definition, origin: whose } of budgets) {
        if (whose === origin && !names.has(definition.name)) await store.removeBudget(definition.name);
      }
      changed();
    },
    remove: (name) => store.removeBudget(name),
    async status({ atMs } = {}) {
      if (atMs !== undefined && !isInstant(atMs))
        throw new InvalidInput(`atMs: ${quoteValue(atMs)} is no time; give whole milliseconds from 1970 to the year 9999.`);
      const { nowMs, states } = await store.budgetStates(atMs);
      const alerts = states.length === 0 ? [] : await store.alerts({});
      return states.map((state) => statusIn(state, alerts, atMs ?? nowMs));
    },
  };
}

function isInstant(timeMs: unknown): boolean {
  return Number.isSafeInteger(timeMs) && (timeMs as number) >= 0 && (timeMs as number) < END_OF_TIME_MS;
}

function checked(definitions: readonly BudgetDefinition[]): BudgetDefinition[] {
  if (!Array.isArray(definitions)) throw new InvalidInput(`${quoteValue(definitions)} is no list of budgets.`);
  const names = new Set<string>();
  return definitions.map((definition) => {
    checkBudget(definition);
    if (names.has(definition.name))
      throw new InvalidInput(`budget ${quoteValue(definition.name)} stands there twice; each name is one budget.`);
    names.add(definition.name);
    return definition;
  });
}

function statusIn(state: BudgetState, alerts: readonly StoredAlert[], atMs: number): BudgetStatus {
  const { budget, value, window } = state;
  const { definition } = budget;
  const { startMs } = alertWindowOf(atMs, definition);
  const raised = alerts.filter((alert) => alert.budgetId === budget.id && alert.value === value && alert.window.startMs === startMs);
  return {
    name: definition.name,
    ...(value === "" ? {} : { value: describeValue(value) }),
    definition,
    window,
    ...statusOf(definition, state, atMs),
    spentNanoUsd: state.usedNanoUsd,
    reservedNanoUsd: state.reservedNanoUsd,
    spentTokens: state.usedTokens,
    reservedTokens: state.reservedTokens,
    requests: state.requests,
    overageNanoUsd: state.overageNanoUsd,
    alerts: definition.alerts.map((threshold) => {
      const alert = raised.find(({ kind, threshold: reached }) => kind === "threshold" && reached === threshold);
      return alert ? { threshold, triggeredMs: alert.triggeredMs } : { threshold };
    }),
  };
}
