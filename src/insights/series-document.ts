/** One series of spending, taken apart: what `tokenledger.analysis/1` tells of the whole and of each model, team or project. */

/** Money as decimal strings, tokens as integers: as the document's `unit` says. */
export type Amount = string | number;

export interface SeriesDocument {
  /** The model's, team's or project's name; null: what has none, and the whole. */
  name: string | null;
  /** How many names stand together here: 1, except in the whole, and in the last entry where there are too many. */
  names: number;
  requests: number;
  total_tokens: number;
  cost_usd: string | null;
  /** Part of the whole. */
  share: number | null;
  /** Why less is said than was asked for; null: nothing is missing. */
  insufficient: string | null;
  phase: {
    direction: "rising" | "falling" | "steady" | "unknown";
    volatile: boolean;
    /** Per week, as a percentage of the usual; null where it was not tested. */
    percent_per_week: number | null;
    p: number | null;
  };
  /** Those that were looked for, found or not; strongest first. */
  rhythms: RhythmDocument[];
  /** Bucket by bucket: trend + oscillation + noise = values, to the last digit. */
  components: { values: Amount[]; trend: Amount[]; oscillation: Amount[]; noise: Amount[]; levels: number };
  anomalies: AnomalyDocument[];
  change_points: ChangePointDocument[];
}

export interface RhythmDocument {
  /** "daily", "weekly", "half-daily", … */
  name: string;
  period_seconds: number;
  /** Whether the test supports it, all tests of this series taken together. */
  found: boolean;
  p: number;
  strength: number | null;
  /** The place in the period where most is usually spent: "Monday", "14:00"; null where there is no rhythm. */
  peak: string | null;
  /** How much more, on average, is spent there than elsewhere, for each such place: each Monday, each 14:00. */
  peak_excess: Amount | null;
}

export interface AnomalyDocument {
  start: string;
  end: string;
  value: Amount;
  expected: Amount;
  /** What is above the expected. */
  impact: Amount;
  p: number;
  /** Whose spending it was, those with the largest part first. */
  causes: { dimension: string; name: string | null; impact: Amount; share: number }[];
}

export interface ChangePointDocument {
  at: string;
  /** Per bucket, the median before and after; where days stay unused, of those that are used. */
  before: Amount;
  after: Amount;
}
