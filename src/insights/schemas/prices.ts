/** Schema of prices. */
import { count, day, document, type JsonSchema, list, money, nextCursor, object, orNull, price, text } from "./vocabulary.ts";

const moment: JsonSchema = orNull(text);

const priceEntry = object(
  {
    provider: text,
    model: text,
    unit: { const: "per_1m_tokens" },
    effective_from: moment,
    effective_to: moment,
    sources: list(object({ name: text, date: text })),
  },
  {
    input: price,
    output: price,
    cache_read: price,
    cache_write: price,
    cache_write_1h: price,
    audio_input: price,
    audio_output: price,
    reasoning: price,
    web_search_per_1k: price,
    retired_on: day,
    // Where lists tell whose price it is.
    origin: { enum: ["configuration", "book", "bundled"] },
  },
);

export const pricingSchema: JsonSchema = document(
  "pricing",
  { prices: list(priceEntry) },
  {
    next_cursor: nextCursor,
    updated: count,
    warnings: list(text),
    explanation: object(
      { provider: text, model: text, tokens: { type: "object" }, cost_usd: orNull(money), steps: list(text) },
      { price_version: text, reason: text },
    ),
  },
);
