/** What the second record of an identity means. Pure: the two records decide, nothing else. */
import { nameUuid, type UsageRecord } from "../usage/index.ts";

/** A record that is not a replay is final and goes before all ranks. */
function rankOf(record: UsageRecord): number {
  return record.replay?.rank ?? -1;
}

/**
 * Whether `challenger` takes the place of `holder`, which has the same identity: the lower rank wins, then the larger output,
 * then the larger input (a session's running total may grow in input alone); what came first stays where all are equal, and
 * where nothing but the rank would change. Only for records of which one is a replay.
 */
export function replaces(challenger: UsageRecord, holder: UsageRecord): boolean {
  const rankDifference = rankOf(challenger) - rankOf(holder);
  if (rankDifference !== 0) return rankDifference < 0 && differingField(holder, challenger) !== undefined;
  const outputDifference = (challenger.tokens.output ?? 0) - (holder.tokens.output ?? 0);
  if (outputDifference !== 0) return outputDifference > 0;
  return (challenger.tokens.input ?? 0) > (holder.tokens.input ?? 0);
}

type Field = (record: UsageRecord) => unknown;

/** Every field that makes content, by its name in the record form. Absent counts are zero. */
const FIELDS: readonly (readonly [name: string, field: Field])[] = [
  ["timestamp", (record) => record.timestampMs],
  ["provider", (record) => record.provider],
  ["model", (record) => record.model],
  ["requested_model", (record) => record.requestedModel],
  ["input_tokens", (record) => record.tokens.input ?? 0],
  ["output_tokens", (record) => record.tokens.output ?? 0],
  ["cache_read_tokens", (record) => record.tokens.cacheRead ?? 0],
  ["cache_creation_tokens", ({ tokens }) => (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0)],
  ["cache_creation_1h_tokens", (record) => record.tokens.cacheWrite1h ?? 0],
  ["reasoning_tokens", (record) => record.tokens.reasoning ?? 0],
  ["audio_input_tokens", (record) => record.tokens.audioInput ?? 0],
  ["audio_output_tokens", (record) => record.tokens.audioOutput ?? 0],
  ["web_searches", (record) => record.tokens.webSearches ?? 0],
  ["latency_ms", (record) => record.latencyMs && Math.round(record.latencyMs)],
  ["cost_usd", (record) => record.reportedCostNanoUsd],
  ["key", (record) => record.key],
  ["request_id", (record) => record.requestId],
  ["attempt", (record) => record.attempt ?? 1],
  ["session_id", (record) => record.sessionId],
  ["source", (record) => record.source],
  ["usage_source", (record) => record.usageSource],
  ["status", (record) => record.status],
  ["service_tier", (record) => record.serviceTier],
  ["speed", (record) => record.speed],
  ["inference_geo", (record) => record.inferenceGeo],
  ["request_input_tokens", (record) => record.requestInputTokens],
  ["tags", (record) => (record.tags?.length ? JSON.stringify(record.tags) : undefined)],
  ["metadata", (record) => canonicalMetadata(record.metadata)],
];

const SCOPES = ["org", "team", "user", "project"] as const;

/**
 * The first field in which two records differ, ids aside, by its name in the record form; undefined where both say the same.
 *
 * @param stored as the book has it: each scope with name and id
 */
export function differingField(stored: UsageRecord, incoming: UsageRecord): string | undefined {
  for (const [name, field] of FIELDS) if (field(stored) !== field(incoming)) return name;
  return SCOPES.find((scope) => !sameScope(scope, stored, incoming));
}

function sameScope(scope: (typeof SCOPES)[number], stored: UsageRecord, incoming: UsageRecord): boolean {
  const incomingId = incoming[`${scope}Id`];
  if (incomingId === undefined && incoming[scope] === stored[scope]) return true;
  return idOf(scope, stored) === idOf(scope, incoming);
}

function idOf(scope: (typeof SCOPES)[number], record: UsageRecord): string | undefined {
  const name = record[scope];
  return record[`${scope}Id`] ?? (name === undefined ? undefined : nameUuid(scope, name));
}

function canonicalMetadata(metadata: UsageRecord["metadata"]): string | undefined {
  if (metadata === undefined) return undefined;
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : JSON.stringify(entries);
}
