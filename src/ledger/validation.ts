/** What the book refuses at its door. Written out field by field, because every record of every import passes here. */
import { END_OF_TIME_MS } from "../clock.ts";
import { quoteValue } from "../errors.ts";
import type { TokenCounts, UsageRecord } from "../usage/index.ts";

export const LONGEST_TEXT = 4096;
const LONGEST_METADATA = 65_536;

/** Why a record can't be taken, in words that can follow "record 7: "; undefined if it can. */
export function refusal(record: UsageRecord): string | undefined {
  if (typeof record !== "object" || record === null) return `${quoteValue(record)} is not a usage record`;
  const { timestampMs } = record;
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0 || timestampMs >= END_OF_TIME_MS) {
    return `timestampMs is ${quoteValue(timestampMs)}, not whole milliseconds since 1970`;
  }
  return (
    requiredText("provider", record.provider) ??
    requiredText("model", record.model) ??
    requiredText("source", record.source) ??
    refusedTexts(record) ??
    refusedTokens(record.tokens) ??
    refusedCount("requestInputTokens", record.requestInputTokens) ??
    refusedNumbers(record) ??
    refusedTags(record.tags) ??
    refusedMetadata(record.metadata)
  );
}

function requiredText(name: string, value: unknown): string | undefined {
  return value === undefined || value === "" ? `${name} is missing` : refusedText(name, value);
}

/** Field by field: a loop over names would look each up anew in every record, which costs more than all else here. */
function refusedTexts(record: UsageRecord): string | undefined {
  return (
    optionalText("id", record.id) ??
    optionalText("requestedModel", record.requestedModel) ??
    optionalText("org", record.org) ??
    optionalText("team", record.team) ??
    optionalText("user", record.user) ??
    optionalText("project", record.project) ??
    optionalText("key", record.key) ??
    optionalText("orgId", record.orgId) ??
    optionalText("teamId", record.teamId) ??
    optionalText("userId", record.userId) ??
    optionalText("projectId", record.projectId) ??
    optionalText("requestId", record.requestId) ??
    optionalText("sessionId", record.sessionId) ??
    optionalText("serviceTier", record.serviceTier) ??
    optionalText("speed", record.speed) ??
    optionalText("inferenceGeo", record.inferenceGeo) ??
    optionalText("usageSource", record.usageSource) ??
    optionalText("status", record.status)
  );
}

function optionalText(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return value === "" ? `${name} is empty; leave it out where there is none` : refusedText(name, value);
}

function refusedText(name: string, value: unknown): string | undefined {
  if (typeof value !== "string") return `${name} is ${quoteValue(value)}, not a text`;
  if (value.length > LONGEST_TEXT) return `${name} is longer than ${LONGEST_TEXT} characters`;
  return isWellFormed(value) ? undefined : `${name} holds half of a character`;
}

/** A lone surrogate has no UTF-8 form: what came back would not be what was given. */
export function isWellFormed(text: string): boolean {
  // In every Node that we run on, and not yet in the library's types of ES2023.
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

function refusedTokens(tokens: TokenCounts | undefined): string | undefined {
  if (typeof tokens !== "object" || tokens === null) return "tokens are missing";
  const reason =
    refusedCount("tokens.input", tokens.input) ??
    refusedCount("tokens.output", tokens.output) ??
    refusedCount("tokens.cacheRead", tokens.cacheRead) ??
    refusedCount("tokens.cacheWrite5m", tokens.cacheWrite5m) ??
    refusedCount("tokens.cacheWrite1h", tokens.cacheWrite1h) ??
    refusedCount("tokens.reasoning", tokens.reasoning) ??
    refusedCount("tokens.audioInput", tokens.audioInput) ??
    refusedCount("tokens.audioOutput", tokens.audioOutput) ??
    refusedCount("tokens.webSearches", tokens.webSearches);
  if (reason) return reason;
  const cached = (tokens.cacheRead ?? 0) + (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
  if (cached > (tokens.input ?? 0)) {
    return `${cached} cached tokens are more than the ${tokens.input ?? 0} input tokens, which include them`;
  }
  return undefined;
}

function refusedCount(name: string, count: unknown): string | undefined {
  if (count === undefined || (Number.isSafeInteger(count) && (count as number) >= 0)) return undefined;
  return `${name} is ${quoteValue(count)}, not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;
}

function refusedNumbers({ latencyMs, reportedCostNanoUsd, status, attempt, replay, requestInputTokens }: UsageRecord): string | undefined {
  if (latencyMs !== undefined && !(typeof latencyMs === "number" && latencyMs >= 0 && latencyMs <= Number.MAX_SAFE_INTEGER)) {
    return `latencyMs is ${quoteValue(latencyMs)}, not a duration`;
  }
  if (
    reportedCostNanoUsd !== undefined &&
    !(Number.isSafeInteger(reportedCostNanoUsd) && (reportedCostNanoUsd >= 0 || status === "adjustment"))
  ) {
    return `reportedCostNanoUsd is ${quoteValue(reportedCostNanoUsd)}, not whole nano-USD from 0`;
  }
  const countReason = refusedCount("tokens.requestInputTokens", requestInputTokens);
  if (countReason !== undefined) return countReason;
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && attempt >= 1))
    return `attempt is ${quoteValue(attempt)}, not a number from 1`;
  if (replay !== undefined && !(Number.isSafeInteger(replay?.rank) && replay.rank >= 0))
    return `replay.rank is ${quoteValue(replay?.rank)}, not a number from 0`;
  return undefined;
}

function refusedTags(tags: readonly string[] | undefined): string | undefined {
  if (tags === undefined) return undefined;
  if (!Array.isArray(tags)) return `tags are ${quoteValue(tags)}, not a list`;
  if (tags.length > 100) return `${tags.length} tags are more than 100`;
  for (const tag of tags) {
    const reason = requiredText("a tag", tag);
    if (reason) return reason;
  }
  return new Set(tags).size < tags.length ? "a tag stands twice" : undefined;
}

function refusedMetadata(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return "metadata is not an object of texts";
  let length = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") return `metadata.${name} is ${quoteValue(value)}, not a text`;
    if (!isWellFormed(name) || !isWellFormed(value)) return "metadata holds half of a character";
    length += name.length + value.length;
  }
  return length > LONGEST_METADATA ? `metadata is longer than ${LONGEST_METADATA} characters` : undefined;
}
