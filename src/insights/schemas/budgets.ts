/** Schemas of budgets: how they stand, how they were defined, and their alerts. */
import { count, document, flag, instant, type JsonSchema, list, money, nextCursor, number, object, orNull, text } from "./vocabulary.ts";

const scope = object(
  {},
  Object.fromEntries(["org", "team", "user", "project", "key", "tag", "provider", "model"].map((key) => [key, text])),
);
const window = object({ start: instant, end: instant });
const enforcement: JsonSchema = { enum: ["notify_only", "rate_limit", "block_requests", "switch_provider"] };
const period = orNull({ enum: ["daily", "weekly", "monthly", "quarterly", "yearly", "lifetime"] });

const standingFields = {
  name: text,
  value: orNull(text),
  scope,
  period,
  window_seconds: orNull(number),
  window,
  time_zone: text,
  amount_usd: orNull(money),
  max_tokens: orNull(count),
  spent_usd: money,
  reserved_usd: money,
  overage_usd: money,
  spent_tokens: count,
  reserved_tokens: count,
  requests: count,
  utilization_pct: orNull(number),
  zone: { enum: ["green", "yellow", "orange", "red"] },
  exceeded: flag,
  runs_out_at: orNull(instant),
  enforcement,
  hard: flag,
  shadow: flag,
  tolerance: number,
  switch_to: orNull(text),
  alerts: list(object({ threshold: number, triggered_at: orNull(instant) })),
};

const definitionFields = {
  name: text,
  scope,
  amount_usd: orNull(money),
  max_tokens: orNull(count),
  period,
  window_seconds: orNull(number),
  time_zone: text,
  week_start: text,
  year_start: { type: "string", pattern: "^\\d\\d-\\d\\d$" },
  alerts: list(number),
  enforcement,
  switch_to: orNull(text),
  hard: flag,
  clamp: flag,
  stream_overrun: { enum: ["finish", "cut", "switch"] },
  shadow: flag,
  tolerance: number,
  override: orNull(object({ amount_usd: money, until: instant })),
  webhook: orNull(text),
  webhook_signed: flag,
  defined_in: text,
};

/** How a budget stands; with its definition where the API tells it. */
export const standingSchema: JsonSchema = object(standingFields, { definition: object(definitionFields), etag: text });

/** One budget of the API: its definition, and how it stands, once for each value that it counts by itself. */
export const budgetSchema: JsonSchema = document(
  "budget",
  { ...definitionFields, status: list(object(standingFields)) },
  { etag: text, warnings: list(text) },
);

export const budgetsSchema: JsonSchema = document(
  "budgets",
  { generated_at: instant, budgets: list(standingSchema) },
  { exceeded: list(text), next_cursor: nextCursor },
);

export const budgetDefinitionsSchema: JsonSchema = document(
  "budget-definitions",
  { budgets: list(object(definitionFields)) },
  { change: { enum: ["created", "changed", "unchanged", "removed"] } },
);

export const alertsSchema: JsonSchema = document(
  "alerts",
  {
    alerts: list(
      object({
        id: count,
        budget: text,
        value: orNull(text),
        kind: { enum: ["threshold", "overage"] },
        threshold: number,
        window,
        spent_usd: money,
        spent_tokens: count,
        triggered_at: instant,
        acknowledged_at: orNull(instant),
        delivery: orNull(
          object({
            attempts: count,
            delivered_at: orNull(instant),
            next_attempt_at: orNull(instant),
            last_error: orNull(text),
          }),
        ),
      }),
    ),
  },
  { acknowledged: count, next_cursor: nextCursor },
);

export const alertDeliverySchema: JsonSchema = document("alert-delivery", { delivered: count, failed: count });
