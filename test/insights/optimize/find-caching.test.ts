import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newCostOf } from "../../../src/insights/optimize/belief/composed-effects.ts";
import { CACHE_POLICIES, cacheTermsOf } from "../../../src/insights/optimize/caching/cache-policies.ts";
import { watchCaching } from "../../../src/insights/optimize/caching/find-caching.ts";
import type { Candidate } from "../../../src/insights/optimize/candidate.ts";
import { type Digest, FLAGS } from "../../../src/insights/optimize/replay/cell.ts";
import { replayCalls } from "../../../src/insights/optimize/replay/replay-calls.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import { type PriceEntry, priceBook } from "../../../src/pricing/index.ts";
import { type CallFacts, factsAsMetadata, type PromptBlock, type UsageRecord } from "../../../src/usage/index.ts";
import { withData } from "../../shared-data.ts";
import { asRecorded, MOONCAKE, mooncakePrompts } from "./mooncake.ts";
import { naiveReplay } from "./naive-prefix-replay.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 3, 6, 9);

interface Found {
  digest: Digest;
  candidates: Candidate[];
  of(kind: Candidate["kind"]): Candidate[];
}

async function found(records: readonly UsageRecord[], prices: readonly PriceEntry[] = []): Promise<Found> {
  const ledger = await openLedger("sqlite::memory:");
  try {
    if (prices.length > 0) await ledger.prices.put([...prices], "test");
    await ledger.record(records);
    const book = priceBook().with(prices);
    const watches = watchCaching(book);
    const digest = await replayCalls(ledger, {
      startMs: 0,
      endMs: START_MS + 400 * 24 * HOUR_MS,
      prices: book,
      flaggers: watches.flatMap(({ flagger }) => flagger ?? []),
      observers: watches.flatMap(({ observer }) => observer ?? []),
    });
    const candidates = watches.flatMap(({ find }) => find?.(digest) ?? []);
    return { digest, candidates, of: (kind) => candidates.filter((candidate) => candidate.kind === kind) };
  } finally {
    await ledger.close();
  }
}

/** In nano-USD: over the cells that it covers, as it is composed with others. */
function savingOf({ covers, effect }: Candidate, digest: Digest): number {
  return digest.cells
    .filter(covers)
    .reduce((sum, cell) => sum + cell.costNanoUsd - (newCostOf(cell, effect, digest) ?? cell.costNanoUsd), 0);
}

const callsCovered = ({ covers }: Candidate, digest: Digest): number =>
  digest.cells.filter(covers).reduce((sum, { calls }) => sum + calls, 0);

let made = 0;
function call(afterMs: number, changes: Partial<UsageRecord> = {}, facts: CallFacts = {}): UsageRecord {
  return {
    id: `call-${made++}`,
    timestampMs: START_MS + afterMs,
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    tokens: { input: 5000, output: 100 },
    source: "test",
    metadata: factsAsMetadata(facts),
    ...changes,
  };
}

const system: PromptBlock = { hash: "system", tokens: 4000 };
const question = (name: string | number): PromptBlock => ({ hash: `ask-${name}`, tokens: 1000 });

