import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { autocorrelation } from "../../src/analysis/statistics/autocorrelation.ts";
import { realFft } from "../../src/analysis/statistics/fourier.ts";
import { leastSquares } from "../../src/analysis/statistics/least-squares.ts";
import { mannKendall } from "../../src/analysis/statistics/mann-kendall.ts";
import { mean, sum, variance } from "../../src/analysis/statistics/moments.ts";
import { adjustedPValues } from "../../src/analysis/statistics/multiple-testing.ts";
import { MAD_TO_SIGMA, median, medianAbsoluteDeviation, quantile } from "../../src/analysis/statistics/order-statistics.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";
import { averageRanks } from "../../src/analysis/statistics/ranks.ts";
import { movingAverage, runningMedian } from "../../src/analysis/statistics/running.ts";
import {
  fSurvival,
  normalCdf,
  normalQuantile,
  regularizedBeta,
  studentTSurvival,
} from "../../src/analysis/statistics/special-functions.ts";
import { theilSenSlope } from "../../src/analysis/statistics/theil-sen.ts";
import { readData, withData } from "../shared-data.ts";

const values = fc.array(
  fc.integer({ min: -1e9, max: 1e9 }).map((x) => x / 1000),
  { minLength: 1, maxLength: 60 },
);

function expectRelative(actual: number, expected: number, tolerance = 1e-8): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(tolerance * Math.abs(expected));
}

withData("vectors/special.json", () => {
  const file = (): Record<string, number[][]> => JSON.parse(readData("vectors/special.json"));
  it.each([
    ["norm_cdf", normalCdf],
    ["norm_ppf", normalQuantile],
    ["t_sf", studentTSurvival],
    ["beta_inc", regularizedBeta],
  ] as [string, (...args: number[]) => number][])("analysis D1: %s as scipy has it, to 8 digits", (name, ours) => {
    for (const row of file()[name]) expectRelative(ours(...row.slice(0, -1)), row[row.length - 1]);
  });
});

describe("the distributions", () => {
  it("keep their digits far out, where one minus the rest has none (scipy 1.10)", () => {
    expectRelative(normalCdf(-20), 2.7536241186061556e-89);
    expectRelative(normalCdf(-37), 5.7255712225239266e-300);
    expectRelative(studentTSurvival(50, 100), 7.236081839880732e-73);
    expectRelative(studentTSurvival(1e6, 3), 1.1026577908396144e-18);
    expectRelative(studentTSurvival(3, 1e7), 0.0013499013555185817);
    expectRelative(fSurvival(300, 3, 500), 2.3286535112629296e-111);
  });

  it("agree with each other where one is a case of the other", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 40, noNaN: true }), fc.integer({ min: 1, max: 5000 }), (t, df) => {
        expectRelative(fSurvival(t * t, 1, df), 2 * studentTSurvival(t, df), 1e-9);
        expectRelative(regularizedBeta(df, 1, t / 41), (t / 41) ** df, 1e-8);
      }),
    );
  });

  it("turn round: the quantile of a probability has that probability", () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 5, noNaN: true }), (z) => {
        expect(normalQuantile(normalCdf(z))).toBeCloseTo(z, 8);
      }),
    );
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(0.5)]).toEqual([-Infinity, Infinity, 0]);
  });
});

withData("vectors/robust.json", () => {
  it("medians, quantiles, spreads and slopes are numpy's, statsmodels' and scipy's", () => {
    for (const one of JSON.parse(readData("vectors/robust.json")).cases) {
      expectRelative(median(one.x), one.median, 1e-12);
      expectRelative(medianAbsoluteDeviation(one.x), one.mad_raw, 1e-12);
      expectRelative(medianAbsoluteDeviation(one.x) * MAD_TO_SIGMA, one.mad, 1e-12);
      for (const [q, expected] of Object.entries(one.q)) expectRelative(quantile(one.x, Number(q)), expected as number, 1e-12);
      if (one.theilsen) expectRelative(theilSenSlope(Float64Array.from(one.x)), one.theilsen[0], 1e-12);
    }
  });
});

