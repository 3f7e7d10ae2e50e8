/** What somebody decided to do about spending: as the savings file has it, and as the gateway obeys it. */

/** The kinds of recommendations, as insights names them. */
export const SAVING_KINDS = [
  "model-downgrade",
  "enable-caching",
  "provider-switch",
  "batch-requests",
  "cache-lifetime",
  "remove-waste",
  "shorten-context",
  "reduce-reasoning",
  "trim-prompt",
  "limit-output",
  "shift-off-peak",
] as const;
export type SavingKind = (typeof SAVING_KINDS)[number];

/** When the gateway asks for caching, and for how long. */
export const CACHE_POLICIES = ["always-5m", "always-1h", "second-sight-5m", "second-sight-1h", "static-5m", "static-1h"] as const;
export type CachePolicy = (typeof CACHE_POLICIES)[number];

/** Names that all have to match; an absent one matches everything, an empty one calls without such a name. */
export interface RuleScope {
  org?: string;
  team?: string;
  project?: string;
  key?: string;
}

/** A model at a provider. */
export interface RuledModel {
  provider: string;
  model: string;
}

export type AppliedAction =
  /** `keptShare` of the calls stay where they were, so that both can be compared. */
  | { type: "route"; from: RuledModel; to: RuledModel; keptShare: number }
  | { type: "cache"; provider: string; model: string; policy: CachePolicy }
  /** Nothing that a gateway could do: it is written down so that what becomes of it is watched. */
  | { type: "by_hand"; advice: string };

export interface AppliedRule {
  /** The recommendation's. */
  id: string;
  kind: SavingKind;
  from: string;
  to: string;
  appliedAtMs: number;
  /** Whose calls: any of them; `[{}]` are all. */
  scopes: readonly RuleScope[];
  action: AppliedAction;
  /** In 730 hours, as it was recommended. */
  expectedSavingNanoUsd?: number;
}

/** One call in twenty stays where it was. */
export const USUAL_KEPT_SHARE = 0.05;
