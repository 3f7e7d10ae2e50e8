/** Schemas of virtual keys. */
import { count, document, flag, instant, type JsonSchema, list, nextCursor, object, orNull, text } from "./vocabulary.ts";

const fields: Readonly<Record<string, JsonSchema>> = {
  id: text,
  name: text,
  state: { enum: ["active", "expired", "revoked"] },
  role: { enum: ["member", "viewer", "admin"] },
  org: orNull(text),
  team: orNull(text),
  user: orNull(text),
  project: orNull(text),
  models: orNull(list(text)),
  requests_per_minute: orNull(count),
  tokens_per_minute: orNull(count),
  max_concurrent_calls: orNull(count),
  max_output_tokens: orNull(count),
  max_choices: orNull(count),
  last4: text,
  defined_in: text,
  created_at: instant,
  expires_at: orNull(instant),
  revoked_at: orNull(instant),
  last_used_at: orNull(instant),
  grace_until: orNull(instant),
};

/** What `keys create` and `keys rotate` print: the only document with a key in it. */
export const keySchema: JsonSchema = document("key", { key: text, ...fields });

export const keysSchema: JsonSchema = document("keys", { keys: list(object(fields)) }, { revoked: count, next_cursor: nextCursor });

/** Who asks the API, and what he may do. */
export const sessionSchema: JsonSchema = document("session", {
  role: fields.role as JsonSchema,
  key_id: orNull(text),
  key_name: orNull(text),
  org: orNull(text),
  team: orNull(text),
  user: orNull(text),
  project: orNull(text),
  expires_at: orNull(instant),
  reaches_everything: flag,
  can_apply_savings: flag,
  time_zone: text,
  now: instant,
  version: text,
  book: text,
});