withData("vectors/multitest.json", () => {
  it.each(["bh", "by", "holm", "bonferroni"] as const)("adjusted by %s as statsmodels does", (method) => {
    for (const one of JSON.parse(readData("vectors/multitest.json")).cases) {
      adjustedPValues(one.p, method).forEach((adjusted, i) => {
        expectRelative(adjusted, one[method].adjusted[i], 1e-12);
      });
    }
  });
});

withData("vectors/acf.json", () => {
  it("autocorrelations are statsmodels'", () => {
    for (const one of JSON.parse(readData("vectors/acf.json")).cases) {
      autocorrelation(Float64Array.from(one.x), one.acf.length - 1).forEach((rho, lag) => {
        expect(rho).toBeCloseTo(one.acf[lag], 12);
      });
    }
  });
});

withData("vectors/spectrum.json", () => {
  it("transforms are numpy's, for every length", () => {
    for (const one of JSON.parse(readData("vectors/spectrum.json")).cases) {
      const x = Float64Array.from(one.x);
      const { re, im } = realFft(x);
      const size = Math.max(...one.rfft_re.map(Math.abs));
      expect(re).toHaveLength(one.rfft_re.length);
      re.forEach((real, k) => {
        expect(Math.abs(real - one.rfft_re[k])).toBeLessThan(1e-12 * size);
        expect(Math.abs(im[k] - one.rfft_im[k])).toBeLessThan(1e-12 * size);
      });
    }
  });
});

describe("beside naive second versions", () => {
  it("the transform is the sum that defines it", () => {
    fc.assert(
      fc.property(values, (list) => {
        const { re, im } = realFft(Float64Array.from(list));
        const size = list.reduce((total, x) => total + Math.abs(x), 1);
        re.forEach((real, k) => {
          const angle = (i: number): number => (2 * Math.PI * ((i * k) % list.length)) / list.length;
          expect(Math.abs(real - list.reduce((total, x, i) => total + x * Math.cos(angle(i)), 0))).toBeLessThan(1e-11 * size);
          expect(Math.abs(im[k] + list.reduce((total, x, i) => total + x * Math.sin(angle(i)), 0))).toBeLessThan(1e-11 * size);
        });
      }),
    );
  });

  it("autocorrelations are the sums that define them, few lags or many", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 400 }), fc.integer({ min: 1, max: 420 }), fc.integer(), (n, maxLag, seed) => {
        const random = seededRandom(seed);
        const x = Float64Array.from({ length: n }, () => 100 + random());
        const center = mean(x);
        const product = (lag: number): number => x.slice(lag).reduce((total, value, i) => total + (value - center) * (x[i] - center), 0);
        const ours = autocorrelation(x, maxLag);
        expect(ours).toHaveLength(maxLag + 1);
        ours.forEach((rho, lag) => {
          expect(Math.abs(rho - (lag < n ? product(lag) / product(0) : 0))).toBeLessThan(1e-9);
        });
      }),
    );
    expect(Array.from(autocorrelation(new Float64Array(9).fill(0.1), 3))).toEqual([1, 0, 0, 0]);
  });

  it("running medians and averages look at what there is of the window", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 80 }), (list, width) => {
        const half = width >> 1;
        const even = width % 2 === 0 && half > 0;
        const medians = runningMedian(Float64Array.from(list), width);
        const averages = movingAverage(Float64Array.from(list), width);
        list.forEach((_, t) => {
          const around = list.flatMap((value, i) => (Math.abs(i - t) <= half ? [[value, even && Math.abs(i - t) === half ? 0.5 : 1]] : []));
          expect(medians[t]).toBeCloseTo(median(around.map(([value]) => value)), 6);
          const weight = around.reduce((total, [, w]) => total + w, 0);
          expect(averages[t]).toBeCloseTo(around.reduce((total, [value, w]) => total + value * w, 0) / weight, 4);
        });
      }),
    );
  });

  it("a median lies in the middle of the sorted values", () => {
    fc.assert(
      fc.property(values, (list) => {
        const sorted = [...list].sort((a, b) => a - b);
        const middle = (sorted.length - 1) / 2;
        expect(median(list)).toBeCloseTo((sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2, 6);
        expect(quantile(list, 0)).toBe(sorted[0]);
        expect(quantile(list, 1)).toBe(sorted.at(-1));
      }),
    );
    expect(median([])).toBeNaN();
  });

  it("ranks are shared by equal values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), (list) => {
        const naive = list.map(
          (value) => list.filter((other) => other < value).length + (list.filter((other) => other === value).length + 1) / 2,
        );
        expect(Array.from(averageRanks(Float64Array.from(list)))).toEqual(naive);
      }),
    );
  });

  it("least squares leave residuals that no column explains, and count the columns that say something", () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 40 }), fc.integer(), (n, seed) => {
        const random = seededRandom(seed);
        const column = (): Float64Array => Float64Array.from({ length: n }, () => normalDeviate(random));
        const [a, b, y] = [column(), column(), column()];
        const both = a.map((value, i) => value - 2 * b[i]);
        const { residuals, rss, rank, coefficients } = leastSquares([a, b, both], y);
        expect(rank).toBe(2);
        expect(coefficients[2]).toBe(0);
        for (const one of [a, b]) expect(one.reduce((total, value, i) => total + value * residuals[i], 0)).toBeCloseTo(0, 9);
        expect(rss).toBeCloseTo(
          residuals.reduce((total, value) => total + value * value, 0),
          9,
        );
      }),
    );
  });
});

