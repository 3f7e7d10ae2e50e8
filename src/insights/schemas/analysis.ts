/** Schema of the spending analysis. */
import { budgetForecast } from "./forecast.ts";
import { count, day, document, flag, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const name = orNull(text);
/** Money, or a count of tokens: as `unit` says. */
const amount: JsonSchema = { anyOf: [money, number] };

const rhythm = object({
  name: text,
  period_seconds: number,
  found: flag,
  p: number,
  strength: orNull(number),
  peak: orNull(text),
  peak_excess: orNull(amount),
});

const anomaly = object({
  start: instant,
  end: instant,
  value: amount,
  expected: amount,
  impact: amount,
  p: number,
  causes: list(object({ dimension: text, name, impact: amount, share: number })),
});

const series = object({
  name,
  names: count,
  requests: count,
  total_tokens: count,
  cost_usd: orNull(money),
  share: orNull(number),
  insufficient: orNull(text),
  phase: object({
    direction: { enum: ["rising", "falling", "steady", "unknown"] },
    volatile: flag,
    percent_per_week: orNull(number),
    p: orNull(number),
  }),
  rhythms: list(rhythm),
  components: object({ values: list(amount), trend: list(amount), oscillation: list(amount), noise: list(amount), levels: count }),
  anomalies: list(anomaly),
  change_points: list(object({ at: instant, before: amount, after: amount })),
});

export const analysisSchema: JsonSchema = document("analysis", {
  generated_at: instant,
  range: object({ start: day, end: day, tz: text }),
  bucket: { enum: ["hour", "day"] },
  by: { enum: ["model", "team", "project"] },
  unit: { enum: ["usd", "tokens"] },
  buckets: list(instant),
  findings: list(object({ kind: text, sentence: text })),
  totals: object({ requests: count, total_tokens: count, cost_usd: orNull(money), unpriced_requests: count, names: count }),
  total: series,
  series: list(series),
  heat_map: orNull(list(list(orNull(amount)))),
  correlation: object({
    pairs: list(
      object({
        a: name,
        b: name,
        r: orNull(number),
        overlap: count,
        reason: orNull(text),
        edge: orNull(object({ r: number, p: number, q: number, significant: flag })),
      }),
    ),
  }),
  communities: list(object({ names: list(name), cost_usd: orNull(money), total_tokens: count, requests: count })),
  substitutes: list(object({ a: name, b: name, score: number })),
  structural_holes: list(object({ a: name, b: name, score: number, evidence: text })),
  alternatives: list(
    object({
      model: text,
      alternative: text,
      requests: count,
      cost_usd: money,
      alternative_cost_usd: money,
      saving_usd: money,
      saving_percent: number,
    }),
  ),
  budgets: list(budgetForecast),
  warnings: list(text),
});
