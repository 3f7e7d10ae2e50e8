/** The book against a second, naive implementation in bigint alone. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PriceEntry, priceBook, type Rates } from "../../src/pricing/index.ts";
import type { TokenCounts } from "../../src/usage/index.ts";

const rate = fc.oneof(fc.constantFrom(0, 1, 75_000_000, 3_000_000_000), fc.integer({ min: 0, max: 1_000_000_000_000 }));
const rates = fc.record<Required<Rates>>({
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite5m: rate,
  cacheWrite1h: rate,
  audioInput: rate,
  audioOutput: rate,
  reasoning: rate,
});
const count = fc.oneof(fc.nat(5), fc.nat(300_000), fc.nat(2_000_000_000));
/** Counts as a sound source gives them: every part within its total. */
const tokens = fc
  .record({
    fresh: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    audioInput: count,
    text: count,
    reasoning: count,
    audioOutput: count,
    webSearches: fc.nat(20),
  })
  .map(
    ({ fresh, text, ...part }): Required<TokenCounts> => ({
      ...part,
      input: fresh + part.cacheRead + part.cacheWrite5m + part.cacheWrite1h + part.audioInput,
      output: text + part.reasoning + part.audioOutput,
    }),
  );
const permille = fc.constantFrom(1000, 500, 6000, 1100, 333);

function entryOf(base: Required<Rates>, long: Required<Rates>, factor: number, region: number): PriceEntry {
  return {
    provider: "home",
    model: "thing",
    rates: base,
    longContext: [{ thresholdTokens: 200_000, inclusive: false, rates: long }],
    services: { batch: { permille: factor } },
    regionPermille: { here: region },
    webSearchNanoUsd: 10_000_000,
    sources: [],
  };
}

/** Nano-USD, by the definition: every product exact, one rounding half-up at the end. */
function naiveNanoUsd(entry: PriceEntry, counts: Required<TokenCounts>, factor: number, region: number): bigint {
  const price = (counts.input > 200_000 ? entry.longContext?.[0]?.rates : entry.rates) as Required<Rates>;
  const cached = counts.cacheRead + counts.cacheWrite5m + counts.cacheWrite1h;
  const products: [number, number][] = [
    [counts.input - cached - counts.audioInput, price.input],
    [counts.cacheRead, price.cacheRead],
    [counts.cacheWrite5m, price.cacheWrite5m],
    [counts.cacheWrite1h, price.cacheWrite1h],
    [counts.audioInput, price.audioInput],
    [counts.output - counts.reasoning - counts.audioOutput, price.output],
    [counts.reasoning, price.reasoning],
    [counts.audioOutput, price.audioOutput],
  ];
  const femto = products.reduce((sum, [quantity, each]) => sum + BigInt(quantity) * BigInt(each), 0n);
  const millionths = femto * BigInt(factor) * BigInt(region) + BigInt(counts.webSearches) * 10_000_000n * 1_000_000n * 1_000_000n;
  const unit = 1_000_000n * 1_000_000n;
  return (2n * millionths + unit) / (2n * unit);
}

