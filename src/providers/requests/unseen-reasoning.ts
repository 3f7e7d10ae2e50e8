/** Reasoning that is billed and never shown: of such answers the bytes that come say nothing about the tokens. */
import type { RequestReading } from "../request.ts";
import { eitherField, optionalObject } from "./fields.ts";
import { modelTraits } from "./model-traits.ts";
import type { RequestFrame } from "./request-frame.ts";

export function reasonsUnseen({ document, root, fields, operation }: RequestFrame, model: string): boolean {
  const traits = modelTraits(model);
  if (operation === "completions") return false;
  const thinking = fields.get("thinking");
  const asked = thinking === undefined ? undefined : document.textIn(document.field(thinking, "type"));
  if (asked === "disabled") return false;
  // Claude shows a summary of its thinking and bills the whole.
  if (traits.isClaude && asked !== undefined) return true;
  if (traits.reasonsUnseen === "asked") return fields.has("reasoning") || fields.has("reasoning_effort");
  if (traits.reasonsUnseen === "never") return false;
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