describe("prompts whose hashes are known", () => {
  test("what all have in common is cached, written once and read ever after; the saving is exact", async () => {
    const records = Array.from({ length: 60 }, (_, each) => call(each * MINUTE_MS, {}, { promptBlocks: [system, question(each)] }));
    const { digest, of } = await found(records);
    const [candidate, ...others] = of("enable-caching");
    expect(others).toEqual([]);
    expect(candidate).toMatchObject({
      kind: "enable-caching",
      grade: "A",
      action: { type: "cache", provider: "anthropic", model: "claude-sonnet-4-5", policy: "second-sight-5m", scopes: [{}] },
    });
    // 4,000 tokens at $3 a million: written at the second call for a quarter more, read 58 times for nine tenths less.
    expect(savingOf(candidate as Candidate, digest)).toBe(4000 * (58 * 2700 - 750));
    expect(candidate?.figures).toMatchObject({
      policy: "second-sight-5m",
      // 4,000 × (58 × 2,700 − 750) of 60 × 5,000 × 3,000 nano-USD.
      input_percent: 69.27,
      break_even_reads_per_write: 0.278,
      read_tokens: 58 * 4000,
      written_tokens: 4000,
      minimum_prefix_tokens: 1024,
    });
  });

  test("prompts that share nothing are not to be cached", async () => {
    const records = Array.from({ length: 100 }, (_, each) => call(each * 1000, {}, { promptBlocks: [question(each)] }));
    expect((await found(records)).candidates).toEqual([]);
  });

  test("a common beginning that is too short for a cache saves nothing", async () => {
    const short = { hash: "short", tokens: 900 };
    const records = Array.from({ length: 100 }, (_, each) => call(each * 1000, {}, { promptBlocks: [short, question(each)] }));
    expect((await found(records)).candidates).toEqual([]);
  });

  test("calls every half hour are cached for an hour, calls every two hours not at all", async () => {
    const every = (gapMs: number): UsageRecord[] =>
      Array.from({ length: 60 }, (_, each) => call(each * gapMs, {}, { promptBlocks: [system, question(each)] }));
    const [hourly] = (await found(every(30 * MINUTE_MS))).of("enable-caching");
    expect(hourly?.action).toMatchObject({ policy: "second-sight-1h" });
    expect((await found(every(2 * HOUR_MS))).candidates).toEqual([]);
  });

  test("a program that caches already is left alone", async () => {
    const tokens = { input: 5000, output: 100, cacheRead: 4000 };
    const records = Array.from({ length: 60 }, (_, each) => call(each * MINUTE_MS, { tokens }, { promptBlocks: [system, question(each)] }));
    expect((await found(records)).of("enable-caching")).toEqual([]);
  });

  test("only the projects that it saves something for are in its scope", async () => {
    const records = Array.from({ length: 60 }, (_, each) => [
      call(each * MINUTE_MS, { projectId: "chat" }, { promptBlocks: [system, question(each)] }),
      call(each * MINUTE_MS, { projectId: "search" }, { promptBlocks: [question(`other-${each}`)] }),
    ]).flat();
    const { digest, of } = await found(records);
    const [candidate] = of("enable-caching");
    expect(candidate?.action).toMatchObject({ scopes: [{ project: "chat" }] });
    expect(callsCovered(candidate as Candidate, digest)).toBe(60);
  });

  test("what was paid differs from the list: the saving is the same share of it", async () => {
    const paidHalf = Array.from({ length: 60 }, (_, each) =>
      call(each * MINUTE_MS, { reportedCostNanoUsd: (5000 * 3000 + 100 * 15_000) / 2 }, { promptBlocks: [system, question(each)] }),
    );
    const { digest, of } = await found(paidHalf);
    expect(savingOf(of("enable-caching")[0] as Candidate, digest)).toBe((4000 * (58 * 2700 - 750)) / 2);
  });

  test("dearer prices make savings larger in proportion", async () => {
    const records = Array.from({ length: 60 }, (_, each) => call(each * MINUTE_MS, {}, { promptBlocks: [system, question(each)] }));
    const doubled: PriceEntry = {
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      rates: { input: 6e9, output: 30e9, cacheRead: 6e8, cacheWrite5m: 7.5e9, cacheWrite1h: 12e9 },
      sources: [],
    };
    const { digest, of } = await found(records, [doubled]);
    expect(savingOf(of("enable-caching")[0] as Candidate, digest)).toBe(2 * 4000 * (58 * 2700 - 750));
  });

  test("a provider that caches by itself is asked for nothing: only the program can send its prompts alike", async () => {
    const records = Array.from({ length: 60 }, (_, each) =>
      call(each * MINUTE_MS, { provider: "openai", model: "gpt-5" }, { promptBlocks: [system, question(each)] }),
    );
    const [candidate] = (await found(records)).of("enable-caching");
    expect(candidate).toMatchObject({ grade: "B", action: { type: "by_hand" }, figures: { policy: "always-5m", written_tokens: 0 } });
  });
});

const drawnPrompts = fc.array(
  fc.record({
    path: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
    gapMs: fc.constantFrom(0, SECOND_MS, 4 * MINUTE_MS, 6 * MINUTE_MS, 50 * MINUTE_MS, 2 * HOUR_MS),
    output: fc.integer({ min: 0, max: 500 }),
  }),
  { minLength: 1, maxLength: 60 },
);

