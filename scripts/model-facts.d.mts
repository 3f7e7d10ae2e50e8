import type { PriceEntry } from "../src/pricing/index.ts";

/** Path → text of the generated file. */
export function generateModelFacts(
  pricesFolder: string,
  pricing: { priceBook(): { entries(): PriceEntry[] }; canonicalModel(provider: string, model: string): string },
): Record<string, string>;
