/** Schema of what one record cost, and why. */
import { recordSchema } from "./records.ts";
import { count, document, type JsonSchema, list, money, object, orNull, price, text } from "./vocabulary.ts";

export const recordCostSchema: JsonSchema = document("record-cost", {
  record: recordSchema,
  lines: list(object({ kind: text, tokens: count, usd_per_million: price, cost_usd: money })),
  computed_usd: orNull(money),
  reported_usd: orNull(money),
  cost_basis: { enum: ["reported", "computed", "estimated", "unpriced"] },
  price_version: orNull(text),
  steps: list(text),
  reason: orNull(text),
});