describe("sums", () => {
  it("lose nothing to large offsets", () => {
    expect(sum([1e16, 1, -1e16])).toBe(1);
    expect(mean([1e15 + 1, 1e15 + 2, 1e15 + 3])).toBe(1e15 + 2);
    expect(variance([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
    expect(variance([7])).toBeNaN();
  });
});

describe("trends", () => {
  it("counts pairs that rise and pairs that fall", () => {
    const rising = Float64Array.from({ length: 12 }, (_, i) => i);
    expect(mannKendall(rising)).toMatchObject({ s: 66 });
    expect(mannKendall(rising).p).toBeLessThan(1e-4);
    expect(mannKendall(rising.map((value) => -value)).z).toBe(-mannKendall(rising).z);
    expect(mannKendall(new Float64Array(9))).toEqual({ s: 0, z: 0, p: 1 });
  });

  it("finds a trend in 8 % of trendless series at most; where they remember, in far fewer than without a look at that", () => {
    const random = seededRandom(11);
    const rounds = 400;
    const found = (phi: number): { withMemory: number; without: number } => {
      const counts = { withMemory: 0, without: 0 };
      for (let round = 0; round < rounds; round++) {
        let last = normalDeviate(random);
        const series = Float64Array.from({ length: 56 }, () => {
          last = phi * last + normalDeviate(random);
          return last;
        });
        if (mannKendall(series).p < 0.05) counts.withMemory++;
        if (mannKendall(series, 0).p < 0.05) counts.without++;
      }
      return counts;
    };
    expect(found(0).withMemory).toBeLessThan(0.08 * rounds);
    const { withMemory, without } = found(0.5);
    expect(withMemory).toBeLessThan(0.7 * without);
  });

  it("a slope that half of the points agree on is not moved by the others", () => {
    const y = Float64Array.from({ length: 41 }, (_, i) => 3 * i + (i % 6 === 0 ? 1e6 : 0));
    expect(theilSenSlope(y)).toBe(3);
    expect(theilSenSlope(Float64Array.of(1, 2, 5), Float64Array.of(0, 0, 2))).toBe(1.75);
    expect(theilSenSlope(Float64Array.of(1))).toBeNaN();
  });
});

describe("chance", () => {
  it("is the same for the same seed, and evenly spread", () => {
    const [one, same, other] = [seededRandom(7), seededRandom(7), seededRandom(8)];
    const drawn = Float64Array.from({ length: 20_000 }, one);
    expect(Array.from(drawn.slice(0, 50), () => same())).toEqual(Array.from(drawn.slice(0, 50)));
    expect(other()).not.toBe(drawn[0]);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(mean(drawn)).toBeCloseTo(0.5, 1);
    expect(variance(drawn)).toBeCloseTo(1 / 12, 2);
    const normal = Float64Array.from({ length: 20_000 }, () => normalDeviate(one));
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(Math.abs(variance(normal) - 1)).toBeLessThan(0.05);
  });
});
