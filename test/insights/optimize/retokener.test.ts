import fc from "fast-check";
import { expect, test } from "vitest";
import type { Call, DisjointTokens } from "../../../src/insights/optimize/replay/call.ts";
import type { Cell } from "../../../src/insights/optimize/replay/cell.ts";
import { Retokener } from "../../../src/insights/optimize/replay/retokener.ts";
import { costNanoUsd, priceBook, unitPrices } from "../../../src/pricing/index.ts";

const AT_MS = Date.UTC(2026, 3, 6);
const count = fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 3_000_000_000 }), fc.constant(0));
const counts = fc.record({ input: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count });

const callWith = (tokens: DisjointTokens, costNanoUsd: number, model: string): Call => ({
  row: 1,
  timestampMs: AT_MS,
  day: Math.floor(AT_MS / 86_400_000),
  model: { index: 0, provider: "anthropic", model, canonicalModel: model },
  terms: { index: 0, attempt: 1, isEstimated: false },
  workload: { index: 0, isRest: false },
  session: 0,
  user: 0,
  tokens,
  inputTokens: 1000,
  outputTokens: 0,
  latencyMs: Number.NaN,
  costNanoUsd,
  facts: undefined,
});

test("a call with other counts costs what the price book says, times what was paid of the list price, however large it is", () => {
  fc.assert(
    fc.property(
      counts,
      counts,
      fc.integer({ min: 0, max: 5000 }),
      fc.constantFrom(1, 1, 0.5, 1.3),
      fc.constantFrom("claude-haiku-4-5", "claude-3-haiku", "claude-sonnet-4-5"),
      (before, after, output, paidShare, model) => {
        const tokens = { ...before, output, reasoning: 0, audioInput: 0, audioOutput: 0, webSearches: 0 };
        const book = priceBook();
        const prices = unitPrices(book, { provider: "anthropic", model }, AT_MS, 1000);
        if (prices === undefined) throw new Error(`${model} has no price`);
        const list = costNanoUsd(prices, tokens);
        const cost = costNanoUsd(prices, { ...tokens, ...after });
        const paid = Math.round(list * paidShare);
        const cell = { retokenings: new Map() } as unknown as Cell;
        const retokener = new Retokener(book);
        if (!retokener.begin(callWith(tokens, paid, model), cell)) {
          expect(list).toBe(0);
          return;
        }
        retokener.add("other", after.input, after.cacheRead, after.cacheWrite5m, after.cacheWrite1h);
        const expected = (2n * BigInt(cost) * BigInt(paid) + BigInt(list)) / (2n * BigInt(list));
        expect(cell.retokenings.get("other")?.savedNanoUsd).toBe(paid - Number(expected));
        expect(cell.retokenings.get("other")?.difference).toMatchObject({ input: after.input - before.input, output: 0 });
      },
    ),
    { numRuns: 2000 },
  );
});
