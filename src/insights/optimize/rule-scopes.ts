/** Whose calls something is about. */
import type { Workload } from "./call.ts";
import type { RuleScope } from "./candidate.ts";
import type { Cell } from "./cell.ts";

/** More of them are no scope any more: nobody reads, or writes down, a list of hundreds. */
const MOST_SCOPES = 50;

export function scopeOf({ org, team, project, key }: Workload): RuleScope {
  return {
    ...(org !== undefined && { org }),
    ...(team !== undefined && { team }),
    ...(project !== undefined && { project }),
    ...(key !== undefined && { key }),
  };
}

/** Of the workloads of these cells, the dearest first. */
export function scopesOf(cells: readonly Cell[]): RuleScope[] {
  const costs = new Map<Workload, number>();
  for (const { workload, costNanoUsd } of cells) costs.set(workload, (costs.get(workload) ?? 0) + costNanoUsd);
  return [...costs]
    .sort(([a, costA], [b, costB]) => costB - costA || a.index - b.index)
    .slice(0, MOST_SCOPES)
    .map(([workload]) => scopeOf(workload));
}

/** As in a sentence: the narrowest name that there is. */
export function nameOfScope({ org, team, project, key }: RuleScope): string {
  if (project !== undefined) return `project ${project}`;
  if (key !== undefined) return `key ${key}`;
  if (team !== undefined) return `team ${team}`;
  return org === undefined ? "calls of nobody named" : `organisation ${org}`;
}
