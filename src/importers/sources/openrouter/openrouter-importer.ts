/** `openrouter`: the activity export (per call and per day), the activity API's pages, and generation objects. */
import { InvalidInput, quoteValue } from "../../../errors.ts";
import { isObject, nameUuid, presentFields, type UsageRecord, utcDay } from "../../../usage/index.ts";
import type { Importer } from "../../importer.ts";
import { listOf } from "../../reading/csv-rows.ts";
import { countOf } from "../../reading/fields.ts";
import { callCostOf, cellsOf, durationOf, type Fields, factsOf, fieldsOf, instantAt, isTrue, nameOf } from "../../records/export-fields.ts";
import { type ExportPlace, exportImporter } from "../../records/export-importer.ts";
import { isNothing, tokensWithCache } from "../../records/export-tokens.ts";
import { growingSum } from "../../records/growing-sum.ts";

const SOURCE = "openrouter";

export const openrouterImporter: Importer = exportImporter({
  source: SOURCE,
  title: "OpenRouter activity",
  signs: /model_permaslug|native_tokens_prompt|\bSlug\b(?:(?!\bSlug\b)[^\n])*BYOK Usage/,
  lists: ["data"],
  partsOf: (value) => [isObject(value) && isObject(value.data) ? value.data : value],
  ofValue(value, place) {
    if (!isObject(value)) throw new TypeError(`${quoteValue(value)} is no activity of OpenRouter`);
    const fields = fieldsOf(value);
    return fields("date") === undefined ? callRecord(fields, place) : dayRecord(fields, place);
  },
  ofCsv(headings) {
    const has = (...names: string[]): boolean => names.every((name) => headings.includes(name));
    if (has("generation_id", "created_at", "tokens_prompt", "tokens_completion")) return (row, place) => callRecord(cellsOf(row), place);
    if (has("Date", "Slug", "Prompt Tokens", "Completion Tokens")) return (row, place) => dayRecord(cellsOf(row), place);
    throw new InvalidInput(`is no activity export of OpenRouter: its columns are ${listOf(headings)}`);
  },
});

/** One call. Counts of the model's own tokenizer ("native") are what is billed. */
function callRecord(fields: Fields, { warn }: ExportPlace): UsageRecord | undefined {
  const count = (...names: string[]): number => countOf(fields(...names), names.at(-1) as string, warn);
  const tokens = tokensWithCache({
    input: count("native_tokens_prompt", "tokens_prompt"),
    cacheRead: count("native_tokens_cached", "tokens_cached"),
    output: count("native_tokens_completion", "tokens_completion"),
    reasoning: count("native_tokens_reasoning", "tokens_reasoning"),
  });
  const reportedCostNanoUsd = callCostOf(fields("total_cost", "cost_total", "usage"), "the cost");
  if (isNothing(tokens) && !reportedCostNanoUsd) return undefined;
  return presentFields<UsageRecord>({
    id: nameOf(fields("generation_id", "id")),
    timestampMs: instantAt(fields("created_at"), "created_at"),
    ...modelOf(fields),
    tokens,
    latencyMs: durationOf(fields("generation_time_ms", "generation_time")),
    reportedCostNanoUsd,
    user: nameOf(fields("user", "external_user")),
    key: nameOf(fields("api_key_name")),
    source: SOURCE,
    usageSource: "imported",
    status: isTrue(fields("cancelled")) ? "aborted" : undefined,
    metadata: factsOf({
      upstream_provider: fields("provider_name"),
      variant: fields("variant"),
      app: fields("app_name"),
      finish_reason: fields("finish_reason_normalized", "finish_reason"),
      byok_usd: paidElsewhere(fields("byok_usage_inference", "upstream_inference_cost")),
    }),
  });
}

/** All calls of a day to one model and endpoint. */
function dayRecord(fields: Fields, { warn }: ExportPlace): UsageRecord | undefined {
  const count = (...names: string[]): number => countOf(fields(...names), names[0] as string, warn);
  const tokens = tokensWithCache({
    input: count("prompt_tokens", "Prompt Tokens"),
    output: count("completion_tokens", "Completion Tokens"),
    reasoning: count("reasoning_tokens", "Reasoning Tokens"),
  });
  const reportedCostNanoUsd = callCostOf(fields("usage", "Usage"), "usage");
  const requests = count("requests", "Requests");
  if (isNothing(tokens) && !reportedCostNanoUsd) return undefined;
  const date = fields("date", "Date");
  const timestampMs = utcDay(date) ?? instantAt(date, "date");
  const called = modelOf(fields);
  return presentFields<UsageRecord>({
    id: nameUuid(SOURCE, JSON.stringify([timestampMs, called.model, fields("endpoint_id") ?? null, fields("provider_name") ?? null])),
    timestampMs,
    ...called,
    tokens,
    reportedCostNanoUsd,
    source: SOURCE,
    usageSource: "imported",
    requestInputTokens: requests > 1 ? Math.ceil((tokens.input ?? 0) / requests) : undefined,
    metadata: factsOf({
      upstream_provider: fields("provider_name"),
      requests: requests || undefined,
      byok_usd: paidElsewhere(fields("byok_usage_inference", "BYOK Usage")),
    }),
    // An export of the current day is overtaken by the next one.
    replay: growingSum(requests),
  });
}

function modelOf(fields: Fields): { provider: string; model: string } {
  const model = nameOf(fields("model_permaslug", "model", "Slug"));
  if (model === undefined) throw new TypeError("no model is named");
  return { provider: "openrouter", model };
}

/** What was billed by the provider itself to one's own key: told, but no money that OpenRouter was paid. */
function paidElsewhere(amount: unknown): unknown {
  return Number(amount) > 0 ? String(amount) : undefined;
}
