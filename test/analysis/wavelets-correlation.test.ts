import { describe, expect, test } from "vitest";
import { type ScaleCorrelation, type Wavelet, waveletCorrelation } from "../../src/analysis/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";

interface CorrelationVectors {
  cases: { wavelet: Wavelet; levels: number; x: number[]; y: number[]; correlation: [r: number, lower: number, upper: number][] }[];
}

withData("vectors/wavecorr.json", () => {
  const { cases } = JSON.parse(readData("vectors/wavecorr.json")) as CorrelationVectors;

  test("correlation by scale and its intervals, as waveslim", () => {
    expect(cases.length).toBeGreaterThanOrEqual(4);
    for (const { wavelet, levels, x, y, correlation } of cases) {
      const { scales, smooth } = waveletCorrelation(x, y, wavelet, levels);
      for (const [index, { r, lower, upper }] of [...scales, smooth].entries()) {
        const expected = correlation[index];
        for (const [at, value] of [r, lower, upper].entries()) expect(Math.abs((value as number) - expected[at])).toBeLessThanOrEqual(1e-9);
      }
    }
  });
});

describe("correlation by scale", () => {
  const wave = (period: number, length = 256) => Array.from({ length }, (_, t) => Math.sin((2 * Math.PI * t) / period));

  test("a series goes with itself at every scale, and against its negative; names do not matter", () => {
    const x = wave(5).map((value, t) => value + ((t * 37) % 11));
    const same = waveletCorrelation(x, x, "db2", 4);
    const opposite = waveletCorrelation(
      x,
      x.map((value) => -value),
      "db2",
      4,
    );
    expect(same.scales.map(({ r }) => r?.toFixed(9))).toEqual(Array(4).fill("1.000000000"));
    expect(opposite.scales.map(({ r }) => r?.toFixed(9))).toEqual(Array(4).fill("-1.000000000"));
    const y = wave(16);
    expect(waveletCorrelation(x, y, "haar", 5)).toEqual(waveletCorrelation(y, x, "haar", 5));
  });

  test("ends that meet in a circle do not count", () => {
    const x = wave(8, 64);
    const y = wave(8, 64);
    const before = waveletCorrelation(x, y, "haar", 2);
    // The last value reaches into the first coefficients by way of the circle, and into the last itself.
    const moved = waveletCorrelation(x.slice(0, 63), y.slice(0, 63), "haar", 2);
    expect(before.scales.map(({ n }) => n)).toEqual([63, 61]);
    expect(moved.scales.map(({ r }) => r?.toFixed(12))).toEqual(before.scales.map(({ r }) => r?.toFixed(12)));
  });

  test("what can't be told is absent, with its reason", () => {
    const constant = waveletCorrelation(Array(32).fill(3), wave(4, 32), "db2", 1).scales[0] as ScaleCorrelation;
    expect(constant).toEqual({ n: 29, reason: "one of the series does not change at this scale" });
    const short = waveletCorrelation([1, 5, 2, 8, 3], [2, 4, 1, 9, 2], "db2", 2);
    expect(short.scales[1]).toEqual({ n: 0, reason: "the series is too short for this scale: its ends reach everywhere" });
    expect(short.scales[0]?.r).toBeGreaterThan(0.9);
    expect(short.scales[0]).not.toHaveProperty("lower");
  });

  test("lengths must be equal", () => {
    expect(() => waveletCorrelation([1, 2, 3], [1, 2], "haar", 1)).toThrow(
      new AnalysisInputError("y: 2 values, but x has 3; give one of each for every bucket."),
    );
  });
});
