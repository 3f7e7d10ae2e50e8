/** What a reply bills, by model, as records can hold it. */
import type { TokenCounts } from "../../usage/index.ts";
import type { Reading, SidePass } from "../reading.ts";
import { addedTokens } from "./reply-reader.ts";

/**
 * All tokens that a reply bills: those of the answering model first, its own side passes included, then those of other
 * models. Input is raised to its cached parts where a provider reports more of them (Azure's Grok does).
 *
 * @example
 * ```ts
 * import { billedPasses } from "tokenledger/providers";
 * billedPasses({ model: "a", usage: { tokens: { input: 10, output: 2 }, sidePasses: [{ tokens: { input: 90, output: 1 } }] } });
 * // => [{ model: "a", tokens: { input: 100, output: 3 } }]
 * ```
 */
export function billedPasses({ usage, model }: Reading): SidePass[] {
  if (!usage) return [];
  const byModel = new Map<string | undefined, TokenCounts>([[model, usage.tokens]]);
  for (const pass of usage.sidePasses ?? []) {
    const name = pass.model ?? model;
    byModel.set(name, addedTokens(byModel.get(name) ?? {}, pass.tokens));
  }
  return [...byModel].map(([name, tokens]) =>
    name === undefined ? { tokens: fitting(tokens) } : { model: name, tokens: fitting(tokens) },
  );
}

function fitting(tokens: TokenCounts): TokenCounts {
  const cached = (tokens.cacheRead ?? 0) + (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0) + (tokens.audioInput ?? 0);
  return cached > (tokens.input ?? 0) ? { ...tokens, input: cached } : tokens;
}
