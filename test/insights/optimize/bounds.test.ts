import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/analysis/index.ts";
import { boundsOverCalls, boundsOverDays } from "../../../src/insights/optimize/belief/bootstrap.ts";
import { confidenceOf } from "../../../src/insights/optimize/belief/confidence.ts";
import { isWorthTelling, type PossibleSaving } from "../../../src/insights/optimize/belief/suppression.ts";

const both = (saving: number) => ({ worst: saving, best: saving });

describe("bounds of a saving", () => {
  it("hold the truth about as often as they say, where days are drawn anew", () => {
    const random = seededRandom(1);
    let inside = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      // Thirty days of a mean of 100 each.
      const days = Array.from({ length: 30 }, () => both(-100 * Math.log(1 - random())));
      const { low, high } = boundsOverDays(days, seededRandom(trial));
      if (low <= 3000 && 3000 <= high) inside++;
    }
    // Four fifths, a little less for so few days of so uneven a kind.
    expect(inside / trials).toBeGreaterThan(0.7);
    expect(inside / trials).toBeLessThan(0.88);
  });

  it("are one where all days are alike, and the same for the same seed", () => {
    const alike = Array.from({ length: 10 }, () => both(7));
    expect(boundsOverDays(alike, seededRandom(3))).toEqual({ low: 70, high: 70 });
    const uneven = Array.from({ length: 10 }, (_, day) => both(day));
    expect(boundsOverDays(uneven, seededRandom(3))).toEqual(boundsOverDays(uneven, seededRandom(3)));
  });

  it("reach zero where one day alone has seen it", () => {
    const days = Array.from({ length: 28 }, (_, day) => both(day === 4 ? 1000 : 0));
    expect(boundsOverDays(days, seededRandom(3)).low).toBe(0);
  });

  it("are as wide of years as of their days, and take no longer than those of one", () => {
    const random = seededRandom(2);
    const days = Array.from({ length: 20_000 }, () => both(-100 * Math.log(1 - random())));
    const { low, high } = boundsOverDays(days, seededRandom(3));
    // ±1.28 √20000 × 100 around two million.
    expect((high - low) / (2 * 1.2816 * Math.sqrt(20_000) * 100)).toBeCloseTo(1, 1);
    const sum = days.reduce((whole, { worst }) => whole + worst, 0);
    expect((low + high) / 2 / sum).toBeCloseTo(1, 2);
  });

  it("of single calls are those of a sum of so many", () => {
    const { low, high } = boundsOverCalls([{ ...both(10_000), calls: 100 }], seededRandom(5));
    // ±1.28 deviations of Poisson's distribution.
    expect(low).toBeGreaterThan(8_500);
    expect(low).toBeLessThan(8_950);
    expect(high).toBeGreaterThan(11_050);
    expect(high).toBeLessThan(11_500);
  });

  it("of single calls are about the same however they are grouped", () => {
    const many = Array.from({ length: 1000 }, () => ({ ...both(10), calls: 1 }));
    const { low, high } = boundsOverCalls(many, seededRandom(5));
    // ±1.28 √1000 × 10
    expect(low).toBeGreaterThan(9_500);
    expect(low).toBeLessThan(9_680);
    expect(high).toBeGreaterThan(10_320);
    expect(high).toBeLessThan(10_500);
  });
});

describe("confidence", () => {
  const days = (count: number): number[] => Array.from({ length: count }, () => 1);

  it("is the grade's worth after four weeks, and grows with the days until then", () => {
    expect(confidenceOf({ grade: "A", days: days(28) })).toBeCloseTo(0.95, 12);
    expect(confidenceOf({ grade: "B", days: days(56) })).toBeCloseTo(0.7, 12);
    expect(confidenceOf({ grade: "C", days: days(14) })).toBeCloseTo(0.2, 12);
  });

  it("counts days without such calls for nothing", () => {
    expect(confidenceOf({ grade: "A", days: [1, undefined, undefined, undefined] })).toBeCloseTo(0.95 / 28, 12);
  });

  it("is less where some weeks went the other way", () => {
    const uneven = Array.from({ length: 28 }, (_, day) => (day < 7 ? -1 : 1));
    expect(confidenceOf({ grade: "A", days: uneven })).toBeCloseTo(0.95 * 0.75, 12);
  });
});

describe("what is worth telling", () => {
  const possible: PossibleSaving = {
    requests: 50,
    lowNanoUsd: 1n,
    expectedNanoUsd: 1_000_000_000n,
    savingNanoUsd: 900_000_000n,
    spentNanoUsd: 10_000_000_000_000n,
  };

  it.each<[string, Partial<PossibleSaving>, boolean]>([
    ["a dollar a month of fifty requests", {}, true],
    ["nothing of forty-nine requests", { requests: 49 }, false],
    ["nothing whose bounds reach zero", { lowNanoUsd: 0n }, false],
    ["no cents", { expectedNanoUsd: 999_999_999n }, false],
    ["cents that are half a percent of all", { expectedNanoUsd: 999_999_999n, spentNanoUsd: 180_000_000_000n }, true],
    ["no cents that are less", { expectedNanoUsd: 999_999_999n, spentNanoUsd: 180_000_000_200n }, false],
    ["no loss", { savingNanoUsd: 0n }, false],
  ])("%s", (_, changes, expected) => {
    expect(isWorthTelling({ ...possible, ...changes })).toBe(expected);
  });
});
