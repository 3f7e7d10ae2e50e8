import { describe, expect, test } from "vitest";
import { decompose } from "../../src/analysis/index.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { DAY_MS, HOUR_MS, remembering, white } from "./naive-series.ts";

const days = { bucketMs: DAY_MS };
const hours = { bucketMs: HOUR_MS };
const phaseOf = (values: number[], options = days) => decompose(values, options).phase;

/** Every length at first, then every seventeenth: a line, its reverse, a constant, and two that jump. */
const lengths = Array.from({ length: 713 }, (_, k) => k + 8).filter((n) => n <= 40 || n % 17 === 0 || n === 720);
const line = (n: number) => Array.from({ length: n }, (_, t) => 100 + (900 * t) / (n - 1));

describe.each([
  ["days", days],
  ["hours", hours],
])("acceptance D3, in %s, of 8 to 720 values", (_, options) => {
  test("from 100 to 1000 is rising, back is falling", () => {
    for (const n of lengths) {
      expect([n, phaseOf(line(n), options).direction]).toEqual([n, "rising"]);
      expect([n, phaseOf(line(n).reverse(), options).direction]).toEqual([n, "falling"]);
    }
  });

  test("a constant is steady", () => {
    for (const n of lengths)
      expect(phaseOf(new Array<number>(n).fill(100), options)).toMatchObject({ direction: "steady", volatile: false });
  });

  test("0, 200, … and 0, 0, 200, 200, … are volatile, wherever they begin, and neither rise nor fall", () => {
    for (const pattern of [
      [0, 200],
      [200, 0],
      [0, 0, 200, 200],
      [0, 200, 200, 0],
      [200, 200, 0, 0],
    ]) {
      for (const n of lengths) {
        const values = Array.from({ length: n }, (_, t) => pattern[t % pattern.length] as number);
        const { direction, volatile } = phaseOf(values, options);
        expect([n, pattern, direction, volatile]).toEqual([n, pattern, "steady", true]);
      }
    }
  });
});

describe("short series", () => {
  test("acceptance D5: fewer than four values have the sign of their slope", () => {
    expect(phaseOf([3000, 3200, 3500]).direction).toBe("rising");
    expect(phaseOf([5, 4]).direction).toBe("falling");
    expect(phaseOf([5, 5, 5]).direction).toBe("steady");
    expect(phaseOf([5]).direction).toBe("unknown");
  });

  test("four to seven are too few for a test, and it says so", () => {
    for (const n of [4, 5, 6, 7]) expect(phaseOf(line(n))).toEqual({ direction: "unknown", volatile: false });
    expect(phaseOf(line(8))).toMatchObject({ direction: "rising", level: 550 });
  });
});

describe("analysis B2", () => {
  test.each([0, 0.3, 0.6, 0.8])("days of memory %f that go nowhere are said to in at most 5 of 100 series", (memory) => {
    const random = seededRandom(11 + 10 * memory);
    let claims = 0;
    for (let run = 0; run < 200; run++)
      if (phaseOf(remembering(56, memory, random).map((value) => 100 + 25 * value)).direction !== "steady") claims++;
    // 5 % of 200 and two standard errors.
    expect(claims).toBeLessThanOrEqual(16);
  });

  const weekend = (day: number) => (day % 7 < 5 ? 100 : 30);
  const share = (series: (seed: number) => number[], direction: string) => {
    let hits = 0;
    for (let seed = 1; seed <= 100; seed++) if (phaseOf(series(seed)).direction === direction) hits++;
    return hits;
  };

  test.each([28, 56])("%i days of flat spending with weekends are steady in at least 90 of 100 series", (n) => {
    expect(share((seed) => white(n, seed).map((value, day) => weekend(day) * Math.exp(0.3 * value)), "steady")).toBeGreaterThanOrEqual(90);
  });

  test("2 % more each day, for 56 days, is rising in at least 90 of 100 series", () => {
    const grown = (seed: number) => white(56, seed).map((value, day) => weekend(day) * 1.02 ** day * Math.exp(0.3 * value));
    expect(share(grown, "rising")).toBeGreaterThanOrEqual(90);
  });

  test("it may rise and be volatile", () => {
    const values = white(56, 3).map((value, day) => 100 * 1.06 ** day * Math.exp(1.2 * value));
    expect(phaseOf(values)).toMatchObject({ direction: "rising", volatile: true });
  });
});

test("the slope is told per week, whatever the buckets", () => {
  const slope = (bucketMs: number, perWeek: number) => {
    const n = Math.round((28 * DAY_MS) / bucketMs);
    const values = Array.from({ length: n }, (_, t) => 100 + (perWeek * t * bucketMs) / (7 * DAY_MS));
    return decompose(values, { bucketMs }).phase.slopePerWeek as number;
  };
  for (const bucketMs of [HOUR_MS / 4, HOUR_MS, 6 * HOUR_MS, DAY_MS]) expect(slope(bucketMs, 20)).toBeCloseTo(20, 6);
});
