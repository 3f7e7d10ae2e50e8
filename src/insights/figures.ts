/** The book's sums as the figures that every report shows: JSON names, money as decimal strings. */
import type { UsageSums } from "../ledger/index.ts";
import { divideHalfUp, formatUsd } from "../money.ts";

export interface Figures {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  reasoning_tokens: number;
  /** Input and output: cached and reasoning tokens are parts of these. */
  total_tokens: number;
  web_searches: number;
  /** The sum over priced requests; null where every request is unpriced. */
  cost_usd: string | null;
  /** Over priced requests. */
  avg_cost_usd: string | null;
  /** Over requests that told their latency. */
  avg_latency_ms: number | null;
  unpriced_requests: number;
}

/**
 * Unknown is not zero: what no record told is null.
 *
 * @example
 * ```ts
 * import { figuresOf } from "tokenledger/insights";
 * const sums = { requests: 3, inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0,
 *   webSearches: 0, costNanoUsd: 200_000_000n, unpricedRequests: 0, latencyMsSum: 0, latencyCount: 0 };
 * figuresOf(sums).avg_cost_usd; // => "0.066666667"
 * ```
 */
export function figuresOf(sums: UsageSums): Figures {
  const priced = sums.requests - sums.unpricedRequests;
  const unpriced = priced <= 0 && sums.unpricedRequests > 0;
  return {
    requests: sums.requests,
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    reasoning_tokens: sums.reasoningTokens,
    total_tokens: sums.inputTokens + sums.outputTokens,
    web_searches: sums.webSearches,
    cost_usd: unpriced ? null : formatUsd(sums.costNanoUsd),
    avg_cost_usd: priced > 0 ? formatUsd(divideHalfUp(sums.costNanoUsd, BigInt(priced))) : null,
    avg_latency_ms: sums.latencyCount > 0 ? Math.round((sums.latencyMsSum / sums.latencyCount) * 1000) / 1000 : null,
    unpriced_requests: sums.unpricedRequests,
  };
}

const SHARE_STEPS = 1_000_000n;

/** A part of the total cost, to six decimals; null where either is unknown or nothing was spent. */
export function shareOf(partNanoUsd: bigint, totalNanoUsd: bigint): number | null {
  return totalNanoUsd === 0n ? null : Number(divideHalfUp(partNanoUsd * SHARE_STEPS, totalNanoUsd)) / Number(SHARE_STEPS);
}
