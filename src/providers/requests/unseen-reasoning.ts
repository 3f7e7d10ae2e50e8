/** Reasoning that is billed and never shown: of such answers the bytes that come say nothing about the tokens. */
import type { RequestReading } from "../request.ts";
import { eitherField, optionalObject } from "./fields.ts";
import type { RequestFrame } from "./request-frame.ts";

/** Models that don't reason, or show all of it. Others are taken to reason unseen, as most new ones do. */
const SHOWS_ALL =
  /^(?:.*[/.])?(?:ft:)?(?:gpt-3\.5|gpt-4|chatgpt-4o|davinci-002|babbage-002|mistral|ministral|codestral|devstral|pixtral|open-mi|llama|grok-[23]|deepseek|gemini-1\.|gemini-2\.0|gemma|claude-[23]-[a-z\d-]*)|non-reasoning/;
/** Models that reason only where the request says so. */
const CLAUDE_ON_REQUEST = /^(?:.*[/.])?claude-(?:3-7|(?:opus|sonnet|haiku)-4)/;

export function reasonsUnseen({ document, root, fields, operation }: RequestFrame, model: string): boolean {
  if (operation === "completions") return false;
  const name = model.toLowerCase();
  const thinking = fields.get("thinking");
  const asked = thinking === undefined || !document.isObject(thinking) ? undefined : document.textIn(document.field(thinking, "type"));
  if (asked === "disabled") return false;
  // Claude shows a summary of its thinking and bills the whole.
  if (name.includes("claude") && asked !== undefined) return true;
  if (CLAUDE_ON_REQUEST.test(name)) return fields.has("reasoning") || fields.has("reasoning_effort");
  if (SHOWS_ALL.test(name)) return false;
  if (operation !== "generate") return true;
  const config = optionalObject(document, "generationConfig", eitherField(document, root, "generationConfig", "generation_config"));
  const thinkingConfig = eitherField(document, config, "thinkingConfig", "thinking_config");
  const budget = eitherField(document, thinkingConfig, "thinkingBudget", "thinking_budget");
  return budget === undefined || document.number(budget) !== 0;
}

/** Whether tokens may be billed of which a stream shows nothing, so that what is seen of it bounds nothing. */
export function hidesReasoning(reading: RequestReading): boolean {
  return reading.reasonsUnseen;
}
