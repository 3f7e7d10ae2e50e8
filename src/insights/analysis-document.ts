/** `tokenledger.analysis/1` */
import type { BudgetForecastDocument } from "./forecast-document.ts";
import type { Amount, SeriesDocument } from "./series-document.ts";

export interface AnalysisDocument {
  schema: "tokenledger.analysis/1";
  generated_at: string;
  /** Local days, both included; the buckets that are not over yet are left out of every series. */
  range: { start: string; end: string; tz: string };
  bucket: "hour" | "day";
  by: "model" | "team" | "project";
  /** Tokens where nothing has a price. */
  unit: "usd" | "tokens";
  /** When each bucket of the components begins: RFC 3339. */
  buckets: string[];
  /** What it says, most important first: whole sentences. Nothing that its own test does not support. */
  findings: Finding[];
  totals: { requests: number; total_tokens: number; cost_usd: string | null; unpriced_requests: number; names: number };
  total: SeriesDocument;
  /** The largest first; the ones that are too many stand together at the end. */
  series: SeriesDocument[];
  /** The mean of each hour of each weekday, Monday first; null: none of these hours lies in the range. Absent for days. */
  heat_map: (Amount | null)[][] | null;
  correlation: {
    pairs: {
      a: string | null;
      b: string | null;
      r: number | null;
      overlap: number;
      reason: string | null;
      /** The same after trend and calendar are taken out, with false discoveries controlled over all pairs. */
      edge: { r: number; p: number; q: number; significant: boolean } | null;
    }[];
  };
  communities: { names: (string | null)[]; cost_usd: string | null; total_tokens: number; requests: number }[];
  substitutes: { a: string | null; b: string | null; score: number }[];
  structural_holes: { a: string | null; b: string | null; score: number; evidence: string }[];
  /** What the same tokens would have cost at another model's prices; whether it would do the work, tokens can't show. */
  alternatives: {
    model: string;
    alternative: string;
    requests: number;
    cost_usd: string;
    alternative_cost_usd: string;
    saving_usd: string;
    saving_percent: number;
  }[];
  budgets: BudgetForecastDocument[];
  warnings: string[];
}

export interface Finding {
  kind:
    | "phase"
    | "rhythm"
    | "anomaly"
    | "change-point"
    | "budget"
    | "forecast"
    | "correlation"
    | "community"
    | "substitute"
    | "structural-hole"
    | "alternative"
    | "insufficient";
  sentence: string;
}
