/** The schema of the audit log. */
import { count, document, instant, type JsonSchema, list, nextCursor, object, orNull, text } from "./vocabulary.ts";

const values = orNull({ type: "object" });

/** What was changed, without secrets. */
export const auditSchema: JsonSchema = document(
  "audit",
  { entries: list(object({ id: count, at: instant, actor: text, action: text, subject: text, before: values, after: values })) },
  { next_cursor: nextCursor },
);
