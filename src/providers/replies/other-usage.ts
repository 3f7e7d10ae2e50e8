/** Usage as Amazon, Cohere, Meta and Ollama write it. */
import { presentFields, type TokenCounts } from "../../usage/index.ts";
import type { ReplyUsage } from "../reading.ts";
import { countAt, countOf, type Fields, fieldsAt, isFields, sum } from "./counts.ts";

/** Bedrock's Converse, Nova, and the metrics at the end of an invoked stream: cached tokens are beside the input. */
export function bedrockUsage(usage: Fields): ReplyUsage | undefined {
  const fresh = countAt(usage, "inputTokens", "inputTokenCount");
  const output = countAt(usage, "outputTokens", "outputTokenCount");
  if (fresh === undefined && output === undefined) return undefined;
  const cacheRead = countAt(usage, "cacheReadInputTokens", "cacheReadInputTokenCount") ?? 0;
  const cacheWrite = countAt(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount") ?? 0;
  const cacheWrite1h = Math.min(writtenFor(usage.cacheDetails, "1h"), cacheWrite);
  return presentFields<ReplyUsage>({
    tokens: presentFields<TokenCounts>({
      input: sum(fresh, cacheRead, cacheWrite),
      output: output ?? 0,
      cacheRead: cacheRead || undefined,
      cacheWrite5m: cacheWrite - cacheWrite1h || undefined,
      cacheWrite1h: cacheWrite1h || undefined,
    }),
    providerTotalTokens: countAt(usage, "totalTokens"),
  });
}

function writtenFor(details: unknown, ttl: string): number {
  if (!Array.isArray(details)) return 0;
  return sum(...details.filter(isFields).map((detail) => (detail.ttl === ttl ? countOf(detail.inputTokens) : 0)));
}

/** Cohere bills its `billed_units`, which leave out what Cohere itself puts around the prompt; `tokens` is what was processed. */
export function cohereUsage(usage: Fields): ReplyUsage | undefined {
  const billed = fieldsAt(usage, "billed_units");
  const processed = fieldsAt(usage, "tokens");
  const counts = {
    input: sumIfAny(countAt(billed, "input_tokens"), countAt(billed, "image_tokens")),
    output: countAt(billed, "output_tokens"),
  };
  const searchUnits = countAt(billed, "search_units");
  const seconds = countAt(billed, "audio_seconds", "seconds");
  const all = presentFields<TokenCounts>({
    input: countAt(processed, "input_tokens"),
    output: countAt(processed, "output_tokens"),
    cacheRead: countAt(usage, "cached_tokens") || undefined,
    reasoning: countAt(processed, "reasoning_tokens") || undefined,
  });
  const hasBilled = [counts.input, counts.output, searchUnits, seconds].some((count) => count !== undefined);
  const hasProcessed = all.input !== undefined || all.output !== undefined;
  if (!hasBilled && !hasProcessed) return undefined;
  const other = presentFields({ searchUnits, seconds });
  return presentFields<ReplyUsage>({
    tokens: hasBilled ? presentFields<TokenCounts>(counts) : { ...all },
    processed: hasBilled && hasProcessed ? all : undefined,
    other: Object.keys(other).length > 0 ? other : undefined,
  });
}

function sumIfAny(...counts: readonly (number | undefined)[]): number | undefined {
  return counts.some((count) => count !== undefined) ? sum(...counts) : undefined;
}

/** Ollama leaves out the count of a prompt that it has still in memory. */
export function ollamaUsage(reply: Fields): ReplyUsage | undefined {
  return plainUsage(countAt(reply, "prompt_eval_count"), countAt(reply, "eval_count"));
}

/** Llama on Bedrock. */
export function llamaUsage(reply: Fields): ReplyUsage | undefined {
  return plainUsage(countAt(reply, "prompt_token_count"), countAt(reply, "generation_token_count"));
}

/** Titan on Bedrock: texts and embeddings, whole and streamed. */
export function titanUsage(reply: Fields): ReplyUsage | undefined {
  const results = Array.isArray(reply.results) ? reply.results.filter(isFields).map((result) => countOf(result.tokenCount)) : [];
  return plainUsage(countAt(reply, "inputTextTokenCount"), countAt(reply, "totalOutputTextTokenCount") ?? sumIfAny(...results));
}

/** What Bedrock tells in the head of the reply, for models whose bodies tell nothing. */
export function bedrockHeaderUsage(headers: Fields): ReplyUsage | undefined {
  return plainUsage(countAt(headers, "x-amzn-bedrock-input-token-count"), countAt(headers, "x-amzn-bedrock-output-token-count"));
}

function plainUsage(input: number | undefined, output: number | undefined): ReplyUsage | undefined {
  if (input === undefined && output === undefined) return undefined;
  return { tokens: { input: input ?? 0, output: output ?? 0 } };
}
