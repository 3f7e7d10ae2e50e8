import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stack } from "../../../web/src/charts/stacking.ts";

const value = fc.oneof(fc.constant(null), fc.integer({ min: -1000, max: 1000 }));
const series = fc
  .integer({ min: 1, max: 12 })
  .chain((length) => fc.array(fc.array(value, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 6 }));

describe("stacked series", () => {
  it("stand on what is known below them, and an unknown value takes no room", () => {
    const [first, second, third] = stack(
      [
        { values: [1, 2], stacked: true },
        { values: [null, 3], stacked: true },
        { values: [4, 5], stacked: true },
      ],
      2,
    );
    expect(first?.to).toEqual([1, 2]);
    expect(second?.from).toEqual([null, 2]);
    expect(second?.to).toEqual([null, 5]);
    expect(third?.from).toEqual([1, 5]);
    expect(third?.to).toEqual([5, 10]);
  });

  it("keep losses below zero and gains above it", () => {
    const spans = stack(
      [
        { values: [3], stacked: true },
        { values: [-2], stacked: true },
        { values: [-1], stacked: true },
        { values: [4], stacked: true },
      ],
      1,
    );
    expect(spans.map(({ from, to }) => [from[0], to[0]])).toEqual([
      [0, 3],
      [0, -2],
      [-2, -3],
      [3, 7],
    ]);
    expect(spans.map(({ outermost }) => outermost[0])).toEqual([false, false, true, true]);
  });

  it("leave no room for a hidden one, and one that is not stacked begins at zero", () => {
    const [hidden, shown, alone] = stack(
      [{ values: [5], stacked: true, hidden: true }, { values: [2], stacked: true }, { values: [9] }],
      1,
    );
    expect(hidden?.to).toEqual([null]);
    expect([shown?.from, shown?.to]).toEqual([[0], [2]]);
    expect([alone?.from, alone?.to]).toEqual([[0], [9]]);
  });

  it("have the height of their values, are unknown exactly where those are, and end at the sums of gains and losses", () => {
    fc.assert(
      fc.property(series, (rows) => {
        const length = rows[0]?.length ?? 0;
        const spans = stack(
          rows.map((values) => ({ values, stacked: true })),
          length,
        );
        for (let at = 0; at < length; at += 1) {
          for (const [index, row] of rows.entries()) {
            const { from, to } = spans[index];
            if (row[at] === null) expect([from[at], to[at]]).toEqual([null, null]);
            else expect((to[at] as number) - (from[at] as number)).toBe(row[at]);
          }
          const known = rows.map((row) => row[at] ?? 0);
          const ends = spans.map(({ to }) => to[at] ?? 0);
          expect(Math.max(0, ...ends)).toBe(known.filter((each) => each > 0).reduce((sum, each) => sum + each, 0));
          expect(Math.min(0, ...ends) + 0).toBe(known.filter((each) => each < 0).reduce((sum, each) => sum + each, 0));
        }
      }),
    );
  });
});
