/** What one group of an Anthropic organisation used in a minute, an hour or a day. */
import { nameUuid, presentFields, type UsageRecord } from "../../../usage/index.ts";
import { countOf } from "../../reading/fields.ts";
import { type Fields, factsOf, instantAt, nameOf } from "../../records/export-fields.ts";
import type { ExportPlace } from "../../records/export-importer.ts";
import { isNothing, tokensBesideCache } from "../../records/export-tokens.ts";
import { growingSum } from "../../records/growing-sum.ts";
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

/** What the two forms call the counts, which are all disjoint. */
type CountNames = Readonly<Record<"input" | "cacheRead" | "cacheWrite5m" | "cacheWrite1h" | "output" | "webSearches", string>>;

const REPORT_COUNTS: CountNames = {
  input: "uncached_input_tokens",
  cacheRead: "cache_read_input_tokens",
  cacheWrite5m: "ephemeral_5m_input_tokens",
  cacheWrite1h: "ephemeral_1h_input_tokens",
  output: "output_tokens",
  webSearches: "web_search_requests",
};

const CONSOLE_COUNTS: CountNames = {
  input: "usage_input_tokens_no_cache",
  cacheRead: "usage_input_tokens_cache_read",
  cacheWrite5m: "usage_input_tokens_cache_write_5m",
  cacheWrite1h: "usage_input_tokens_cache_write_1h",
  output: "usage_output_tokens",
  webSearches: "web_search_count",
};

/** One result of `usage_report/messages`. */
export function reportUsageRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  return groupRecord(fields, REPORT_COUNTS, () => instantAt(fields("starting_at"), "starting_at"), place);
}

/** One row of the Console's usage export. */
export function consoleUsageRecord(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  return groupRecord(fields, CONSOLE_COUNTS, () => dayOfExport(fields), place);
}

function groupRecord(fields: Fields, names: CountNames, startOf: () => number, { warn }: ExportPlace): UsageRecord | undefined {
  const count = (kind: keyof CountNames): number => countOf(fields(names[kind]), names[kind], warn);
  const tokens = tokensBesideCache({
    input: count("input"),
    cacheRead: count("cacheRead"),
    cacheWrite5m: count("cacheWrite5m"),
    cacheWrite1h: count("cacheWrite1h"),
    output: count("output"),
    webSearches: count("webSearches"),
  });
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
