/** A budget's definition as a back-test tries it: with the rules by which the book would enforce it. */
import {
  alertWindowOf,
  type BudgetDefinition,
  bucketMsOf,
  type CallScope,
  EACH_VALUE,
  enforcedLimit,
  SCOPE_KEYS,
  valuesCounted,
} from "../budget/index.ts";
import type { TriedBudget } from "../insights/index.ts";
import type { StoredRecord } from "../ledger/index.ts";

/** Beside the current part of a sliding window, so many before it count in full. */
const PARTS_BEFORE = 60;

/** The amount itself is tried, never an override: that is an exception, and the past is not where it was made. */
export function triedBudget(definition: BudgetDefinition): TriedBudget {
  const { amountNanoUsd, maxTokens, windowMs, scope, enforcement, switchTo } = definition;
  const isHard = definition.hard || enforcement === "block_requests";
  const keys = SCOPE_KEYS.filter((key) => scope[key] === EACH_VALUE);
  return {
    isHard,
    windowOf: (atMs) => alertWindowOf(atMs, definition),
    limitOf: (cap) => enforcedLimit(definition, cap),
    valuesCounted: (record) => valuesCounted(scope, callScopeOf(record)),
    describeValue: (value) => {
      if (value === "") return null;
      const values = JSON.parse(value) as string[];
      return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ""]));
    },
    ...(amountNanoUsd !== undefined && { amountNanoUsd }),
    ...(maxTokens !== undefined && { maxTokens: BigInt(maxTokens) }),
    ...(windowMs !== undefined && { sliding: { partMs: bucketMsOf(windowMs), partsBefore: PARTS_BEFORE } }),
    // A call that has moved already passes, except where the cap must hold.
    ...(enforcement === "switch_provider" && !isHard && { isExempt: ({ provider }: StoredRecord) => provider === switchTo }),
  };
}

function callScopeOf(record: StoredRecord): CallScope {
  const { org, orgId, team, teamId, user, userId, project, projectId, key, tags = [], provider, model, canonicalModel } = record;
  return {
    org: { name: org, id: orgId },
    team: { name: team, id: teamId },
    user: { name: user, id: userId },
    project: { name: project, id: projectId },
    key: { name: key },
    tags,
    provider,
    model,
    canonicalModel,
  };
}
