/**
 * Records come as objects of many shapes: whatever fields their makers left out. Reading thirty fields from objects of
 * ever-changing shape, over and over, costs more than storing them; so they are read once, into objects of one shape.
 */
import type { TokenCounts, UsageRecord } from "../usage/index.ts";

/** The same record with every field there is, absent ones as `undefined`. */
export function fixedShape(record: UsageRecord): UsageRecord {
  return {
    id: record.id,
    timestampMs: record.timestampMs,
    provider: record.provider,
    model: record.model,
    requestedModel: record.requestedModel,
    tokens: fixedTokens(record.tokens),
    serviceTier: record.serviceTier,
    speed: record.speed,
    inferenceGeo: record.inferenceGeo,
    requestInputTokens: record.requestInputTokens,
    latencyMs: record.latencyMs,
    reportedCostNanoUsd: record.reportedCostNanoUsd,
    org: record.org,
    team: record.team,
    user: record.user,
    project: record.project,
    key: record.key,
    orgId: record.orgId,
    teamId: record.teamId,
    userId: record.userId,
    projectId: record.projectId,
    requestId: record.requestId,
    attempt: record.attempt,
    sessionId: record.sessionId,
    tags: record.tags,
    source: record.source,
    usageSource: record.usageSource,
    status: record.status,
    metadata: record.metadata,
    replay: record.replay,
  } satisfies Record<keyof UsageRecord, unknown> as UsageRecord;
}

function fixedTokens(tokens: TokenCounts): TokenCounts {
  if (typeof tokens !== "object" || tokens === null) return tokens;
  return {
    input: tokens.input,
    output: tokens.output,
    cacheRead: tokens.cacheRead,
    cacheWrite5m: tokens.cacheWrite5m,
    cacheWrite1h: tokens.cacheWrite1h,
    reasoning: tokens.reasoning,
    audioInput: tokens.audioInput,
    audioOutput: tokens.audioOutput,
    webSearches: tokens.webSearches,
  } satisfies Record<keyof TokenCounts, unknown> as TokenCounts;
}
