/** Schemas of what is spent: report, costs and the summary. */
import { standingSchema } from "./budgets.ts";
import { count, day, document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const figures: Readonly<Record<string, JsonSchema>> = {
  requests: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  total_tokens: count,
  web_searches: count,
  cost_usd: orNull(money),
  avg_cost_usd: orNull(money),
  avg_latency_ms: orNull(number),
  unpriced_requests: count,
};

const dimensions: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  ["hour", "day", "week", "month", "org", "team", "user", "project", "key", "provider", "model", "source", "session", "tag"].map((name) => [
    name,
    orNull(text),
  ]),
);

const range = object({ start: day, end: day, tz: text });
const row = object({ ...figures, share: orNull(number) }, dimensions);

const spent = { range, totals: object(figures) };

export const reportSchema: JsonSchema = document(
  "report",
  { generated_at: instant, range, group_by: list(text), totals: object(figures), rows: list(row), warnings: list(text) },
  { comparison: object({ current: object(spent), previous: object(spent), change_usd: money, change_percent: orNull(number) }) },
);

/** The same figures as the API gives them: rows are `groups`, and the range is the `period`. */
export const costsSchema: JsonSchema = document("costs", {
  generated_at: instant,
  period: range,
  group_by: list(text),
  totals: object(figures),
  groups: list(row),
  warnings: list(text),
});

export const summarySchema: JsonSchema = document("summary", {
  generated_at: instant,
  tz: text,
  span: orNull(object({ first: instant, last: instant })),
  periods: list(object({ name: { enum: ["today", "last 7 days", "this month"] }, ...spent, before: object(spent) })),
  days: list(object({ day, requests: count, cost_usd: orNull(money) })),
  unusual_days: list(
    object({
      day,
      cost_usd: money,
      usual_usd: money,
      mostly: orNull(object({ dimension: { enum: ["project", "model"] }, name: text, cost_usd: money })),
    }),
  ),
  top_models: list(row),
  top_projects: list(row),
  budgets_in_trouble: list(standingSchema),
  open_alerts: count,
  warnings: list(text),
});
