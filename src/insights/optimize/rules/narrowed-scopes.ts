/** Where only some teams' or projects' calls were looked at, a recommendation is about no others. */
import type { UsageFilter } from "../../../ledger/index.ts";
import type { Candidate, RuleScope } from "../candidate.ts";
import type { Workload } from "../replay/call.ts";
import type { Digest } from "../replay/cell.ts";

const NAMES = ["org", "team", "project", "key"] as const satisfies readonly (keyof UsageFilter & keyof RuleScope)[];

/** Its scopes name what the filter asked for, so that it is the same recommendation, under the same id, as without the filter. */
export function narrowed(candidate: Candidate, filter: UsageFilter | undefined, { cells }: Pick<Digest, "cells">): Candidate {
  const asked = NAMES.filter((name) => filter?.[name] !== undefined);
  const { action } = candidate;
  if (asked.length === 0 || action.scopes.every((scope) => asked.every((name) => scope[name] !== undefined))) return candidate;
  const workloads = new Set<Workload>();
  for (const cell of cells) if (candidate.covers(cell)) workloads.add(cell.workload);
  // Whose calls the rest are is not known any more: no names would be all of them.
  if ([...workloads].some(({ isRest }) => isRest)) return candidate;
  const scopes = action.scopes.flatMap((scope) => scopesWithin(scope, asked, [...workloads]));
  return { ...candidate, action: { ...action, scopes } };
}

/** As the calls name what was asked for, which the filter may do by an id. */
function scopesWithin(scope: RuleScope, asked: readonly (typeof NAMES)[number][], workloads: readonly Workload[]): RuleScope[] {
  const open = asked.filter((name) => scope[name] === undefined);
  const found = new Map<string, RuleScope>();
  for (const workload of workloads) {
    if (!NAMES.every((name) => scope[name] === undefined || scope[name] === (workload[name] ?? ""))) continue;
    const narrow: RuleScope = { ...scope };
    for (const name of open) narrow[name] = workload[name] ?? "";
    found.set(JSON.stringify(narrow), narrow);
  }
  return [...found.values()];
}
