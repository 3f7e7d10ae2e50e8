import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  admits,
  amountAt,
  type BudgetCounts,
  type BudgetDefinition,
  breachesOf,
  ENFORCEMENTS,
  type Enforcement,
  enforcedLimit,
  reachedThresholds,
  statusOf,
} from "../../src/budget/index.ts";
import { parseUsd } from "../../src/money.ts";
import { anyBudget, budgetOf } from "./definitions.ts";

const NOW = Date.parse("2026-05-20T12:00:00Z");
const CALL = { provider: "anthropic" };

function counts(fields: Partial<BudgetCounts> = {}): BudgetCounts {
  return { usedNanoUsd: 0n, reservedNanoUsd: 0n, usedTokens: 0n, reservedTokens: 0n, ...fields };
}
const spent = (usd: string): BudgetCounts => counts({ usedNanoUsd: parseUsd(usd) });
const costing = (usd: string) => ({ nanoUsd: parseUsd(usd), tokens: 100n });

function refusing(fields: Partial<BudgetDefinition>, held: BudgetCounts, adding = costing("1"), call = CALL): string[] {
  const definition = budgetOf(fields);
  const breaches = breachesOf(definition, "", held, adding, call, NOW).filter(({ refuses }) => refuses);
  expect(admits(definition, held, adding, call, NOW)).toBe(breaches.length === 0);
  return breaches.map(({ cap }) => cap);
}

describe("hard budgets", () => {
  const hard = { hard: true } as const;

  test("guarantee G1d: the last nano-dollar and the last token can be spent, and not one more", () => {
    const held = counts({ usedNanoUsd: parseUsd("300"), reservedNanoUsd: parseUsd("199.999999999") });
    expect(refusing(hard, held, { nanoUsd: 1n, tokens: 5n })).toEqual([]);
    expect(refusing(hard, held, { nanoUsd: 2n, tokens: 5n })).toEqual(["cost_usd"]);
    const tokens = { ...hard, amountNanoUsd: undefined as never, maxTokens: 1000 };
    expect(refusing(tokens, counts({ usedTokens: 600n, reservedTokens: 300n }), { nanoUsd: 7n, tokens: 100n })).toEqual([]);
    expect(refusing(tokens, counts({ usedTokens: 600n, reservedTokens: 300n }), { nanoUsd: 7n, tokens: 101n })).toEqual(["total_tokens"]);
    // As decimals, 1.1 + 2.2 is more than 3.3.
    expect(refusing({ ...hard, amountNanoUsd: parseUsd("3.3") }, spent("1.1"), costing("2.2"))).toEqual([]);
  });

  test("tolerance is no part of them, and block_requests is hard whatever is said", () => {
    for (const fields of [{ hard: true }, { hard: false, enforcement: "block_requests" }] as const)
      expect(refusing({ ...fields, tolerance: 0.5 }, spent("499"), costing("1.000000001"))).toEqual(["cost_usd"]);
  });

  test("a call that adds nothing along an axis is not refused for it, even where the cap is passed", () => {
    const held = counts({ usedNanoUsd: parseUsd("501"), usedTokens: 10n });
    expect(refusing({ ...hard, maxTokens: 100 }, held, { nanoUsd: 0n, tokens: 90n })).toEqual([]);
    expect(refusing({ ...hard, maxTokens: 100 }, held, { nanoUsd: 0n, tokens: 91n })).toEqual(["total_tokens"]);
    expect(refusing({ ...hard, amountNanoUsd: 0n }, counts(), { nanoUsd: 0n, tokens: 5n })).toEqual([]);
    expect(refusing({ ...hard, amountNanoUsd: 0n }, counts(), { nanoUsd: 1n, tokens: 0n })).toEqual(["cost_usd"]);
  });

  test("both caps are told of where both would be passed", () => {
    expect(refusing({ ...hard, maxTokens: 50 }, spent("500"))).toEqual(["cost_usd", "total_tokens"]);
  });
});

