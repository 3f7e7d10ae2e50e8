/** Recorded replies and what must be read from them: `responses/index.json` of the data folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { billedPasses, type Reading } from "../../src/providers/index.ts";

export interface RecordedReply {
  id: string;
  kind: string;
  file: string;
  format: string;
  streaming: boolean;
  http_status: number;
  content_type: string;
  response_model: string | null;
  headers: Record<string, string>;
  expected: ExpectedUsage | null;
}

interface Iterations {
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
}

/** Counts of zero are not written there. */
interface ExpectedUsage {
  input_total?: number;
  output_total?: number;
  billed_input?: number;
  billed_output?: number;
  cache_read?: number;
  cache_write?: number;
  cache_write_5m?: number;
  cache_write_1h?: number;
  reasoning?: number;
  input_audio?: number;
  output_audio?: number;
  cache_audio?: number;
  input_image?: number;
  output_image?: number;
  input_video?: number;
  tool_use_prompt?: number;
  web_search_requests?: number;
  search_units?: number;
  seconds?: number;
  prompt_audio_seconds?: number;
  provider_total?: number;
  service_tier?: string;
  inference_geo?: string;
  cost?: number | { total_cost: number };
  cost_in_usd_ticks?: number;
  iterations_by_model?: Record<string, Iterations>;
  note?: string;
}

export function recordedReplies(folder: string): { reply: RecordedReply; bytes: () => Buffer }[] {
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as RecordedReply[];
  return index.map((reply) => ({ reply, bytes: () => readFileSync(join(folder, reply.file)) }));
}

/** Every field of `expected` that a reading has a place for. */
export function expectedFacts(expected: ExpectedUsage): Record<string, unknown> {
  const billsUnits = expected.billed_input !== undefined || expected.billed_output !== undefined;
  const cost = typeof expected.cost === "object" ? expected.cost.total_cost : expected.cost;
  const ticks = expected.cost_in_usd_ticks;
  return {
    input: billsUnits ? expected.billed_input : expected.input_total,
    output: billsUnits ? expected.billed_output : expected.output_total,
    // Cohere alone: what was processed stands beside what is billed.
    processedInput: billsUnits ? expected.input_total : undefined,
    processedOutput: billsUnits ? expected.output_total : undefined,
    cacheRead: expected.cache_read ?? 0,
    cacheWrite: expected.cache_write ?? 0,
    cacheWrite1h: expected.cache_write_1h ?? 0,
    ...(expected.cache_write_5m !== undefined ? { cacheWrite5m: expected.cache_write_5m } : {}),
    reasoning: expected.reasoning ?? 0,
    // Cached audio is billed as what is read from the cache, so it is no part of `audioInput`.
    audioInput: (expected.input_audio ?? 0) - (expected.cache_audio ?? 0),
    audioOutput: expected.output_audio ?? 0,
    imageInput: expected.input_image ?? 0,
    imageOutput: expected.output_image ?? 0,
    ...(expected.input_video !== undefined ? { videoInput: expected.input_video } : {}),
    toolPrompt: expected.tool_use_prompt ?? 0,
    webSearches: expected.web_search_requests ?? 0,
    searchUnits: expected.search_units ?? 0,
    seconds: expected.seconds ?? expected.prompt_audio_seconds ?? 0,
    providerTotal: expected.provider_total,
    inferenceGeo: expected.inference_geo,
    ...(expected.service_tier !== undefined ? { serviceTier: expected.service_tier } : {}),
    ...(cost !== undefined ? { costNanoUsd: Math.round(cost * 1e9) } : {}),
    ...(ticks !== undefined ? { costNanoUsd: Math.round(ticks / 10) } : {}),
    ...(expected.iterations_by_model ? { passes: expected.iterations_by_model } : {}),
    hasNote: expected.note !== undefined,
  };
}

/** The same facts of a reading: of those that `expected` has. */
export function readFacts(reading: Reading, expected: ExpectedUsage): Record<string, unknown> {
  const { usage } = reading;
  if (!usage) return { usage: "none" };
  const { tokens, other = {} } = usage;
  // Cohere's embeddings and ranks tell no tokens that were processed.
  const processed = usage.processed ?? (expected.billed_input !== undefined ? tokens : {});
  const billsUnits = expected.billed_input !== undefined || expected.billed_output !== undefined;
  const cached = billsUnits ? processed : tokens;
  const all: Record<string, unknown> = {
    input: tokens.input,
    output: tokens.output,
    processedInput: processed.input,
    processedOutput: processed.output,
    cacheRead: cached.cacheRead ?? 0,
    cacheWrite: (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0),
    cacheWrite5m: tokens.cacheWrite5m ?? 0,
    cacheWrite1h: tokens.cacheWrite1h ?? 0,
    reasoning: tokens.reasoning ?? 0,
    audioInput: tokens.audioInput ?? 0,
    audioOutput: tokens.audioOutput ?? 0,
    imageInput: other.imageInputTokens ?? 0,
    imageOutput: other.imageOutputTokens ?? 0,
    videoInput: other.videoInputTokens ?? 0,
    toolPrompt: usage.toolPromptTokens ?? 0,
    webSearches: tokens.webSearches ?? 0,
    searchUnits: other.searchUnits ?? 0,
    seconds: other.seconds ?? 0,
    providerTotal: usage.providerTotalTokens,
    serviceTier: usage.serviceTier,
    inferenceGeo: usage.inferenceGeo,
    costNanoUsd: usage.reportedCostNanoUsd,
    passes: passesOf(reading, Object.keys(expected.iterations_by_model ?? {})),
    hasNote: usage.note !== undefined,
  };
  return Object.fromEntries(Object.keys(expectedFacts(expected)).map((name) => [name, all[name]]));
}

/** Billed passes as the index writes them: input beside the cache, the answering model as "primary" where passes name none. */
function passesOf(reading: Reading, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    billedPasses(reading).map(({ model, tokens }, index) => {
      const { input = 0, output = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = tokens;
      const name = index === 0 && names.includes("primary") ? "primary" : (model ?? "");
      const cacheWrite = cacheWrite5m + cacheWrite1h;
      return [name, { input: input - cacheRead - cacheWrite, output, cache_read: cacheRead, cache_write: cacheWrite }];
    }),
  );
}
