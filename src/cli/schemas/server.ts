/** Schema of what a gateway that has started prints. */
import { count, document, type JsonSchema, list, object, orNull, text } from "./vocabulary.ts";

export const serverSchema: JsonSchema = document("server", {
  url: text,
  pid: count,
  version: text,
  book: text,
  auth: { enum: ["loopback", "always"] },
  providers: list(object({ name: text, api: orNull({ enum: ["openai", "anthropic", "gemini"] }) })),
});
