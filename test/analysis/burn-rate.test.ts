import { describe, expect, test } from "vitest";
import { burnRates } from "../../src/analysis/index.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const month = { bucketMs: HOUR_MS, limit: 720, periodBuckets: 720 };

describe("burn rates", () => {
  test("are 1 where spending is exactly what the limit allows", () => {
    const { windows, alert } = burnRates(new Float64Array(720).fill(1), month);
    expect(windows.map(({ hours }) => hours)).toEqual([72, 6, 1, 0.5, 1 / 12]);
    for (const { rate } of windows) expect(rate).toBeCloseTo(1, 9);
    expect(alert).toBe("none");
  });

  test("wake someone up for a fire, in the long window and in the short one, and let him sleep when it is out", () => {
    const minutes = new Float64Array(3 * 24 * 60).fill(1);
    const options = { bucketMs: MINUTE_MS, limit: 30 * 24 * 60, periodBuckets: 30 * 24 * 60, periodStart: 0 };
    const burning = minutes.slice().fill(20, -60);
    expect(burnRates(burning, options).alert).toBe("page");
    const out = burning.slice().fill(1, -6);
    expect(burnRates(out, options).windows.find(({ hours }) => hours === 1)?.rate).toBeGreaterThan(14.4);
    expect(burnRates(out, options).alert).not.toBe("page");
  });

  test("write a ticket for three days that are a little too fast", () => {
    expect(burnRates(new Float64Array(720).fill(1).fill(1.3, -72), month).alert).toBe("ticket");
  });

  test("know that nights are quiet and days are not", () => {
    const hours = Float64Array.from({ length: 21 * 24 }, (_, hour) => (hour % 24 >= 8 && hour % 24 < 18 ? 2 : 0.2));
    const limit = hours.reduce((sum, hour) => sum + hour, 0) * (720 / hours.length);
    const at = (end: number): number => burnRates(hours.slice(0, end), { ...month, limit, periodStart: 0 }).windows[1]?.rate ?? 0;
    // The six hours until 17:00 and until 05:00: both as usual, though the sums are ten times apart.
    expect(at(20 * 24 + 17)).toBeGreaterThan(0.8);
    expect(at(20 * 24 + 17)).toBeLessThan(1.3);
    expect(at(20 * 24 + 5)).toBeGreaterThan(0.6);
    expect(at(20 * 24 + 5)).toBeLessThan(1.7);
  });

  test("are absent where there is no history, or nothing to burn", () => {
    expect(burnRates([], month)).toEqual({ windows: [72, 6, 1, 0.5, 1 / 12].map((hours) => ({ hours })), alert: "none" });
    expect(burnRates([1, 2], { ...month, limit: 0 }).windows.every(({ rate }) => rate === undefined)).toBe(true);
    expect(burnRates([1, 2], month).windows.filter(({ rate }) => rate !== undefined)).toHaveLength(3);
    expect(burnRates(new Float64Array(720), month).windows.every(({ rate }) => rate === 0)).toBe(true);
  });

  test.each([
    ["a limit below nothing", { ...month, limit: -1 }, "limit: -1"],
    ["a period of no buckets", { ...month, periodBuckets: 0 }, "periodBuckets: 0"],
    ["a period that begins after now", { ...month, periodStart: 9 }, "periodStart: 9"],
    ["buckets of no length", { ...month, bucketMs: -1 }, "bucketMs: -1"],
  ])("%s is refused in one sentence", (_, options, sentence) => {
    const call = (): unknown => burnRates([1, 2, 3], options);
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});
