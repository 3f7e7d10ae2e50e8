/**
 * What a vendor charges for a kind of token that its price list does not name. Each rule is the vendor's own
 * statement, or follows from how it counts; where there is none, the price stays unknown.
 */
import type { PriceEntry, Rates, TokenKind } from "./price-entry.ts";

/** A price derived from another kind's price: `of` × `numerator` / `denominator`. */
export interface DerivedRate {
  of: TokenKind;
  numerator: number;
  denominator: number;
  because: string;
}

const CLAUDE: Partial<Record<TokenKind, DerivedRate>> = {
  cacheRead: { of: "input", numerator: 1, denominator: 10, because: "Anthropic reads the cache at 0.1 × input" },
  cacheWrite5m: { of: "input", numerator: 5, denominator: 4, because: "Anthropic writes the 5-minute cache at 1.25 × input" },
  cacheWrite1h: { of: "input", numerator: 2, denominator: 1, because: "Anthropic writes the 1-hour cache at 2 × input" },
};

const sameAs = (of: TokenKind, because: string): DerivedRate => ({ of, numerator: 1, denominator: 1, because });

/** The rule for a kind that `rates` lacks, or undefined: then such tokens can't be priced. */
export function derivedRate(entry: PriceEntry, rates: Rates, kind: TokenKind): DerivedRate | undefined {
  if (kind === "reasoning") return sameAs("output", "reasoning is output");
  if (isClaude(entry) && CLAUDE[kind]) return CLAUDE[kind];
  if (kind === "cacheRead") return sameAs("input", "no discount is listed, so cached tokens cost what input costs");
  if (kind === "cacheWrite5m") return sameAs("input", "writing the cache costs nothing beyond input here");
  if (kind === "cacheWrite1h") {
    return rates.cacheWrite5m === undefined
      ? sameAs("input", "writing the cache costs nothing beyond input here")
      : sameAs("cacheWrite5m", "only one price of cache writes is listed");
  }
  if (kind === "audioInput" && entry.model.startsWith("gemini-"))
    return sameAs("input", "Gemini lists audio only where it costs more than text");
  return undefined;
}

/** Anthropic's own fee; other vendors' fees must be listed. */
export function derivedWebSearchNanoUsd(entry: PriceEntry): number | undefined {
  return entry.provider === "anthropic" ? 10_000_000 : undefined;
}

function isClaude(entry: PriceEntry): boolean {
  return entry.model.startsWith("claude-");
}
