import { describe, expect, test } from "vitest";
import {
  bayesThreshold,
  modwt,
  modwtThresholds,
  noiseSigma,
  type Shrinkage,
  shrink,
  sureThreshold,
  universalThreshold,
} from "../../src/analysis/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";

interface ShrinkVectors {
  cases: {
    d: number[];
    sigma: number;
    universal: number;
    sure: number;
    sureRisk: number;
    bayes: number;
    soft_universal: number[];
    hard_universal: number[];
    garrote_universal: number[];
  }[];
}

/** Relative to the larger of the expected values. */
function near(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(1e-12 * Math.max(1e-300, Math.abs(expected[i])));
  }
}

withData("vectors/shrink.json", () => {
  const { cases } = JSON.parse(readData("vectors/shrink.json")) as ShrinkVectors;

  test("analysis A5: sigma, thresholds and what they leave", () => {
    expect(cases.length).toBeGreaterThanOrEqual(4);
    for (const { d, sigma, universal, sure, sureRisk, bayes, soft_universal, hard_universal, garrote_universal } of cases) {
      near([noiseSigma(d), universalThreshold(noiseSigma(d), d.length), bayesThreshold(d)], [sigma, universal, bayes]);
      const { threshold, risk } = sureThreshold(d);
      near([threshold, risk], [sure, sureRisk]);
      near(shrink(d, universal, "soft"), soft_universal);
      near(shrink(d, universal, "hard"), hard_universal);
      near(shrink(d, universal, "garrote"), garrote_universal);
    }
  });
});

describe("thresholds", () => {
  const noise = Array.from({ length: 301 }, (_, t) => ((t * 7919) % 601) / 100 - 3);

  test("the least estimated risk is found among all candidates", () => {
    const sigma = noiseSigma(noise);
    const scaled = noise.map((value) => Math.abs(value) / sigma);
    const risk = (t: number) =>
      scaled.length - 2 * scaled.filter((value) => value <= t).length + scaled.reduce((sum, value) => sum + Math.min(value, t) ** 2, 0);
    const candidates = [0, ...scaled];
    const least = Math.min(...candidates.map(risk));
    const found = sureThreshold(noise);
    expect(found.risk).toBeCloseTo(least, 9);
    expect(risk(found.threshold / sigma)).toBeCloseTo(least, 9);
  });

  test("of equal risks, the smallest threshold is taken: of zeros with one spike, 0 needs no other", () => {
    expect(sureThreshold([0, 0, 0, 2], 1)).toEqual({ threshold: 0, risk: -2 });
    expect(sureThreshold([0, 0, 0, 9])).toEqual({ threshold: 0, risk: 0 });
  });

  test("those of the maximal overlap transform halve in energy from level to level", () => {
    const { details } = modwt(noise, "db2", 4);
    const thresholds = modwtThresholds(details);
    const sigma = Math.SQRT2 * noiseSigma(details[0]);
    near(
      thresholds,
      [1, 2, 3, 4].map((j) => sigma * Math.sqrt((2 * Math.log(noise.length)) / 2 ** j)),
    );
    expect(modwtThresholds([])).toHaveLength(0);
  });

  test("without any signal, Bayes shrinkage takes all away; without any noise, nothing is taken", () => {
    expect(bayesThreshold([1, -1, 1, -1], 1)).toBe(1);
    expect(bayesThreshold([5, 0, 0, 0])).toBe(0);
    expect([noiseSigma([0, 0, 0]), universalThreshold(0, 9), sureThreshold([0, 0, 0]).threshold, bayesThreshold([0])]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test.each<[() => unknown, string]>([
    [() => noiseSigma([]), "details: there are no values; give at least one."],
    [() => universalThreshold(1, 0), "count: 0 is not a number of coefficients; give a whole number from 1 up."],
    [() => universalThreshold(-1, 5), "sigma: -1 is not a standard deviation; give a number from 0 up."],
    [() => sureThreshold([1], Number.NaN), "sigma: NaN is not a standard deviation; give a number from 0 up."],
    [() => shrink([1], -1, "soft"), "threshold: -1 is not a threshold; give a number from 0 up."],
    [() => shrink([1], 1, "firm" as Shrinkage), 'how: "firm" is not known; give "soft", "hard" or "garrote".'],
    [() => modwtThresholds("x" as unknown as number[][]), 'details: "x" is not a list; give the details of modwt.'],
  ])("what is none of it is told in one sentence: %#", (call, message) => {
    expect(call).toThrow(new AnalysisInputError(message));
  });
});
