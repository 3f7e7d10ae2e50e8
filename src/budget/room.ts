/** The rules of admission as bare numbers: what a database compares its counters with, without knowing the rules. */

import { leastOfPercent } from "../share.ts";
import { AXES, type Axis, enforcedLimit, isHard, type MoneyAndTokens, refuses } from "./admission.ts";
import type { BudgetDefinition } from "./budget-definition.ts";

/**
 * How much may be used and reserved in one counter already for the call to pass: it is admitted exactly if nothing exceeds this.
 * An axis that can't refuse the call is absent.
 */
export function roomFor(
  definition: BudgetDefinition,
  adding: MoneyAndTokens,
  call: { provider: string },
  atMs: number,
): Partial<MoneyAndTokens> {
  if (!refuses(definition, call)) return {};
  return perAxis((axis) => {
    const cap = axis.limitAt(definition, atMs);
    const added = axis.of(adding);
    if (cap === undefined || added === 0n) return undefined;
    return enforcedLimit(definition, cap) - (isHard(definition) ? added : 1n);
  });
}

/** The least that must be used, on either axis, for a threshold to be reached. */
export function leastReaching(definition: BudgetDefinition, percent: number, atMs: number): Partial<MoneyAndTokens> {
  return perAxis((axis) => {
    const cap = axis.limitAt(definition, atMs);
    if (cap === undefined) return undefined;
    const least = leastOfPercent(cap, percent);
    return least > 0n ? least : 1n;
  });
}

/** The least that must be used, on either axis, for a hard budget to be overspent. */
export function leastOverspent(definition: BudgetDefinition, atMs: number): Partial<MoneyAndTokens> {
  if (!isHard(definition)) return {};
  return perAxis((axis) => {
    const cap = axis.limitAt(definition, atMs);
    return cap === undefined ? undefined : cap + 1n;
  });
}

function perAxis(amountOf: (axis: Axis) => bigint | undefined): Partial<MoneyAndTokens> {
  const amounts: Partial<MoneyAndTokens> = {};
  for (const axis of AXES) {
    const amount = amountOf(axis);
    if (amount !== undefined) amounts[axis.cap === "cost_usd" ? "nanoUsd" : "tokens"] = amount;
  }
  return amounts;
}
