import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changePoints } from "../../src/analysis/index.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";
import { readData, withData } from "../shared-data.ts";

const DAY_MS = 86_400_000;
const WEEK = [1.2, 1.25, 1.2, 1.15, 1, 0.5, 0.4];

/** An autoregression of order 1 with standard deviation 1. */
function swings(length: number, phi: number, seed: number): number[] {
  const random = seededRandom(seed);
  let state = normalDeviate(random);
  return Array.from({ length }, () => {
    state = phi * state + Math.sqrt(1 - phi * phi) * normalDeviate(random);
    return state;
  });
}

/** The same least objective by trying every last level for every end. */
function leastObjective(x: number[], penalty: number, minSize: number): number {
  const cost = (from: number, to: number): number => {
    const part = x.slice(from, to);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const best = new Array<number>(x.length + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = -penalty;
  for (let end = 1; end <= x.length; end++)
    for (let from = 0; from <= end - minSize; from++)
      best[end] = Math.min(best[end] as number, (best[from] as number) + cost(from, end) + penalty);
  return best[x.length] as number;
}

withData("vectors/changepoint.json", () => {
  test("analysis B4: the objective is that of the reference, and so are the changes", () => {
    const { cases } = JSON.parse(readData("vectors/changepoint.json"));
    expect(cases.length).toBeGreaterThan(0);
    for (const { x, penalty, minSize, changepoints, objective } of cases) {
      const ours = changePoints(x, { penalty, minSize });
      expect(Math.abs(ours.objective - objective)).toBeLessThanOrEqual(1e-9);
      expect(ours.changepoints).toEqual(changepoints);
    }
  });
});

describe("change points", () => {
  test("analysis B4: pruning loses nothing: the objective is the least there is", () => {
    const someValues = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(someValues, fc.double({ min: 0, max: 30, noNaN: true }), fc.integer({ min: 1, max: 6 }), (x, penalty, minSize) => {
        const { objective, changepoints, segments } = changePoints(x, { penalty, minSize });
        if (x.length >= minSize) expect(objective).toBeCloseTo(leastObjective(x, penalty, minSize), 8);
        expect(segments.map(({ start }) => start)).toEqual([0, ...changepoints]);
        if (changepoints.length > 0) for (const { start, end } of segments) expect(end - start).toBeGreaterThanOrEqual(minSize);
      }),
      { numRuns: 300 },
    );
  });

  test("analysis B4: series that swing around one level have none, at most one in twenty", () => {
    let [changed, changedSpending] = [0, 0];
    const runs = 120;
    for (let seed = 0; seed < runs; seed++) {
      const x = swings(180, 0.5, seed);
      if (changePoints(x).changepoints.length > 0) changed++;
      const spending = x.map((value, day) => 100 * Math.exp(0.5 * value) * (WEEK[day % 7] as number));
      if (changePoints(spending, { bucketMs: DAY_MS }).changepoints.length > 0) changedSpending++;
    }
    expect(changed / runs).toBeLessThanOrEqual(0.05);
    expect(changedSpending / runs).toBeLessThanOrEqual(0.05);
  });

  test("analysis B4: spending that becomes two and a half times as much is found, weekends or not, in four of five series", () => {
    let found = 0;
    const runs = 60;
    for (let seed = 0; seed < runs; seed++) {
      const at = 60 + (seed % 60);
      const spending = swings(180, 0.3, 1000 + seed).map(
        (value, day) => 100 * Math.exp(0.5 * value) * (WEEK[day % 7] as number) * (day < at ? 1 : 2.5),
      );
      if (changePoints(spending, { bucketMs: DAY_MS }).changepoints.some((change) => Math.abs(change - at) <= 7)) found++;
    }
    expect(found / runs).toBeGreaterThanOrEqual(0.8);
  });

  test.each([
    ["days of small whole numbers", 5, 2],
    ["days that are next to nothing now and then", 100, 30],
  ])("analysis B4: %s have a change in one of twenty series at most", (_, level, spread) => {
    let found = 0;
    for (let seed = 0; seed < 100; seed++) {
      const days = swings(180, 0.5, seed + 1).map((swing) => Math.max(0, Math.round(level + spread * swing)));
      if (changePoints(days, { bucketMs: DAY_MS }).changepoints.length > 0) found++;
    }
    expect(found).toBeLessThanOrEqual(5);
  });

  test("levels are told as they were given, and unknown buckets left out of them", () => {
    const days = Array.from({ length: 60 }, (_, day) => (day < 30 ? 100 : 400) + (day % 3));
    const { changepoints, segments } = changePoints(days, { bucketMs: DAY_MS });
    expect(changepoints).toEqual([30]);
    expect(segments).toEqual([
      { start: 0, end: 30, level: expect.closeTo(101, 9) },
      { start: 30, end: 60, level: expect.closeTo(401, 9) },
    ]);
    const gaps = days.map((_, day) => day >= 25 && day < 40);
    const gapped = changePoints(
      days.map((value, day) => (gaps[day] ? Number.NaN : value)),
      { bucketMs: DAY_MS, gaps },
    );
    expect(gapped.changepoints).toEqual([40]);
    expect(gapped.segments.map(({ level }) => Math.round(level))).toEqual([101, 401]);
  });

  test("nothing is claimed of too little, of nothing, and of what never changes", () => {
    expect(changePoints([])).toMatchObject({ changepoints: [], objective: 0, segments: [] });
    expect(changePoints([5])).toMatchObject({ changepoints: [], segments: [{ start: 0, end: 1, level: 5 }] });
    expect(changePoints([1, 1, 1, 9, 9, 9]).changepoints).toEqual([]);
    expect(changePoints(new Float64Array(365), { bucketMs: DAY_MS }).changepoints).toEqual([]);
    expect(changePoints(new Float64Array(365).fill(7), { bucketMs: DAY_MS }).changepoints).toEqual([]);
  });

  test("amounts may be as large as numbers are", () => {
    const days = Array.from({ length: 40 }, (_, day) => (day < 20 ? 1e300 : 1e308) * (1 + 0.01 * (day % 4)));
    expect(changePoints(days).changepoints).toEqual([20]);
  });

  test.each([
    ["NaN", () => changePoints([Number.NaN]), "values[0]: NaN"],
    ["a size of nothing", () => changePoints([1], { minSize: 0 }), "minSize: 0"],
    ["a reward", () => changePoints([1], { penalty: -1 }), "penalty: -1"],
    ["the logarithm of debts", () => changePoints([-1], { scale: "log" }), "values: some are negative"],
    ["an unknown scale", () => changePoints([1], { scale: "cubic" as "log" }), "scale: "],
    ["buckets of no length", () => changePoints([1], { bucketMs: 0 }), "bucketMs: 0"],
  ])("%s is refused in one sentence", (_, call, sentence) => {
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});
