/** Schema of the forecast. */
import { count, document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const zone: JsonSchema = { enum: ["green", "yellow", "orange", "red"] };

const window = {
  window: object({ start: instant, end: instant }),
  spent_usd: money,
  total_usd: orNull(object({ p10: money, p50: money, p90: money })),
  method: { enum: ["seasonal", "run-rate", "none"] },
  quality: { enum: ["tested", "low-data", "none"] },
  burn: list(object({ at: instant, spent_usd: orNull(money), p10_usd: orNull(money), p50_usd: orNull(money), p90_usd: orNull(money) })),
};

const limit = {
  amount_usd: money,
  probability_of_exceeding: orNull(number),
  runs_out_at: object({ p10: orNull(instant), p50: orNull(instant), p90: orNull(instant) }),
};

export const budgetForecast: JsonSchema = object({
  name: text,
  value: orNull(text),
  period: orNull(text),
  zone,
  predicted_zone: object({ p50: orNull(zone), p90: orNull(zone) }),
  burn_rates: object({ hour: orNull(number), six_hours: orNull(number), three_days: orNull(number) }),
  ...window,
  ...limit,
});

export const forecastSchema: JsonSchema = document("forecast", {
  generated_at: instant,
  tz: text,
  findings: list(object({ kind: text, sentence: text })),
  period: object(window),
  limit: orNull(object(limit)),
  budgets: list(budgetForecast),
  self_score: orNull(
    object({
      forecasts: count,
      decisions: count,
      brier: orNull(number),
      brier_run_rate: orNull(number),
      coverage_80: number,
    }),
  ),
  warnings: list(text),
});
