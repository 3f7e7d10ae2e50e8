/** What somebody decided to do about spending, as it was written down: what receipts are made for. */
import type { CachePolicyName, RecommendationKind, RuleScope } from "../candidate.ts";

/** A model at a provider, as rules name it. */
export interface RoutedModel {
  provider: string;
  model: string;
}

export type AppliedAction =
  /** `keptShare` of the calls stay where they were, so that both can be compared. */
  | { type: "route"; from: RoutedModel; to: RoutedModel; keptShare: number }
  | { type: "cache"; provider: string; model: string; policy: CachePolicyName }
  | { type: "by_hand"; advice: string };

export interface AppliedRule {
  /** The recommendation's. */
  id: string;
  kind: RecommendationKind;
  from: string;
  to: string;
  appliedAtMs: number;
  /** Whose calls: any of them. */
  scopes: readonly RuleScope[];
  action: AppliedAction;
  /** In 730 hours, as it was recommended. */
  expectedSavingNanoUsd?: number;
}
