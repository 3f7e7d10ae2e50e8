import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divergingStep, highestOf, sequentialStep } from "../../../web/src/charts/colour-steps.ts";
import { domainOf, placeIn } from "../../../web/src/charts/interval-domain.ts";
import { runsOf } from "../../../web/src/charts/plot-paths.ts";
import { waterfallGeometry } from "../../../web/src/charts/waterfall-geometry.ts";

describe("a waterfall", () => {
  it("leads from what was to what is, each step beginning where the one before it ended", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 10 }),
        (before, effects) => {
          const after = effects.reduce((sum, each) => sum + each, before);
          const geometry = waterfallGeometry(before, effects, after);
          const bars = [geometry.before, ...geometry.effects];
          for (const [index, bar] of geometry.effects.entries()) {
            expect(bar.from).toBeCloseTo(bars[index].to, 9);
            expect(Math.sign(bar.to - bar.from)).toBe(Math.sign(effects[index]));
          }
          expect((bars.at(-1) as { to: number }).to).toBeCloseTo(geometry.after.to, 9);
          for (const { from, to } of [...bars, geometry.after]) for (const edge of [from, to]) expect(edge >= 0 && edge <= 1).toBe(true);
        },
      ),
    );
  });

  it("of nothing is flat", () => {
    expect(waterfallGeometry(0, [0], 0).effects).toEqual([{ from: 0, to: 0, direction: "none" }]);
  });
});

describe("steps of colour", () => {
  it("tell unknown from zero, and zero from little", () => {
    expect([null, 0, 0.001, 25, 26, 100].map((value) => sequentialStep(value, 100, 4))).toEqual([null, 0, 1, 1, 2, 4]);
    expect([null, 0, -1, 1, 2, -0.5].map((value) => divergingStep(value, 1, 4))).toEqual([null, 0, -4, 4, 4, -2]);
    expect(highestOf([[null, 1], [3, null], []])).toBe(3);
  });

  it("grow with the value, and mirror each other", () => {
    const value = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(divergingStep(low, 1, 4) as number).toBeLessThanOrEqual(divergingStep(high, 1, 4) as number);
        expect(sequentialStep(low, 1, 5) as number).toBeLessThanOrEqual(sequentialStep(high, 1, 5) as number);
      }),
    );
  });
});

describe("runs of a line", () => {
  const same = { x: (each: number) => each, y: (each: number) => each };

  it("break where a value is unknown", () => {
    expect(runsOf([1, null, 2, 3], [0, 1, 2, 3], same)).toEqual([
      [{ x: 0, y: 1 }],
      [
        { x: 2, y: 2 },
        { x: 3, y: 3 },
      ],
    ]);
  });

  it("keep the first, lowest, highest and last of each column of pixels, and at most four points of it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 300 }), (values) => {
        const [run] = runsOf(
          values,
          values.map((_, index) => index / 30),
          same,
        );
        for (let column = 0; column < Math.ceil(values.length / 30); column += 1) {
          const own = values.filter((_, index) => Math.floor(index / 30) === column);
          const kept = (run ?? []).filter(({ x }) => Math.floor(x) === column).map(({ y }) => y);
          expect(kept.length).toBeLessThanOrEqual(4);
          expect([kept[0], Math.min(...kept), Math.max(...kept), kept.at(-1)]).toEqual([
            own[0],
            Math.min(...own),
            Math.max(...own),
            own.at(-1),
          ]);
        }
      }),
    );
  });
});

describe("intervals", () => {
  it("share a scale that holds zero", () => {
    expect(
      domainOf([
        { low: 2, high: 5 },
        { low: null, high: null },
      ]),
    ).toEqual([0, 5]);
    expect(domainOf([{ low: -2, high: 5 }])).toEqual([-2, 5]);
    expect(domainOf([])).toEqual([0, 1]);
    expect([-1, 0, 5, 9].map((value) => placeIn([0, 5], value))).toEqual([0, 0, 1, 1]);
  });
});