test("the saving is what a plain replay of the chosen policy finds, no policy finds more, and where none finds any nothing is proposed", async () => {
  await fc.assert(
    fc.asyncProperty(drawnPrompts, async (drawn) => {
      let afterMs = 0;
      const calls = drawn.map(({ path, gapMs, output }) => {
        afterMs += gapMs;
        const blocks = path.map((turn, place) => ({ hash: path.slice(0, place + 1).join("-"), tokens: 700 + 333 * turn }));
        return { blocks, inputTokens: blocks.reduce((sum, { tokens }) => sum + tokens, 0), staticBlocks: 0, atMs: afterMs, output };
      });
      const { digest, of } = await found(
        calls.map(({ blocks, inputTokens, atMs, output }) =>
          call(atMs, { tokens: { input: inputTokens, output } }, { promptBlocks: blocks }),
        ),
      );
      const savings = new Map(
        CACHE_POLICIES.map((policy) => {
          // At $3 a million input costs 3,000 nano-USD a token, so that nothing is rounded.
          const write = policy.writeKind === "cacheWrite5m" ? 750 : 3000;
          const replayed = naiveReplay(calls, cacheTermsOf({ canonicalModel: "claude-sonnet-4-5" }), policy);
          return [policy.name, replayed.reduce((sum, { read, written }) => sum + read * 2700 - written * write, 0)] as const;
        }).filter(([name]) => !name.startsWith("static")),
      );
      const most = Math.max(...savings.values());
      const [candidate] = of("enable-caching");
      if (candidate === undefined) {
        expect(most).toBeLessThanOrEqual(0);
        return;
      }
      const saved = savingOf(candidate, digest);
      expect(saved).toBeGreaterThan(0);
      expect(saved).toBeGreaterThanOrEqual(most);
      const policy = candidate.figures?.policy as (typeof CACHE_POLICIES)[number]["name"];
      if (savings.has(policy)) expect(saved).toBe(savings.get(policy));
    }),
    { numRuns: 60 },
  );
});

describe("conversations of which only lengths are known", () => {
  const conversation = (calls: number, gapMs: number, changes: Partial<UsageRecord> = {}): UsageRecord[] =>
    Array.from({ length: calls }, (_, each) =>
      call(each * gapMs, { sessionId: "s", tokens: { input: 4000 + each * 500, output: 400 }, ...changes }),
    );

  test("each call reads what the one before it wrote; nothing is claimed for the first", async () => {
    const { digest, of } = await found(conversation(60, MINUTE_MS));
    const [candidate] = of("enable-caching");
    expect(candidate).toMatchObject({ grade: "B", action: { type: "cache", policy: "second-sight-5m" } });
    expect(callsCovered(candidate as Candidate, digest)).toBe(59);
    // The second call writes the first one's prompt, each later one the 500 tokens that the one before had added.
    let saved = -4000 * 750;
    for (let each = 2; each < 60; each++) saved += (4000 + (each - 2) * 500) * 2700 - 500 * 750;
    expect(savingOf(candidate as Candidate, digest)).toBe(saved);
  });

  test("prompts that don't hold the prompt and the answer before them go on with nothing", async () => {
    const records = Array.from({ length: 60 }, (_, each) =>
      call(each * 1000, { sessionId: "s", tokens: { input: 4000 + (each % 2) * 3000, output: 400 } }),
    );
    const { digest, candidates } = await found(records);
    expect(candidates).toEqual([]);
    expect(digest.cells.every(({ flags }) => (flags & FLAGS.grows) === 0)).toBe(true);
  });

  test("calls of no session, and of providers that cache by themselves, are no conversations", async () => {
    const none = conversation(60, MINUTE_MS).map(({ sessionId, ...rest }) => rest);
    expect((await found(none)).candidates).toEqual([]);
    expect((await found(conversation(60, MINUTE_MS, { provider: "openai", model: "gpt-5" }))).candidates).toEqual([]);
  });

  test("conversations with pauses of hours gain nothing", async () => {
    expect((await found(conversation(60, 3 * HOUR_MS))).candidates).toEqual([]);
  });

  test("two conversations of one session side by side are two", async () => {
    const other = Array.from({ length: 60 }, (_, each) =>
      call(each * MINUTE_MS + 1, { sessionId: "s", tokens: { input: 90_000 + each * 700, output: 600 } }),
    );
    const { digest, of } = await found([...conversation(60, MINUTE_MS), ...other]);
    expect(callsCovered(of("enable-caching")[0] as Candidate, digest)).toBe(118);
  });
});

