/** Schema of what calls under way hold. */
import { count, document, flag, instant, type JsonSchema, list, money, object, orNull, text } from "./vocabulary.ts";

export const reservationsSchema: JsonSchema = document("reservations", {
  generated_at: instant,
  reservations: list(
    object({
      request_id: text,
      attempt: count,
      provider: text,
      model: text,
      org: orNull(text),
      team: orNull(text),
      user: orNull(text),
      project: orNull(text),
      key: orNull(text),
      reserved_usd: orNull(money),
      reserved_tokens: count,
      dispatched: flag,
      since: instant,
      expires_at: instant,
      budgets: list(text),
    }),
  ),
  totals: object({ open: count, reserved_usd: money, reserved_tokens: count, unpriced: count }),
});
