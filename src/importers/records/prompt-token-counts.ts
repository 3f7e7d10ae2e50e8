/**
 * Token counts in Google's form: `prompt` includes cached tokens, `thoughts` lie outside `candidates`, `tool` outside
 * `prompt`. Programs that imitate the form break one rule or the other; where they write a total, it shows which.
 */
import type { TokenCounts } from "../../usage/index.ts";
import { disjointTokens, inclusiveTokens, withLoggedTotal } from "./agent-record.ts";

export interface PromptTokenCounts {
  prompt: number;
  candidates: number;
  cached: number;
  thoughts: number;
  tool: number;
  /** 0 where none is written. */
  total: number;
}

/** The counts as ours. */
export function promptTokens(counts: PromptTokenCounts): TokenCounts {
  const { prompt, candidates, cached, thoughts, tool, total } = counts;
  const whole = prompt + candidates + thoughts + tool;
  const thoughtsInside = thoughts > 0 && thoughts <= candidates && total === whole - thoughts;
  const cachedOutside = cached > 0 && total === whole + cached;
  const logged = {
    input: prompt + tool,
    cacheRead: cached,
    output: thoughtsInside ? candidates : candidates + thoughts,
    reasoning: thoughts,
  };
  return withLoggedTotal(cachedOutside ? disjointTokens(logged) : inclusiveTokens(logged), total);
}
