/** When a program could ask for its prompts to be cached, and what caches need. */
import type { CachePolicyName } from "../candidate.ts";

const MINUTE_MS = 60_000;

export interface CachePolicy {
  name: CachePolicyName;
  /**
   * Which part of a prompt is written: all of it; what was seen within the hour before; or what all prompts of a workload that begin alike
   * have in common.
   */
  writes: "always" | "second-sight" | "static";
  /** From its last use on. */
  lifetimeMs: number;
  writeKind: "cacheWrite5m" | "cacheWrite1h";
}

const FIVE_MINUTES = { lifetimeMs: 5 * MINUTE_MS, writeKind: "cacheWrite5m" } as const;
const ONE_HOUR = { lifetimeMs: 60 * MINUTE_MS, writeKind: "cacheWrite1h" } as const;

/** The shorter life first: where two policies save the same, the first one is better. */
export const CACHE_POLICIES: readonly CachePolicy[] = [
  { name: "second-sight-5m", writes: "second-sight", ...FIVE_MINUTES },
  { name: "static-5m", writes: "static", ...FIVE_MINUTES },
  { name: "always-5m", writes: "always", ...FIVE_MINUTES },
  { name: "second-sight-1h", writes: "second-sight", ...ONE_HOUR },
  { name: "static-1h", writes: "static", ...ONE_HOUR },
  { name: "always-1h", writes: "always", ...ONE_HOUR },
];

/** What a provider does that caches by itself: it keeps what it has seen, for five minutes at least. */
const AUTOMATIC: readonly CachePolicy[] = [{ name: "always-5m", writes: "always", ...FIVE_MINUTES }];

/** The most places of one prompt up to which Anthropic is asked to write: https://docs.claude.com/en/docs/build-with-claude/prompt-caching */
export const MOST_BREAKPOINTS = 4;

export interface CacheTerms {
  /**
   * A cache holds a prompt up to the places where it was asked to, and a later prompt is read from there: whoever shares less than that
   * finds nothing. Otherwise every block can be found.
   */
  hasBreakpoints: boolean;
  /** Shorter beginnings are not cached. */
  minimumTokens: number;
  policies: readonly CachePolicy[];
}

/**
 * How often something that was written must be read until it has paid.
 *
 * @param write,read prices as multiples of what the input costs
 */
export function breakEvenReads(write: number, read: number): number {
  return (write - 1) / (1 - read);
}

/**
 * The shortest beginning that is cached, where it isn't the usual one: of Claude as Anthropic's page on prompt caching had it in June 2026,
 * of Gemini as Google's page on context caching did. Models that are newer than both are taken to be as the newest of them.
 */
const MINIMUM_TOKENS: readonly [RegExp, number][] = [
  [/^claude-(?:opus-[5-9]|fable|mythos-[5-9])/, 512],
  [/^claude-(?:opus-4-7|3-haiku|3-5-haiku|mythos)/, 2048],
  [/^claude-(?:opus-4-[56]|haiku-4)/, 4096],
  [/^gemini-2\.5/, 2048],
  [/^gemini-/, 4096],
];
/** Of Claude's other models, and of OpenAI's. */
const USUAL_MINIMUM_TOKENS = 1024;

export function cacheTermsOf({ canonicalModel }: { canonicalModel: string }): CacheTerms {
  const name = canonicalModel.slice(canonicalModel.lastIndexOf("/") + 1);
  const hasBreakpoints = name.startsWith("claude-");
  return {
    hasBreakpoints,
    minimumTokens: MINIMUM_TOKENS.find(([family]) => family.test(name))?.[1] ?? USUAL_MINIMUM_TOKENS,
    policies: hasBreakpoints ? CACHE_POLICIES : AUTOMATIC,
  };
}
