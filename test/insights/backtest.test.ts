import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  admits,
  type BudgetDefinition,
  counterSpanOf,
  enforcedLimit,
  triedBudget,
  valuesCounted,
  windowOf,
} from "../../src/budget/index.ts";
import { type BacktestDocument, backtest } from "../../src/insights/index.ts";
import { smallestCap, smallestLimit } from "../../src/insights/limit-search.ts";
import { judgeWindows } from "../../src/insights/normal-windows.ts";
import { SpendingReplay } from "../../src/insights/spending-replay.ts";
import type { StoredRecord } from "../../src/ledger/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse("2026-01-01T00:00:00Z");
const USD = 1_000_000_000;

function recordOf(fields: Partial<StoredRecord> & { timestampMs: number }): StoredRecord {
  const usual = { rowId: 1, provider: "openai", model: "gpt-5", canonicalModel: "gpt-5", source: "library", costNanoUsd: USD };
  return { ...usual, tokens: { input: 100, output: 10 }, ...fields };
}

function bookOf(records: readonly StoredRecord[]) {
  return {
    async *query({ startMs = 0, endMs = Number.POSITIVE_INFINITY }: { startMs?: number; endMs?: number }) {
      for (const record of records) if (record.timestampMs >= startMs && record.timestampMs < endMs) yield record;
    },
  };
}

const DAILY: BudgetDefinition = {
  name: "tried",
  scope: {},
  period: "daily",
  amountNanoUsd: BigInt(10 * USD),
  alerts: [],
  enforcement: "block_requests",
  hard: true,
};

function run(records: readonly StoredRecord[], definition: BudgetDefinition, wishes: { maxFalseBlocks?: number; days?: number } = {}) {
  const { maxFalseBlocks, days = 30 } = wishes;
  return backtest(bookOf(records), {
    budget: triedBudget(definition),
    definition: { name: definition.name },
    startMs: START,
    endMs: START + days * DAY_MS,
    nowMs: START + days * DAY_MS,
    ...(maxFalseBlocks !== undefined && { maxFalseBlocks }),
  });
}

/** A month of eight calls of a dollar a day, and on the 20th a loop of a hundred more. */
const month = Array.from({ length: 30 }, (_, day) => {
  const calls = day === 19 ? 108 : 8;
  return Array.from({ length: calls }, (_call, index) => recordOf({ timestampMs: START + day * DAY_MS + index * 60_000 }));
}).flat();

describe("what a budget would have done", () => {
  test("a runaway is stopped, and nothing else", async () => {
    const document = await run(month, DAILY);
    expect(document).toMatchObject({
      calls: 340,
      cost_usd: "340",
      windows: 30,
      blocked_windows: 1,
      blocked_calls: 98,
      falsely_blocked: 0,
      rightly_blocked: 98,
      unknown_blocked: 0,
      saved_usd: "98",
      saved_from_runaways_usd: "98",
      first_block: { at: "2026-01-20T00:10:00.000Z", spent_usd: "10", attempted_usd: "11", value: null },
      windows_with_blocks: [{ verdict: "runaway", spent_usd: "108", usual: "8", unusual_above: "9.4" }],
    });
  });

  test("an amount below what is usual blocks business as usual, which is false", async () => {
    const document = await run(month, { ...DAILY, amountNanoUsd: BigInt(6 * USD) });
    expect(document).toMatchObject({ blocked_calls: 29 * 2 + 102, falsely_blocked: 58, rightly_blocked: 102, saved_usd: "160" });
  });

  test("with too few other windows nobody can tell, and it says so", async () => {
    const week = month.filter(({ timestampMs }) => timestampMs < START + 5 * DAY_MS);
    const document = await run(week, { ...DAILY, amountNanoUsd: BigInt(6 * USD) }, { days: 5, maxFalseBlocks: 0 });
    expect(document).toMatchObject({ blocked_calls: 10, falsely_blocked: 0, unknown_blocked: 10 });
    expect(document.proposal).toMatchObject({ amount_usd: null, reason: expect.stringContaining("too little history") });
  });

  test("a window that is not over can be a runaway, and is otherwise unknown", async () => {
    const half = month.filter(({ timestampMs }) => timestampMs < START + 10.5 * DAY_MS);
    const document = await run(half, { ...DAILY, amountNanoUsd: BigInt(6 * USD) }, { days: 10.5 });
    expect(document).toMatchObject({ falsely_blocked: 20, unknown_blocked: 2 });
  });

  test("calls without a price count nothing, and are told", async () => {
    const unpriced = month.map((record) => ({ ...record, costNanoUsd: null }));
    expect(await run(unpriced, { ...DAILY, amountNanoUsd: 1n })).toMatchObject({ unpriced_calls: 340, blocked_calls: 0, cost_usd: "0" });
  });

  test("a budget over tokens is judged by tokens", async () => {
    const { amountNanoUsd: _amount, ...tokens } = DAILY;
    expect(await run(month, { ...tokens, maxTokens: 1000 })).toMatchObject({ falsely_blocked: 0, rightly_blocked: 99 });
  });

  test("each value has its own counter and its own history", async () => {
    const users = month.flatMap((record) => [
      { ...record, user: "ada" },
      { ...record, user: "bob", costNanoUsd: USD / 10 },
    ]);
    const document = await run(users, { ...DAILY, scope: { user: "*" } });
    expect(document).toMatchObject({ windows: 60, blocked_windows: 2 });
    expect(document.windows_with_blocks.map(({ value, verdict, blocked_calls: blocked }) => [value, verdict, blocked])).toEqual([
      [{ user: "ada" }, "runaway", 98],
      [{ user: "bob" }, "runaway", 8],
    ]);
  });

  test("a call that has moved to the other provider passes", async () => {
    const moved = month.map((record) => ({ ...record, provider: "mistral" }));
    const switching = { ...DAILY, enforcement: "switch_provider", switchTo: "mistral", hard: false } as const;
    expect(await run(moved, switching)).toMatchObject({ blocked_calls: 0 });
    expect(await run(month, switching)).toMatchObject({ blocked_calls: 98 });
  });
});

