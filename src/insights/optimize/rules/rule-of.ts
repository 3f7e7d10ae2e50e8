/** A recommendation that somebody decides for, as the rule that is written down. */
import { parseUsd } from "../../../money.ts";
import type { RecommendationDocument } from "../recommendation-document.ts";
import type { AppliedAction, AppliedRule } from "./applied-rule.ts";

/** @param keptShare of the calls that would move, so many stay where they are */
export function ruleOf(
  recommendation: RecommendationDocument,
  { appliedAtMs, keptShare }: { appliedAtMs: number; keptShare: number },
): AppliedRule {
  const { id, kind, from, to, scopes, action, saving } = recommendation;
  return {
    id,
    kind,
    from,
    to,
    appliedAtMs,
    scopes,
    action: ruledAction(action, keptShare),
    expectedSavingNanoUsd: Number(parseUsd(saving.expected_usd)),
  };
}

function ruledAction(action: RecommendationDocument["action"], keptShare: number): AppliedAction {
  if (action.type === "route") return { type: "route", from: action.from, to: action.to, keptShare };
  if (action.type === "cache") return { type: "cache", provider: action.provider, model: action.model, policy: action.policy };
  return { type: "by_hand", advice: action.advice };
}

/** By these a rule can't tell whose a call is: it would move others, too. */
export const UNTELLABLE_FILTERS = ["user", "source", "tag"] as const;
