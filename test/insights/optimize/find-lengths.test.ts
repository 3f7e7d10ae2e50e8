/** Cliffs of long prompts, runaway answers, reasoning, and what all prompts begin with. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/analysis/statistics/random.ts";
import { SizeHistograms } from "../../../src/insights/optimize/habits/size-histogram.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import type { TokenCounts, UsageRecord } from "../../../src/usage/index.ts";
import { callsOf, DAY_MS, MINUTE_MS, savingOf, type TestCall, watched } from "./watched-book.ts";

const costOf = (record: UsageRecord | undefined, tokens: TokenCounts = {}): number =>
  priceBook().recordCostNanoUsd({ ...(record as UsageRecord), tokens: { ...record?.tokens, ...tokens } }) as number;

describe("prompts a little over the length from which on all tokens cost more", () => {
  test("are found with what the same call would have cost at that length, its cheapest tokens left out first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            input: fc.integer({ min: 150_000, max: 300_000 }),
            cached: fc.double({ min: 0, max: 1, noNaN: true }),
            output: fc.integer({ min: 0, max: 5000 }),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        async (drawn) => {
          const calls = drawn.map(({ input, cached, output }, index) => ({
            afterMs: index * MINUTE_MS,
            input,
            output,
            tokens: { input, output, cacheRead: Math.floor(cached * input) },
          }));
          const records = callsOf(calls);
          const { candidates, digest, timesCoveredBy } = await watched(records);
          const over = records.filter(({ tokens: { input = 0 } }) => input > 200_000 && input <= 250_000);
          const found = candidates.filter(({ kind }) => kind === "shorten-context");
          expect(found).toHaveLength(over.length === 0 ? 0 : 1);
          if (found[0] === undefined) return;
          const expected = over.reduce((sum, record) => {
            const { input = 0, cacheRead = 0 } = record.tokens;
            const left = Math.max(0, cacheRead - (input - 200_000));
            return sum + costOf(record) - costOf(record, { input: 200_000, cacheRead: left });
          }, 0);
          expect(savingOf(found[0], digest)).toBe(expected);
          expect(timesCoveredBy(found[0])).toHaveLength(over.length);
          expect(found[0].figures).toMatchObject({ threshold_tokens: 200_000 });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a model with one price for all lengths has none, nor have records that sum many requests", async () => {
    const long = Array.from({ length: 60 }, (_, index) => ({ afterMs: index * MINUTE_MS, input: 210_000, output: 100 }));
    const plain = await watched(callsOf(long.map((call) => ({ ...call, provider: "openai", model: "gpt-5" }))));
    const summed = await watched(callsOf(long.map((call) => ({ ...call, requestInputTokens: 210_000 }))));
    for (const { candidates } of [plain, summed]) expect(candidates.filter(({ kind }) => kind === "shorten-context")).toEqual([]);
  });

  test("a discount that was paid is one of the shorter call, too", async () => {
    const long = Array.from({ length: 10 }, (_, index) => ({ afterMs: index * MINUTE_MS, input: 210_000, output: 100 }));
    const list = await watched(callsOf(long));
    const cost = costOf(callsOf(long)[0]);
    const half = await watched(callsOf(long.map((call) => ({ ...call, reportedCostNanoUsd: cost / 2 }))));
    const [full, discounted] = [list, half].map(({ candidates, digest }) =>
      savingOf(candidates.find(({ kind }) => kind === "shorten-context") as never, digest),
    ) as [number, number];
    expect(discounted).toBeGreaterThan(0);
    expect(Math.abs(discounted - full / 2)).toBeLessThanOrEqual(10);
  });
});

/** Log-normal, as lengths of answers are. */
function lengths(count: number, seed: number, spread = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(1, Math.round(300 * Math.exp(spread * normal)));
  });
}

