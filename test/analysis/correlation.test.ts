import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correlationMatrix, pearson, spearman } from "../../src/analysis/index.ts";
import { readData, withData } from "../shared-data.ts";

const amount = fc.integer({ min: -1e6, max: 1e6 });
const pairs = fc.array(fc.tuple(amount, amount), { minLength: 2, maxLength: 40 });

withData("vectors/correlation.json", () => {
  it("analysis D1: r to 12 digits and p to 8, as scipy has them", () => {
    for (const one of JSON.parse(readData("vectors/correlation.json")).cases) {
      const [straight, ranked] = [pearson(one.x, one.y), spearman(one.x, one.y)];
      if (one.pearson === null) {
        expect(straight).toEqual({ n: one.n, reason: expect.any(String) });
        continue;
      }
      expect(straight.r).toBeCloseTo(one.pearson, one.name === "offset" ? 9 : 12);
      expect(Math.abs((straight.p as number) - one.pearsonP)).toBeLessThanOrEqual(1e-8 * one.pearsonP);
      expect(ranked.r).toBeCloseTo(one.spearman, 12);
      // Of a perfect order, scipy's p is what rounding makes of 0.
      if (Math.abs(one.spearman) < 0.999999)
        expect(Math.abs((ranked.p as number) - one.spearmanP)).toBeLessThanOrEqual(1e-8 * one.spearmanP);
    }
  });
});

describe("pearson and spearman", () => {
  it("acceptance E1: a line has r = 1 or −1, exactly", () => {
    expect(pearson([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])).toEqual({ r: 1, p: 0, n: 5 });
    expect(pearson([1, 2, 3, 4, 5], [10, 8, 6, 4, 2])).toEqual({ r: -1, p: 0, n: 5 });
    fc.assert(
      fc.property(
        fc.uniqueArray(amount, { minLength: 3, maxLength: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        amount,
        (x, slope, offset) => {
          const line = x.map((value) => value * slope + offset);
          expect(pearson(x, line).r).toBe(1);
          expect(
            pearson(
              x,
              line.map((value) => -value),
            ).r,
          ).toBe(-1);
        },
      ),
    );
  });

  it("acceptance E1: a constant has no correlation, which is not 0", () => {
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ n: 3, reason: "The first series is constant." });
    expect(spearman([1, 2, 3], [5, 5, 5])).toEqual({ n: 3, reason: "The second series is constant." });
    expect(pearson([4, 4], [5, 5]).reason).toBe("Both series are constant.");
    expect(pearson([], []).reason).toContain("there are none");
    expect(pearson([1], [2])).toEqual({ n: 1, reason: "A correlation needs 2 values of each series at least; there is 1." });
  });

  it("work from two values on, of which chance always makes a line", () => {
    expect(pearson([1, 2], [3, 5])).toEqual({ r: 1, p: 1, n: 2 });
  });

  it("are the same both ways round, and for any unit and offset", () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [x, y] = [list.map(([a]) => a), list.map(([, b]) => b)];
        expect(pearson(x, y).r).toBe(pearson(y, x).r);
        const moved = pearson(
          x.map((a) => 1e9 + 4 * a),
          y,
        );
        if (moved.r !== undefined) expect(Math.abs(moved.r - (pearson(x, y).r as number))).toBeLessThan(1e-9);
      }),
    );
  });

  it("agree with the formula in whole numbers", () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const n = BigInt(list.length);
        const total = (of: (a: bigint, b: bigint) => bigint): bigint => list.reduce((sum, [a, b]) => sum + of(BigInt(a), BigInt(b)), 0n);
        const [x, y] = [total((a) => a), total((_, b) => b)];
        const above = n * total((a, b) => a * b) - x * y;
        const below = (n * total((a) => a * a) - x * x) * (n * total((_, b) => b * b) - y * y);
        const { r } = pearson(
          list.map(([a]) => a),
          list.map(([, b]) => b),
        );
        if (below === 0n) expect(r).toBeUndefined();
        else expect(Math.abs((r as number) - Number(above) / Math.sqrt(Number(below)))).toBeLessThan(1e-12);
      }),
    );
  });

  it("know what is too small and too large for squares", () => {
    expect(pearson([1e-200, 2e-200, 4e-200], [1, 2, 4]).r).toBeCloseTo(1, 12);
    expect(pearson([-8e307, 8e307, 1e307], [-8, 8, 1]).r).toBeCloseTo(1, 12);
  });

  it("refuse what is no list of numbers, and lists of different lengths, naming the place", () => {
    expect(() => pearson([1, Number.NaN], [1, 2])).toThrow("x[1]: NaN is not a finite number");
    expect(() => pearson([1, 2], [1, Number.POSITIVE_INFINITY])).toThrow("y[1]: Infinity");
    expect(() => spearman([1, 2, 3], [1, 2])).toThrow("y: 2 values, but x has 3");
    expect(() => pearson(undefined as never, [1])).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT" }));
  });
});

describe("correlationMatrix", () => {
  it("holds what pearson says of each pair, whatever the order of the series", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 2, max: 30 }), fc.infiniteStream(amount), (count, n, stream) => {
        const series = Array.from({ length: count }, (_, i) =>
          Array.from({ length: n }, () => (i === 2 ? 7 : (stream.next().value as number))),
        );
        const matrix = correlationMatrix(series);
        const turned = correlationMatrix([...series].reverse());
        series.forEach((x, i) => {
          series.forEach((y, j) => {
            const { r } = pearson(x, y);
            if (r === undefined) expect(matrix[i][j]).toBeUndefined();
            else expect(matrix[i][j]).toBeCloseTo(r, 12);
            expect(matrix[i][j]).toBe(matrix[j][i]);
            expect(turned[count - 1 - i][count - 1 - j]).toBe(matrix[i][j]);
          });
        });
      }),
    );
    expect(correlationMatrix([])).toEqual([]);
    expect(() => correlationMatrix([[1, 2], [1]])).toThrow("series[1]: 1 values, but series[0] has 2");
  });
});
