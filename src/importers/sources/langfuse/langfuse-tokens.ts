/** Langfuse's `usage_details`: a map whose keys every integration chooses for itself. */
import { quoteValue } from "../../../errors.ts";
import { isObject, type TokenCounts } from "../../../usage/index.ts";
import { countOf, type Mend } from "../../reading/fields.ts";
import { type Fields, jsonCell } from "../../records/export-fields.ts";
import { type ExportTokens, tokensBesideCache, tokensWithCache } from "../../records/export-tokens.ts";

/** A key's kind; the first pattern that matches tells. */
const KINDS: readonly (readonly [RegExp, keyof ExportTokens])[] = [
  [/web_?search|search_(?:requests|queries)/, "webSearches"],
  [/^(?=[\s\S]*cache_?(?:creation|write))[\s\S]*1_?h/, "cacheWrite1h"],
  [/cache_?(?:creation|write)/, "cacheWrite5m"],
  [/^(?:output|completion|candidates).*audio/, "audioOutput"],
  [/reasoning|thought/, "reasoning"],
  [/^(?:output|completion|candidates)/, "output"],
  [/cached?/, "cacheRead"],
  [/^(?:input|prompt).*audio/, "audioInput"],
  [/^(?:input|prompt)/, "input"],
];

/** The tokens of an observation. */
export function langfuseTokens(fields: Fields, warn: Mend): TokenCounts {
  const details = jsonCell(fields("usage_details", "usageDetails", "usage"));
  const written = isObject(details) && Object.keys(details).length > 0 ? details : olderUsage(fields);
  const counts: ExportTokens = {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    webSearches: 0,
  };
  let total = 0;
  for (const [name, value] of Object.entries(written)) {
    const key = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
    if (key === "unit" || key.endsWith("_cost")) continue;
    if (key.startsWith("total")) total = Math.max(total, countOf(value, name, warn));
    else {
      const kind = KINDS.find(([pattern]) => pattern.test(key))?.[1];
      if (kind === undefined) warn(`usage of ${quoteValue(name)} is neither input nor output and was left out`);
      else counts[kind] += countOf(value, name, warn);
    }
  }
  return totals(counts, total);
}

/** Langfuse keeps kinds apart from each other; where the total shows that an integration didn't, input and output already hold the rest. */
function totals(counts: ExportTokens, total: number): TokenCounts {
  const whole = counts.input + counts.output;
  const parts = counts.cacheRead + counts.cacheWrite5m + counts.cacheWrite1h + counts.audioInput + counts.audioOutput + counts.reasoning;
  if (total === whole && parts > 0) return tokensWithCache(counts);
  return tokensBesideCache({
    ...counts,
    input: counts.input + counts.audioInput,
    output: counts.output + counts.reasoning + counts.audioOutput,
  });
}

/** How exports named counts before there were `usage_details`. */
function olderUsage(fields: Fields): Record<string, unknown> {
  return {
    input: fields("input_usage", "inputUsage", "prompt_tokens", "promptTokens"),
    output: fields("output_usage", "outputUsage", "completion_tokens", "completionTokens"),
    total: fields("total_usage", "totalUsage", "total_tokens", "totalTokens"),
  };
}