describe("soft budgets", () => {
  test("the call that crosses the amount passes; from then on none does that adds to it", () => {
    expect(refusing({}, spent("499.99"), costing("100"))).toEqual([]);
    expect(refusing({}, spent("500"), costing("0.000000001"))).toEqual(["cost_usd"]);
    expect(refusing({}, counts({ usedNanoUsd: parseUsd("400"), reservedNanoUsd: parseUsd("100") }))).toEqual(["cost_usd"]);
    expect(refusing({}, spent("700"), { nanoUsd: 0n, tokens: 5n })).toEqual([]);
  });

  test("tolerance moves where enforcement begins, exactly", () => {
    expect(refusing({ tolerance: 0.1 }, spent("549.999999999"))).toEqual([]);
    expect(refusing({ tolerance: 0.1 }, spent("550"))).toEqual(["cost_usd"]);
    expect(enforcedLimit(budgetOf({ tolerance: 0.1 }), 999n)).toBe(1098n);
    expect(enforcedLimit(budgetOf({ tolerance: 0.1, hard: true }), 999n)).toBe(999n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9n * 10n ** 18n }), fc.integer({ min: 0, max: 1000 }), (cap, tenths) => {
        expect(enforcedLimit(budgetOf({ tolerance: tenths / 1000 }), cap)).toBe((cap * BigInt(1000 + tenths)) / 1000n);
      }),
    );
  });
});

describe("acceptance G11: $500 a month, alerts at 50, 75 and 90 percent, enforcement rate_limit", () => {
  const budget = budgetOf({ alerts: [50, 75, 90] });

  test.each([
    ["0", [], false],
    ["249.99", [], false],
    ["249.999999999", [], false],
    ["250", [50], false],
    ["374.99", [50], false],
    ["375", [50, 75], false],
    ["450", [50, 75, 90], false],
    ["499.999999999", [50, 75, 90], false],
    ["500", [50, 75, 90], true],
    ["600", [50, 75, 90], true],
  ])("$%s spent: thresholds %j reached, enforced: %s", (usd, thresholds, isEnforced) => {
    const used = { nanoUsd: parseUsd(usd), tokens: 0n };
    expect(reachedThresholds(budget, used, NOW)).toEqual(thresholds);
    expect(admits(budget, spent(usd), costing("1"), CALL, NOW)).toBe(!isEnforced);
    expect(statusOf(budget, spent(usd), NOW).isExhausted).toBe(isEnforced);
  });

  test.each(["daily", "weekly", "monthly", "quarterly", "yearly", "lifetime"] as const)(
    "without alerts a %s budget is enforced at 100 percent all the same",
    (period) => {
      const silent = budgetOf({ period });
      expect(reachedThresholds(silent, { nanoUsd: parseUsd("500"), tokens: 0n }, NOW)).toEqual([]);
      expect(admits(silent, spent("250"), costing("1"), CALL, NOW)).toBe(true);
      expect(admits(silent, spent("500"), costing("1"), CALL, NOW)).toBe(false);
    },
  );

  test("thresholds look at what is used, never at what is reserved; at tokens too; and at the amount in force", () => {
    const tokens = budgetOf({ alerts: [33.3, 50], maxTokens: 1000 });
    expect(reachedThresholds(tokens, { nanoUsd: 0n, tokens: 332n }, NOW)).toEqual([]);
    expect(reachedThresholds(tokens, { nanoUsd: 0n, tokens: 333n }, NOW)).toEqual([33.3]);
    expect(reachedThresholds(tokens, { nanoUsd: parseUsd("250"), tokens: 1n }, NOW)).toEqual([33.3, 50]);
    const raised = { ...budget, override: { amountNanoUsd: parseUsd("1000"), untilMs: NOW + 1 } };
    expect(reachedThresholds(raised, { nanoUsd: parseUsd("250"), tokens: 0n }, NOW)).toEqual([]);
    expect(reachedThresholds(raised, { nanoUsd: parseUsd("250"), tokens: 0n }, NOW + 1)).toEqual([50]);
    const nothing = budgetOf({ amountNanoUsd: 0n, alerts: [50, 100] });
    expect(reachedThresholds(nothing, { nanoUsd: 0n, tokens: 9n }, NOW)).toEqual([]);
    expect(reachedThresholds(nothing, { nanoUsd: 1n, tokens: 9n }, NOW)).toEqual([50, 100]);
  });
});

