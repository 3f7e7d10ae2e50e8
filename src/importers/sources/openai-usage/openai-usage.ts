/** One result of a usage bucket: what one group of an organisation used in a minute, an hour or a day. */
import { nameUuid, presentFields, type UsageRecord } from "../../../usage/index.ts";
import { countOf } from "../../reading/fields.ts";
import { type Fields, factsOf, instantAt, isTrue, nameOf } from "../../records/export-fields.ts";
import type { ExportPlace } from "../../records/export-importer.ts";
import { isNothing, tokensWithCache } from "../../records/export-tokens.ts";
import { growingSum } from "../../records/growing-sum.ts";

const SOURCE = "openai-usage";

/** What a group is told apart by. */
const GROUP = ["project_id", "user_id", "api_key_id", "model", "service_tier"];

/** Usage that is counted in tokens. The rest (images, seconds, characters, sessions, bytes) has its price in the costs only. */
const TOKEN_KINDS = new Set(["completions", "embeddings", "moderations"]);

/** The result as one record, or nothing where it counts no tokens. */
export function usageRecord(fields: Fields, kind: string, { warn }: ExportPlace): UsageRecord | undefined {
  if (!TOKEN_KINDS.has(kind)) {
    warn(`usage of ${kind} is not counted in tokens and was left out; its cost is in the costs export`);
    return undefined;
  }
  const count = (name: string): number => countOf(fields(name), name, warn);
  const tokens = tokensWithCache({
    input: count("input_tokens"),
    cacheRead: count("input_cached_tokens"),
    cacheWrite5m: count("input_cache_write_tokens"),
    audioInput: count("input_audio_tokens"),
    output: count("output_tokens"),
    audioOutput: count("output_audio_tokens"),
  });
  const requests = count("num_model_requests");
  if (isNothing(tokens)) return undefined;
  const startMs = instantAt(fields("start_time", "start_time_iso"), "start_time");
  const model = nameOf(fields("model"));
  if (model === undefined) warn("the usage is not grouped by model and can't be priced; export it with group_by=model");
  const tier = isTrue(fields("batch")) ? "batch" : nameOf(fields("service_tier"));
  const end = endOf(fields);
  return presentFields<UsageRecord>({
    id: nameUuid(SOURCE, JSON.stringify([kind, startMs, end, tier, ...GROUP.map((name) => nameOf(fields(name)) ?? null)])),
    timestampMs: startMs,
    provider: "openai",
    model: model ?? "unknown",
    tokens,
    projectId: nameOf(fields("project_id")),
    userId: nameOf(fields("user_id")),
    key: nameOf(fields("api_key_id")),
    source: SOURCE,
    usageSource: "imported",
    serviceTier: tier,
    requestInputTokens: requests > 1 ? Math.ceil((tokens.input ?? 0) / requests) : undefined,
    metadata: factsOf({ kind, requests: requests || undefined, bucket_end: end }),
    // The bucket of the current hour or day grows: a later export of it has counted more requests.
    replay: growingSum(requests),
  });
}

function endOf(fields: Fields): string | undefined {
  const end = fields("end_time", "end_time_iso");
  return end === undefined ? undefined : new Date(instantAt(end, "end_time")).toISOString();
}
