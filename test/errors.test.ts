import { describe, expect, test } from "vitest";
import { ConfigError, DatabaseError, InvalidInput, ProviderError, quoteValue, TokenLedgerError } from "../src/errors.ts";

describe("acceptance G17: errors are one family with stable codes", () => {
  test.each([
    [new InvalidInput("x"), "INVALID_INPUT", "InvalidInput"],
    [new ConfigError("x"), "CONFIG_ERROR", "ConfigError"],
    [new DatabaseError("x"), "DATABASE_ERROR", "DatabaseError"],
    [new ProviderError("x"), "PROVIDER_ERROR", "ProviderError"],
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
