/** Schema of a budget's back-test. */
import { count, document, flag, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const scope = object(
  {},
  Object.fromEntries(["org", "team", "user", "project", "key", "tag", "provider", "model"].map((key) => [key, text])),
);
const window = object({ start: instant, end: instant });
/** Money, or a count of tokens where those alone are capped. */
const figure: JsonSchema = orNull(money);

export const backtestSchema: JsonSchema = document("backtest", {
  generated_at: instant,
  budget: object({
    name: text,
    scope,
    amount_usd: orNull(money),
    max_tokens: orNull(count),
    period: orNull(text),
    window_seconds: orNull(number),
    time_zone: text,
    enforcement: text,
    switch_to: orNull(text),
    hard: flag,
    tolerance: number,
  }),
  range: window,
  calls: count,
  cost_usd: money,
  unpriced_calls: count,
  windows: count,
  blocked_windows: count,
  blocked_calls: count,
  falsely_blocked: count,
  rightly_blocked: count,
  unknown_blocked: count,
  saved_usd: money,
  saved_from_runaways_usd: money,
  first_block: orNull(
    object({
      at: instant,
      value: orNull(scope),
      window,
      spent_usd: money,
      attempted_usd: money,
      spent_tokens: count,
      attempted_tokens: count,
      request_id: orNull(text),
    }),
  ),
  windows_with_blocks: list(
    object({
      value: orNull(scope),
      window,
      calls: count,
      spent_usd: money,
      spent_tokens: count,
      blocked_calls: count,
      saved_usd: money,
      verdict: { enum: ["normal", "runaway", "unknown"] },
      usual: figure,
      unusual_above: figure,
    }),
  ),
  proposal: orNull(
    object({
      max_false_blocks_per_month: count,
      amount_usd: orNull(money),
      false_blocks: orNull(count),
      months: number,
      reason: orNull(text),
    }),
  ),
});
