/** Schemas of what is done with the book: import, verify, reprice, doctor. */
import { type JsonSchema, schemaWords } from "../../insights/index.ts";

const { count, document, flag, instant, list, money, object, orNull, text } = schemaWords;

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

export const priceProblemsSchema: JsonSchema = document("price-problems", {
  prices: count,
  problems: list(object({ severity: { enum: ["error", "warning"] }, provider: text, model: text, message: text })),
});
