import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  breakEvenReads,
  CACHE_POLICIES,
  type CachePolicy,
  type CacheTerms,
} from "../../../src/insights/optimize/caching/cache-policies.ts";
import { PrefixCaches } from "../../../src/insights/optimize/caching/prefix-caches.ts";
import { PrefixReplay } from "../../../src/insights/optimize/caching/prefix-replay.ts";
import type { PromptBlock } from "../../../src/usage/index.ts";
import { readData, withData } from "../../shared-data.ts";
import { asRecorded, MOONCAKE, mooncakePrompts, type TracedPrompt } from "./mooncake.ts";
import { naiveReplay } from "./naive-prefix-replay.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const policyNamed = (name: string): CachePolicy => CACHE_POLICIES.find((policy) => policy.name === name) as CachePolicy;
const everyBlock: CacheTerms = { hasBreakpoints: false, minimumTokens: 0, policies: CACHE_POLICIES };
const breakpoints: CacheTerms = { ...everyBlock, hasBreakpoints: true };

/** In multiples of what the input costs: reads at a tenth, writes at 1.25 and 2, or at what the caller says. */
function savedPercents(
  prompts: readonly TracedPrompt[],
  terms: CacheTerms,
  rates: { read?: number; write?: number } = {},
): Record<string, number> {
  const replay = new PrefixReplay(terms);
  const saved = terms.policies.map(() => 0);
  let input = 0;
  for (const { blocks, inputTokens, timestampMs } of prompts) {
    replay.take(blocks, inputTokens, 0, timestampMs);
    input += inputTokens;
    terms.policies.forEach(({ writeKind }, index) => {
      const write = rates.write ?? (writeKind === "cacheWrite5m" ? 1.25 : 2);
      const won = (1 - (rates.read ?? 0.1)) * (replay.read[index] as number);
      saved[index] = (saved[index] as number) + won - (write - 1) * (replay.written[index] as number);
    });
  }
  return Object.fromEntries(terms.policies.map(({ name }, index) => [name, (100 * (saved[index] as number)) / input]));
}

const drawnCalls = fc.array(
  fc.record({
    // Blocks of a prompt are a path in a small tree, so that prompts share beginnings.
    path: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 6 }),
    gapMs: fc.oneof(fc.integer({ min: 0, max: 4 * MINUTE_MS }), fc.constantFrom(0, 5 * MINUTE_MS, 5 * MINUTE_MS + 1, HOUR_MS, HOUR_MS + 1)),
    inputTokens: fc.integer({ min: 0, max: 900 }),
    staticBlocks: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 40 },
);

function callsOf(drawn: typeof drawnCalls extends fc.Arbitrary<infer Calls> ? Calls : never): {
  blocks: PromptBlock[];
  inputTokens: number;
  staticBlocks: number;
  atMs: number;
}[] {
  let atMs = 1_000_000;
  return drawn.map(({ path, gapMs, inputTokens, staticBlocks }) => {
    atMs += gapMs;
    const blocks = path.map((turn, place) => ({ hash: path.slice(0, place + 1).join(""), tokens: 40 + 60 * turn + 10 * place }));
    return { blocks, inputTokens, staticBlocks, atMs };
  });
}

test.each([
  ["every block", everyBlock],
  ["breakpoints", breakpoints],
])("a replay by %s reads and writes what a search through everything that ever was finds", (_, terms) => {
  fc.assert(
    fc.property(drawnCalls, fc.constantFrom(0, 100, 250), (drawn, minimumTokens) => {
      const calls = callsOf(drawn);
      const settings = { ...terms, minimumTokens };
      const replay = new PrefixReplay(settings);
      const fast = calls.map(({ blocks, inputTokens, staticBlocks, atMs }) => {
        replay.take(blocks, inputTokens, staticBlocks, atMs);
        return CACHE_POLICIES.map((_policy, index) => ({ read: replay.read[index], written: replay.written[index] }));
      });
      CACHE_POLICIES.forEach((policy, index) => {
        expect(fast.map((each) => each[index])).toEqual(naiveReplay(calls, settings, policy));
      });
    }),
    { numRuns: 300 },
  );
});

test("never more is read and written than the prompt has tokens", () => {
  fc.assert(
    fc.property(drawnCalls, (drawn) => {
      const replay = new PrefixReplay(breakpoints);
      for (const { blocks, inputTokens, staticBlocks, atMs } of callsOf(drawn)) {
        replay.take(blocks, inputTokens, staticBlocks, atMs);
        CACHE_POLICIES.forEach((_policy, index) => {
          expect(replay.read[index]).toBeGreaterThanOrEqual(0);
          expect(replay.written[index]).toBeGreaterThanOrEqual(0);
          expect((replay.read[index] as number) + (replay.written[index] as number)).toBeLessThanOrEqual(inputTokens);
        });
      }
    }),
  );
});

test("what was seen more than an hour ago is forgotten, and its place is another's", () => {
  const caches = new PrefixCaches(CACHE_POLICIES.length);
  const replay = new PrefixReplay(everyBlock, caches);
  for (let call = 0; call < 100_000; call++) {
    replay.take([{ hash: `prompt ${call}`, tokens: 1000 }], 1000, 0, call * MINUTE_MS);
  }
  expect(caches.size).toBeLessThan(2000);
  expect(caches.seenMs.length).toBeLessThan(2000);
});

