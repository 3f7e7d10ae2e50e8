/** Something that could be done about spending, before it is known whether it is worth telling. */
import type { CalledModel } from "./replay/call.ts";
import type { Cell, Digest, Lane, Retokening } from "./replay/cell.ts";

/** The four kinds of SPEC-TOKEN-001 section 9, and ours. */
export const KINDS = [
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
export type RecommendationKind = (typeof KINDS)[number];

/** In the order in which savings are applied: what is not made needs no route, what is routed elsewhere is cached there. */
export type Effect =
  | { type: "eliminate" }
  | { type: "route"; lane: Lane; laneIndex: number }
  /** Other counts of tokens; undefined: none for this cell. */
  | { type: "retoken"; of(cell: Cell): Retokening | undefined }
  | { type: "tier"; serviceTier: "batch" };

/** How certain the saving is of its kind: measured tokens, structure that was inferred, a proxy (analysis: .95, .7, .4). */
export type EvidenceGrade = "A" | "B" | "C";

/** Names that all have to match; an absent one matches everything, an empty one calls without such a name. */
export interface RuleScope {
  org?: string;
  team?: string;
  project?: string;
  key?: string;
}

/** What can be written down and obeyed. */
export type Action =
  /** The gateway sends the calls elsewhere. */
  | { type: "route"; from: { provider: string; model: string }; to: { provider: string; model: string }; scopes: RuleScope[] }
  /** The gateway asks for caching. */
  | { type: "cache"; provider: string; model: string; policy: CachePolicyName; scopes: RuleScope[] }
  /** Only the program that makes the calls can do it. */
  | { type: "by_hand"; advice: string; scopes: RuleScope[] };

export type CachePolicyName = "always-5m" | "always-1h" | "second-sight-5m" | "second-sight-1h" | "static-5m" | "static-1h";

export interface Candidate {
  kind: RecommendationKind;
  from: string;
  to: string;
  /** The calls it is about are exactly those of the cells that it covers. */
  covers(cell: Cell): boolean;
  /** It covers cells of no other models. Absent: of any. */
  models?: Iterable<CalledModel>;
  effect: Effect;
  grade: EvidenceGrade;
  /**
   * How much less, at worst, and more, at best, is saved than in the replay: by how much the new cost may be larger and smaller
   * (`{ worst: 1.3, best: 0.8 }` for wordier and terser answers). Absent: nothing is unsure but the days.
   */
  newCostFactors?: { worst: number; best: number };
  assumptions: string[];
  risk: string;
  /** Only one of a group can be done. */
  exclusiveGroup?: string;
  action: Action;
  /** Further figures, such as `break_even_failure_rate`. */
  figures?: Readonly<Record<string, number | string | null>>;
}

export type Finder = (digest: Digest) => Candidate[];
