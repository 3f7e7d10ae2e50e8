/** Token counts of exports, turned into totals that include their parts. */
import type { TokenCounts } from "../../usage/index.ts";

/** The same counts as ours, with all of them told. */
export type ExportTokens = Required<TokenCounts>;

/** Counts whose input already includes cached tokens. More cached tokens than input are taken at their word: input is at least its parts. */
export function tokensWithCache(counts: Partial<ExportTokens>): TokenCounts {
  return told({
    ...counts,
    input: Math.max(counts.input ?? 0, cachedOf(counts) + (counts.audioInput ?? 0)),
    output: Math.max(counts.output ?? 0, (counts.reasoning ?? 0) + (counts.audioOutput ?? 0)),
  });
}

/** Counts whose input leaves cached tokens out. */
export function tokensBesideCache(counts: Partial<ExportTokens>): TokenCounts {
  return tokensWithCache({ ...counts, input: (counts.input ?? 0) + cachedOf(counts) });
}

/** Whether nothing was counted. */
export function isNothing(tokens: TokenCounts): boolean {
  return !tokens.input && !tokens.output && !tokens.webSearches;
}

function cachedOf({ cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 }: TokenCounts): number {
  return cacheRead + cacheWrite5m + cacheWrite1h;
}

/** Parts of which there are none are left out. */
function told(counts: TokenCounts): TokenCounts {
  const tokens: TokenCounts = { input: counts.input ?? 0, output: counts.output ?? 0 };
  for (const kind of ["cacheRead", "cacheWrite5m", "cacheWrite1h", "reasoning", "audioInput", "audioOutput", "webSearches"] as const) {
    if (counts[kind]) tokens[kind] = counts[kind];
  }
  return tokens;
}
