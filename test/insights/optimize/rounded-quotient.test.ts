import * as fc from "fast-check";
import { expect, it } from "vitest";
import { roundedQuotient, roundedShare } from "../../../src/insights/optimize/replay/rounded-quotient.ts";

const whole = fc.oneof(fc.nat(1000), fc.nat(2_000_000_000), fc.maxSafeNat());
const roundedHalfUp = (a: bigint, b: bigint): number => Number((2n * a + b) / (2n * b));

it("quotients are those of exact integers, rounded half-up", () => {
  fc.assert(
    fc.property(whole, whole, (amount, divisor) => {
      fc.pre(divisor > 0 && divisor <= 2 ** 51);
      expect(roundedQuotient(amount, divisor)).toBe(roundedHalfUp(BigInt(amount), BigInt(divisor)));
    }),
    { numRuns: 3000 },
  );
});

it("shares are those of exact integers, however large the product is", () => {
  fc.assert(
    fc.property(whole, whole, whole, fc.boolean(), (amount, factor, drawn, isHalf) => {
      const divisor = isHalf ? 2 * (drawn % 2 ** 50) : drawn % 2 ** 51;
      fc.pre(divisor > 0);
      const expected = (2n * BigInt(amount) * BigInt(factor) + BigInt(divisor)) / (2n * BigInt(divisor));
      const share = roundedShare(amount, factor, divisor);
      if (expected > 2n ** 52n) expect(share).toBe(Number.NaN);
      else if (expected < 2n ** 50n) expect(share).toBe(Number(expected));
    }),
    { numRuns: 3000 },
  );
});