describe("a proposal", () => {
  test("is what usual days need, whatever the runaway cost", async () => {
    const { amountNanoUsd: _amount, ...open } = DAILY;
    const document = await run(month, open as BudgetDefinition, { maxFalseBlocks: 0 });
    expect(document.proposal).toMatchObject({ amount_usd: "8", false_blocks: 0, reason: null });
    expect(document).toMatchObject({ budget: { amount_usd: "8" }, falsely_blocked: 0, rightly_blocked: 100 });
  });

  test("is smaller where some false blocks are allowed", async () => {
    const varied = month.map((record, index) => ({ ...record, costNanoUsd: USD + (index % 7) * 1_000_000 }));
    const amounts: number[] = [];
    for (const maxFalseBlocks of [0, 5, 20, 40]) {
      const { proposal } = await run(varied, DAILY, { maxFalseBlocks });
      amounts.push(Number(proposal?.amount_usd));
      expect(proposal?.false_blocks).toBeLessThanOrEqual(maxFalseBlocks);
    }
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
    expect(new Set(amounts).size).toBe(4);
  });

  test("takes a soft budget's tolerance into account", async () => {
    const soft = { ...DAILY, enforcement: "rate_limit", hard: false, tolerance: 0.25 } as const;
    const { proposal } = await run(month, soft, { maxFalseBlocks: 0 });
    const amount = BigInt(Math.round(Number(proposal?.amount_usd) * USD));
    // The eighth dollar is the crossing one, so more than seven are needed, of which four fifths are the amount.
    expect(enforcedLimit(soft, amount)).toBe(7n * BigInt(USD) + 1n);
    expect(enforcedLimit(soft, amount - 1n)).toBeLessThanOrEqual(7n * BigInt(USD));
  });

  test("of a sliding window looks over the borders of days", async () => {
    const { period: _period, ...rest } = DAILY;
    const { proposal } = await run(month, { ...rest, windowMs: DAY_MS }, { maxFalseBlocks: 0 });
    // The current part and sixty before it reach a little over a day, so the first calls of a day meet those of the day before.
    expect(proposal).toMatchObject({ amount_usd: "16", false_blocks: 0 });
  });
});

const anyRecords = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 20 * HOUR_MS }),
      costNanoUsd: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) }, { weight: 1, arbitrary: fc.constant(null) }),
      input: fc.integer({ min: 0, max: 30 }),
      user: fc.constantFrom("ada", "bob", undefined),
      tags: fc.constantFrom(["a"], ["a", "b"], undefined),
      provider: fc.constantFrom("openai", "mistral"),
    }),
    { maxLength: 60 },
  )
  .map((list) => {
    let timestampMs = START;
    return list.map(({ gapMs, input, user, tags, ...rest }) => {
      timestampMs += gapMs;
      return recordOf({ timestampMs, tokens: { input }, ...(user && { user }), ...(tags && { tags }), ...rest });
    });
  });

