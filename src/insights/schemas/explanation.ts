/** Schema of what a change of spending is made of. */
import { count, day, document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const period = object({ start: day, end: day, requests: count, cost_usd: money });

const effects = list(
  object({
    effect: {
      enum: ["volume", "mix", "length_in", "length_out", "kind_in", "kind_out", "price", "new", "retired", "other"],
    },
    amount_usd: money,
  }),
);

export const explanationSchema: JsonSchema = document("explanation", {
  generated_at: instant,
  tz: text,
  from: period,
  to: period,
  change_usd: money,
  change_percent: orNull(number),
  by: text,
  findings: list(object({ kind: text, sentence: text })),
  effects,
  names: list(object({ name: orNull(text), names: count, from_usd: money, to_usd: money, change_usd: money, effects })),
  warnings: list(text),
});
