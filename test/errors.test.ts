import { describe, expect, test } from "vitest";
import {
  AlreadySettled,
  type Breach,
  BudgetExceeded,
  ConfigError,
  DatabaseError,
  InvalidInput,
  ProviderError,
  quoteValue,
  RateLimitExceeded,
  TokenLedgerError,
  UnpricedModel,
  WindowBreached,
} from "../src/errors.ts";

const money: Breach = {
  budget: "all",
  value: "ann",
  cap: "cost_usd",
  limit: 0.3,
  attempted: 0.30000000000000004,
  limitNanoUsd: 300_000_000n,
  attemptedNanoUsd: 300_000_001,
  retryAfterMs: 5,
  refuses: true,
};
const tokens: Breach = { budget: "per_minute", cap: "total_tokens", limit: 50_000, attempted: 50_001, refuses: true };

describe("acceptance G17: errors are one family with stable codes", () => {
  test.each([
    [new InvalidInput("x"), "INVALID_INPUT", "InvalidInput"],
    [new ConfigError("x"), "CONFIG_ERROR", "ConfigError"],
    [new DatabaseError("x"), "DATABASE_ERROR", "DatabaseError"],
    [new ProviderError("x"), "PROVIDER_ERROR", "ProviderError"],
    [new BudgetExceeded([tokens]), "BUDGET_EXCEEDED", "BudgetExceeded"],
    [new WindowBreached([tokens]), "BUDGET_EXCEEDED", "WindowBreached"],
    [new RateLimitExceeded("x", 5), "RATE_LIMIT_EXCEEDED", "RateLimitExceeded"],
    [new AlreadySettled("x"), "ALREADY_SETTLED", "AlreadySettled"],
    [new UnpricedModel("x"), "UNPRICED_MODEL", "UnpricedModel"],
  ])("%s", (error, code, name) => {
    expect(error.code).toBe(code);
    expect(error.name).toBe(name);
    expect(TokenLedgerError.is(error)).toBe(true);
  });

  test("the family is recognised across copies of the package, and nothing else is", () => {
    expect(TokenLedgerError.is({ isTokenLedgerError: true, code: "INVALID_INPUT" })).toBe(true);
    for (const other of [new Error("x"), null, undefined, "x", {}]) expect(TokenLedgerError.is(other)).toBe(false);
  });

  test("security S11: a value too deep for the stack is quoted without its inside", () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(quoteValue(deep)).toBe("[…]");
    expect(quoteValue({ deep })).toBe("{…}");
  });

  test("a quoted value can't move the cursor, reorder text or flood the message", () => {
    expect(quoteValue("\u001b[31mred")).toBe('"\\u001b[31mred"');
    expect(quoteValue("a\u202eb\u009bc")).toBe('"a\\u202eb\\u009bc"');
    expect(quoteValue("x".repeat(1000)).length).toBeLessThan(90);
    expect(quoteValue(12)).toBe("12");
    expect(quoteValue(Number.NaN)).toBe("NaN");
    expect(quoteValue(Number.POSITIVE_INFINITY)).toBe("Infinity");
  });
});

describe("a refusal carries its numbers", () => {
  test("it names every cap that refuses, with exact money, and its own fields are those of the first", () => {
    const shadow: Breach = { ...tokens, budget: "shadow", refuses: false };
    const error = new BudgetExceeded([shadow, money, { ...tokens, retryAfterMs: 7 }]);
    expect(error.message).toBe(
      'budget "all" for "ann" on cost_usd would be exceeded: attempted 0.300000001 > limit 0.3; ' +
        'budget "per_minute" on total_tokens would be exceeded: attempted 50001 > limit 50000.',
    );
    expect(error).toMatchObject({ cap: "cost_usd", limit: 0.3, attempted: money.attempted, retryAfterMs: 7 });
    expect(error.breaches).toEqual([shadow, money, { ...tokens, retryAfterMs: 7 }]);
  });

  test("where one of the caps can never fit, there is no time to try again", () => {
    expect(new BudgetExceeded([money, tokens]).retryAfterMs).toBeUndefined();
  });

  test("acceptance B11: a window says which, on what axis, and by how much", () => {
    const error = new WindowBreached([tokens]);
    expect(error.message).toBe('window "per_minute" on axis tokens would breach: attempted 50001 > cap 50000');
    expect(error).toMatchObject({ windowName: "per_minute", axis: "tokens", limit: 50_000, attempted: 50_001 });
    expect(error).toBeInstanceOf(BudgetExceeded);
  });
});
