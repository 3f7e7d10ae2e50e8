/** The part of a store that keeps budgets, with their secrets sealed: whoever goes through here sees them open, and the database never. */
import { DatabaseError } from "../../errors.ts";
import type { LedgerStore, StoredBudget } from "../store.ts";
import type { SealedBudgets } from "./sealed-budgets.ts";

/** What keeps budgets, and what goes by their definitions. */
export type BudgetShelf = Pick<
  LedgerStore,
  "budgets" | "putBudgets" | "removeBudget" | "budgetStates" | "alerts" | "claimDeliveries" | "deliveryDone" | "verify"
>;

/** @param sealing asked for where there is something to seal or to open */
export function sealingStore(store: BudgetShelf, sealing: () => Promise<SealedBudgets>): BudgetShelf {
  return {
    async budgets() {
      const stored = await store.budgets();
      if (!stored.budgets.some(hasSecrets)) return stored;
      const secrets = await sealing();
      return { ...stored, budgets: stored.budgets.map((budget) => ({ ...budget, definition: secrets.opened(budget.definition) })) };
    },
    async putBudgets(definitions, origin) {
      if (!definitions.some(({ webhook }) => webhook !== undefined)) return store.putBudgets(definitions, origin);
      const [secrets, { budgets }] = await Promise.all([sealing(), store.budgets()]);
      const stored = new Map(budgets.map(({ definition }) => [definition.name, definition]));
      return store.putBudgets(
        definitions.map((definition) => secrets.sealed(definition, stored.get(definition.name))),
        origin,
      );
    },
    async budgetStates(atMs) {
      const { nowMs, states } = await store.budgetStates(atMs);
      if (!states.some(({ budget }) => hasSecrets(budget))) return { nowMs, states };
      const secrets = await sealing();
      const opened = states.map((state) => {
        const { budget } = state;
        return { ...state, budget: { ...budget, definition: secrets.opened(budget.definition) } };
      });
      return { nowMs, states: opened };
    },
    async verify(options) {
      const outcome = await store.verify(options);
      const budgets = await readable(store);
      if (!budgets.some(hasSecrets)) return outcome;
      return { ...outcome, differences: [...outcome.differences, ...(await sealing()).differences(budgets)] };
    },
    removeBudget: (name) => store.removeBudget(name),
    alerts: (filter) => store.alerts(filter),
    claimDeliveries: (limit, leaseMs) => store.claimDeliveries(limit, leaseMs),
    deliveryDone: (id, outcome) => store.deliveryDone(id, outcome),
  };
}

/** Seals what stands in a book in clear, or under an earlier key. Ended on its way, it goes on where it was the next time. */
export async function sealAll(store: LedgerStore, sealing: () => Promise<SealedBudgets>): Promise<void> {
  const { budgets } = await store.budgets();
  if (!budgets.some(hasSecrets)) return;
  const secrets = await sealing();
  const resealed = budgets.flatMap(({ definition, origin }) => {
    const sealed = secrets.resealed(definition);
    return sealed === undefined ? [] : [{ sealed, origin }];
  });
  if (resealed.length === 0) return;
  await store.erasing(async () => {
    for (const { sealed, origin } of resealed) await store.putBudgets([sealed], origin);
  });
}

/** Budgets that can't be read are among the differences already. */
async function readable(store: BudgetShelf): Promise<readonly StoredBudget[]> {
  try {
    return (await store.budgets()).budgets;
  } catch (error) {
    if (error instanceof DatabaseError) return [];
    throw error;
  }
}

function hasSecrets({ definition }: { definition: { webhook?: string } }): boolean {
  return definition.webhook !== undefined;
}
