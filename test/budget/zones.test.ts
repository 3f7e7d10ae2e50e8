import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zoneOf } from "../../src/budget/index.ts";
import { parseUsd } from "../../src/money.ts";

describe("zones", () => {
  test.each([
    ["0", "green"],
    ["800", "green"],
    ["800.000000001", "yellow"],
    ["800.01", "yellow"],
    ["1000", "yellow"],
    ["1000.000000001", "orange"],
    ["1050", "orange"],
    ["1100", "orange"],
    ["1100.000000001", "red"],
    ["1100.0001", "red"],
  ])("acceptance C1: %s of 1000 is %s", (spent, zone) => {
    expect(zoneOf(parseUsd(spent), parseUsd("1000"), { warnAt: 0.8, tolerance: 0.1 })).toBe(zone);
  });

  test("acceptance C2: other steps", () => {
    expect(zoneOf(95n, 100n, { warnAt: 0.9, tolerance: 0.05 })).toBe("yellow");
    expect([105n, 106n].map((spent) => zoneOf(spent, 100n, { warnAt: 0.9, tolerance: 0.05 }))).toEqual(["orange", "red"]);
  });

  test("acceptance C6: a limit of 0 is kept by nothing, and passed by anything", () => {
    expect([0n, 1n].map((spent) => zoneOf(spent, 0n, { tolerance: 0.1 }))).toEqual(["green", "red"]);
  });

  test("without tolerance, what passes the limit is red at once", () => {
    expect([1000n, 1001n].map((spent) => zoneOf(spent, 1000n))).toEqual(["yellow", "red"]);
  });

  test("steps lie at the exact decimal, however large the amounts: no rounding moves them", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 9n * 10n ** 18n }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.bigInt({ min: -2n, max: 2n }),
        fc.constantFrom("warn", "limit", "tolerated"),
        (limit, warn, tolerated, off, where) => {
          const steps = { warn: limit * BigInt(warn), limit: limit * 100_000n, tolerated: limit * BigInt(100_000 + tolerated) };
          const spent = steps[where] / 100_000n + off;
          if (spent < 0n) return;
          const scaled = spent * 100_000n;
          const expected = scaled <= steps.warn ? "green" : scaled <= steps.limit ? "yellow" : scaled <= steps.tolerated ? "orange" : "red";
          expect(zoneOf(spent, limit, { warnAt: warn / 100_000, tolerance: tolerated / 100_000 })).toBe(expected);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
