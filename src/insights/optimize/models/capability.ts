/** How able models are, in three tiers: their makers' names tell which of a family is which. */

export const TIERS = ["small", "middle", "large"] as const;
export type Tier = (typeof TIERS)[number];

/** The first that fits tells. */
const FAMILIES: readonly (readonly [RegExp, Tier])[] = [
  [/maverick|scout/, "middle"],
  // Parameters where the name says them, of the whole model where it is a mixture.
  [/(?:^|[-_.])(?:0\.\d|[1-9]|1\d|2[0-4])(?:\.\d)?b(?:[-_.:]|$)/, "small"],
  [/(?:^|[-_.])(?:[2-9]\d|1[0-4]\d)b(?:[-_.:]|$)/, "middle"],
  [/(?:^|[-_.])(?:1[5-9]\d|[2-9]\d\d|\d{4})b(?:[-_.:]|$)/, "large"],
  [/^o\d-mini/, "middle"],
  [/haiku|instant|(?<!ge)mini(?!max)|nano|flash-lite|lite|micro|tiny|small|turbo-instruct|gpt-3\.5|luna|spark|r7b|-air|light/, "small"],
  [/qwen-(?:turbo|flash)|^glm-.*flash|ministral/, "small"],
  [/opus|fable|mythos|premier|large|-max|command-a|command-r-plus|reasoner|deep-research/, "large"],
  [/^gemini-.*-pro|^(?:gpt|o\d).*-pro|^o[13](?:-preview)?$|^gpt-(?:4|4-32k|4-turbo|4\.5|5|5\.\d)(?![\d.]|o)/, "large"],
  [/^grok-.*fast/, "middle"],
  [/^grok-[3-9]|^kimi-k2|^deepseek-(?:r1|v3|v4-pro)|^glm-(?:4\.[5-9]|5)/, "large"],
  [/sonnet|gpt-4o|gpt-4\.1|chatgpt|flash|medium|terra|nova-pro|command-r|codestral|devstral|magistral|deepseek|-plus|fast|codex/, "middle"],
];

/** @param model its canonical id; undefined where the name tells nothing */
export function tierOf(model: string): Tier | undefined {
  return FAMILIES.find(([pattern]) => pattern.test(model))?.[1];
}

/** Where the name tells nothing, the price does: in which third of what its provider sells it is. */
export function tierByPrice(price: number, pricesOfAll: readonly number[]): Tier {
  const cheaper = pricesOfAll.filter((other) => other < price).length;
  const third = Math.floor((3 * cheaper) / Math.max(1, pricesOfAll.length));
  return TIERS[Math.min(2, third)] as Tier;
}

export function isAtMost(tier: Tier, bound: Tier): boolean {
  return TIERS.indexOf(tier) <= TIERS.indexOf(bound);
}