describe("acceptance G12: the four enforcements as decisions, $500 spent of $500", () => {
  const breachOf = (enforcement: Enforcement) =>
    breachesOf(budgetOf({ enforcement, switchTo: "groq" }), "", spent("500"), costing("1"), CALL, NOW)[0];
  const endOfMay = Date.parse("2026-06-01T00:00:00Z") - NOW;

  test("notify_only lets the call pass, and tells", () => {
    expect(breachOf("notify_only")).toMatchObject({ budget: "b", enforcement: "notify_only", refuses: false });
  });

  test("rate_limit refuses and says when to come back", () => {
    expect(breachOf("rate_limit")).toEqual({
      budget: "b",
      cap: "cost_usd",
      limit: 500,
      attempted: 501,
      limitNanoUsd: parseUsd("500"),
      attemptedNanoUsd: parseUsd("501"),
      reserved: 0,
      reservedNanoUsd: 0n,
      enforcement: "rate_limit",
      refuses: true,
      retryAfterMs: endOfMay,
    });
  });

  test("block_requests refuses", () => {
    expect(breachOf("block_requests")).toMatchObject({ enforcement: "block_requests", refuses: true, retryAfterMs: endOfMay });
  });

  test("switch_provider refuses, and names the provider to which calls move; those that have moved pass", () => {
    expect(breachOf("switch_provider")).toMatchObject({ switchTo: "groq", refuses: true });
    const switching = { enforcement: "switch_provider", switchTo: "groq" } as const;
    expect(refusing(switching, spent("500"))).toEqual(["cost_usd"]);
    expect(refusing(switching, spent("500"), costing("1"), { provider: "groq" })).toEqual([]);
    // A hard cap holds for them, too.
    expect(refusing({ ...switching, hard: true }, spent("499.5"), costing("1"), { provider: "groq" })).toEqual(["cost_usd"]);
    expect(refusing({ ...switching, hard: true }, spent("499"), costing("1"), { provider: "groq" })).toEqual([]);
  });

  test("a budget in shadow decides, tells, and lets every call pass, whatever its enforcement", () => {
    for (const enforcement of ENFORCEMENTS) {
      const shadow = budgetOf({ enforcement, shadow: true, hard: enforcement === "block_requests", switchTo: "groq" });
      expect(admits(shadow, spent("900"), costing("1"), CALL, NOW)).toBe(true);
      expect(breachesOf(shadow, "", spent("900"), costing("1"), CALL, NOW)).toMatchObject([{ refuses: false, enforcement }]);
    }
  });

  test("a breach says whose share of the budget it is", () => {
    const [own] = breachesOf(budgetOf({ scope: { user: "*", model: "*" } }), '["ada","gpt-5"]', spent("500"), costing("1"), CALL, NOW);
    expect(own?.value).toBe("ada, gpt-5");
    const [all] = breachesOf(budgetOf(), "", spent("500"), costing("1"), CALL, NOW);
    expect(all).not.toHaveProperty("value");
  });
});

