/**
 * The record form: a usage record as JSON, the way users write it and `export records` prints it. Reading is strict,
 * because these are our own records: a count that is no count is refused, never mended.
 */
import { InvalidInput, quoteValue } from "../errors.ts";
import { formatUsd, parseUsd } from "../money.ts";
import { instantIn } from "./instants.ts";
import { isObject, presentFields } from "./json-object.ts";
import {
  attemptOf,
  countAt,
  type FormFields,
  idAt,
  latencyOf,
  metadataOf,
  missing,
  nameAt,
  partAt,
  requiredCountAt,
  tagsOf,
  usageSourceOf,
} from "./record-form-fields.ts";
import type { TokenCounts, UsageRecord, UsageSource } from "./usage-record.ts";

/** A record as JSON. `input_tokens` includes cached tokens, `output_tokens` includes reasoning. */
export interface RecordForm {
  id?: string | undefined;
  timestamp: string;
  provider: string;
  model: string;
  requested_model?: string | undefined;
  input_tokens: number;
  output_tokens: number;
  /** All tokens written to the cache; `cache_creation_1h_tokens` is the part of them that is kept for an hour. */
  cache_creation_tokens?: number | undefined;
  cache_creation_1h_tokens?: number | undefined;
  cache_read_tokens?: number | undefined;
  reasoning_tokens?: number | undefined;
  audio_input_tokens?: number | undefined;
  audio_output_tokens?: number | undefined;
  web_searches?: number | undefined;
  latency_ms?: number | undefined;
  /** null where the model has no price. */
  cost_usd?: string | null | undefined;
  /** `computed`: from the price book, and priced again when the record is imported; `reported`: by the record's source. */
  cost_source?: "reported" | "computed" | undefined;
  user_id?: string | undefined;
  user?: string | undefined;
  team_id?: string | undefined;
  team?: string | undefined;
  project_id?: string | undefined;
  project?: string | undefined;
  org_id?: string | undefined;
  org?: string | undefined;
  key?: string | undefined;
  request_id?: string | undefined;
  attempt?: number | undefined;
  session_id?: string | undefined;
  tags?: string[] | undefined;
  source: string;
  usage_source?: UsageSource | undefined;
  status?: string | undefined;
  service_tier?: string | undefined;
  speed?: string | undefined;
  inference_geo?: string | undefined;
  /** Input tokens of one request, where the record sums many: they decide on long-context prices. */
  request_input_tokens?: number | undefined;
  /** For sources that tell a call more than once: of two tellings the one of lower rank counts, then the larger. Absent: this one is final. */
  replay_rank?: number | undefined;
  metadata?: Record<string, string> | undefined;
}

/** What is told about a file's records from outside, and where mended things are told. */
export interface RecordFormOptions {
  /** For records that name no source. */
  source: string;
  provider?: string | undefined;
  model?: string | undefined;
  inputExcludesCache?: boolean | undefined;
  /** Zone of timestamps that name none (default UTC). */
  timeZone?: string | undefined;
  warn(reason: string): void;
}

/** The status of a record that corrects a bill; only its cost may be negative. */
const ADJUSTMENT = "adjustment";

const MAX_NANO_USD = BigInt(Number.MAX_SAFE_INTEGER);

const KNOWN_FIELDS = new Set(
  (
    "id timestamp provider model requested_model input_tokens output_tokens cache_creation_tokens cache_creation_1h_tokens " +
    "cache_read_tokens reasoning_tokens audio_input_tokens audio_output_tokens web_searches latency_ms cost_usd cost_source " +
    "user_id user team_id team project_id project org_id org key request_id attempt session_id tags source usage_source status " +
    "service_tier speed inference_geo request_input_tokens replay_rank metadata input_excludes_cache"
  ).split(" "),
);

/**
 * One object in record form → a usage record.
 *
 * @throws InvalidInput with a sentence that names the field, its value and what is accepted.
 */
