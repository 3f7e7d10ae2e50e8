/** A book that is not there yet holds nothing: reports about it are complete documents of zeros. */
import type { Ledger, UsageSums } from "../ledger/index.ts";

const NOTHING: UsageSums = {
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  webSearches: 0,
  costNanoUsd: 0n,
  unpricedRequests: 0,
  latencyMsSum: 0,
  latencyCount: 0,
};

/** The part of a book that reports ask. */
export type ReadableBook = Pick<Ledger, "aggregate" | "span" | "query" | "close">;

export const emptyBook: ReadableBook = {
  aggregate: async () => ({ rows: [], totals: NOTHING }),
  span: async () => undefined,
  query: async function* () {},
  close: async () => {},
};