describe("overrides", () => {
  const override = { amountNanoUsd: parseUsd("800"), untilMs: NOW + 60_000 };

  test("hold until their instant, and not at it", () => {
    const budget = budgetOf({ override });
    expect([NOW, NOW + 59_999, NOW + 60_000].map((at) => amountAt(budget, at))).toEqual(["800", "800", "500"].map((usd) => parseUsd(usd)));
    expect(admits(budget, spent("600"), costing("1"), CALL, NOW + 59_999)).toBe(true);
    expect(admits(budget, spent("600"), costing("1"), CALL, NOW + 60_000)).toBe(false);
    expect(statusOf(budget, spent("600"), NOW)).toMatchObject({ amountNanoUsd: parseUsd("800"), utilizationPct: 75, isExhausted: false });
    expect(statusOf(budget, spent("600"), NOW + 60_000)).toMatchObject({ amountNanoUsd: parseUsd("500"), isExhausted: true, zone: "red" });
  });

  test("where a lower amount holds for a while, the call fits when that ends", () => {
    const lowered = { amountNanoUsd: parseUsd("100"), untilMs: NOW + 60_000 };
    for (const period of ["monthly", "lifetime"] as const) {
      const [breach] = breachesOf(budgetOf({ period, override: lowered }), "", spent("300"), costing("1"), CALL, NOW);
      expect(breach).toMatchObject({ limit: 100, retryAfterMs: 60_000 });
    }
  });

  test("where a higher amount ends with the window, a call that only it could hold never fits", () => {
    const raised = { amountNanoUsd: parseUsd("800"), untilMs: Date.parse("2026-06-01T00:00:00Z") };
    const [breach] = breachesOf(budgetOf({ hard: true, override: raised }), "", spent("700"), costing("600"), CALL, NOW);
    expect(breach).not.toHaveProperty("retryAfterMs");
    const longer = { ...raised, untilMs: raised.untilMs + 1 };
    const [fitting] = breachesOf(budgetOf({ hard: true, override: longer }), "", spent("700"), costing("600"), CALL, NOW);
    expect(fitting?.retryAfterMs).toBe(raised.untilMs - NOW);
  });
});

