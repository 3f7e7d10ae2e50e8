/** Back-tests are rare, and reports start without what they need. */
import type { Ledger } from "../ledger/index.ts";
import type { BacktestDocument, BacktestRequest } from "./replaying-book.ts";

/**
 * Replays the book under a budget. Every call is taken to have been estimated at what it cost, and a call that is blocked to
 * have cost nothing.
 *
 * A blocked call is **falsely** blocked if the window in which it was blocked is, with all that was really spent in it, no
 * outlier among the counter's other windows: a budget is there to stop runaways, not business as usual.
 *
 * @example
 * ```ts
 * import { alertWindowOf } from "tokenledger";
 * import { backtest } from "tokenledger/insights";
 * import { openLedger } from "tokenledger/ledger";
 * const book = await openLedger("sqlite::memory:");
 * const call = { timestampMs: 1000, provider: "openai", model: "gpt-5", tokens: { input: 1 }, reportedCostNanoUsd: 6, source: "library" };
 * await book.record([call, { ...call, timestampMs: 2000 }]);
 * const budget = {
 *   amountNanoUsd: 10n,
 *   isHard: true,
 *   windowOf: (atMs: number) => alertWindowOf(atMs, { period: "daily" }),
 *   limitOf: (cap: bigint) => cap,
 *   valuesCounted: () => [""],
 *   describeValue: () => null,
 * };
 * const document = await backtest(book, { budget, definition: {}, startMs: 0, endMs: 86_400_000, nowMs: 86_400_000 });
 * [document.blocked_calls, document.saved_usd]; // => [1, "0.000000006"]
 * await book.close();
 * ```
 */
export async function backtest(book: Pick<Ledger, "query">, request: BacktestRequest): Promise<BacktestDocument> {
  const { replayBook } = await import("./replaying-book.ts");
  return replayBook(book, request);
}
