/** Which convention a usage object follows shows in the names of its fields, not in who sent it. */
import type { ReplyUsage } from "../reading.ts";
import { anthropicUsage } from "./anthropic-usage.ts";
import { type Fields, isFields } from "./counts.ts";
import { geminiUsage, interactionUsage } from "./gemini-usage.ts";
import { openaiUsage } from "./openai-usage.ts";
import { bedrockUsage, cohereUsage } from "./other-usage.ts";

/** Usage as records have it, and the model where usage names it. */
export type ReadUsage = ReplyUsage & { model?: string };

interface Convention {
  shows(usage: Fields): boolean;
  read(usage: Fields, model: string | undefined): ReadUsage | undefined;
}

/** Asked in this order; the last takes what is left. */
const CONVENTIONS: readonly Convention[] = [
  { shows: (usage) => "prompt_tokens" in usage || "completion_tokens" in usage, read: openaiUsage },
  { shows: (usage) => "promptTokenCount" in usage || "candidatesTokenCount" in usage || "trafficType" in usage, read: geminiUsage },
  { shows: (usage) => "total_input_tokens" in usage || "total_output_tokens" in usage, read: interactionUsage },
  { shows: (usage) => isFields(usage.billed_units) || isFields(usage.tokens), read: cohereUsage },
  { shows: (usage) => ANTHROPIC_NAMES.some((name) => name in usage), read: anthropicUsage },
  { shows: (usage) => BEDROCK_NAMES.some((name) => name in usage), read: bedrockUsage },
  { shows: () => true, read: openaiUsage },
];

const ANTHROPIC_NAMES = ["cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "server_tool_use", "iterations"];
const BEDROCK_NAMES = ["inputTokens", "outputTokens", "inputTokenCount", "outputTokenCount"];

/** `undefined`: nothing in it is usage. */
export function usageOf(usage: Fields, model?: string): ReadUsage | undefined {
  return CONVENTIONS.find((convention) => convention.shows(usage))?.read(usage, model);
}
