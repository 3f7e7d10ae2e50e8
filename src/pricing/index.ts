/**
 * What does it cost? A dated price book, and one exact integer per call.
 * @module
 */
export { canonicalModel, priceBook } from "./bundled.ts";
export { CallCosts, type CallTerms } from "./call-costs.ts";
export type { Cost, CostLine, Unpriced } from "./cost.ts";
export { type CostQuery, parseMoment } from "./cost-query.ts";
export type { Explanation } from "./explain.ts";
export { formatUsdPerMillion } from "./femto-usd.ts";
export type { FoundEntry } from "./found-entry.ts";
export { lintPrices, type PriceProblem } from "./lint.ts";
export { makerOf } from "./maker.ts";
export { matchesGlob } from "./model-glob.ts";
export { PriceBook, type PricedCall } from "./price-book.ts";
export type { LongContextTier, PriceEntry, PriceSource, Rates, ServiceName, ServicePrice, TokenKind } from "./price-entry.ts";
export { parsePriceFile } from "./price-file.ts";
export { canonicalProvider } from "./spelling.ts";
export { type BilledTokens, costNanoUsd, priceChanges, type ServedCall, type UnitPrices, unitPrices } from "./unit-prices.ts";
