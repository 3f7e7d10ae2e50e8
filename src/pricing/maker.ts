/** Who made a model, so that the maker's own price can be named first. */
import { closedVendorOf, readingsOf } from "./spelling.ts";

/** Makers whose models others sell at prices of their own. */
const OPEN_MAKERS: readonly [string, RegExp][] = [
  ["cohere", /^(command|aya|embed-|rerank-)/],
  ["deepseek", /^deepseek-/],
  ["mistral", /^(open-)?(mistral|ministral|mixtral|magistral|codestral|devstral|pixtral|voxtral)/],
  ["moonshot", /^(kimi|moonshot)-/],
  ["openai", /^gpt-/],
  ["qwen", /^(qwen|qwq|qvq)/],
  ["zai", /^glm-/],
];

/**
 * The provider that made a model, as far as its name tells.
 *
 * @example
 * ```ts
 * import { makerOf } from "tokenledger";
 * makerOf("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"); // => "anthropic"
 * ```
 */
export function makerOf(model: string): string | undefined {
  for (const id of readingsOf(model)) {
    const maker = closedVendorOf(id) ?? OPEN_MAKERS.find(([, pattern]) => pattern.test(id))?.[0];
    if (maker !== undefined) return maker;
  }
  return undefined;
}
