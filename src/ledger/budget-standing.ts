/** The book's budgets as programs see them. */
import { alertWindowOf, type BudgetDefinition, checkBudget, describeValue, statusOf } from "../budget/index.ts";
import { END_OF_TIME_MS } from "../clock.ts";
import { InvalidInput, quoteValue } from "../errors.ts";
import { actorOf } from "./audit-entry.ts";
import type { BudgetStatus, DefinedBudget, LedgerBudgets } from "./ledger.ts";
import type { BudgetShelf } from "./sealing/sealing-store.ts";
import type { BudgetState, StoredAlert, StoredBudget } from "./store.ts";

const LIBRARY = "library";

/** @param changed called when budgets have changed */
export function ledgerBudgets(store: BudgetShelf, changed: () => void): Omit<LedgerBudgets, "list" | "counting"> {
  return {
    async put(definitions, origin = LIBRARY, actor = actorOf(origin)) {
      await store.putBudgets(checked(Array.isArray(definitions) ? definitions : [definitions]), origin, actor);
      changed();
    },
    async replace(definitions, origin, actor = actorOf(origin)) {
      const wanted = checked(definitions);
      const names = new Set(wanted.map(({ name }) => name));
      // First the new ones: a budget that only changes its name must leave no moment in which nothing holds.
      if (wanted.length > 0) await store.putBudgets(wanted, origin, actor);
      const { budgets } = await store.budgets();
      for (const { definition, origin: whose } of budgets) {
        if (whose === origin && !names.has(definition.name)) await store.removeBudget(definition.name, actor);
      }
      changed();
    },
    remove: (name, actor = LIBRARY) => store.removeBudget(name, actor),
    async change(name, decide, { origin, actor = actorOf(origin) }) {
      const checkedDecide = (before: StoredBudget | undefined): BudgetDefinition | null | undefined => {
        const decided = refusing(() => decide(before && definedBudget(before)));
        return decided === null || decided === undefined ? decided : checkedAs(name, decided);
      };
      try {
        const { before, after } = await store.changeBudget(name, checkedDecide, { origin, actor });
        if (before !== after) changed();
        return { ...(before && { before: definedBudget(before) }), ...(after && { after: definedBudget(after) }) };
      } catch (error) {
        throw error instanceof DecisionRefused ? error.cause : error;
      }
    },
    async status({ atMs } = {}) {
      if (atMs !== undefined && !isInstant(atMs))
        throw new InvalidInput(`atMs: ${quoteValue(atMs)} is no time; give whole milliseconds from 1970 to the year 9999.`);
      const { nowMs, states } = await store.budgetStates(atMs);
      const alerts = states.length === 0 ? [] : await store.alerts({});
      return states.map((state) => statusIn(state, alerts, atMs ?? nowMs));
    },
  };
}

/** So that no store takes what a decision throws for an error of its own. */
class DecisionRefused extends Error {}

function refusing<T>(decide: () => T): T {
  try {
    return decide();
  } catch (cause) {
    throw new DecisionRefused("The decision was refused.", { cause });
  }
}

function definedBudget({ definition, origin }: StoredBudget): DefinedBudget {
  return { definition, origin };
}

function checkedAs(name: string, definition: BudgetDefinition): BudgetDefinition {
  checkBudget(definition);
  if (definition.name === name) return definition;
  throw new InvalidInput(`The budget ${quoteValue(name)} can't become ${quoteValue(definition.name)}; a budget keeps its name.`);
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
