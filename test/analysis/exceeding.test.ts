import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exceeding, forecast, probabilityOfExceeding } from "../../src/analysis/index.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";

function swingingDays(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => 10 * Math.exp(0.4 * normalDeviate(random)));
}

describe("the chance that a limit is exceeded", () => {
  const someDays = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 40 });
  const someAmount = fc.double({ min: 0, max: 20_000, noNaN: true });

  test("analysis C1: never falls when more is spent, nor when the limit is lower, and is 1 once it is exceeded", () => {
    fc.assert(
      fc.property(someDays, someAmount, someAmount, someAmount, (values, spent, more, limit) => {
        const chance = (amounts: { spent: number; limit: number }): number =>
          probabilityOfExceeding(values, { ...amounts, horizon: 7, courses: 50 });
        const base = chance({ spent, limit });
        expect(base).toBeGreaterThanOrEqual(0);
        expect(base).toBeLessThanOrEqual(1);
        expect(chance({ spent: spent + more, limit })).toBeGreaterThanOrEqual(base);
        expect(chance({ spent, limit: limit + more })).toBeLessThanOrEqual(base);
        if (spent > limit) expect(base).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  test("is never certain from a short history, and hardly ever from a year of zeros", () => {
    expect(probabilityOfExceeding([5, 5, 5], { limit: 1e9, spent: 0 })).toBeCloseTo(1 / 5, 12);
    expect(probabilityOfExceeding(new Float64Array(365), { limit: 1, spent: 0, horizon: 30 })).toBeCloseTo(1 / 367, 12);
    expect(probabilityOfExceeding(new Float64Array(365), { limit: 0, spent: 0, horizon: 30 })).toBeCloseTo(1 / 367, 12);
    expect(probabilityOfExceeding(swingingDays(60, 1), { limit: 0, spent: 0 })).toBeCloseTo(61 / 62, 12);
  });

  test("is one half, or absent in detail, where nothing is known at all", () => {
    expect(probabilityOfExceeding([], { limit: 10, spent: 0 })).toBe(0.5);
    expect(exceeding(forecast([]), { limit: 10, spent: 0 })).toEqual({ runOut: {} });
    expect(probabilityOfExceeding([], { limit: 10, spent: 11 })).toBe(1);
    expect(probabilityOfExceeding([], { limit: 0, spent: 1e-9 })).toBe(1);
  });

  test("is 0 when no bucket is left and the limit has held", () => {
    expect(probabilityOfExceeding(swingingDays(30, 1), { limit: 10, spent: 10, horizon: 0 })).toBe(0);
  });

  test.each([
    ["a negative limit", { limit: -1, spent: 0 }, "limit: -1"],
    ["no limit", { spent: 0 } as { limit: number; spent: number }, "limit: "],
    ["spending that is none", { limit: 1, spent: Number.NaN }, "spent: NaN"],
  ])("%s is refused in one sentence", (_, amounts, sentence) => {
    const call = (): number => probabilityOfExceeding([1, 2], amounts);
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});

describe("when the money runs out", () => {
  test("is told in buckets, early, middle and late, in this order, and agrees with the courses", () => {
    const ahead = forecast(swingingDays(60, 2), { horizon: 30 });
    const { runOut, probability = 0 } = exceeding(ahead, { spent: 0, limit: 150 });
    expect(probability).toBeGreaterThan(0.9);
    const { p10 = 0, p50 = 0, p90 = 0 } = runOut;
    expect(0 < p10 && p10 < p50 && p50 < p90 && p90 < 30).toBe(true);
    const over = ahead.courses.filter((course) => (course[Math.ceil(p50) - 1] as number) > 150).length;
    expect(over / ahead.courses.length).toBeGreaterThanOrEqual(0.5);
  });

  test("even spending runs out in the middle of a bucket", () => {
    const even = forecast(new Float64Array(40).fill(10), { horizon: 20 });
    expect(exceeding(even, { spent: 0, limit: 95 }).runOut.p50).toBeCloseTo(9.5, 0);
  });

  test("is not told for the share of courses in which it does not run out", () => {
    const ahead = forecast(swingingDays(60, 2), { horizon: 30 });
    const middle = ahead.total?.p50 ?? 0;
    expect(Object.keys(exceeding(ahead, { spent: 0, limit: 0.95 * middle }).runOut)).toEqual(["p10", "p50"]);
    expect(exceeding(ahead, { spent: 0, limit: 100 * middle }).runOut).toEqual({});
    expect(exceeding(ahead, { spent: 11, limit: 10 }).runOut).toEqual({ p10: 0, p50: 0, p90: 0 });
  });
});
