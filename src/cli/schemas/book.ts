/** Schemas of what is done with the book: import, verify, reprice, doctor. */
import { type JsonSchema, schemaWords } from "../../insights/index.ts";

const { count, day, document, flag, instant, list, money, object, orNull, price, text } = schemaWords;

const place = object({ file: text, line: count, reason: text });

export const importSchema: JsonSchema = document(
  "import",
  {
    dry_run: flag,
    sources: list(
      object({ source: text, files: count, read: count, new: count, duplicate: count, corrected: count, skipped: count, bytes: count }),
    ),
    problems: list(place),
    problem_count: count,
    warnings: list(place),
  },
  { budgets: list(object({ file: text, name: text, state: { enum: ["new", "changed", "unchanged"] } })) },
);

export const verifySchema: JsonSchema = document("verify", {
  records: count,
  differences: list(object({ kind: text, where: text, expected: text, found: text })),
  repaired: count,
});

export const repriceSchema: JsonSchema = document("reprice", {
  dry_run: flag,
  examined: count,
  corrected: count,
  priced_now: count,
  difference_usd: money,
});

export const doctorSchema: JsonSchema = document("doctor", {
  version: text,
  node: text,
  platform: text,
  tz: text,
  config: object({ path: orNull(text), searched: list(text) }),
  book: object({
    url: text,
    found: flag,
    driver: orNull(text),
    requests: count,
    first: orNull(instant),
    last: orNull(instant),
    budgets: count,
    problem: orNull(text),
  }),
  prices: object({ version: text, bundled: count, own: count }),
  sources: list(
    object({
      source: text,
      title: text,
      roots: list(object({ path: text, found: flag })),
      files: count,
      bytes: count,
      imported_files: count,
      requests: count,
    }),
  ),
  unpriced: list(object({ provider: orNull(text), model: orNull(text), requests: count })),
  gateway: object({
    serving: orNull(object({ pid: count, host: text, url: orNull(text) })),
    host: text,
    port: count,
    auth: { enum: ["loopback", "always"] },
    providers: list(object({ name: text, api: orNull({ enum: ["openai", "anthropic", "gemini"] }), has_key: flag })),
    keys: count,
    webhooks: list(object({ budget: text, address: text, signed: flag })),
    warnings: list(text),
  }),
});

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
  },
);

export const pricingSchema: JsonSchema = document(
  "pricing",
  { prices: list(priceEntry) },
  {
    updated: count,
    warnings: list(text),
    explanation: object({ provider: text, model: text, tokens: { type: "object" }, cost_usd: orNull(money), steps: list(text) }),
  },
);

export const priceProblemsSchema: JsonSchema = document("price-problems", {
  prices: count,
  problems: list(object({ severity: { enum: ["error", "warning"] }, provider: text, model: text, message: text })),
});
