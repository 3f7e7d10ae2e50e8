/** `helicone`: rows of Helicone's request query (JSON) and of its CSV exporter. */
import { quoteValue } from "../../../errors.ts";
import { isObject, presentFields, type TokenCounts, type UsageRecord } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { requireHeadings } from "../../reading/csv-rows.ts";
import { countOf } from "../../reading/fields.ts";
import {
  callCostOf,
  cellsOf,
  durationOf,
  type Fields,
  factsOf,
  fieldsOf,
  instantAt,
  jsonCell,
  nameOf,
} from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { isNothing, tokensBesideCache, tokensWithCache } from "../../records/export-tokens.ts";
import { providerOf } from "../../records/model-provider.ts";

const SOURCE = "helicone";
const NO_CACHED_REPLY = "00000000-0000-0000-0000-000000000000";

export const heliconeImporter: Importer = exportImporter({
  source: SOURCE,
  title: "Helicone requests",
  signs: /request_created_at/,
  lists: ["data"],
  ofValue(value, place) {
    if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no request of Helicone`);
    return recordOf(fieldsOf(value), place);
  },
  ofCsv(headings) {
    requireHeadings(headings, ["request_created_at", "model", "prompt_tokens", "completion_tokens"], "Helicone export");
    return (row, place) => recordOf(cellsOf(row), place);
  },
});

function recordOf(fields: Fields, place: ExportPlace): UsageRecord | undefined {
  const cachedReply = nameOf(fields("cache_reference_id"));
  // Answered from Helicone's own cache: no provider was called.
  if (cachedReply !== undefined && cachedReply !== NO_CACHED_REPLY) return undefined;
  const tokens = tokensOf(fields, place);
  // 0 is what Helicone shows for models that it has no price for.
  const reportedCostNanoUsd = callCostOf(fields("costUSD", "cost_usd", "cost"), "the cost") || undefined;
  if (isNothing(tokens) && reportedCostNanoUsd === undefined) return undefined;
  const model = nameOf(fields("response_model", "model_override", "request_model", "model"));
  if (model === undefined) throw new TypeError("no model is named");
  const asked = nameOf(fields("request_model"));
  const properties = jsonCell(fields("properties", "request_properties"));
  const named = isObject(properties) ? properties : {};
  return presentFields<UsageRecord>({
    id: nameOf(fields("request_id", "response_id")),
    timestampMs: instantAt(fields("request_created_at"), "request_created_at", place.options.timeZone),
    provider: providerOf(nameOf(fields("provider")), model),
    model,
    requestedModel: asked === model ? undefined : asked,
    tokens,
    latencyMs: durationOf(fields("delay_ms", "latency")),
    reportedCostNanoUsd,
    userId: nameOf(fields("request_user_id")),
    sessionId: nameOf(named["Helicone-Session-Id"]),
    source: SOURCE,
    usageSource: "imported",
    status: statusOf(Number(fields("response_status"))),
    metadata: factsOf(named),
  });
}

/** `total_tokens` shows whether prompt tokens include cached ones; without it they do, unless there are more cached ones than prompt tokens. */
function tokensOf(fields: Fields, { warn, options }: ExportPlace): TokenCounts {
  const count = (name: string): number => countOf(fields(name), name, warn);
  const counts = {
    input: count("prompt_tokens"),
    cacheRead: count("prompt_cache_read_tokens"),
    cacheWrite5m: count("prompt_cache_write_tokens"),
    audioInput: count("prompt_audio_tokens"),
    output: count("completion_tokens"),
    audioOutput: count("completion_audio_tokens"),
  };
  const cached = counts.cacheRead + counts.cacheWrite5m;
  const isBeside = cached > counts.input || (cached > 0 && count("total_tokens") === counts.input + cached + counts.output);
  return isBeside || options.inputExcludesCache === true ? tokensBesideCache(counts) : tokensWithCache(counts);
}

/** Helicone writes codes below 0 where no answer came. */
function statusOf(code: number): string | undefined {
  if (code >= 400) return "error";
  return code < 0 ? "aborted" : undefined;
}
