/** Schema of what a gateway that has started prints. */
import { type JsonSchema, schemaWords } from "../../insights/index.ts";

const { count, document, list, object, orNull, text } = schemaWords;

export const serverSchema: JsonSchema = document("server", {
  url: text,
  pid: count,
  version: text,
  book: text,
  auth: { enum: ["loopback", "always"] },
  // Absent from a build that made no pages.
  dashboard: orNull(text),
  providers: list(object({ name: text, api: orNull({ enum: ["openai", "anthropic", "gemini"] }) })),
});
