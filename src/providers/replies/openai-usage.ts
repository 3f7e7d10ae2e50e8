/** Usage as OpenAI writes it, and the many services that speak its format: cached tokens are inside the prompt. */
import { presentFields, type TokenCounts } from "../../usage/index.ts";
import type { OtherQuantities, ReplyUsage } from "../reading.ts";
import { countAt, type Fields, fieldsAt, isFields, largestAt, sum, textAt } from "./counts.ts";
import { reportedCostNanoUsd } from "./reported-cost.ts";

/** chat/completions, completions, embeddings, responses, images, audio and batches. */
export function openaiUsage(usage: Fields): ReplyUsage | undefined {
  const input = countAt(usage, "prompt_tokens", "input_tokens");
  const output = countAt(usage, "completion_tokens", "output_tokens");
  const total = countAt(usage, "total_tokens");
  const seconds = countAt(usage, "seconds", "prompt_audio_seconds");
  const cost = reportedCostNanoUsd(usage);
  if ([input, output, total, seconds, cost].every((known) => known === undefined)) return undefined;
  const inputDetails = detailsOf(usage, "prompt_tokens_details", "input_tokens_details", "prompt_token_details", "input_token_details");
  const outputDetails = detailsOf(
    usage,
    "completion_tokens_details",
    "output_tokens_details",
    "completion_token_details",
    "output_token_details",
  );
  const parts: Parts = {
    cacheRead:
      largestAt(inputDetails, "cached_tokens") ??
      countAt(usage, "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens") ??
      0,
    cacheWrite: countAt(inputDetails, "cache_write_tokens", "cache_creation_tokens") ?? countAt(usage, "cache_creation_input_tokens") ?? 0,
    reasoning: countAt(outputDetails, "reasoning_tokens", "thinking_tokens") ?? countAt(usage, "reasoning_tokens") ?? 0,
    audioInput: countAt(inputDetails, "audio_tokens") ?? 0,
    cachedAudio: countAt(fieldsAt(inputDetails, "cached_tokens_details"), "audio_tokens") ?? 0,
    audioOutput: countAt(outputDetails, "audio_tokens") ?? 0,
  };
  const fromTokens = input !== undefined || output !== undefined || total !== undefined;
  const { tokens, note } = fromTokens ? wholeCounts(input, output, total, parts) : { tokens: {}, note: undefined };
  const searches =
    countAt(fieldsAt(usage, "server_tool_use_details"), "web_search_requests") ??
    countAt(fieldsAt(usage, "server_side_tool_usage_details"), "web_search_calls");
  const other: OtherQuantities = presentFields({
    seconds,
    webSearches: searches || undefined,
    imageInputTokens: countAt(inputDetails, "image_tokens") || undefined,
    videoInputTokens: countAt(inputDetails, "video_tokens") || undefined,
    imageOutputTokens: countAt(outputDetails, "image_tokens") || undefined,
  });
  return presentFields<ReplyUsage>({
    tokens,
    reportedCostNanoUsd: cost,
    other: Object.keys(other).length > 0 ? other : undefined,
    providerTotalTokens: total,
    serviceTier: textAt(usage, "service_tier"),
    note,
  });
}

interface Parts {
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
  audioInput: number;
  cachedAudio: number;
  audioOutput: number;
}

/**
 * Which parts the totals leave out shows in the provider's own sum, where it is larger: Mistral counts audio beside the
 * prompt, xAI reasoning beside the completion, some hosts cached tokens beside the prompt, and Gemini's OpenAI form hides
 * its thinking in the sum alone.
 */
function wholeCounts(
  prompt: number | undefined,
  completion: number | undefined,
  total: number | undefined,
  parts: Parts,
): { tokens: TokenCounts; note: string | undefined } {
  const { cacheRead, cacheWrite, reasoning, audioInput, cachedAudio, audioOutput } = parts;
  // Embeddings and rankings may tell the sum alone: all of it is input.
  let input = prompt ?? (completion === undefined ? (total ?? 0) : Math.max((total ?? 0) - completion, 0));
  let output = completion ?? 0;
  const notes: string[] = [];
  const beyond = total === undefined ? 0 : total - input - output;
  if (beyond > 0) {
    const isBoth = beyond === reasoning + audioInput;
    const addsReasoning = reasoning > 0 && (beyond === reasoning || isBoth);
    if (addsReasoning) {
      output += reasoning;
      notes.push("reasoning tokens are in addition to completion tokens");
    }
    if (audioInput > 0 && (isBoth || (beyond === audioInput && !addsReasoning))) {
      input += audioInput;
      notes.push("audio tokens are in addition to prompt tokens");
    }
    if (notes.length === 0 && beyond === cacheRead + cacheWrite) {
      input += beyond;
      notes.push("cached tokens are in addition to prompt tokens");
    }
    if (notes.length === 0) {
      output += beyond;
      notes.push("the total exceeds prompt and completion: counted as output that is not shown");
    }
  } else if (beyond < 0) {
    notes.push("the total is less than prompt and completion");
  }
  if (reasoning > output) {
    output = sum(output, reasoning);
    notes.push("reasoning tokens exceed the completion: counted on top of it");
  }
  if (cacheRead + cacheWrite > input) notes.push("cached tokens exceed input");
  const tokens = presentFields<TokenCounts>({
    input,
    output,
    cacheRead: cacheRead || undefined,
    cacheWrite5m: cacheWrite || undefined,
    reasoning: reasoning || undefined,
    audioInput: Math.max(audioInput - cachedAudio, 0) || undefined,
    audioOutput: audioOutput || undefined,
  });
  return { tokens, note: notes.length > 0 ? notes.join("; ") : undefined };
}

function detailsOf(usage: Fields, ...names: readonly string[]): Fields {
  for (const name of names) {
    const details = usage[name];
    if (isFields(details)) return details;
  }
  return {};
}