describe("when a call will fit", () => {
  test("a calendar budget: when its window ends; never, where the call alone is more than the cap", () => {
    const end = Date.parse("2026-06-01T04:00:00Z");
    const budget = budgetOf({ hard: true, timeZone: "America/New_York" });
    expect(breachesOf(budget, "", spent("500"), costing("500"), CALL, NOW)[0]?.retryAfterMs).toBe(end - NOW);
    expect(breachesOf(budget, "", spent("500"), costing("500.000000001"), CALL, NOW)[0]).not.toHaveProperty("retryAfterMs");
    expect(breachesOf(budgetOf({ amountNanoUsd: 0n }), "", counts(), costing("1"), CALL, NOW)[0]).not.toHaveProperty("retryAfterMs");
  });

  test("a budget for all time: never", () => {
    expect(breachesOf(budgetOf({ period: "lifetime" }), "", spent("500"), costing("1"), CALL, NOW)[0]).not.toHaveProperty("retryAfterMs");
  });

  test("a sliding window: at the first instant at which enough has left, not a millisecond earlier", () => {
    const windowMs = 60_000;
    const event = fc.record({
      agoMs: fc.integer({ min: 0, max: 61_000 }),
      nanoUsd: fc.bigInt({ min: 1n, max: 50n }),
      tokens: fc.bigInt({ min: 0n, max: 9n }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 30 }),
        fc.bigInt({ min: 1n, max: 120n }),
        fc.bigInt({ min: 1n, max: 100n }),
        fc.boolean(),
        fc.integer({ min: 0, max: 999 }),
        (events, added, amountNanoUsd, hard, offsetMs) => {
          const nowMs = NOW + offsetMs;
          const budget = budgetOf({ windowMs, amountNanoUsd, hard });
          const adding = { nanoUsd: added, tokens: 3n };
          const heldAt = (atMs: number) =>
            slidingCounts(
              events.map((each) => ({ ...each, atMs: nowMs - each.agoMs })),
              atMs,
            );
          const [breach] = breachesOf(budget, "", heldAt(nowMs), adding, CALL, nowMs);
          if (breach === undefined) return;
          const fitsAt = (atMs: number): boolean => admits(budget, heldAt(atMs), adding, CALL, atMs);
          // All has left after a window and a part of it.
          let firstMs = nowMs;
          while (firstMs <= nowMs + 63_000 && !fitsAt(firstMs)) firstMs += firstMs % 1000 === 0 ? 1000 : 1000 - (firstMs % 1000);
          expect(breach.retryAfterMs).toBe(firstMs > nowMs + 63_000 ? undefined : firstMs - nowMs);
          if (breach.retryAfterMs !== undefined) expect(fitsAt(nowMs + breach.retryAfterMs - 1)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("parts of a minute are a second: what was spent 20 s ago is free 41 s from now", () => {
    const startMs = NOW - 20_000;
    const held = counts({ usedNanoUsd: 10n, buckets: [{ startMs, nanoUsd: 10n, tokens: 0n }] });
    const [breach] = breachesOf(
      budgetOf({ windowMs: 60_000, amountNanoUsd: 10n, hard: true }),
      "",
      held,
      { nanoUsd: 1n, tokens: 0n },
      CALL,
      NOW,
    );
    expect(breach?.retryAfterMs).toBe(41_000);
  });

  /** What a sliding minute holds, naively: every event that is less than 61 whole seconds away counts. */
  function slidingCounts(events: readonly { atMs: number; nanoUsd: bigint; tokens: bigint }[], nowMs: number): BudgetCounts {
    const second = (ms: number): number => Math.floor(ms / 1000);
    const counted = events.filter(({ atMs }) => second(nowMs) - second(atMs) <= 60);
    const total = counted.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
    return counts({
      // Used or reserved: parts hold both.
      usedNanoUsd: total / 2n,
      reservedNanoUsd: total - total / 2n,
      usedTokens: counted.reduce((sum, { tokens }) => sum + tokens, 0n),
      buckets: counted.map(({ atMs, nanoUsd, tokens }) => ({ startMs: second(atMs) * 1000, nanoUsd, tokens })),
    });
  }
});

describe("how a budget stands", () => {
  test("utilization is of the cap that is nearest to its end, exact, and by what is used", () => {
    expect(statusOf(budgetOf(), counts({ usedNanoUsd: parseUsd("249.99"), reservedNanoUsd: parseUsd("100") }), NOW)).toEqual({
      amountNanoUsd: parseUsd("500"),
      utilizationPct: 49.998,
      zone: "green",
      isExhausted: false,
    });
    const both = budgetOf({ maxTokens: 1000 });
    expect(statusOf(both, counts({ usedNanoUsd: parseUsd("50"), usedTokens: 900n }), NOW)).toMatchObject({
      utilizationPct: 90,
      zone: "yellow",
    });
    expect(statusOf(both, counts({ usedNanoUsd: parseUsd("450"), usedTokens: 100n }), NOW)).toMatchObject({
      utilizationPct: 90,
      zone: "yellow",
    });
    const { amountNanoUsd: _none, ...tokensOnly } = both;
    expect(statusOf(tokensOnly, counts({ usedTokens: 500n }), NOW)).toEqual({ utilizationPct: 50, zone: "green", isExhausted: false });
  });

  test("what is reserved exhausts a budget, too: a call would be refused", () => {
    const held = counts({ usedNanoUsd: parseUsd("400"), reservedNanoUsd: parseUsd("100") });
    for (const hard of [true, false]) expect(statusOf(budgetOf({ hard }), held, NOW)).toMatchObject({ zone: "green", isExhausted: true });
  });

  test("orange is what a soft budget tolerates; a hard one is red above its amount", () => {
    expect(statusOf(budgetOf({ tolerance: 0.1 }), spent("550"), NOW)).toMatchObject({
      zone: "orange",
      isExhausted: true,
      utilizationPct: 110,
    });
    expect(statusOf(budgetOf({ tolerance: 0.1 }), spent("520"), NOW)).toMatchObject({ zone: "orange", isExhausted: false });
    expect(statusOf(budgetOf({ tolerance: 0.1, hard: true }), spent("500.000000001"), NOW)).toMatchObject({
      zone: "red",
      isExhausted: true,
    });
  });

  test("acceptance C6: of an amount of 0, nothing is 0 percent and anything has no percentage", () => {
    const nothing = budgetOf({ amountNanoUsd: 0n });
    expect(statusOf(nothing, counts(), NOW)).toMatchObject({ utilizationPct: 0, zone: "green", isExhausted: true });
    expect(statusOf(nothing, counts({ usedNanoUsd: 1n }), NOW)).toMatchObject({ utilizationPct: undefined, zone: "red" });
  });
});

describe("for any budget", () => {
  const amount = fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 10n ** 19n }));
  const held = fc.record({ usedNanoUsd: amount, reservedNanoUsd: amount, usedTokens: amount, reservedTokens: amount });
  const adding = fc.record({ nanoUsd: amount, tokens: amount });
  /** Small caps, so that they are met. */
  const budget = fc
    .tuple(anyBudget, fc.option(fc.bigInt({ min: 0n, max: 40n })), fc.option(fc.integer({ min: 1, max: 40 })))
    .map(([definition, amountNanoUsd, maxTokens]) => ({
      ...definition,
      ...(amountNanoUsd !== null && definition.amountNanoUsd !== undefined && { amountNanoUsd }),
      ...(maxTokens !== null && definition.maxTokens !== undefined && { maxTokens }),
    }));
  const provider = fc.constantFrom("openai", "groq").map((name) => ({ provider: name }));

  test("a call is admitted exactly if no breach refuses, and a hard cap is never passed by what is admitted", () => {
    fc.assert(
      fc.property(budget, held, adding, provider, (definition, state, add, call) => {
        const breaches = breachesOf(definition, "", state, add, call, NOW);
        const admitted = admits(definition, state, add, call, NOW);
        expect(admitted).toBe(!breaches.some(({ refuses }) => refuses));
        for (const { attempted, limit, retryAfterMs } of breaches) {
          expect(attempted).toBeGreaterThanOrEqual(limit);
          if (retryAfterMs !== undefined) expect(retryAfterMs).toBeGreaterThan(0);
        }
        if (!definition.hard || !admitted || definition.shadow) return;
        const cap = amountAt(definition, NOW);
        if (cap !== undefined && add.nanoUsd > 0n) expect(state.usedNanoUsd + state.reservedNanoUsd + add.nanoUsd <= cap).toBe(true);
        if (definition.maxTokens !== undefined && add.tokens > 0n)
          expect(state.usedTokens + state.reservedTokens + add.tokens <= BigInt(definition.maxTokens)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("the smallest call is told of exactly if the budget is exhausted", () => {
    fc.assert(
      fc.property(budget, held, (definition, state) => {
        const smallest = { nanoUsd: 1n, tokens: 1n };
        const told = breachesOf(definition, "", state, smallest, CALL, NOW).length > 0;
        expect(statusOf(definition, state, NOW).isExhausted).toBe(told);
      }),
      { numRuns: 1000 },
    );
  });

  test("more used never reaches fewer thresholds, and a fuller budget never admits what an emptier one refuses", () => {
    fc.assert(
      fc.property(budget, held, adding, amount, provider, (definition, state, add, more, call) => {
        const fuller = { ...state, usedNanoUsd: state.usedNanoUsd + more, usedTokens: state.usedTokens + more };
        const reached = (counted: BudgetCounts) =>
          reachedThresholds(definition, { nanoUsd: counted.usedNanoUsd, tokens: counted.usedTokens }, NOW);
        expect(reached(fuller)).toEqual(expect.arrayContaining(reached(state)));
        if (!admits(definition, state, add, call, NOW)) expect(admits(definition, fuller, add, call, NOW)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