const anyTried: fc.Arbitrary<BudgetDefinition> = fc
  .record({
    scope: fc.constantFrom<BudgetDefinition["scope"]>({}, { user: "ada" }, { user: "*" }, { tag: "*" }, { provider: "openai" }),
    amountNanoUsd: fc.option(fc.bigInt({ min: 0n, max: 300n }), { nil: undefined }),
    maxTokens: fc.integer({ min: 1, max: 300 }),
    span: fc.constantFrom({ period: "daily" as const }, { period: "weekly" as const }, { windowMs: 6 * HOUR_MS }, { windowMs: 3 * DAY_MS }),
    timeZone: fc.constantFrom("UTC", "America/New_York"),
    enforcement: fc.constantFrom("rate_limit" as const, "block_requests" as const, "switch_provider" as const),
    tolerance: fc.constantFrom(0, 0.1, 0.5),
    hard: fc.boolean(),
  })
  .map(({ span, amountNanoUsd, ...rest }) => ({
    name: "any",
    alerts: [],
    switchTo: "mistral",
    ...rest,
    ...span,
    ...(amountNanoUsd !== undefined && { amountNanoUsd }),
    hard: rest.hard || rest.enforcement === "block_requests",
  }));

/** The same by the book's own rule, over everything that was admitted so far, for each call anew. */
function naively(records: readonly StoredRecord[], definition: BudgetDefinition) {
  const admitted: { atMs: number; value: string; nanoUsd: bigint; tokens: bigint }[] = [];
  const blocked: number[] = [];
  let saved = 0n;
  for (const record of records) {
    const atMs = record.timestampMs;
    const { user, tags = [], provider, model, canonicalModel } = record;
    const values = valuesCounted(definition.scope, { user: { name: user }, tags, provider, model, canonicalModel });
    const adding = { nanoUsd: BigInt(record.costNanoUsd ?? 0), tokens: BigInt(record.tokens.input ?? 0) };
    const window = windowOf(atMs, definition);
    const fits = values.every((value) => {
      const counted = admitted.filter((one) => {
        const { startMs } = counterSpanOf(one.atMs, definition);
        return one.value === value && startMs >= window.startMs && startMs < window.endMs;
      });
      const usedNanoUsd = counted.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
      const usedTokens = counted.reduce((sum, { tokens }) => sum + tokens, 0n);
      return admits(definition, { usedNanoUsd, usedTokens, reservedNanoUsd: 0n, reservedTokens: 0n }, adding, record, atMs);
    });
    if (fits) for (const value of values) admitted.push({ atMs, value, ...adding });
    else {
      blocked.push(atMs);
      saved += adding.nanoUsd;
    }
  }
  return { blocked, saved };
}

describe("against a second implementation", () => {
  test("the replay blocks what the book's rule refuses, call by call", async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords, anyTried, async (records, definition) => {
        const expected = naively(records, definition);
        const document: BacktestDocument = await run(records, definition, { days: 400 });
        expect(document.blocked_calls).toBe(expected.blocked.length);
        expect(BigInt(Math.round(Number(document.saved_usd) * USD))).toBe(expected.saved);
        expect(document.first_block?.at).toBe(expected.blocked[0] && new Date(expected.blocked[0]).toISOString());
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["few", 8, 12, 1000],
    ["many", 200, 2, 20],
  ])(
    "a limit that is found is the smallest from which on every one blocks few enough, by trying them all: %s calls",
    (_few, maxLength, dearest, numRuns) => {
      const anySpan = fc.array(fc.integer({ min: -2, max: dearest }), { maxLength, size: "max" }).chain((costs) =>
        fc.record({
          costs: fc.constant(costs),
          parts: fc.array(fc.nat(6), { minLength: costs.length, maxLength: costs.length }).map((parts) => parts.sort((a, b) => a - b)),
          exempt: fc.array(fc.nat(maxLength), { maxLength: 1 }).map((at) => new Set(at)),
        }),
      );
      fc.assert(
        fc.property(
          fc.array(anySpan, { maxLength: 4 }),
          fc.boolean(),
          fc.boolean(),
          fc.nat(12),
          fc.boolean(),
          (spans, isHard, isSliding, allowed, isDear) => {
            // So dear that a window's sum is more nano-dollars than a number holds exactly; all are multiples of it, so limits are, too.
            const unit = isDear ? 700_000_001_234_567 : 1;
            const tried = spans.map(({ costs, parts, exempt }) => ({
              costs: costs.map((cost) => cost * unit),
              exempt,
              ...(isSliding && { sliding: { parts, partsBefore: 1 } }),
            }));
            const blockedAt = (limitNanoUsd: bigint): number =>
              spans.reduce((sum, { costs, parts, exempt }) => {
                const replay = new SpendingReplay({
                  limitNanoUsd,
                  isHard,
                  windowOf: () => ({ startMs: 0, endMs: 1000 }),
                  ...(isSliding && { sliding: { partMs: 1, partsBefore: 1 } }),
                });
                costs.forEach((nanoUsd, index) => {
                  replay.take({ atMs: parts[index] ?? 0, nanoUsd, tokens: 0, values: [""], isExempt: exempt.has(index) });
                });
                return sum + (replay.counters[0]?.windows[0]?.blockedCalls ?? 0);
              }, 0);
            // Above the sum of everything nothing is blocked.
            let expected = BigInt(1 + spans.reduce((sum, { costs }) => sum + costs.reduce((all, cost) => all + Math.max(0, cost), 0), 0));
            while (expected > 0n && blockedAt(expected - 1n) <= allowed) expected--;
            const { limit, blocked } = smallestLimit(tried, isHard, allowed);
            // A soft limit need only be a nano-dollar more than what was used before.
            expect(limit).toBe(isHard || expected === 0n ? expected * BigInt(unit) : (expected - 1n) * BigInt(unit) + 1n);
            expect(blocked).toBe(blockedAt(expected));
          },
        ),
        { numRuns },
      );
    },
  );

  test("fewer blocks under a larger limit is no law, so the search can't halve", () => {
    const blockedAt = (limitNanoUsd: bigint): number => {
      const replay = new SpendingReplay({ limitNanoUsd, isHard: true, windowOf: () => ({ startMs: 0, endMs: 1 }) });
      for (const nanoUsd of [10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) replay.take({ atMs: 0, nanoUsd, tokens: 0, values: [""] });
      return replay.counters[0]?.windows[0]?.blockedCalls ?? 0;
    };
    expect([blockedAt(9n), blockedAt(10n)]).toEqual([2, 10]);
  });

  test("the cap that is found is the smallest whose limit is high enough", () => {
    const limit = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(limit, fc.double({ min: 0, max: 1, noNaN: true }), (wanted, tolerance) => {
        const limitOf = (cap: bigint): bigint => enforcedLimit({ ...DAILY, enforcement: "rate_limit", hard: false, tolerance }, cap);
        const cap = smallestCap(wanted, limitOf);
        expect(limitOf(cap) >= wanted).toBe(true);
        if (cap > 0n) expect(limitOf(cap - 1n) < wanted).toBe(true);
      }),
    );
  });
});