export function recordFromForm(value: unknown, options: RecordFormOptions): UsageRecord {
  if (!isObject(value)) throw new InvalidInput(`${quoteValue(value)} is no record; a JSON object is needed`);
  for (const field in value) {
    if (!KNOWN_FIELDS.has(field)) options.warn(`field ${quoteValue(field)} is not part of the record form and was left out`);
  }
  const status = nameAt(value, "status");
  return presentFields({
    id: idAt(value, "id"),
    timestampMs: timestampOf(value.timestamp, options),
    provider: nameAt(value, "provider") ?? options.provider ?? missing("provider", "the name of who served the call"),
    model: nameAt(value, "model") ?? options.model ?? missing("model", "the name of the model"),
    requestedModel: nameAt(value, "requested_model"),
    tokens: tokensOf(value, options),
    latencyMs: latencyOf(value.latency_ms),
    reportedCostNanoUsd: reportedCostOf(value, status),
    org: nameAt(value, "org"),
    team: nameAt(value, "team"),
    user: nameAt(value, "user"),
    project: nameAt(value, "project"),
    key: nameAt(value, "key"),
    orgId: idAt(value, "org_id"),
    teamId: idAt(value, "team_id"),
    userId: idAt(value, "user_id"),
    projectId: idAt(value, "project_id"),
    requestId: idAt(value, "request_id"),
    attempt: attemptOf(value.attempt),
    sessionId: idAt(value, "session_id"),
    tags: tagsOf(value.tags),
    source: nameAt(value, "source") ?? options.source,
    usageSource: usageSourceOf(value.usage_source),
    status,
    serviceTier: nameAt(value, "service_tier"),
    speed: nameAt(value, "speed"),
    inferenceGeo: nameAt(value, "inference_geo"),
    requestInputTokens: countAt(value, "request_input_tokens"),
    replay: replayOf(countAt(value, "replay_rank")),
    metadata: metadataOf(value.metadata, options.warn),
  });
}

/**
 * A usage record in record form. Of a record from the book, the cost that counts is given, and where it comes from.
 */
export function toRecordForm(record: UsageRecord & { costNanoUsd?: number | null }): RecordForm {
  const { tokens } = record;
  const reported = record.reportedCostNanoUsd;
  const costNanoUsd = reported ?? record.costNanoUsd;
  const writes5m = tokens.cacheWrite5m;
  const writes1h = tokens.cacheWrite1h;
  return presentFields({
    id: record.id,
    timestamp: new Date(record.timestampMs).toISOString(),
    provider: record.provider,
    model: record.model,
    requested_model: record.requestedModel,
    input_tokens: tokens.input ?? 0,
    output_tokens: tokens.output ?? 0,
    cache_creation_tokens: writes5m === undefined && writes1h === undefined ? undefined : (writes5m ?? 0) + (writes1h ?? 0),
    cache_creation_1h_tokens: writes1h,
    cache_read_tokens: tokens.cacheRead,
    reasoning_tokens: tokens.reasoning,
    audio_input_tokens: tokens.audioInput,
    audio_output_tokens: tokens.audioOutput,
    web_searches: tokens.webSearches,
    latency_ms: record.latencyMs,
    cost_usd: typeof costNanoUsd === "number" ? formatUsd(costNanoUsd) : costNanoUsd,
    cost_source: typeof costNanoUsd === "number" ? (reported === undefined ? "computed" : "reported") : undefined,
    user_id: record.userId,
    user: record.user,
    team_id: record.teamId,
    team: record.team,
    project_id: record.projectId,
    project: record.project,
    org_id: record.orgId,
    org: record.org,
    key: record.key,
    request_id: record.requestId,
    attempt: record.attempt,
    session_id: record.sessionId,
    tags: record.tags === undefined ? undefined : [...record.tags],
    source: record.source,
    usage_source: record.usageSource,
    status: record.status,
    service_tier: record.serviceTier,
    speed: record.speed,
    inference_geo: record.inferenceGeo,
    request_input_tokens: record.requestInputTokens,
    replay_rank: record.replay?.rank,
    metadata: record.metadata === undefined ? undefined : { ...record.metadata },
  });
}

