/** `tokenledger.recommendations/1` and `tokenledger.simulation/1` */

import type { Action, EvidenceGrade, RecommendationKind, RuleScope } from "./candidate.ts";

export interface RecommendationDocument {
  /** The same for the same recommendation, in whichever period it is found. */
  id: string;
  /** Such as `model-downgrade`. */
  kind: RecommendationKind;
  from: string;
  to: string;
  /** In 730 hours; `percent` of what the calls cost. */
  saving: { low_usd: string; expected_usd: string; high_usd: string; percent: number };
  /** From 0 to 1. */
  confidence: number;
  requests: number;
  assumptions: string[];
  /** Whose calls: any of them; `{}` are all. */
  scopes: RuleScope[];
  /** Of the calls themselves, as `query` prints them: nothing is extrapolated. */
  evidence: {
    requests: number;
    /** With such calls. */
    days: number;
    cost_usd: string;
    new_cost_usd: string;
    saving_usd: string;
    /** A: measured tokens, B: structure that was inferred, C: a proxy. */
    grade: EvidenceGrade;
    query: string;
  };
  /** Which share of the calls may fail and be made again as before until nothing is saved; null where that is no question. */
  break_even_failure_rate: number | null;
  /** Further figures of its kind. */
  figures: Readonly<Record<string, number | string | null>>;
  risk: string;
  action: Action;
  /** Of those that share a group only one can be done. */
  exclusive_group: string | null;
  /** `applied`: a rule of this id is in force. */
  state: "active" | "applied";
  /** Until when it may be relied on: then the evidence is old. */
  expires_at: string;
}

/** What is worth knowing, though nobody can say what doing something about it would save. */
export interface ObservationDocument {
  kind: string;
  provider: string | null;
  model: string | null;
  scope: RuleScope;
  requests: number;
  cost_usd: string;
  sentence: string;
  figures: Readonly<Record<string, number | string | null>>;
}

/** What a model's calls would cost at prices that have come into force since they were made, or will. */
export interface PriceChangeDocument {
  provider: string;
  model: string;
  /** From which the price holds. */
  day: string;
  requests: number;
  cost_usd: string;
  new_cost_usd: string;
  change_usd: string;
  percent: number;
}

export interface SavingsPeriodDocument {
  /** Local days, both included. */
  start: string;
  end: string;
  tz: string;
  /** Days of UTC with the first and the last call; null: there were none. */
  first_day: string | null;
  last_day: string | null;
  /** From the one to the other: what savings in 730 hours are computed from. */
  hours: number;
}

export interface RecommendationsDocument {
  schema: "tokenledger.recommendations/1";
  generated_at: string;
  period: SavingsPeriodDocument;
  totals: { requests: number; unpriced_requests: number; cost_usd: string };
  /** What saves most first. */
  recommendations: RecommendationDocument[];
  /**
   * All of them together, in 730 hours: less than their sum where two would save the same money. What excludes each other counts once,
   * what is applied already does not.
   */
  portfolio: {
    saving_usd: string;
    /** Of all that was spent. */
    percent: number;
    /** Their shares add up to the whole. */
    chosen: { id: string; share_usd: string }[];
  };
  observations: ObservationDocument[];
  price_changes: PriceChangeDocument[];
}

/** The period's own calls as they were, and as they would have been. */
export interface SimulationDocument {
  schema: "tokenledger.simulation/1";
  generated_at: string;
  period: SavingsPeriodDocument;
  /** Whose effect is shown, in the order in which they are done. */
  ids: string[];
  before_usd: string;
  after_usd: string;
  saving_usd: string;
  percent: number;
  by_model: {
    provider: string;
    model: string;
    before_requests: number;
    after_requests: number;
    before_usd: string;
    after_usd: string;
  }[];
  /** Days of UTC. */
  by_day: { day: string; before_usd: string; after_usd: string }[];
}
