import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  admits,
  isOverspent,
  leastOverspent,
  leastReaching,
  type MoneyAndTokens,
  reachedThresholds,
  roomFor,
} from "../../src/budget/index.ts";
import { anyBudget } from "./definitions.ts";

const NOW = Date.parse("2026-05-20T12:00:00Z");
const amount = fc.bigInt({ min: 0n, max: 60n });
const pair = fc.record({ nanoUsd: amount, tokens: amount });
const provider = fc.constantFrom("openai", "groq").map((name) => ({ provider: name }));
/** Small caps, which small amounts meet; half of the overrides have ended. */
const budget = fc
  .tuple(anyBudget, amount, fc.integer({ min: 1, max: 40 }), fc.boolean())
  .map(([definition, amountNanoUsd, maxTokens, isOver]) => ({
    ...definition,
    ...(definition.enforcement === "switch_provider" && { switchTo: "groq" }),
    ...(definition.amountNanoUsd !== undefined && { amountNanoUsd }),
    ...(definition.maxTokens !== undefined && { maxTokens }),
    ...(definition.override && { override: { amountNanoUsd: amountNanoUsd / 2n, untilMs: isOver ? NOW : NOW + 1 } }),
  }));
/** What a database asks: whether either amount is at least, or more than, a number that may be absent. */
const reaches = (least: Partial<MoneyAndTokens>, used: MoneyAndTokens): boolean =>
  (least.nanoUsd !== undefined && used.nanoUsd >= least.nanoUsd) || (least.tokens !== undefined && used.tokens >= least.tokens);
const exceeds = (room: Partial<MoneyAndTokens>, taken: MoneyAndTokens): boolean =>
  (room.nanoUsd !== undefined && taken.nanoUsd > room.nanoUsd) || (room.tokens !== undefined && taken.tokens > room.tokens);

describe("the rules as numbers decide as the rules do", () => {
  test("whether a call passes", () => {
    fc.assert(
      fc.property(budget, pair, pair, pair, provider, (definition, used, reserved, adding, call) => {
        const counts = {
          usedNanoUsd: used.nanoUsd,
          reservedNanoUsd: reserved.nanoUsd,
          usedTokens: used.tokens,
          reservedTokens: reserved.tokens,
        };
        const taken = { nanoUsd: used.nanoUsd + reserved.nanoUsd, tokens: used.tokens + reserved.tokens };
        expect(exceeds(roomFor(definition, adding, call, NOW), taken)).toBe(!admits(definition, counts, adding, call, NOW));
      }),
      { numRuns: 5000 },
    );
  });

  test("which thresholds are reached, and whether a hard budget is overspent", () => {
    fc.assert(
      fc.property(budget, pair, (definition, used) => {
        const reached = definition.alerts.filter((percent) => reaches(leastReaching(definition, percent, NOW), used));
        expect(reached).toEqual(reachedThresholds(definition, used, NOW));
        expect(reaches(leastOverspent(definition, NOW), used)).toBe(isOverspent(definition, used, NOW));
      }),
      { numRuns: 5000 },
    );
  });

  test("overspent is a hard budget of which more than a cap is used, and no other", () => {
    fc.assert(
      fc.property(budget, pair, ({ override: _none, ...definition }, used) => {
        const isOverCap =
          (definition.amountNanoUsd !== undefined && used.nanoUsd > definition.amountNanoUsd) ||
          (definition.maxTokens !== undefined && used.tokens > definition.maxTokens);
        expect(isOverspent(definition, used, NOW)).toBe(definition.hard && isOverCap);
      }),
    );
  });
});
