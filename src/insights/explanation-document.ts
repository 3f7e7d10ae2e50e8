/** `tokenledger.explanation/1` */
import type { Dimension } from "../ledger/index.ts";

export interface ExplanationDocument {
  schema: "tokenledger.explanation/1";
  generated_at: string;
  tz: string;
  from: ExplainedPeriod;
  to: ExplainedPeriod;
  change_usd: string;
  change_percent: number | null;
  by: Dimension;
  findings: { kind: "change" | "effect" | "name"; sentence: string }[];
  /** They add up to the change, to the last digit. Largest first. */
  effects: EffectDocument[];
  /** Each name's own change and its effects; they add up likewise. */
  names: {
    name: string | null;
    /** How many names stand together here: 1, except in the last entry where there are too many. */
    names: number;
    from_usd: string;
    to_usd: string;
    change_usd: string;
    effects: EffectDocument[];
  }[];
  warnings: string[];
}

export interface ExplainedPeriod {
  start: string;
  end: string;
  /** Those that have a cost. */
  requests: number;
  cost_usd: string;
}

export interface EffectDocument {
  /** Models that only the one or the other period has stand apart from those that both have. */
  effect: "volume" | "mix" | "length_in" | "length_out" | "kind_in" | "kind_out" | "price" | "new" | "retired" | "other";
  amount_usd: string;
}