describe("answers that run away", () => {
  const answering = (sizes: readonly number[]): TestCall[] =>
    sizes.map((output, index) => ({ afterMs: index * 20_000, input: 500 + (index % 700), output }));

  test("are told by what lies beyond eight times the usual length, and are found however they are mixed in", async () => {
    const sizes = lengths(4000, 3).map((size, index) => (index > 500 && index % 40 === 0 ? 60_000 : size));
    const records = callsOf(answering(sizes));
    const { candidates, digest, timesCoveredBy } = await watched(records);
    const [found] = candidates.filter(({ kind }) => kind === "limit-output") as [(typeof candidates)[number]];
    const runaways = sizes.filter((size) => size === 60_000).length;
    expect(timesCoveredBy(found).length).toBeGreaterThanOrEqual(runaways);
    expect(timesCoveredBy(found).length).toBeLessThan(runaways * 1.1);
    // Sonnet's output costs $15 per million tokens; the limit is some eight times 300 · e^1.64.
    const limit = found.figures?.largest_limit_tokens as number;
    expect(limit).toBeGreaterThan(8 * 1300);
    expect(limit).toBeLessThan(8 * 2600);
    expect(savingOf(found, digest)).toBeGreaterThanOrEqual(runaways * (60_000 - limit) * 15_000);
  });

  test("are not found where lengths only spread widely", async () => {
    let calls = 0;
    for (let seed = 1; seed <= 6; seed++) calls += (await watched(callsOf(answering(lengths(3000, seed))))).timesOf("longAnswer").length;
    expect(calls).toBeLessThan(18);
  }, 120_000);

  test("of the first two hundred calls nothing is said", async () => {
    const { timesOf } = await watched(callsOf(answering([...lengths(150, 4), 100_000, ...lengths(40, 5)])));
    expect(timesOf("longAnswer")).toEqual([]);
  });

  test("a quantile of sizes is right within an eighth", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (sizes, share) => {
          const histograms = new SizeHistograms();
          for (let other = 0; other < 20; other++) histograms.add(histograms.make(), 1000);
          const own = histograms.make();
          for (const size of sizes) histograms.add(own, size);
          const exact = [...sizes].sort((a, b) => a - b)[Math.ceil(share * sizes.length - 1e-9) - 1] ?? 0;
          const found = histograms.quantile(own, share);
          expect(found).toBeGreaterThanOrEqual(exact);
          expect(found).toBeLessThanOrEqual(exact * 1.125);
        },
      ),
    );
    const empty = new SizeHistograms();
    expect(empty.quantile(empty.make(), 0.5)).toBeNaN();
  });
});

describe("reasoning", () => {
  const thinking = (reasoning: number, visible: number, fields: Partial<TestCall> = {}): TestCall[] =>
    Array.from({ length: 60 }, (_, index) => ({
      afterMs: index * 10 * MINUTE_MS,
      input: 1000,
      output: reasoning + visible,
      tokens: { input: 1000, output: reasoning + visible, reasoning },
      provider: "openai",
      model: "gpt-5",
      ...fields,
    }));

  test("that makes up most of the output is a scenario of a third less, between a fifth and a half", async () => {
    const { candidates, digest } = await watched(callsOf(thinking(3000, 500)));
    const [found] = candidates.filter(({ kind }) => kind === "reduce-reasoning") as [(typeof candidates)[number]];
    // $10 per million tokens of output.
    const reasoning = 60 * 3000 * 10_000;
    const saving = savingOf(found, digest);
    expect(saving).toBe(Math.round(0.35 * reasoning));
    const cost = digest.costNanoUsd;
    const { worst, best } = found.newCostFactors as { worst: number; best: number };
    expect(cost - (cost - saving) * worst).toBeCloseTo(0.2 * reasoning, -2);
    expect(cost - (cost - saving) * best).toBeCloseTo(0.5 * reasoning, -2);
    expect(found.grade).toBe("C");
    expect(found.assumptions.join(" ")).toMatch(/scenario, not a measurement/);
  });

  test("that is the smaller part, costs little, or is not told, is left alone", async () => {
    const quiet = [
      thinking(400, 500),
      thinking(0, 3000),
      thinking(60, 40, { input: 9000, tokens: { input: 9000, output: 100, reasoning: 60 } }),
      thinking(3000, 500).slice(0, 49),
    ];
    for (const calls of quiet) {
      expect((await watched(callsOf(calls))).candidates.filter(({ kind }) => kind === "reduce-reasoning")).toEqual([]);
    }
  });
});

describe("what all prompts begin with", () => {
  const prompts = (fixed: number, varying: number, seed = 1): TestCall[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 200 }, (_, index) => ({
      afterMs: index * (DAY_MS / 20),
      input: fixed + Math.floor(random() * varying),
      output: 50,
    }));
  };

  test("is told with what a thousand tokens of it cost, and with no saving", async () => {
    const calls = prompts(8000, 2000);
    const { observations, candidates } = await watched(callsOf(calls));
    expect(candidates).toEqual([]);
    expect(observations).toHaveLength(1);
    const [{ figures, requests, costNanoUsd }] = observations as [(typeof observations)[number]];
    const least = Math.min(...calls.map(({ input }) => input));
    expect(requests).toBe(200);
    expect(figures.least_input_tokens).toBe(least);
    // $3 per million tokens.
    expect(costNanoUsd).toBe(least * 200 * 3000);
    expect(figures.cost_of_1000_tokens_usd).toBeCloseTo(0.6, 9);
  });

  test("is nothing where prompts are of any length, of nearly one length, or short", async () => {
    for (const calls of [prompts(0, 20_000), prompts(8000, 1), prompts(40_000, 50), prompts(300, 100)]) {
      expect((await watched(callsOf(calls))).observations).toEqual([]);
    }
  });
});