describe("caches that are used", () => {
  const agent = (calls: number, gapMs: number, kind: "cacheWrite5m" | "cacheWrite1h", isReadAgain = true): UsageRecord[] =>
    Array.from({ length: calls }, (_, each) => {
      const input = 10_000 + 1000 * each;
      const cacheRead = each > 0 && isReadAgain ? input - 1000 : 0;
      return call(each * gapMs, { sessionId: "s", tokens: { input: input + 10, output: 100, cacheRead, [kind]: input - cacheRead } });
    });

  test("an hour's life is too dear where every call comes within five minutes", async () => {
    const { digest, of } = await found(agent(60, MINUTE_MS, "cacheWrite1h"));
    const [candidate] = of("cache-lifetime");
    expect(candidate?.to).toBe("cached for 5 minutes");
    expect(savingOf(candidate as Candidate, digest)).toBe((10_000 + 59 * 1000) * 2250);
  });

  test("an hour's life stays where calls come every ten minutes", async () => {
    expect((await found(agent(60, 10 * MINUTE_MS, "cacheWrite1h"))).candidates).toEqual([]);
  });

  test("five minutes are too short where everything is written again after pauses of ten", async () => {
    const { digest, of } = await found(agent(60, 10 * MINUTE_MS, "cacheWrite5m", false));
    const [candidate] = of("cache-lifetime");
    expect(candidate?.to).toBe("cached for an hour");
    // The first prompt and 59 times 1,000 tokens for an hour instead of five minutes; all else read instead of written.
    let saved = -10_000 * 2250;
    for (let each = 1; each < 60; each++) saved += (10_000 + (each - 1) * 1000) * 3450 - 1000 * 2250;
    expect(savingOf(candidate as Candidate, digest)).toBe(saved);
  });

  test("a context that begins anew is no text that was written before", async () => {
    const records = agent(60, 10 * MINUTE_MS, "cacheWrite5m", false).reverse();
    const shrinking = records.map((record, each) => ({ ...record, timestampMs: START_MS + each * 10 * MINUTE_MS }));
    const [candidate] = (await found(shrinking)).of("cache-lifetime");
    expect(candidate?.to).toBe("nothing cached");
  });

  test("what is written and never read is not to be written", async () => {
    const records = Array.from({ length: 60 }, (_, each) =>
      call(each * MINUTE_MS, { sessionId: `s-${each}`, tokens: { input: 5000, output: 10, cacheWrite5m: 4000 } }),
    );
    const { digest, of } = await found(records);
    const [candidate] = of("cache-lifetime");
    expect(candidate).toMatchObject({ to: "nothing cached", grade: "A", action: { type: "by_hand" } });
    expect(savingOf(candidate as Candidate, digest)).toBe(60 * 4000 * 750);
  });

  test("a cache that pays is left as it is", async () => {
    expect((await found(agent(60, MINUTE_MS, "cacheWrite5m"))).candidates).toEqual([]);
  });

  test("reads from a cache that fills itself are no reason to propose anything", async () => {
    const records = Array.from({ length: 60 }, (_, each) =>
      call(each * MINUTE_MS, { provider: "openai", model: "gpt-5", sessionId: "s", tokens: { input: 5000, output: 10, cacheRead: 4000 } }),
    );
    expect((await found(records)).candidates).toEqual([]);
  });
});

withData(MOONCAKE, () => {
  test("of a model that caches 512 tokens and more, Mooncake's input costs a tenth less at second sight", async () => {
    const prompts = mooncakePrompts().map(asRecorded);
    const entry: PriceEntry = {
      provider: "anthropic",
      model: "claude-fable-5",
      rates: { input: 3e9, output: 15e9, cacheRead: 3e8, cacheWrite5m: 3.75e9, cacheWrite1h: 6e9 },
      sources: [],
    };
    const { digest, of } = await found(
      prompts.map(({ blocks, timestampMs, inputTokens, outputTokens }) =>
        call(timestampMs, { model: "claude-fable-5", tokens: { input: inputTokens, output: outputTokens } }, { promptBlocks: blocks }),
      ),
      [entry],
    );
    const [candidate] = of("enable-caching");
    expect(candidate?.figures?.policy).toBe("second-sight-5m");
    const input = 3000 * prompts.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
    expect(Math.abs((candidate?.figures?.input_percent as number) - 10.2)).toBeLessThan(0.5);
    expect(Math.abs((100 * savingOf(candidate as Candidate, digest)) / input - 10.2)).toBeLessThan(0.5);
  });
});
