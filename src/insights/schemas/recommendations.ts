/** Schemas of recommendations, what they would come to, and what they have saved since they were followed. */
import { count, day, document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const scope = object({}, { org: text, team: text, project: text, key: text });
const routedModel = object({ provider: text, model: text });
/** Figures of one kind of recommendation: they are told by name, and more may come. */
const figures: JsonSchema = { type: "object", additionalProperties: orNull({ anyOf: [number, text] }) };

const action: JsonSchema = {
  anyOf: [
    object({ type: { const: "route" }, from: routedModel, to: routedModel, scopes: list(scope) }),
    object({ type: { const: "cache" }, provider: text, model: text, policy: text, scopes: list(scope) }),
    object({ type: { const: "by_hand" }, advice: text, scopes: list(scope) }),
  ],
};

const period = object({ start: day, end: day, tz: text, first_day: orNull(day), last_day: orNull(day), hours: count });

export const recommendationsSchema: JsonSchema = document("recommendations", {
  generated_at: instant,
  period,
  totals: object({ requests: count, unpriced_requests: count, cost_usd: money }),
  recommendations: list(
    object({
      id: text,
      kind: text,
      from: text,
      to: text,
      saving: object({ low_usd: money, expected_usd: money, high_usd: money, percent: number }),
      confidence: number,
      requests: count,
      assumptions: list(text),
      scopes: list(scope),
      evidence: object({
        requests: count,
        days: count,
        cost_usd: money,
        new_cost_usd: money,
        saving_usd: money,
        grade: { enum: ["A", "B", "C"] },
        query: text,
      }),
      break_even_failure_rate: orNull(number),
      figures,
      risk: text,
      action,
      exclusive_group: orNull(text),
      state: { enum: ["active", "applied"] },
      expires_at: instant,
    }),
  ),
  portfolio: object({ saving_usd: money, percent: number, chosen: list(object({ id: text, share_usd: money })) }),
  observations: list(
    object({
      kind: text,
      provider: orNull(text),
      model: orNull(text),
      scope,
      requests: count,
      cost_usd: money,
      sentence: text,
      figures,
    }),
  ),
  price_changes: list(
    object({
      provider: text,
      model: text,
      day,
      requests: count,
      cost_usd: money,
      new_cost_usd: money,
      change_usd: money,
      percent: number,
    }),
  ),
});

export const simulationSchema: JsonSchema = document("simulation", {
  generated_at: instant,
  period,
  ids: list(text),
  before_usd: money,
  after_usd: money,
  saving_usd: money,
  percent: number,
  by_model: list(
    object({ provider: text, model: text, before_requests: count, after_requests: count, before_usd: money, after_usd: money }),
  ),
  by_day: list(object({ day, before_usd: money, after_usd: money })),
});
