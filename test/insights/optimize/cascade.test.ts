import { describe, expect, it } from "vitest";
import { breakEvenFailureRate, expectedCost } from "../../../src/insights/optimize/models/cascade.ts";
import { costNanoUsd, type PriceEntry, priceBook, type UnitPrices, unitPrices } from "../../../src/pricing/index.ts";
import { hasData, readData } from "../../shared-data.ts";

describe("a cheaper model first", () => {
  it("may fail at just so many calls that both models together cost what the dearer one does", () => {
    const costs = { strong: 90, weak: 1.5, judge: 0.5 };
    expect(expectedCost(costs, breakEvenFailureRate(costs))).toBeCloseTo(90, 12);
    expect(breakEvenFailureRate({ strong: 90, weak: 1.5 })).toBeCloseTo(0.983333, 6);
    expect(breakEvenFailureRate({ strong: 1, weak: 2 })).toBe(-1);
  });
});

interface Vectors {
  cascade: { costStrong: number; costWeak: number; judgeCost: number; maxFailRate: number; expectedAt: [number, number][] }[];
  pricing: Record<string, Record<string, number>>;
  repricing: { usage: Record<string, number>; cost: Record<string, number> }[];
}

describe.skipIf(!hasData("vectors"))("reference vectors (need TOKENLEDGER_DATA)", () => {
  const vectors = (): Vectors => JSON.parse(readData("vectors/rules.json")) as Vectors;

  it("of cascades: break-even and expected costs", () => {
    for (const { costStrong: strong, costWeak: weak, judgeCost: judge, maxFailRate, expectedAt } of vectors().cascade) {
      expect(breakEvenFailureRate({ strong, weak, judge })).toBeCloseTo(maxFailRate, 9);
      for (const [rate, cost] of expectedAt) expect(expectedCost({ strong, weak, judge }, rate)).toBeCloseTo(cost, 9);
    }
  });

  it("of repricing: the same tokens as another model's, long prompts at their price, counts of another tokenizer in proportion", () => {
    const { pricing, repricing } = vectors();
    const entries = Object.entries(pricing).map(([model, price]): PriceEntry => {
      const times = (factorIn = 1, factorOut = 1) => ({
        input: perMillion(price.input) * factorIn,
        cacheRead: perMillion(price.cache_read) * factorIn,
        cacheWrite5m: perMillion(price.cache_write_5m) * factorIn,
        output: perMillion(price.output) * factorOut,
      });
      const { longOver: thresholdTokens } = price;
      const long = thresholdTokens === undefined ? [] : [{ thresholdTokens, inclusive: false, rates: times(price.longIn, price.longOut) }];
      return { provider: "home", model, rates: times(), longContext: long, sources: [] };
    });
    const book = priceBook().with(entries);
    expect(repricing.length).toBeGreaterThan(10);
    for (const { usage, cost } of repricing) {
      const { input = 0, cache_read: cacheRead = 0, cache_write_5m: cacheWrite5m = 0, output = 0 } = usage;
      const none = { cacheWrite1h: 0, reasoning: 0, audioInput: 0, audioOutput: 0, webSearches: 0 };
      for (const [model, usd] of Object.entries(cost)) {
        const prices = unitPrices(book, { provider: "home", model }, 0, input + cacheRead + cacheWrite5m) as UnitPrices;
        const nanoUsd = costNanoUsd(prices, { input, cacheRead, cacheWrite5m, output, ...none });
        expect((nanoUsd / 1e9) * (pricing[model]?.ratio ?? 1)).toBeCloseTo(usd, 9);
      }
    }
  });
});

function perMillion(usd: number | undefined): number {
  return Math.round((usd ?? 0) * 1e9);
}