describe("what is normal", () => {
  const complete = (...amounts: number[]) => amounts.map((spent) => ({ spent, isComplete: true }));

  test("is told by the other windows with spending: their median, and how far they lie from it", () => {
    const judged = judgeWindows(complete(10, 12, 8, 11, 9, 10, 0, 100));
    expect(judged.map(({ verdict }) => verdict)).toEqual([...Array.from({ length: 7 }, () => "normal"), "runaway"]);
    // Of 8, 9, 10, 10, 11, 12 the median is 10, and that of the distances 1.
    expect(judged[7]).toEqual({ verdict: "runaway", usual: 10, unusualAbove: 10 + 3.5 * 1.4826 });
  });

  test("by the textbook's median and median distance, for any windows", () => {
    const median = (values: readonly number[]): number => {
      const sorted = [...values].sort((a, b) => a - b);
      return ((sorted[Math.ceil(sorted.length / 2 - 1)] as number) + (sorted[Math.floor(sorted.length / 2)] as number)) / 2;
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 7, maxLength: 30 }), (amounts) => {
        judgeWindows(complete(...amounts)).forEach(({ usual, unusualAbove, verdict }, index) => {
          const others = amounts.filter((_, other) => other !== index);
          const deviation = Math.max(1.4826 * median(others.map((one) => Math.abs(one - median(others)))), 0.05 * median(others));
          expect(usual).toBe(median(others));
          expect(unusualAbove).toBeCloseTo(median(others) + 3.5 * deviation, 9);
          expect(verdict).toBe((amounts[index] as number) > (unusualAbove ?? 0) ? "runaway" : "normal");
        });
      }),
    );
  });

  test("several runaways don't make each other normal", () => {
    const judged = judgeWindows(complete(10, 12, 8, 11, 9, 10, 11, 100, 120, 90));
    expect(judged.filter(({ verdict }) => verdict === "runaway")).toHaveLength(3);
  });

  test("needs six others", () => {
    expect(judgeWindows(complete(10, 10, 10, 10, 10, 1000)).every(({ verdict }) => verdict === "unknown")).toBe(true);
    expect(judgeWindows(complete(10, 10, 10, 10, 10, 10, 1000)).map(({ verdict }) => verdict)).toEqual([
      ...Array.from({ length: 6 }, () => "normal"),
      "runaway",
    ]);
  });

  test("does not make a runaway of a small rise where all windows are alike", () => {
    expect(judgeWindows(complete(100, 100, 100, 100, 100, 100, 117)).at(-1)?.verdict).toBe("normal");
    expect(judgeWindows(complete(100, 100, 100, 100, 100, 100, 118)).at(-1)?.verdict).toBe("runaway");
  });
});