function tokensOf(value: FormFields, options: RecordFormOptions): TokenCounts {
  const writes = countAt(value, "cache_creation_tokens");
  const writes1h = countAt(value, "cache_creation_1h_tokens");
  const reads = countAt(value, "cache_read_tokens");
  if (writes1h !== undefined && writes !== undefined && writes1h > writes) {
    throw new InvalidInput(`cache_creation_1h_tokens ${writes1h} is more than cache_creation_tokens ${writes}, of which it is a part`);
  }
  const writes5m = writes === undefined ? undefined : writes - (writes1h ?? 0);
  const output = requiredCountAt(value, "output_tokens");
  const reasoning = partAt(value, "reasoning_tokens", output, "output_tokens");
  const input = inputOf(value, (reads ?? 0) + (writes ?? writes1h ?? 0), options);
  return presentFields({
    input,
    output,
    cacheRead: reads,
    cacheWrite5m: writes5m,
    cacheWrite1h: writes1h,
    reasoning,
    audioInput: partAt(value, "audio_input_tokens", input, "input_tokens"),
    audioOutput: partAt(value, "audio_output_tokens", output, "output_tokens"),
    webSearches: countAt(value, "web_searches"),
  });
}

/** All prompt tokens, cached ones included, however the record counts them. */
function inputOf(value: FormFields, cached: number, options: RecordFormOptions): number {
  const input = requiredCountAt(value, "input_tokens");
  const excludes = value.input_excludes_cache ?? options.inputExcludesCache ?? false;
  if (typeof excludes !== "boolean") throw new InvalidInput(`input_excludes_cache is ${quoteValue(excludes)}; true or false is needed`);
  const all = excludes ? input + cached : input;
  if (!Number.isSafeInteger(all)) throw new InvalidInput(`input_tokens ${input} and ${cached} cached tokens are more than can be counted`);
  if (cached > all) {
    throw new InvalidInput(
      `cache tokens (${cached}) are more than input_tokens (${input}), which includes them; where input leaves cached tokens out, ` +
        "say so with input_excludes_cache: true in the record or --input-excludes-cache",
    );
  }
  return all;
}

function timestampOf(timestamp: unknown, options: RecordFormOptions): number {
  if (timestamp === undefined || timestamp === null || timestamp === "") return missing("timestamp", "a time such as 2026-05-01T09:30:00Z");
  const instantMs = instantIn(timestamp, options.timeZone);
  if (instantMs === undefined || instantMs < 0) {
    throw new InvalidInput(
      `timestamp ${quoteValue(timestamp)} is no time; RFC 3339 such as 2026-05-01T09:30:00Z, or a positive count since 1970, is needed`,
    );
  }
  return instantMs;
}

function reportedCostOf(value: FormFields, status: string | undefined): number | undefined {
  const cost = value.cost_usd;
  const from = value.cost_source;
  if (from !== undefined && from !== null && from !== "reported" && from !== "computed") {
    throw new InvalidInput(`cost_source is ${quoteValue(from)}; "reported" or "computed" is needed`);
  }
  if (cost === undefined || cost === null) return undefined;
  if (typeof cost !== "number" && typeof cost !== "string") {
    throw new InvalidInput(`cost_usd is ${quoteValue(cost)}; USD as a number or a decimal string, or null to have it computed, is needed`);
  }
  if (typeof cost === "number" && Math.abs(cost) > 1e9) throw costTooLarge(cost);
  const nanoUsd = parseUsd(cost, "cost_usd");
  if (nanoUsd < 0n && status !== ADJUSTMENT) {
    throw new InvalidInput(`cost_usd ${quoteValue(cost)} is negative; only a record with "status": "${ADJUSTMENT}" may give money back`);
  }
  if (nanoUsd > MAX_NANO_USD || nanoUsd < -MAX_NANO_USD) throw costTooLarge(cost);
  return from === "computed" ? undefined : Number(nanoUsd);
}

function costTooLarge(cost: unknown): InvalidInput {
  return new InvalidInput(`cost_usd ${quoteValue(cost)} is more than one record may cost, which is ${formatUsd(MAX_NANO_USD)} USD`);
}

function replayOf(rank: number | undefined): { rank: number } | undefined {
  return rank === undefined ? undefined : { rank };
}
