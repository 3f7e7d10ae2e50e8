import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenLedgerError } from "../src/errors.ts";
import { divideHalfUp, formatUsd, parseUsd } from "../src/money.ts";

const nano = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

describe("money is an integer count of nano-USD", () => {
  test("every amount survives being written and read", () => {
    fc.assert(fc.property(nano, (amount) => parseUsd(formatUsd(amount)) === amount));
  });

  test("an amount has no exponent and no trailing zeros", () => {
    fc.assert(fc.property(nano, (amount) => /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(formatUsd(amount))));
    expect(formatUsd(200_000_000n)).toBe("0.2");
    expect(formatUsd(0)).toBe("0");
    expect(formatUsd(-1n)).toBe("-0.000000001");
  });

  test("a number is rounded to the nearest nano-USD, a string never", () => {
    expect(parseUsd(0.1 + 0.2)).toBe(300_000_000n);
    expect(parseUsd(1e-10)).toBe(0n);
    expect(parseUsd("0.000000001")).toBe(1n);
    expect(() => parseUsd("0.0000000001")).toThrow(/nine decimal places/);
  });

  test.each(["", "abc", "1e5", "0x10", "1,000", "500 USD", "$5", "--1", "1.", ".5", "NaN"])("%j is refused with a sentence", (text) => {
    expect(() => parseUsd(text, "amount_usd")).toThrow(/^amount_usd: .*plain decimal/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])("the number %d is refused as INVALID_INPUT", (value) => {
    expect(() => parseUsd(value)).toThrow(TokenLedgerError);
  });

  test("division rounds half-up, away from zero, like exact decimal arithmetic", () => {
    expect(divideHalfUp(5n, 2n)).toBe(3n);
    expect(divideHalfUp(-5n, 2n)).toBe(-3n);
    fc.assert(
      fc.property(nano, fc.bigInt({ min: 1n, max: 10n ** 12n }), (numerator, denominator) => {
        const quotient = divideHalfUp(numerator, denominator);
        const twiceError = 2n * (numerator - quotient * denominator);
        const size = twiceError < 0n ? -twiceError : twiceError;
        expect(size <= denominator).toBe(true);
        if (size === denominator) expect(numerator < 0n ? twiceError > 0n : twiceError < 0n).toBe(true);
      }),
    );
  });
});