test("more than fits within the hour counts as never seen, and the newest is known", () => {
  const caches = new PrefixCaches(CACHE_POLICIES.length, 2048);
  const replay = new PrefixReplay(everyBlock, caches);
  for (let call = 0; call < 20_000; call++) replay.take([{ hash: `prompt ${call}`, tokens: 1000 }], 1000, 0, call);
  expect(caches.seenMs.length).toBe(2048);
  replay.take([{ hash: "prompt 19999", tokens: 1000 }], 1000, 0, 20_000);
  expect([...replay.read].every((read) => read === 1000 || read === 0)).toBe(true);
  expect(replay.read[CACHE_POLICIES.indexOf(policyNamed("always-5m"))]).toBe(1000);
});

test("a prompt of more blocks than fit is still replayed", () => {
  const replay = new PrefixReplay(everyBlock, new PrefixCaches(CACHE_POLICIES.length, 16));
  const blocks = Array.from({ length: 5000 }, (_, place) => ({ hash: `${place}`, tokens: 1 }));
  replay.take(blocks, 5000, 0, 0);
  expect(replay.written[CACHE_POLICIES.indexOf(policyNamed("always-1h"))]).toBe(5000);
});

withData("vectors/rules.json", () => {
  const { cacheBreakEven, cacheSims } = JSON.parse(readData("vectors/rules.json")) as {
    cacheBreakEven: { write: number; read: number; breakEvenReadsPerWrite: number }[];
    cacheSims: {
      times: number[];
      prefixTokens: number;
      inputPricePerMillion: number;
      "5m": { cost: number; noCache: number; hits: number; writes: number; saving: number };
      "1h": { cost: number; noCache: number; hits: number; writes: number; saving: number };
      best: "none" | "5m" | "1h";
    }[];
  };

  test.each(cacheBreakEven)("writes at $write and reads at $read break even at $breakEvenReadsPerWrite reads", (vector) => {
    expect(breakEvenReads(vector.write, vector.read)).toBeCloseTo(vector.breakEvenReadsPerWrite, 12);
  });

  test.each(cacheSims)("one prefix of $prefixTokens tokens at $times.length times costs what the vectors say, and $best is best", (sim) => {
    const replay = new PrefixReplay(everyBlock);
    const life = (name: string, write: number): { cost: number; hits: number; writes: number } => {
      const index = CACHE_POLICIES.indexOf(policyNamed(name));
      const fresh = new PrefixReplay(everyBlock);
      const sums = { cost: 0, hits: 0, writes: 0 };
      for (const time of sim.times) {
        fresh.take([{ hash: "prefix", tokens: sim.prefixTokens }], sim.prefixTokens, 0, time * 1000);
        const isHit = (fresh.read[index] as number) > 0;
        sums[isHit ? "hits" : "writes"]++;
        sums.cost += ((isHit ? 0.1 : write) * sim.prefixTokens * sim.inputPricePerMillion) / 1e6;
      }
      return sums;
    };
    expect(replay.policies).toBe(CACHE_POLICIES);
    const lives = { "5m": life("always-5m", 1.25), "1h": life("always-1h", 2) };
    for (const name of ["5m", "1h"] as const) {
      expect(lives[name].hits).toBe(sim[name].hits);
      expect(lives[name].writes).toBe(sim[name].writes);
      expect(lives[name].cost).toBeCloseTo(sim[name].cost, 9);
      expect(sim[name].noCache - lives[name].cost).toBeCloseTo(sim[name].saving, 9);
    }
    const [short, long] = [sim["5m"].noCache - lives["5m"].cost, sim["1h"].noCache - lives["1h"].cost];
    expect(Math.max(short, long) <= 0 ? "none" : short >= long ? "5m" : "1h").toBe(sim.best);
  });
});

withData(MOONCAKE, () => {
  const prompts = mooncakePrompts();

  describe("Mooncake's conversations, of what their input costs", () => {
    test("writing everything for five minutes gains from 4.8 to 7.7 %: less where only marked places are found again", () => {
      expect(savedPercents(prompts, everyBlock)["always-5m"]).toBeCloseTo(7.7, 1);
      expect(Math.abs((savedPercents(prompts, breakpoints)["always-5m"] as number) - 4.8)).toBeLessThan(0.5);
    });

    test("writing at second sight gains 10.2 %, found at marked places as at every block, and as records keep it", () => {
      for (const terms of [everyBlock, breakpoints]) {
        for (const kept of [prompts, prompts.map(asRecorded)]) {
          expect(Math.abs((savedPercents(kept, terms)["second-sight-5m"] as number) - 10.2)).toBeLessThan(0.5);
        }
      }
    });

    test("an hour's life costs a quarter to a third more if everything is written, and still gains a little at second sight", () => {
      for (const terms of [everyBlock, breakpoints]) {
        const percents = savedPercents(prompts, terms);
        // The trace at hand ends after half an hour; in the whole one, of an hour, more is read of what was written.
        expect(percents["always-1h"]).toBeLessThan(-25);
        expect(percents["second-sight-1h"]).toBeGreaterThan(1);
        expect(percents["second-sight-1h"]).toBeLessThan(3.5);
      }
    });

    test.each([
      [0.1, 25.4],
      [0.5, 14.1],
    ])("where writing is free and reading costs %f of the input, %f percent are gained", (read, percent) => {
      const { "always-5m": gained } = savedPercents(prompts, everyBlock, { read, write: 1 });
      expect(Math.abs((gained as number) - percent)).toBeLessThan(0.5);
    });
  });
});
