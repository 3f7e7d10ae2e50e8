import { describe, expect, test } from "vitest";
import { conformalExceedance, conformalUpper, holt, holtWinters, simpleExponentialSmoothing } from "../../src/analysis/index.ts";
import { readData, withData } from "../shared-data.ts";

interface Reference {
  fitted: number[];
  forecast: number[];
  level0: number;
  trend0: number;
  seasonal0: number[];
  alpha: number;
  beta: number;
  gamma: number;
  phi: number;
}

withData("vectors/forecast.json", () => {
  test("analysis C2: smoothing is statsmodels' to 1e-8", () => {
    type Case = Record<"ses" | "holtDamped" | "hwAdd" | "hwMul", Reference> & { y: number[] };
    const cases: Case[] = JSON.parse(readData("vectors/forecast.json")).cases;
    expect(cases.length).toBeGreaterThan(0);
    for (const { y, ses, holtDamped, hwAdd, hwMul } of cases) {
      same(simpleExponentialSmoothing(y, given(ses)), ses);
      same(holt(y, { ...given(holtDamped), damping: holtDamped.phi }), holtDamped);
      same(holtWinters(y, { ...given(hwAdd), season: hwAdd.seasonal0, kind: "additive" }), hwAdd);
      same(holtWinters(y, { ...given(hwMul), season: hwMul.seasonal0, kind: "multiplicative" }), hwMul);
    }
  });
});

function given(reference: Reference): { alpha: number; beta: number; gamma: number; level: number; trend: number; horizon: number } {
  const { alpha, beta, gamma, level0: level, trend0: trend, forecast } = reference;
  return { alpha, beta, gamma, level, trend, horizon: forecast.length };
}

function same(ours: { fitted: Float64Array; forecast: Float64Array }, theirs: Reference): void {
  for (const part of ["fitted", "forecast"] as const) {
    expect(ours[part].length).toBe(theirs[part].length);
    theirs[part].forEach((value, i) => {
      expect(Math.abs((ours[part][i] as number) - value)).toBeLessThanOrEqual(1e-8 * Math.abs(value));
    });
  }
}

withData("vectors/rules.json", () => {
  interface Row {
    ratios: number[];
    spent: number;
    forecastRemaining: number;
    limit: number;
    pExceed: number;
    upper80: number | null;
    upper90: number | null;
  }
  test("analysis C1: chance and upper bounds from past ratios are the reference's", () => {
    const rows: Row[] = JSON.parse(readData("vectors/rules.json")).conformal;
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(conformalExceedance(row, row.limit)).toBeCloseTo(row.pExceed, 12);
      for (const [q, expected] of [[0.8, row.upper80] as const, [0.9, row.upper90] as const]) {
        const upper = conformalUpper(row, q);
        if (expected === null) expect(upper).toBeUndefined();
        else expect(upper).toBeCloseTo(expected, 6);
      }
    }
  });
});

describe("past ratios asked for nonsense", () => {
  const past = { ratios: [1], spent: 1, forecastRemaining: 1 };
  test.each([
    ["no past", () => conformalUpper(null as unknown as typeof past, 0.5), "past: null is not { ratios, spent, forecastRemaining }."],
    ["a ratio below 0", () => conformalUpper({ ...past, ratios: [1, -1] }, 0.5), "ratios[1]: -1 is negative"],
    ["spending that is none", () => conformalUpper({ ...past, spent: Number.NaN }, 0.5), "spent: NaN is not an amount"],
    ["a forecast below 0", () => conformalExceedance({ ...past, forecastRemaining: -1 }, 1), "forecastRemaining: -1 is not an amount"],
    ["no limit", () => conformalExceedance(past, Number.POSITIVE_INFINITY), "limit: Infinity is not an amount"],
    ["all courses", () => conformalUpper(past, 1), "share: 1 is not a share of courses; give a number above 0 and below 1."],
  ])("%s is refused in one sentence", (_, call, sentence) => {
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});

describe("smoothing asked for nonsense", () => {
  test.each([
    ["a weight above 1", () => simpleExponentialSmoothing([1], { alpha: 1.1, level: 0 }), "alpha: 1.1"],
    ["a value that is none", () => simpleExponentialSmoothing([Number.NaN], { alpha: 1, level: 0 }), "values[0]: NaN"],
    ["half a step", () => simpleExponentialSmoothing([1], { alpha: 1, level: 0, horizon: 0.5 }), "horizon: 0.5"],
    [
      "no season",
      () => holtWinters([1], { alpha: 1, beta: 0, gamma: 0, level: 0, trend: 0, season: [], kind: "additive" }),
      "season: there is none",
    ],
    [
      "an unknown kind",
      () => holtWinters([1], { alpha: 1, beta: 0, gamma: 0, level: 0, trend: 0, season: [1], kind: "other" as "additive" }),
      "kind: ",
    ],
  ])("%s is refused in one sentence", (_, call, sentence) => {
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});