describe("guarantee G8: the price is exact", () => {
  it("the fast path, the exact path and the definition give one integer", () => {
    fc.assert(
      fc.property(rates, rates, tokens, permille, permille, (base, long, counts, factor, region) => {
        const entry = entryOf(base, long, factor, region);
        const book = priceBook().with([entry]);
        const expected = naiveNanoUsd(entry, counts, factor, region);
        fc.pre(expected <= BigInt(Number.MAX_SAFE_INTEGER));
        const terms = { provider: "home", model: "thing", serviceTier: "batch", inferenceGeo: "here", tokens: counts };
        expect(book.cost({ ...terms, at: 0 })).toHaveProperty("costNanoUsd", Number(expected));
        expect(book.recordCostNanoUsd({ ...terms, timestampMs: 0 })).toBe(Number(expected));
      }),
      { numRuns: 400 },
    );
  });

  it("the lines add up to the cost before its one rounding", () => {
    fc.assert(
      fc.property(rates, tokens, (base, counts) => {
        const book = priceBook().with([{ ...entryOf(base, base, 1000, 1000) }]);
        const cost = book.cost({ provider: "home", model: "thing", tokens: counts, at: 0 });
        if ("unpriced" in cost) throw new Error(cost.reason);
        const femto = (usd: string): bigint => BigInt(usd.split(".")[0] + (usd.split(".")[1] ?? "").padEnd(15, "0"));
        const sum = cost.lines.reduce((total, line) => total + femto(line.exactCostUsd), 0n);
        expect((sum + 500_000n) / 1_000_000n).toBe(BigInt(cost.costNanoUsd));
        const quantities = cost.lines.filter(({ kind }) => kind !== "webSearches").reduce((total, { quantity }) => total + quantity, 0);
        expect(quantities).toBe(counts.input + counts.output);
      }),
      { numRuns: 200 },
    );
  });

  it("costs within one tier are additive but for the roundings", () => {
    fc.assert(
      fc.property(rates, tokens, tokens, (base, a, b) => {
        const book = priceBook().with([{ ...entryOf(base, base, 1000, 1000) }]);
        const both = Object.fromEntries(Object.entries(a).map(([kind, value]) => [kind, value + b[kind as keyof TokenCounts]]));
        const nano = (counts: TokenCounts): number =>
          book.recordCostNanoUsd({ provider: "home", model: "thing", timestampMs: 0, tokens: counts }) as number;
        expect(Math.abs(nano(both) - nano(a) - nano(b))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("whatever a log says, a cost is never negative and never more than all of it at the dearest price", () => {
    const model = fc.constantFrom("claude-sonnet-4-5", "claude-opus-4-8", "claude-haiku-4-5-20251001");
    fc.assert(
      fc.property(
        model,
        fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count, reasoning: count }),
        (name, counts) => {
          const nano = priceBook().recordCostNanoUsd({
            provider: "anthropic",
            model: name,
            timestampMs: Date.UTC(2026, 4, 1),
            tokens: counts,
          }) as number;
          const all = Math.max(counts.input, counts.cacheRead + counts.cacheWrite5m + counts.cacheWrite1h) + counts.output;
          expect(nano).toBeGreaterThanOrEqual(0);
          expect(nano).toBeLessThanOrEqual(all * 25_000 + 1);
        },
      ),
    );
  });
});

describe("one book, many questions", () => {
  it("words of a hostile log are only words", () => {
    const call = { provider: "anthropic", model: "claude-opus-4-6", timestampMs: Date.UTC(2026, 4, 1), tokens: { input: 1000 } };
    for (const word of ["constructor", "__proto__", "toString", "x".repeat(100_000)]) {
      expect(priceBook().recordCostNanoUsd({ ...call, serviceTier: word, speed: word, inferenceGeo: word })).toBe(5_000_000);
      expect(priceBook().recordCostNanoUsd({ ...call, provider: word, model: word })).toBeUndefined();
      expect(priceBook().canonicalModel(word, word)).toBe(word.length > 100 ? word : word.toLowerCase());
    }
  });

  it("a level's own price takes the other multipliers, not its own", () => {
    const entry: PriceEntry = {
      provider: "home",
      model: "thing",
      rates: { input: 1_000_000_000, output: 2_000_000_000 },
      services: { flex: { permille: 500, rates: { input: 600_000_000 } }, fast: { permille: 2000 } },
      regionPermille: { eu: 1100 },
      sources: [],
    };
    const nano = (terms: object): unknown =>
      priceBook()
        .with([entry])
        .recordCostNanoUsd({ provider: "home", model: "thing", timestampMs: 0, tokens: { input: 1000, output: 1000 }, ...terms });
    expect(nano({ serviceTier: "flex" })).toBe(600_000 + 1_000_000);
    expect(nano({ serviceTier: "flex", inferenceGeo: "EU" })).toBe(660_000 + 1_100_000);
    expect(nano({ serviceTier: "flex", speed: "fast", inferenceGeo: "eu" })).toBe(1_320_000 + 2_200_000);
  });

  it("a record object that is used again is priced by what it says now", () => {
    const call = { provider: "openai", model: "gpt-5", timestampMs: Date.UTC(2026, 4, 1), tokens: { input: 1000 } };
    const book = priceBook();
    expect(book.recordCostNanoUsd(call)).toBe(1_250_000);
    call.model = "gpt-4o";
    expect(book.recordCostNanoUsd(call)).toBe(2_500_000);
  });

  it("a flood of unknown models neither fills the memory nor spoils the known ones", () => {
    const book = priceBook().with([]);
    for (let i = 0; i < 25_000; i++) book.recordCostNanoUsd({ provider: "openai", model: `x-${i}`, timestampMs: 0, tokens: { input: 1 } });
    expect(book.recordCostNanoUsd({ provider: "openai", model: "gpt-5", timestampMs: 0, tokens: { input: 1000 } })).toBe(1_250_000);
  });
});
