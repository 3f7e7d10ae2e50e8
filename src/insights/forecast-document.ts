/** `tokenledger.forecast/1` */

export interface ForecastDocument {
  schema: "tokenledger.forecast/1";
  generated_at: string;
  tz: string;
  findings: { kind: "forecast" | "budget" | "self-score" | "insufficient"; sentence: string }[];
  /** This month, to its end. */
  period: PeriodForecastDocument;
  /** The limit of `--limit`, if one was given. */
  limit: LimitForecast | null;
  budgets: BudgetForecastDocument[];
  /** How earlier forecasts of the same kind would have fared on this book's own past; null: too little of it. */
  self_score: SelfScoreDocument | null;
  warnings: string[];
}

/** Spending of a window that is under way: what it was, day by day, and where it leads. */
export interface PeriodForecastDocument {
  window: { start: string; end: string };
  spent_usd: string;
  /** At the end of the window, what is spent included; null: nothing to forecast from. */
  total_usd: { p10: string; p50: string; p90: string } | null;
  method: "seasonal" | "run-rate" | "none";
  /** With "low-data", fewer than seven buckets tell of the past. */
  quality: "tested" | "low-data" | "none";
  /** The sum so far at the end of each bucket, and from now on with its cone: for a burn-down chart. */
  burn: { at: string; spent_usd: string | null; p10_usd: string | null; p50_usd: string | null; p90_usd: string | null }[];
}

export interface LimitForecast {
  amount_usd: string;
  probability_of_exceeding: number | null;
  /** When it is reached in 10, 50 and 90 of 100 courses; null: not in this window. */
  runs_out_at: { p10: string | null; p50: string | null; p90: string | null };
}

export interface BudgetForecastDocument extends PeriodForecastDocument, LimitForecast {
  name: string;
  value: string | null;
  period: string | null;
  zone: "green" | "yellow" | "orange" | "red";
  /** The zone at the end, by the 50th and the 90th percentile. */
  predicted_zone: { p50: string | null; p90: string | null };
  /** How many times faster than evenly spread the budget burned in the last hour, six hours, three days, by its own rhythm. */
  burn_rates: { hour: number | null; six_hours: number | null; three_days: number | null };
}

export interface SelfScoreDocument {
  /** Forecasts of a week that were made on the past. */
  forecasts: number;
  /** Whether an amount would be exceeded that was not yet: so many times it was asked. */
  decisions: number;
  /** Mean squared error of the probability of exceeding, ours and the plain run-rate's; lower is better. */
  brier: number | null;
  brier_run_rate: number | null;
  /** How often the 80 % interval held what came. */
  coverage_80: number;
}
