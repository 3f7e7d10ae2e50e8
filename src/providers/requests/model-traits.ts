/** What a model's name tells of it; remembered, as programs name few models often. */
import { imageTokensOfName, limitsOfName, type ModelLimits } from "./model-limits.ts";

export interface ModelTraits extends ModelLimits {
  /** Of one picture. */
  imageTokens: number;
  /** `never`: it does not reason, or shows all of it. `asked`: only where the request says so. `always`: nobody knows better. */
  reasonsUnseen: "never" | "asked" | "always";
  isClaude: boolean;
  /** It searches without a tool that says so: once, or as often as it likes. */
  searches: "none" | "once" | "freely";
  /** What OpenAI's chat calls the limit of answers: its reasoning models refuse the old name, others do not know the new one. */
  limitName: "max_tokens" | "max_completion_tokens";
}

/** Who serves it, where, and how: `us.anthropic.claude-…`, `openai/gpt-…`, `models/gemini-…`, `ft:gpt-…`. */
const BEFORE_NAME =
  /^(?:.*\/)?(?:(?:us|eu|apac|jp|au|global)\.)?(?:(?:anthropic|openai|mistral|deepseek|qwen|moonshotai)\.)?(?:ft:)?(?:labs-)?/;
const SHOWS_ALL =
  /^(?:gpt-3\.5|gpt-4|chatgpt-4o|davinci-002|babbage-002|mistral|ministral|codestral|devstral|pixtral|open-mi|llama|grok-[23]|deepseek|gemini-1\.|gemini-2\.0|gemma|claude-2|claude-3-(?:opus|sonnet|haiku|5))|non-reasoning/;
const REASONS_ON_REQUEST = /^claude-(?:3-7|(?:opus|sonnet|haiku)-4)/;
const SEARCHES_FREELY = /deep-research|^compound/;
const SEARCHES_ONCE = /search-preview|search-api|:online$|^sonar/;
const NEW_LIMIT_NAME = /^(?:o\d|gpt-5|gpt-6|codex)/;
/** Names come from callers: what is remembered of them must not grow. */
const MOST_REMEMBERED = 1_000;

const traitsByModel = new Map<string, ModelTraits>();

export function modelTraits(model: string): ModelTraits {
  const known = traitsByModel.get(model);
  if (known) return known;
  const name = model.toLowerCase().replace(BEFORE_NAME, "");
  const traits: ModelTraits = {
    ...limitsOfName(name),
    imageTokens: imageTokensOfName(name),
    reasonsUnseen: SHOWS_ALL.test(name) ? "never" : REASONS_ON_REQUEST.test(name) ? "asked" : "always",
    isClaude: name.includes("claude"),
    searches: SEARCHES_FREELY.test(name) ? "freely" : SEARCHES_ONCE.test(name) ? "once" : "none",
    limitName: NEW_LIMIT_NAME.test(name) ? "max_completion_tokens" : "max_tokens",
  };
  if (traitsByModel.size >= MOST_REMEMBERED) traitsByModel.clear();
  traitsByModel.set(model, traits);
  return traits;
}

/** No model has a window of more, so no answer is longer, whatever limit a caller names. */
const LONGEST_ANSWER = 10_000_000;

/** The most tokens of one answer. @param limit the caller's own */
export function longestAnswer(model: string, limit: number | undefined): number {
  return Math.min(limit ?? modelTraits(model).outputTokens, LONGEST_ANSWER);
}

/**
 * @example
 * ```ts
 * import { modelLimits } from "tokenledger/providers";
 * modelLimits("openai/gpt-4o-2024-11-20").outputTokens; // => 16384
 * ```
 */
export function modelLimits(model: string): ModelLimits {
  const { windowTokens, outputTokens } = modelTraits(model);
  return { windowTokens, outputTokens };
}
