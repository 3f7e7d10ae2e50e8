/** One call, as the replay shows it to whoever looks for savings: the same object for every call, filled anew. Nobody keeps it. */
import type { CallFacts } from "../../../usage/index.ts";

/** A model at a provider, as calls name it: one object for each. */
export interface CalledModel {
  index: number;
  provider: string;
  /** As the provider writes it. */
  model: string;
  canonicalModel: string;
}

/** How calls were to be served and how they ended, where records tell: one object for each combination. */
export interface CallTerms {
  index: number;
  requestedModel?: string;
  serviceTier?: string;
  speed?: string;
  inferenceGeo?: string;
  requestInputTokens?: number;
  status?: string;
  /** 1 where records tell none. */
  attempt: number;
  isEstimated: boolean;
}

/** Whose calls: what routing rules can tell apart. One object for each combination; the rarest are taken together in one without names. */
export interface Workload {
  index: number;
  org?: string;
  team?: string;
  project?: string;
  key?: string;
  /** The rarest of a book with very many: no rule can name them. */
  isRest: boolean;
}

/** Counts of tokens by kind, disjoint: `input` is what was neither read from a cache nor written to it, `output` what was not reasoning. */
export interface DisjointTokens {
  input: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  output: number;
  reasoning: number;
  audioInput: number;
  audioOutput: number;
  webSearches: number;
}

export interface Call {
  /** Number of the record in the book. */
  row: number;
  timestampMs: number;
  /** Days of UTC since 1970. */
  day: number;
  model: CalledModel;
  terms: CallTerms;
  workload: Workload;
  /** The same number for calls of one session; 0 where records tell none. */
  session: number;
  user: number;
  tokens: DisjointTokens;
  /** All of the prompt, cached tokens included. */
  inputTokens: number;
  /** All that was generated, reasoning included. */
  outputTokens: number;
  /** NaN where records tell none. */
  latencyMs: number;
  /** What the call counts with in the book. Calls without a price are not replayed. */
  costNanoUsd: number;
  facts: CallFacts | undefined;
}
