/** Schema of receipts: what rules have saved since they were applied. */
import { count, document, instant, type JsonSchema, list, money, number, object, orNull, text } from "./vocabulary.ts";

const scope = object({}, { org: text, team: text, project: text, key: text });

const guard = object({
  name: { enum: ["errors", "retries", "length_stops", "follow_ups"] },
  calls: count,
  share: number,
  compared_with: { enum: ["kept", "before"] },
  compared_calls: count,
  compared_share: number,
  difference: object({ low: number, high: number }),
  verdict: { enum: ["worse", "better", "no difference shown"] },
  sentence: text,
});

export const receiptsSchema: JsonSchema = document("receipts", {
  generated_at: instant,
  receipts: list(
    object({
      id: text,
      kind: text,
      from: text,
      to: text,
      applied_at: instant,
      scopes: list(scope),
      measured_by: orNull({ enum: ["old_model", "no_cache", "standard_tier"] }),
      calls: count,
      kept_calls: count,
      cost_usd: money,
      old_cost_usd: orNull(money),
      saved_usd: orNull(money),
      saved_percent: orNull(number),
      expected_usd: orNull(money),
      realised_usd: orNull(money),
      calibration: orNull(number),
      guards: list(guard),
      sentence: text,
    }),
  ),
  totals: object({ saved_usd: money }),
});
