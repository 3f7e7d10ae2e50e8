/** What one group of an Anthropic organisation used in a minute, an hour or a day. */
import { nameUuid, type TokenCounts, type UsageRecord } from "../../usage/index.ts";
import { type Fields, factsOf, instantAt, nameOf } from "../export-fields.ts";
import type { ExportPlace } from "../export-importer.ts";
import { isNothing, tokensBesideCache } from "../export-tokens.ts";
import { countOf } from "../fields.ts";
import { growingSum } from "../growing-sum.ts";
import { presentFields } from "../present-fields.ts";
import { dayOfExport, geoOf, LARGEST_STANDARD_CONTEXT, speedOf } from "./anthropic-terms.ts";

const SOURCE = "anthropic-usage";

/** What a group of the report, or of the Console's export, is told apart by. */
const GROUP = [
  ["api_key_id", "api_key"],
  ["workspace_id", "workspace"],
  ["model", "model_version"],
  ["service_tier", "usage_type"],
  ["context_window"],
  ["inference_geo"],
  ["speed"],
  ["account_id"],
  ["service_account_id"],
];

/** One result of `usage_report/messages`. */
export function reportUsageRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  const count = (name: string): number => countOf(fields(name), name, place.warn);
  const tokens = tokensBesideCache({
    input: count("uncached_input_tokens"),
    cacheRead: count("cache_read_input_tokens"),
    cacheWrite5m: count("ephemeral_5m_input_tokens"),
    cacheWrite1h: count("ephemeral_1h_input_tokens"),
    output: count("output_tokens"),
    webSearches: count("web_search_requests"),
  });
  return groupRecord(fields, tokens, () => instantAt(fields("starting_at"), "starting_at"), place);
}

/** One row of the Console's usage export. */
export function consoleUsageRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  const count = (name: string): number => countOf(fields(name), name, place.warn);
  const tokens = tokensBesideCache({
    input: count("usage_input_tokens_no_cache"),
    cacheRead: count("usage_input_tokens_cache_read"),
    cacheWrite5m: count("usage_input_tokens_cache_write_5m"),
    cacheWrite1h: count("usage_input_tokens_cache_write_1h"),
    output: count("usage_output_tokens"),
    webSearches: count("web_search_count"),
  });
  return groupRecord(fields, tokens, () => dayOfExport(fields), place);
}

function groupRecord(fields: Fields, tokens: TokenCounts, startOf: () => number, { warn }: ExportPlace): UsageRecord | undefined {
  if (isNothing(tokens)) return undefined;
  const startMs = startOf();
  const model = nameOf(fields("model", "model_version"));
  if (model === undefined) warn("the usage is not grouped by model and can't be priced; export it with group_by[]=model");
  const contextWindow = nameOf(fields("context_window"));
  const group = GROUP.map((names) => nameOf(fields(...names)) ?? null);
  return presentFields<UsageRecord>({
    id: nameUuid(SOURCE, JSON.stringify([startMs, nameOf(fields("ending_at")) ?? null, ...group])),
    timestampMs: startMs,
    provider: "anthropic",
    model: model ?? "unknown",
    tokens,
    key: nameOf(fields("api_key", "api_key_id")),
    project: nameOf(fields("workspace")),
    projectId: nameOf(fields("workspace_id")),
    userId: nameOf(fields("account_id", "service_account_id")),
    source: SOURCE,
    usageSource: "imported",
    serviceTier: nameOf(fields("service_tier", "usage_type"))?.toLowerCase(),
    speed: speedOf(fields),
    inferenceGeo: geoOf(fields),
    requestInputTokens: requestInputOf(tokens.input ?? 0, contextWindow),
    metadata: factsOf({ context_window: contextWindow, bucket_end: fields("ending_at") }),
    // The bucket of the current hour or day grows.
    replay: growingSum((tokens.input ?? 0) + (tokens.output ?? 0)),
  });
}

/** The report tells which requests were long; where it doesn't, all count as not. */
function requestInputOf(input: number, contextWindow: string | undefined): number {
  const isLong = contextWindow !== undefined && /200k\s*-|>\s*200k/i.test(contextWindow) && !/^0/.test(contextWindow);
  return isLong ? Math.max(input, LARGEST_STANDARD_CONTEXT + 1) : Math.min(input, LARGEST_STANDARD_CONTEXT);
}
