import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costNanoUsd, type PriceEntry, priceBook, priceChanges, type UnitPrices, unitPrices } from "../../src/pricing/index.ts";

const DAY_MS = 86_400_000;
const count = fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300_000), fc.nat(2_000_000));
const rate = fc.oneof(fc.constantFrom(0, 1, 75_000_000, 3_000_000_000), fc.integer({ min: 0, max: 1_000_000_000_000 }));
const rates = fc.record(
  { input: rate, output: rate, cacheRead: rate, cacheWrite5m: rate, audioInput: rate, audioOutput: rate, reasoning: rate },
  { requiredKeys: ["input", "output"] },
);

describe("prices of single tokens", () => {
  it("give for every call what the book says it costs, to the nano-dollar, and nothing where the book has no price", () => {
    fc.assert(
      fc.property(
        rates,
        rates,
        fc.constantFrom(1000, 500, 333, 6000),
        fc.record({
          input: count,
          cacheRead: count,
          cacheWrite5m: count,
          cacheWrite1h: count,
          output: count,
          reasoning: count,
          audioInput: count,
          audioOutput: count,
          webSearches: fc.nat(20),
        }),
        (base, long, permille, parts) => {
          const services = { batch: { permille } };
          const longContext = [{ thresholdTokens: 200_000, inclusive: false, rates: long }];
          const book = priceBook().with([{ provider: "home", model: "thing", rates: base, longContext, services, sources: [] }]);
          const call = { provider: "home", model: "thing", serviceTier: "batch" };
          const input = parts.input + parts.cacheRead + parts.cacheWrite5m + parts.cacheWrite1h + parts.audioInput;
          const tokens = { ...parts, input, output: parts.output + parts.reasoning + parts.audioOutput };
          const prices = unitPrices(book, call, 0, input) as UnitPrices;
          const expected = book.recordCostNanoUsd({ ...call, timestampMs: 0, tokens });
          expect(costNanoUsd(prices, parts)).toBe(expected ?? Number.NaN);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are those of long prompts beyond their threshold, of one request where a record sums many", () => {
    const call = { provider: "anthropic", model: "claude-sonnet-4-5" };
    const atMs = Date.UTC(2026, 0, 1);
    expect(unitPrices(priceBook(), call, atMs, 200_000)?.input).toBe(3_000_000_000);
    expect(unitPrices(priceBook(), call, atMs, 200_001)?.input).toBe(6_000_000_000);
    expect(unitPrices(priceBook(), { ...call, requestInputTokens: 1000 }, atMs, 200_001)?.input).toBe(3_000_000_000);
    expect(unitPrices(priceBook(), { ...call, model: "nobody-knows" }, atMs, 1)).toBeUndefined();
  });

  it("hold until the next date or time of day of any entry of the model", () => {
    const entry: PriceEntry = { provider: "home", model: "thing", rates: { input: 1, output: 1 }, sources: [] };
    const book = priceBook().with([
      { ...entry, effectiveFromMs: 10 * DAY_MS },
      { ...entry, minutesUtc: [990, 30], effectiveToMs: 20 * DAY_MS },
    ]);
    const next = priceChanges(book, entry);
    expect(next(9 * DAY_MS)).toBe(9 * DAY_MS + 30 * 60_000);
    expect(next(9 * DAY_MS + 30 * 60_000)).toBe(9 * DAY_MS + 990 * 60_000);
    expect(next(9 * DAY_MS + 990 * 60_000)).toBe(10 * DAY_MS);
    expect(priceChanges(book, { provider: "home", model: "other" })(0)).toBe(Number.POSITIVE_INFINITY);
  });
});
