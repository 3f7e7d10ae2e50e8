/** A budget's definition as a back-test tries it: with the rules by which the book would enforce it. */
import type { UsageRecord } from "../usage/index.ts";
import { enforcedLimit, isHard } from "./admission.ts";
import { type BudgetDefinition, EACH_VALUE } from "./budget-definition.ts";
import { type CallScope, namesInValue, valuesCounted } from "./matching.ts";
import { alertWindowOf, bucketMsOf, EARLIER_BUCKETS } from "./window-of.ts";

/** A call of the past. */
export type TriedCall = Pick<
  UsageRecord,
  "org" | "orgId" | "team" | "teamId" | "user" | "userId" | "project" | "projectId" | "key" | "tags" | "provider" | "model"
> & { canonicalModel: string };

export interface TriedRules {
  isHard: boolean;
  windowOf(atMs: number): { startMs: number; endMs: number };
  limitOf(cap: bigint): bigint;
  valuesCounted(call: TriedCall): readonly string[];
  describeValue(value: string): Record<string, string> | null;
  amountNanoUsd?: bigint;
  maxTokens?: bigint;
  sliding?: { partMs: number; partsBefore: number };
  isExempt?(call: TriedCall): boolean;
}

/** The amount itself is tried, never an override: that is an exception, and the past is not where it was made. */
export function triedBudget(definition: BudgetDefinition): TriedRules {
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
    ...(enforcement === "switch_provider" && !isHard(definition) && { isExempt: ({ provider }: TriedCall) => provider === switchTo }),
  };
}

function callScopeOf(record: TriedCall): CallScope {
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

/** Which calls can count at all: spares the reading of others. */
export function triedScope({ scope }: BudgetDefinition): Record<string, string> {
  return Object.fromEntries(Object.entries(scope).filter(([, wanted]) => wanted !== EACH_VALUE));
}
