/** What happened: one metered call to a model, in the form every room speaks. */

/**
 * Token counts of one call. `input` is all prompt tokens, cached ones included; `output` is all generated
 * tokens, reasoning included. The cache and audio counts are disjoint parts of these totals, `reasoning` is a
 * part of `output`. Absent means "not told", which prices like zero.
 */
export interface TokenCounts {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  reasoning?: number;
  audioInput?: number;
  audioOutput?: number;
  /** Searches, not tokens: providers bill them per call. */
  webSearches?: number;
}

/** How the provider was asked to serve the call, where that changes the price. */
export interface ServiceTerms {
  /** What the provider calls its service tier: `standard`, `batch`, `flex`, `priority`. */
  serviceTier?: string;
  /** `fast` where a provider sells faster output at a multiple. */
  speed?: string;
  /** Where inference was promised to run (`us`), or the cloud region. */
  inferenceGeo?: string;
  /** Input tokens of one request, where the record sums many: a long-context price goes by the request, not by the sum. */
  requestInputTokens?: number;
}

/** `imported`: read from another tool's log; `reported`: the provider's own reply, seen by us; `estimated`: not seen, bounded. */
export type UsageSource = "reported" | "estimated" | "imported";

/**
 * One usage record. Scopes are names or ids as they were given; the book turns them into small integers.
 * Times are milliseconds since 1970, money is nano-USD, counts are non-negative safe integers.
 */
export interface UsageRecord extends ServiceTerms {
  /** Identity inside `source`: the same id is the same call. Absent: the content decides. */
  id?: string;
  timestampMs: number;
  /** Who served the call, in the price book's spelling where known: `anthropic`, `openai`, `bedrock`. */
  provider: string;
  /** The model that answered, as the provider wrote it. */
  model: string;
  /** The model that was asked for, where it differs. */
  requestedModel?: string;
  tokens: TokenCounts;
  latencyMs?: number;
  /** What the source said the call cost. It wins over the computed cost, which is kept beside it. */
  reportedCostNanoUsd?: number;
  org?: string;
  team?: string;
  user?: string;
  project?: string;
  key?: string;
  /** Ids that the caller uses beside, or instead of, the names above. */
  orgId?: string;
  teamId?: string;
  userId?: string;
  projectId?: string;
  /** The caller's id of the operation; unique together with `attempt` (default 1). */
  requestId?: string;
  attempt?: number;
  sessionId?: string;
  tags?: readonly string[];
  /** Which importer or program the record came through: `claude-code`, `jsonl`, `api`. */
  source: string;
  usageSource?: UsageSource;
  /** `ok`, or what went wrong: `error`, `aborted`, `failed_billed`. */
  status?: string;
  /** Small facts worth keeping. Never prompt or reply text. */
  metadata?: Readonly<Record<string, string>>;
  /**
   * Logs repeat a call while it streams. Among records of one id, the lowest rank wins, then the largest output;
   * a record without `replay` is final, and the same id with other content is a conflict.
   */
  replay?: { rank: number };
}
