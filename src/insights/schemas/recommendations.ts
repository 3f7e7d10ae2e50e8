/** Schema of recommendations: what could be done about spending, and what that would save. */
import { count, document, instant, type JsonSchema, list, money, number, object, text } from "./vocabulary.ts";

export const recommendationsSchema: JsonSchema = document("recommendations", {
  generated_at: instant,
  recommendations: list(
    object({
      id: text,
      kind: text,
      from: text,
      to: text,
      saving: object({ low_usd: money, expected_usd: money, high_usd: money, percent: number }),
      confidence: number,
      requests: count,
      assumptions: list(text),
    }),
  ),
  portfolio: object({ saving_usd: money }),
});
