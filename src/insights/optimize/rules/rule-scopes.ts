/** Whose calls something is about. */

import type { RuleScope } from "../candidate.ts";
import type { CalledModel, Workload } from "../replay/call.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { cellsByModel } from "../replay/cells-by-model.ts";
import { type ExactScopes, exactScopes } from "./exact-scopes.ts";

/** Scopes that match, of all who call a model, only those of these cells. */
export function scopesOf(digest: Digest, model: CalledModel, of: readonly Cell[]): ExactScopes {
  const all = new Set((cellsByModel(digest).get(model) ?? []).map(({ workload }) => workload));
  return exactScopes([...all], new Set(of.map(({ workload }) => workload)));
}

export interface Tellable {
  scopes: RuleScope[];
  covers(cell: Cell): boolean;
  cells: readonly Cell[];
}

/** The cells that are meant, as far as rules can tell them from others of their model. */
export function tellable(digest: Digest, model: CalledModel, isMeant: (cell: Cell) => boolean): Tellable {
  const own = cellsByModel(digest).get(model) ?? [];
  const { scopes, covered } = scopesOf(digest, model, own.filter(isMeant));
  const covers = (cell: Cell): boolean => cell.model === model && covered.has(cell.workload) && isMeant(cell);
  return { scopes, covers, cells: own.filter(covers) };
}

/** As in a sentence: the narrowest name that there is. */
export function nameOf({ org, team, project, key }: Workload): string {
  if (project !== undefined) return `project ${project}`;
  if (key !== undefined) return `key ${key}`;
  if (team !== undefined) return `team ${team}`;
  return org === undefined ? "callers without a name" : `organisation ${org}`;
}
