/** What budgets see of a call that is about to be made, and which of their counters count it: the same as of its record. */
import { type CallScope, type ScopeName, valuesCounted } from "../../budget/index.ts";
import { nameUuid } from "../../usage/index.ts";
import type { ReserveRequest, StoredBudget } from "../store.ts";
import { type DictionaryEntry, modelKey, type ScopeKind } from "./dictionary-entry.ts";

/** Looks in the dictionary, where names that were given first stay: the record will bear those. */
type Find = (kind: ScopeKind | "model", key: string) => DictionaryEntry | undefined;

export type ReservedCallParts = Pick<ReserveRequest, "provider" | "model" | "scope" | "canonicalModel">;

/** A counter of a budget, whatever the time. */
export interface Target {
  budget: StoredBudget;
  value: string;
}

/** The counters that hold the call. */
export function targetsAmong(budgets: readonly StoredBudget[], call: ReservedCallParts, find: Find): Target[] {
  const scope = callOfReservation(call, find);
  return budgets.flatMap((budget) => valuesCounted(budget.definition.scope, scope).map((value) => ({ budget, value })));
}

export function callOfReservation({ provider, model, scope, canonicalModel }: ReservedCallParts, find: Find): CallScope {
  return {
    org: scopeName("org", scope.org, scope.orgId, find),
    team: scopeName("team", scope.team, scope.teamId, find),
    user: scopeName("user", scope.user, scope.userId, find),
    project: scopeName("project", scope.project, scope.projectId, find),
    key: scope.key === undefined ? undefined : { name: scope.key },
    tags: scope.tags ?? [],
    provider,
    model,
    canonicalModel: find("model", modelKey(provider, model))?.name ?? canonicalModel(provider, model),
  };
}

function scopeName(kind: ScopeKind, name: string | undefined, id: string | undefined, find: Find): ScopeName | undefined {
  if (name === undefined && id === undefined) return undefined;
  const key = id ?? nameUuid(kind, name as string);
  const entry = find(kind, key);
  // An entry that knows its id alone takes the name of the first record that brings one.
  const known = entry === undefined || entry.name === entry.key ? name : (entry.name ?? undefined);
  return { name: known ?? key, id: key };
}
