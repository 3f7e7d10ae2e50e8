import { describe, expect, test } from "vitest";
import { dwt, idwt, imodwt, type Mode, maxLevel, modwt, mra, type Wavelet, wavedec, waverec } from "../../src/analysis/index.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { readData, withData } from "../shared-data.ts";

interface DwtVectors {
  signals: Record<string, number[]>;
  cases: { signal: string; wavelet: Wavelet; mode: Mode; cA: number[]; cD: number[]; rec: number[] }[];
}

interface WavedecVectors {
  cases: {
    signal: string;
    wavelet: Wavelet;
    mode: Mode;
    level: number;
    maxLevel: number;
    lengths: number[];
    recLen: number;
    coeffs?: number[][];
    checks?: [sum: number, sumOfSquares: number, first: number, last: number][];
  }[];
}

interface MraVectors {
  cases: {
    wavelet: Wavelet;
    levels: number;
    boundary: "periodic" | "reflection";
    x: number[];
    W: number[][];
    V: number[];
    D: number[][];
    S: number[];
  }[];
}

interface SwtVectors {
  cases: { wavelet: Wavelet; level: number; x: number[]; coeffs: number[][] }[];
}

interface NonFiniteVectors {
  cases: { bad: string; wavelet: Wavelet; x: (number | string)[] }[];
}

/** The farthest that two series of one length lie apart. */
function apart(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(actual).reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index])), 0);
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

withData("vectors/dwt.json", () => {
  const { signals, cases } = JSON.parse(readData("vectors/dwt.json")) as DwtVectors;

  test("analysis A1: one level and back, as PyWavelets, for each of its vectors", () => {
    expect(cases.length).toBeGreaterThanOrEqual(280);
    for (const { signal, wavelet, mode, cA, cD, rec } of cases) {
      const x = signals[signal];
      const within = 1e-10 * Math.max(1, largest(x));
      const { approximation, detail } = dwt(x, wavelet, mode);
      const errors = [apart(approximation, cA), apart(detail, cD), apart(idwt(cA, cD, wavelet, mode), rec)];
      expect({ signal, wavelet, mode, far: errors.filter((error) => !(error <= within)) }).toEqual({ signal, wavelet, mode, far: [] });
      const back = idwt(approximation, detail, wavelet, mode).subarray(0, x.length);
      expect(apart(back, x)).toBeLessThanOrEqual(1e-12 * largest(x));
    }
  });

  withData("vectors/wavedec.json", () => {
    const vectors = JSON.parse(readData("vectors/wavedec.json")) as WavedecVectors;

    test("analysis A1: several levels and back, as PyWavelets, for each of its vectors", () => {
      expect(vectors.cases.length).toBeGreaterThanOrEqual(650);
      for (const { signal, wavelet, mode, level, maxLevel: most, lengths, recLen, coeffs, checks } of vectors.cases) {
        const x = signals[signal];
        const scale = Math.max(1, largest(x));
        const bands = wavedec(x, wavelet, { mode, level });
        expect(bands.map(({ length }) => length)).toEqual(lengths);
        expect(maxLevel(x.length, wavelet)).toBe(most);
        for (const [index, band] of (coeffs ?? []).entries()) expect(apart(bands[index], band)).toBeLessThanOrEqual(1e-10 * scale);
        for (const [index, [sum, sumOfSquares, first, last]] of (checks ?? []).entries()) {
          const band = bands[index];
          const found = [band.reduce((a, b) => a + b, 0), band.reduce((a, b) => a + b * b, 0), band[0], band.at(-1) as number];
          expect(apart(found, [sum, sumOfSquares, first, last])).toBeLessThanOrEqual(1e-9 * scale * scale * x.length);
        }
        const back = waverec(bands, wavelet, mode);
        expect(back.length).toBe(recLen);
        expect(apart(back.subarray(0, x.length), x)).toBeLessThanOrEqual(1e-12 * largest(x));
      }
    });
  });
});

withData("vectors/modwt_mra.json", () => {
  const { cases } = JSON.parse(readData("vectors/modwt_mra.json")) as MraVectors;

  test("analysis A2: the maximal overlap transform and its multiresolution analysis, as waveslim", () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
    for (const { wavelet, levels, boundary, x, W, V, D, S } of cases) {
      const within = 1e-9 * largest(x);
      const series = boundary === "periodic" ? x : [...x, ...x.toReversed()];
      const { details, smooth } = modwt(series, wavelet, levels);
      expect(apart(smooth, V)).toBeLessThanOrEqual(within);
      for (const [j, band] of W.entries()) expect(apart(details[j], band)).toBeLessThanOrEqual(within);
      expect(apart(imodwt({ details: W, smooth: V }, wavelet), series)).toBeLessThanOrEqual(within);
      const bands = mra(x, wavelet, levels, { boundary });
      expect(apart(bands.smooth, S)).toBeLessThanOrEqual(within);
      for (const [j, band] of D.entries()) expect(apart(bands.details[j], band)).toBeLessThanOrEqual(within);
    }
  });
});

withData("vectors/swt.json", () => {
  const { cases } = JSON.parse(readData("vectors/swt.json")) as SwtVectors;

  test("PyWavelets' stationary transform looks forward from where ours looks back: ours of the reversed series, reversed", () => {
    expect(cases.length).toBeGreaterThanOrEqual(6);
    for (const { wavelet, level, x, coeffs } of cases) {
      const { details, smooth } = modwt(x.toReversed(), wavelet, level);
      for (const [index, band] of [smooth, ...details.toReversed()].entries()) {
        const j = index === 0 ? level : level - index + 1;
        // Its filters are centred: of four taps, one lies before the place, at each level.
        const late = wavelet === "haar" ? 0 : 2 ** j - 1;
        const found = coeffs[index].map((_, t) => band.at((x.length - 1 - t + late) % x.length) as number);
        expect(apart(found, coeffs[index])).toBeLessThanOrEqual(1e-10 * largest(x));
      }
    }
  });
});

withData("vectors/nonfinite.json", () => {
  const { cases } = JSON.parse(readData("vectors/nonfinite.json")) as NonFiniteVectors;

  test("what PyWavelets passes on as NaN is refused", () => {
    expect(cases.length).toBeGreaterThanOrEqual(4);
    for (const { wavelet, x } of cases) {
      const values = x.map(Number);
      expect(() => dwt(values, wavelet, "symmetric")).toThrow(AnalysisInputError);
      expect(() => wavedec(Float64Array.from(values), wavelet, { mode: "symmetric" })).toThrow(AnalysisInputError);
      expect(() => mra(values, wavelet, 2, { boundary: "periodic" })).toThrow(/^x\[\d+\]: .+ is not a finite number/);
    }
  });
});

describe("acceptance D1", () => {
  test("Haar of 10, 20, … 80", () => {
    const { approximation, detail } = dwt([10, 20, 30, 40, 50, 60, 70, 80], "haar", "periodization");
    expect(apart(approximation, [21.2132, 49.4975, 77.7817, 106.066])).toBeLessThan(5e-5);
    expect(apart(detail, [-7.0711, -7.0711, -7.0711, -7.0711])).toBeLessThan(5e-5);
  });
});
