import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundStep, valueScale, valueTicks } from "../../../web/src/charts/value-axis.ts";

/** What is smaller is nothing to an axis: a thousandth of the least amount of money. */
const LEAST = 1e-12;

describe("an axis of values", () => {
  it("is as tight around the values as round steps allow", () => {
    expect(valueScale([205], 4)).toEqual({ low: 0, high: 250, step: 50 });
    expect(valueScale([780], 4)).toEqual({ low: 0, high: 800, step: 200 });
  });

  it("has a height where everything is zero, unknown, or missing", () => {
    for (const values of [[], [null], [0], [0, null], [5e-324], [-1e-310, 2e-300]]) {
      const { low, high, step } = valueScale(values, 4);
      expect(high).toBeGreaterThan(low);
      expect(step).toBeGreaterThan(0);
    }
  });

  it("may begin above zero only when it is told so", () => {
    expect(valueScale([1000, 1090], 3).low).toBe(0);
    expect(valueScale([1000, 1090], 3, true).low).toBe(1000);
  });

  it("holds every value, zero, and ticks that are multiples of its step in order", () => {
    const values = fc.array(fc.oneof(fc.constant(null), fc.double({ min: -1e9, max: 1e9, noNaN: true })), { maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 6 }), (shown, steps) => {
        const scale = valueScale(shown, steps);
        const room = (scale.high - scale.low) * 1e-6;
        expect(scale.low).toBeLessThanOrEqual(0);
        expect(scale.high).toBeGreaterThanOrEqual(0);
        for (const value of shown) {
          if (value === null || Math.abs(value) < LEAST) continue;
          expect(value).toBeGreaterThanOrEqual(scale.low - room);
          expect(value).toBeLessThanOrEqual(scale.high + room);
        }
        const ticks = valueTicks(scale);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(steps + 4);
        for (const [index, tick] of ticks.entries()) {
          if (index > 0) expect(tick).toBeGreaterThan(ticks[index - 1]);
          expect(Math.abs(tick / scale.step - Math.round(tick / scale.step))).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it("counts in steps of 1, 2, 2.5 or 5", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), (wanted) => {
        const step = roundStep(wanted);
        const digits = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        expect([1, 2, 2.5, 5, 10].some((each) => Math.abs(each - digits) < 1e-6)).toBe(true);
        expect(step).toBeGreaterThanOrEqual(wanted * (1 - 1e-6));
        expect(step).toBeLessThanOrEqual(wanted * 2.01);
      }),
    );
  });

  it("writes 0.3 and not what the machine makes of three tenths", () => {
    expect(valueTicks({ low: 0, high: 0.5, step: 0.1 })).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  });
});
