/** Usage as Google writes it: thinking is beside the answer, and what its tools put in is beside the prompt. */
import { presentFields, type TokenCounts } from "../../usage/index.ts";
import type { OtherQuantities, ReplyUsage } from "../reading.ts";
import { countAt, countOf, type Fields, isFields, sum, textAt } from "./counts.ts";

/** `usageMetadata` of generateContent, embedContent and the live API. Counts of zero are not written. */
export function geminiUsage(usage: Fields): ReplyUsage | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  const prompt = countAt(usage, "promptTokenCount") ?? 0;
  const total = countAt(usage, "totalTokenCount");
  const thoughts = countAt(usage, "thoughtsTokenCount") ?? 0;
  const tools = countAt(usage, "toolUsePromptTokenCount") ?? 0;
  const answer = countAt(usage, "candidatesTokenCount", "responseTokenCount") ?? Math.max((total ?? 0) - prompt - thoughts - tools, 0);
  return googleUsage({
    prompt,
    tools,
    answer,
    thoughts,
    total,
    cached: countAt(usage, "cachedContentTokenCount") ?? 0,
    promptParts: byModality(usage.promptTokensDetails ?? usage.promptTokenDetails, "tokenCount"),
    cachedParts: byModality(usage.cacheTokensDetails, "tokenCount"),
    answerParts: byModality(usage.candidatesTokensDetails ?? usage.responseTokensDetails, "tokenCount"),
    serviceTier: textAt(usage, "serviceTier"),
  });
}

/** `usage` of the interactions API. */
export function interactionUsage(usage: Fields): ReplyUsage | undefined {
  const prompt = countAt(usage, "total_input_tokens");
  const answer = countAt(usage, "total_output_tokens");
  if (prompt === undefined && answer === undefined) return undefined;
  return googleUsage({
    prompt: prompt ?? 0,
    tools: countAt(usage, "total_tool_use_tokens") ?? 0,
    answer: answer ?? 0,
    thoughts: countAt(usage, "total_thought_tokens") ?? 0,
    total: countAt(usage, "total_tokens"),
    cached: countAt(usage, "total_cached_tokens") ?? 0,
    promptParts: byModality(usage.input_tokens_by_modality, "tokens"),
    cachedParts: byModality(usage.cached_tokens_by_modality, "tokens"),
    answerParts: byModality(usage.output_tokens_by_modality, "tokens"),
    serviceTier: textAt(usage, "service_tier"),
  });
}

interface GoogleCounts {
  prompt: number;
  tools: number;
  answer: number;
  thoughts: number;
  total: number | undefined;
  cached: number;
  promptParts: ModalityCounts;
  cachedParts: ModalityCounts;
  answerParts: ModalityCounts;
  serviceTier: string | undefined;
}

function googleUsage(counts: GoogleCounts): ReplyUsage {
  const input = sum(counts.prompt, counts.tools);
  const output = sum(counts.answer, counts.thoughts);
  const other: OtherQuantities = presentFields({
    imageInputTokens: counts.promptParts.image || undefined,
    videoInputTokens: counts.promptParts.video || undefined,
    imageOutputTokens: counts.answerParts.image || undefined,
  });
  return presentFields<ReplyUsage>({
    tokens: presentFields<TokenCounts>({
      input,
      output,
      cacheRead: counts.cached || undefined,
      reasoning: counts.thoughts || undefined,
      // Cached audio has the price of what is read from the cache.
      audioInput: Math.max(counts.promptParts.audio - counts.cachedParts.audio, 0) || undefined,
      audioOutput: counts.answerParts.audio || undefined,
    }),
    other: Object.keys(other).length > 0 ? other : undefined,
    toolPromptTokens: counts.tools || undefined,
    providerTotalTokens: counts.total,
    serviceTier: counts.serviceTier,
    note: noteOf(counts, input + output),
  });
}

function noteOf({ total, cached, prompt }: GoogleCounts, counted: number): string | undefined {
  if (cached > prompt) return "cached tokens exceed input";
  return total !== undefined && total !== counted ? "the total is not the sum of input and output" : undefined;
}

type ModalityCounts = Record<"audio" | "image" | "video", number>;

/** Vertex AI may write modalities as the numbers of its enumeration. */
const MODALITY_OF_NUMBER: Readonly<Record<number, string>> = { 2: "IMAGE", 3: "VIDEO", 4: "AUDIO" };

function byModality(details: unknown, countName: string): ModalityCounts {
  const counts: ModalityCounts = { audio: 0, image: 0, video: 0 };
  if (!Array.isArray(details)) return counts;
  for (const part of details) {
    if (!isFields(part)) continue;
    const { modality } = part;
    const name = String(typeof modality === "number" ? MODALITY_OF_NUMBER[modality] : modality).toLowerCase();
    if (name === "audio" || name === "image" || name === "video") counts[name] = sum(counts[name], countOf(part[countName]));
  }
  return counts;
}
