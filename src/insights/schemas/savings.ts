/** Schema of what is in force, and what was written into the savings file or taken out of it. */
import { document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const model = object({ provider: text, model: text });

const rule = object({
  id: text,
  kind: text,
  from: text,
  to: text,
  applied_at: instant,
  scopes: list(object({}, { org: text, team: text, project: text, key: text })),
  action: {
    anyOf: [
      object({ type: { const: "route" }, from: model, to: model, kept_share: number }),
      object({ type: { const: "cache" }, provider: text, model: text, policy: text }),
      object({ type: { const: "by_hand" }, advice: text }),
    ],
  },
  expected_saving_usd: orNull(money),
});

export const savingsSchema: JsonSchema = document("savings", {
  generated_at: instant,
  path: orNull(text),
  applied: list(rule),
  reverted: list(rule),
  in_force: list(rule),
});
