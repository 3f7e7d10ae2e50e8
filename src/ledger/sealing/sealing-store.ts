/** The part of a store that keeps budgets, with their secrets sealed: whoever goes through here sees them open, and the database never. */
import { DatabaseError } from "../../errors.ts";
import type { DecideBudget, LedgerStore, StoredBudget } from "../store.ts";
import type { SealedBudgets } from "./sealed-budgets.ts";

/** Who seals what stood there in clear: nobody asked for it. */
const LIBRARY = "library";

/** What keeps budgets, and what goes by their definitions. */
export type BudgetShelf = Pick<
  LedgerStore,
  "budgets" | "putBudgets" | "removeBudget" | "changeBudget" | "budgetStates" | "alerts" | "claimDeliveries" | "deliveryDone" | "verify"
>;

/** @param sealing asked for where there is something to seal or to open */
export function sealingStore(store: BudgetShelf, sealing: () => Promise<SealedBudgets>): BudgetShelf {
  return {
    async budgets() {
      const stored = await store.budgets();
      if (!stored.budgets.some(hasSecrets)) return stored;
      const secrets = await sealing();
      return { ...stored, budgets: stored.budgets.map((budget) => openedBudget(budget, secrets)) };
    },
    async putBudgets(definitions, origin, actor) {
      if (!definitions.some(({ webhook }) => webhook !== undefined)) return store.putBudgets(definitions, origin, actor);
      const [secrets, { budgets }] = await Promise.all([sealing(), store.budgets()]);
      const stored = new Map(budgets.map(({ definition }) => [definition.name, definition]));
      return store.putBudgets(
        definitions.map((definition) => secrets.sealed(definition, stored.get(definition.name))),
        origin,
        actor,
      );
    },
    async changeBudget(name, decide, by) {
      const secrets = await sealing();
      const decideSealed: DecideBudget = (stored) => {
        const definition = decide(stored && openedBudget(stored, secrets));
        return definition ? secrets.sealed(definition, stored?.definition) : definition;
      };
      const { before, after } = await store.changeBudget(name, decideSealed, by);
      return { ...(before && { before: openedBudget(before, secrets) }), ...(after && { after: openedBudget(after, secrets) }) };
    },
    async budgetStates(atMs) {
      const { nowMs, states } = await store.budgetStates(atMs);
      if (!states.some(({ budget }) => hasSecrets(budget))) return { nowMs, states };
      const secrets = await sealing();
      return { nowMs, states: states.map((state) => ({ ...state, budget: openedBudget(state.budget, secrets) })) };
    },
    async verify(options) {
      const outcome = await store.verify(options);
      const budgets = await readable(store);
      if (!budgets.some(hasSecrets)) return outcome;
      return { ...outcome, differences: [...outcome.differences, ...(await sealing()).differences(budgets)] };
    },
    removeBudget: (name, actor) => store.removeBudget(name, actor),
    alerts: (filter) => store.alerts(filter),
    claimDeliveries: (limit, leaseMs) => store.claimDeliveries(limit, leaseMs),
    deliveryDone: (id, outcome) => store.deliveryDone(id, outcome),
  };
}

/** Seals what stands in a book in clear, or under an earlier key. Ended on its way, it goes on where it was the next time. */
export async function sealAll(store: LedgerStore, sealing: () => Promise<SealedBudgets>): Promise<void> {
  const budgets = await readable(store);
  if (!budgets.some(hasSecrets)) return;
  const secrets = await sealing();
  if (!budgets.some(({ definition }) => secrets.resealed(definition) !== undefined)) return;
  await store.erasing(async () => {
    for (const { definition, origin } of budgets) {
      const { name } = definition;
      const reseal: DecideBudget = (stored) => (stored?.origin === origin ? secrets.resealed(stored.definition) : undefined);
      await store.changeBudget(name, reseal, { origin, actor: LIBRARY });
    }
  });
}

function openedBudget(budget: StoredBudget, secrets: SealedBudgets): StoredBudget {
  return hasSecrets(budget) ? { ...budget, definition: secrets.opened(budget.definition) } : budget;
}

/** Budgets that can't be read are told of by all who ask for them, and by verify; here they are none. */
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
