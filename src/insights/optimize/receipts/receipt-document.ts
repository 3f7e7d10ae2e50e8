/** `tokenledger.receipts/1`: what rules have saved since they were applied. */

import type { RuleScope } from "../candidate.ts";
import type { AppliedRule } from "../rules/applied-rule.ts";

/** Whether calls fare worse since: a share of them, beside that of the calls they are compared with. */
export interface GuardDocument {
  name: "errors" | "retries" | "length_stops" | "follow_ups";
  calls: number;
  share: number;
  /** `kept`: those that the rule leaves where they were; `before`: the 28 days before it. */
  compared_with: "kept" | "before";
  compared_calls: number;
  compared_share: number;
  /** In which, with 95 % certainty, the difference lies. */
  difference: { low: number; high: number };
  verdict: "worse" | "better" | "no difference shown";
  sentence: string;
}

export interface ReceiptDocument {
  id: string;
  kind: AppliedRule["kind"];
  from: string;
  to: string;
  applied_at: string;
  scopes: RuleScope[];
  /** How the saving was found: the calls at the prices of the old model, without a cache, or of the usual tier; null: it can't be. */
  measured_by: "old_model" | "no_cache" | "standard_tier" | null;
  /** Calls since then that are as the rule would have them; those of the old kind that there still are. */
  calls: number;
  kept_calls: number;
  /** What the calls cost, what they would have cost without the rule, and the difference; null where that can't be told. */
  cost_usd: string;
  old_cost_usd: string | null;
  saved_usd: string | null;
  saved_percent: number | null;
  /** In 730 hours: as it was expected, and as it was since; null before a day has passed. */
  expected_usd: string | null;
  realised_usd: string | null;
  /** Percent saved, divided by the percent that the 28 days before would have saved; null where they had no such calls. */
  calibration: number | null;
  guards: GuardDocument[];
  sentence: string;
}

export interface ReceiptsDocument {
  schema: "tokenledger.receipts/1";
  generated_at: string;
  receipts: ReceiptDocument[];
  /** Of all rules whose saving can be told. */
  totals: { saved_usd: string };
}
