/** Names by which a rule finds exactly the workloads that it was made for. */
import type { Workload } from "./call.ts";
import type { RuleScope } from "./candidate.ts";

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
  ["org", "team", "project", "key"],
];
/** Nobody reads, or writes down, a list of hundreds. */
const MOST_SCOPES = 50;

export interface ExactScopes {
  scopes: RuleScope[];
  /** What the scopes match of all the workloads. */
  covered: ReadonlySet<Workload>;
}

/**
 * Scopes that match workloads of `chosen` alone; where all are chosen, the one that matches everything. What no name tells from others is
 * left out, and the workload of the rest may hide under any name but a key.
 */
export function exactScopes(all: readonly Workload[], chosen: ReadonlySet<Workload>): ExactScopes {
  if (all.length === 0) return { scopes: [], covered: new Set() };
  if (all.every((workload) => chosen.has(workload))) return { scopes: [{}], covered: new Set(all) };
  const others = new Set(all.filter((workload) => !chosen.has(workload)).flatMap(namesOf));
  const hidden = all.some((workload) => workload.isRest && !chosen.has(workload));
  const found = new Map<string, { scope: RuleScope; workloads: Workload[] }>();
  for (const workload of all) {
    if (!chosen.has(workload)) continue;
    for (const width of WIDTHS) {
      const scope = scopeOver(workload, width);
      if (scope === undefined || others.has(JSON.stringify(scope)) || (hidden && scope.key === undefined)) continue;
      const text = JSON.stringify(scope);
      const same = found.get(text);
      if (same) same.workloads.push(workload);
      else found.set(text, { scope, workloads: [workload] });
      break;
    }
  }
  const largest = [...found.values()].sort((a, b) => b.workloads.length - a.workloads.length).slice(0, MOST_SCOPES);
  const scopes = largest.map(({ scope }) => scope);
  return { scopes, covered: matched(all, scopes) };
}

function matched(all: readonly Workload[], scopes: readonly RuleScope[]): Set<Workload> {
  const texts = new Set(scopes.map((scope) => JSON.stringify(scope)));
  return new Set(all.filter((workload) => namesOf(workload).some((text) => texts.has(text))));
}

/** All scopes that match a workload, as texts. */
function namesOf(workload: Workload): string[] {
  return WIDTHS.flatMap((width) => {
    const scope = scopeOver(workload, width);
    return scope === undefined ? [] : [JSON.stringify(scope)];
  });
}

/** Undefined where the workload has not all of the names. */
function scopeOver(workload: Workload, width: readonly ScopeName[]): RuleScope | undefined {
  const scope: RuleScope = {};
  for (const name of width) {
    const value = workload[name];
    if (value === undefined) return undefined;
    scope[name] = value;
  }
  return scope;
}
