/**
 * What could be done about spending, and what it has saved since: loaded when it is first asked for, because few who ask for a report
 * ask for that, too.
 * @module
 */

import type { SavingsBook, SavingsRequest } from "./optimize/build-recommendations.ts";
import type { FoundSavings } from "./optimize/found-savings.ts";
import type { ReceiptsRequest } from "./optimize/receipts/build-receipts.ts";
import type { ReceiptsDocument } from "./optimize/receipts/receipt-document.ts";
import type { RecommendationsDocument } from "./optimize/recommendation-document.ts";

/**
 * What could be saved: every call of the period is replayed at the prices of its day, elsewhere and otherwise. Nothing is told that rests
 * on fewer than 50 requests, that is hardly worth it, or that may be nothing.
 *
 * @example
 * ```ts
 * import { openLedger } from "tokenledger/ledger";
 * import { buildRecommendations, periodOf } from "tokenledger/insights";
 * const book = await openLedger("sqlite::memory:");
 * const call = { provider: "anthropic", model: "claude-3-opus", source: "library", tokens: { input: 10_000, output: 10_000 } };
 * await book.record(Array.from({ length: 100 }, (_, i) => ({ ...call, timestampMs: Date.UTC(2025, 5, 1) + i * 3_600_000 })));
 * const period = periodOf("2025-06-01", "2025-06-07", "UTC");
 * const { recommendations } = await buildRecommendations(book, { period, generatedAtMs: Date.UTC(2025, 5, 8) });
 * recommendations[0]?.evidence; // => { requests: 100, days: 5, cost_usd: "90", new_cost_usd: "1.5", saving_usd: "88.5", … }
 * await book.close();
 * ```
 */
export async function buildRecommendations(book: SavingsBook, request: SavingsRequest): Promise<RecommendationsDocument> {
  return (await findSavings(book, request)).document;
}

/** The same with what can be asked further: how things would have been, and which calls are meant. */
export async function findSavings(book: SavingsBook, request: SavingsRequest): Promise<FoundSavings> {
  return (await import("./optimize/build-recommendations.ts")).findSavings(book, request);
}

/**
 * What rules have saved since they were applied: the calls that were made since, at the prices that they would have cost without the
 * rule. And whether they fare worse.
 */
export async function buildReceipts(book: SavingsBook, request: ReceiptsRequest): Promise<ReceiptsDocument> {
  return (await import("./optimize/receipts/build-receipts.ts")).buildReceipts(book, request);
}
