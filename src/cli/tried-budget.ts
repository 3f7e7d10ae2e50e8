/** A budget's definition as a back-test tries it: with the rules by which the book would enforce it. */
import {
  alertWindowOf,
  type BudgetDefinition,
  bucketMsOf,
  type CallScope,
  EARLIER_BUCKETS,
  enforcedLimit,
  isHard,
  namesInValue,
  valuesCounted,
} from "../budget/index.ts";
import type { TriedBudget } from "../insights/index.ts";
import type { StoredRecord } from "../ledger/index.ts";

/** The amount itself is tried, never an override: that is an exception, and the past is not where it was made. */
export function triedBudget(definition: BudgetDefinition): TriedBudget {
  const { amountNanoUsd, maxTokens, windowMs, scope, enforcement, switchTo } = definition;
  return {
    isHard: isHard(definition),
    windowOf: (atMs) => alertWindowOf(atMs, definition),
    limitOf: (cap) => enforcedLimit(definition, cap),
    valuesCounted: (record) => valuesCounted(scope, callScopeOf(record)),
    describeValue: (value) => namesInValue(scope, value) ?? null,
    ...(amountNanoUsd !== undefined && { amountNanoUsd }),
    ...(maxTokens !== undefined && { maxTokens: BigInt(maxTokens) }),
    ...(windowMs !== undefined && { sliding: { partMs: bucketMsOf(windowMs), partsBefore: EARLIER_BUCKETS } }),
    // A call that has moved already passes, except where the cap must hold.
    ...(enforcement === "switch_provider" && !isHard(definition) && { isExempt: ({ provider }: StoredRecord) => provider === switchTo }),
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
