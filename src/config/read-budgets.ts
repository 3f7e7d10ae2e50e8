/** The `budgets` section: a list of definitions, checked one by one and against each other. */

import type { BudgetDefinition } from "../budget/index.ts";
import { quoteValue } from "../errors.ts";
import { type Field, itemsOf, refuse, shown } from "./fields.ts";
import { type ReadBudget, readBudget, type Surroundings } from "./read-budget.ts";

/** @param providers the names a budget may switch to */
export function readBudgets(section: Field, providers: ReadonlySet<string>, surroundings: Surroundings): BudgetDefinition[] {
  const read = itemsOf(section).map((field) => readBudget(field, surroundings));
  refuseSameNames(read);
  refuseBadSwitches(read, providers);
  return read.map(({ budget }) => budget);
}

function refuseSameNames(read: readonly ReadBudget[]): void {
  const lines = new Map<string, number>();
  for (const { budget, field } of read) {
    const earlier = lines.get(budget.name);
    if (earlier !== undefined) {
      refuse(field, `has the same name as the budget on line ${earlier}; each budget needs one of its own.`);
    }
    lines.set(budget.name, field.node.place.line);
  }
}

/** A switch must lead to a provider that is configured, and the switches of all budgets must not lead in a circle. */
function refuseBadSwitches(read: readonly ReadBudget[], providers: ReadonlySet<string>): void {
  const targets = new Map<string, string[]>();
  for (const { budget, switchField } of read) {
    if (!switchField || budget.switchTo === undefined) continue;
    if (!providers.has(budget.switchTo)) {
      const known = [...providers].join(", ") || "none";
      refuse(switchField, `is ${shown(switchField)}, which is no provider of this file; configured: ${known}.`);
    }
    const from = budget.scope.provider;
    if (from === undefined) continue;
    targets.set(from, [...(targets.get(from) ?? []), budget.switchTo]);
    if (leadsTo(from, budget.switchTo, targets)) {
      refuse(
        switchField,
        `is ${shown(switchField)}, from where another budget switches back to ${quoteValue(from)}; switches can't lead in a circle.`,
      );
    }
  }
}

function leadsTo(goal: string, from: string, targets: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === goal) return true;
    if (!seen.has(at)) open.push(...(targets.get(at) ?? []));
    seen.add(at);
  }
  return false;
}
