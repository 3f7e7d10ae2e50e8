/** Prices as metering asks for them: whoever has a price book hands it in. */
import type { ServiceTerms, TokenCounts } from "../../usage/index.ts";

export interface PriceQuery extends ServiceTerms {
  provider: string;
  model: string;
  atMs: number;
}

export interface CallPrices {
  /** In nano-USD; undefined where nobody knows. */
  cost(query: PriceQuery, tokens: TokenCounts): number | undefined;
  isKnown(query: PriceQuery): boolean;
  /** A model without a price costs like the dearest that its provider has. */
  readonly estimatesUnknown: boolean;
}
