/** What could be done about spending, and what that would save. */
import { formatUsd } from "../money.ts";

export interface RecommendationDocument {
  id: string;
  /** Such as `model-downgrade`. */
  kind: string;
  from: string;
  to: string;
  saving: { low_usd: string; expected_usd: string; high_usd: string; percent: number };
  confidence: number;
  requests: number;
  assumptions: string[];
}

export interface RecommendationsDocument {
  schema: "tokenledger.recommendations/1";
  generated_at: string;
  recommendations: RecommendationDocument[];
  /** All of them together: less than their sum where two would save the same money. */
  portfolio: { saving_usd: string };
}

/**
 * None yet: nothing here looks for savings so far, and what nobody has looked for is not claimed. The form is the one in which they
 * will come.
 *
 * @example
 * ```ts
 * import { noRecommendations } from "tokenledger/insights";
 * noRecommendations(Date.parse("2026-05-01")).portfolio; // => { saving_usd: "0" }
 * ```
 */
export function noRecommendations(generatedAtMs: number): RecommendationsDocument {
  return {
    schema: "tokenledger.recommendations/1",
    generated_at: new Date(generatedAtMs).toISOString(),
    recommendations: [],
    portfolio: { saving_usd: formatUsd(0n) },
  };
}
