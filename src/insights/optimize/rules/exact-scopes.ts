/** Names by which a rule finds exactly the workloads that it was made for. */

import type { RuleScope } from "../candidate.ts";
import type { Workload } from "../replay/call.ts";

type ScopeName = keyof RuleScope;

/** The widest first: one name that says it all is read more easily than four. */
const WIDTHS: readonly (readonly ScopeName[])[] = [
  ["org"],
  ["team"],
  ["project"],
  ["key"],
  ["org", "team"],
  ["org", "project"],
  ["team", "project"],
  ["team", "key"],
  ["project", "key"],
  ["org", "team", "project"],
  ["team", "project", "key"],
];
/** Nobody reads, or writes down, a list of hundreds. */
const MOST_SCOPES = 50;

export interface ExactScopes {
  scopes: RuleScope[];
  /** What the scopes match of all the workloads. */
  covered: ReadonlySet<Workload>;
}

const ALL_NAMES: readonly ScopeName[] = ["org", "team", "project", "key"];

/**
 * Scopes that match workloads of `chosen` alone; where all are chosen, the one that matches everything. Calls without a name have the empty
 * one where others are to be told from them. Those of the rest may hide under any name but a key.
 */
export function exactScopes(all: readonly Workload[], chosen: ReadonlySet<Workload>): ExactScopes {
  if (all.length === 0) return { scopes: [], covered: new Set() };
  if (all.every((workload) => chosen.has(workload))) return { scopes: [{}], covered: new Set(all) };
  const others = new Set(all.filter((workload) => !chosen.has(workload)).flatMap(namesOf));
  const hidden = all.some((workload) => workload.isRest && !chosen.has(workload));
  const found = new Map<string, { scope: RuleScope; workloads: Workload[] }>();
  for (const workload of all) {
    if (!chosen.has(workload)) continue;
    const scope = scopesOf(workload).find((each) => !others.has(JSON.stringify(each)) && (each.key || !hidden));
    if (scope === undefined) continue;
    const text = JSON.stringify(scope);
    const same = found.get(text);
    if (same) same.workloads.push(workload);
    else found.set(text, { scope, workloads: [workload] });
  }
  const largest = [...found.values()].sort((a, b) => b.workloads.length - a.workloads.length).slice(0, MOST_SCOPES);
  const scopes = largest.map(({ scope }) => scope);
  return { scopes, covered: matched(all, scopes) };
}

function matched(all: readonly Workload[], scopes: readonly RuleScope[]): Set<Workload> {
  const texts = new Set(scopes.map((scope) => JSON.stringify(scope)));
  return new Set(all.filter((workload) => namesOf(workload).some((text) => texts.has(text))));
}

function namesOf(workload: Workload): string[] {
  return scopesOf(workload).map((scope) => JSON.stringify(scope));
}

/** All that match a workload, as far as they are ever asked for. */
function scopesOf(workload: Workload): RuleScope[] {
  const named = WIDTHS.filter((width) => width.every((name) => workload[name] !== undefined));
  return [...named, ALL_NAMES].map((width) => Object.fromEntries(width.map((name) => [name, workload[name] ?? ""])));
}
