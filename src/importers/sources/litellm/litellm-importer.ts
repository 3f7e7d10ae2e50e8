/** `litellm`: rows of LiteLLM's spend logs and daily spend tables, as JSON or CSV. */
import { quoteValue } from "../../../errors.ts";
import { instantIn, isObject, presentFields, type TokenCounts, type UsageRecord, utcDay } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { requireHeadings } from "../../reading/csv-rows.ts";
import { countOf, objectAt } from "../../reading/fields.ts";
import {
  callCostOf,
  cellsOf,
  durationOf,
  type Fields,
  factsOf,
  fieldsOf,
  instantAt,
  isTrue,
  jsonCell,
  nameOf,
} from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { isNothing, tokensBesideCache, tokensWithCache } from "../../records/export-tokens.ts";
import { growingSum } from "../../records/growing-sum.ts";
import { providerOf } from "../../records/model-provider.ts";

const SOURCE = "litellm";

export const litellmImporter: Importer = exportImporter({
  source: SOURCE,
  title: "LiteLLM spend logs",
  signs: /custom_llm_provider|request_tags|user_api_key/,
  lists: ["data", "response", "results"],
  ofValue(value, place) {
    if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no row of LiteLLM's spend logs`);
    return recordOf(fieldsOf(value), place);
  },
  ofCsv(headings) {
    requireHeadings(headings, ["model", "spend", "prompt_tokens", "completion_tokens"], "LiteLLM spend log");
    return (row, place) => recordOf(cellsOf(row), place);
  },
});

function recordOf(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  // Answered from LiteLLM's own cache: no provider was called.
  if (isTrue(fields("cache_hit"))) return undefined;
  const facts = jsonCell(fields("metadata"));
  const tokens = tokensOf(fields, facts, place);
  // LiteLLM writes 0 where it knows no price.
  const reportedCostNanoUsd = callCostOf(fields("spend"), "spend") || undefined;
  if (isNothing(tokens) && reportedCostNanoUsd === undefined) return undefined;
  const model = nameOf(fields("model"));
  if (model === undefined) throw new TypeError("model is missing");
  const asked = nameOf(fields("model_group"));
  const day = utcDay(fields("date"));
  const fact = (name: string): unknown => (isObject(facts) ? facts[name] : undefined);
  const timestampMs = day ?? instantAt(fields("startTime", "start_time"), "startTime", place.options.timeZone);
  const requests = countOf(fields("api_requests"), "api_requests", place.warn);
  return presentFields<UsageRecord>({
    id: nameOf(fields("request_id", "id")),
    timestampMs,
    provider: providerOf(nameOf(fields("custom_llm_provider")), model),
    model,
    requestedModel: asked === model ? undefined : asked,
    tokens,
    latencyMs: durationOf(fields("request_duration_ms")) ?? elapsedMs(timestampMs, fields("endTime", "end_time"), place),
    reportedCostNanoUsd,
    orgId: nameOf(fields("organization_id")) ?? nameOf(fact("user_api_key_org_id")),
    team: nameOf(fact("user_api_key_team_alias")),
    teamId: nameOf(fields("team_id")) ?? nameOf(fact("user_api_key_team_id")),
    userId: nameOf(fields("user", "user_id")) ?? nameOf(fact("user_api_key_user_id")),
    key: nameOf(fact("user_api_key_alias")) ?? nameOf(fields("api_key")),
    sessionId: nameOf(fields("session_id")),
    tags: tagsOf(fields("request_tags")),
    source: SOURCE,
    usageSource: "imported",
    status: nameOf(fields("status")) === "failure" ? "error" : undefined,
    requestInputTokens: requests > 1 ? Math.ceil((tokens.input ?? 0) / requests) : undefined,
    metadata: factsOf({ call_type: fields("call_type"), end_user: fields("end_user"), requests: requests || undefined }),
    // A daily row is a sum that grows; a spend log is final.
    replay: day === undefined ? undefined : growingSum(requests),
  });
}

/** `prompt_tokens` includes cached ones, of which only the metadata (and the daily tables' columns) tell. */
function tokensOf(fields: Fields, facts: unknown, { warn, options }: ExportPlace): TokenCounts {
  const places = [objectAt(facts, "additional_usage_values"), objectAt(facts, "usage_object")].filter(isObject);
  const count = (name: string): number => countOf(fields(name) ?? places.map((place) => place[name]).find(isTold), name, warn);
  const detail = (object: string, name: string): number =>
    countOf(places.map((place) => objectAt(place, object)?.[name]).find(isTold), name, warn);
  const written = count("cache_creation_input_tokens");
  const written1h = Math.min(written, detail("cache_creation_token_details", "ephemeral_1h_input_tokens"));
  return (options.inputExcludesCache === true ? tokensBesideCache : tokensWithCache)({
    input: count("prompt_tokens"),
    cacheRead: count("cache_read_input_tokens") || detail("prompt_tokens_details", "cached_tokens"),
    cacheWrite5m: written - written1h,
    cacheWrite1h: written1h,
    output: count("completion_tokens"),
    reasoning: detail("completion_tokens_details", "reasoning_tokens"),
  });
}

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function elapsedMs(startMs: number, end: unknown, { options }: ExportPlace): number | undefined {
  const endMs = instantIn(end, options.timeZone);
  return endMs === undefined || endMs < startMs ? undefined : endMs - startMs;
}

function tagsOf(value: unknown): string[] | undefined {
  const tags = jsonCell(value);
  const names = Array.isArray(tags) ? tags.map(nameOf).filter((tag) => tag !== undefined) : [];
  return names.length === 0 ? undefined : [...new Set(names)];
}
