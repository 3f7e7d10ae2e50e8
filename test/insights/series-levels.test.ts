import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { bucketGrid } from "../../src/insights/bucket-grid.ts";
import { periodOf } from "../../src/insights/period.ts";
import { levelsOf } from "../../src/insights/series-levels.ts";
import { remembering } from "../analysis/naive-series.ts";

const DAYS = 56;
const period = periodOf("2026-01-05", "2026-03-01", "UTC");
const gridOf = (bucket: "hour" | "day") => bucketGrid([], { period, bucket, nowMs: period.endMs, isUsedBefore: true });
const levels = (amounts: readonly number[], bucket: "hour" | "day") =>
  levelsOf(
    Float64Array.from(amounts),
    amounts.map((value) => BigInt(Math.round(1e6 * value))),
    gridOf(bucket),
  );

describe("new levels", () => {
  it("hours that resemble the hour before are on none, in 95 of 100 series at least", () => {
    const random = seededRandom(3);
    let claims = 0;
    for (let run = 0; run < 100; run++) {
      const values = remembering(24 * DAYS, 0.85, random).map((value) => Math.max(1, 100 + 25 * value));
      if (levels(values, "hour").length > 0) claims++;
    }
    // 5 % of 100 and two standard errors.
    expect(claims).toBeLessThanOrEqual(9);
  });

  it.each(["hour", "day"] as const)("one runaway evening is none, by the %s", (bucket) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const values = remembering(bucket === "hour" ? 24 * DAYS : DAYS, 0, random).map((value) => 100 + 20 * value);
      const at = Math.floor((values.length - 3) * random());
      for (let t = at; t < at + (bucket === "hour" ? 3 : 1); t++) values[t] = 5000;
      expect(levels(values, bucket)).toEqual([]);
    }
  });

  it("spending that trebles is, from its day on, by the hour and by the day", () => {
    const random = seededRandom(4);
    const hours = remembering(24 * DAYS, 0.5, random).map((value, t) => (t < 28 * 24 ? 100 : 300) * (1 + 0.1 * value));
    const found = levels(hours, "hour");
    expect(found.map(({ index }) => index)).toEqual([28 * 24]);
    expect(Number(found[0]?.before) / 1e6).toBeCloseTo(100, -1);
    expect(Number(found[0]?.after) / 1e6).toBeCloseTo(300, -1);
    const days = remembering(DAYS, 0, random).map((value, t) => (t < 28 ? 100 : 300) * (1 + 0.1 * value));
    expect(levels(days, "day").map(({ index }) => index)).toEqual([28]);
  });

  it("a change by a twentieth is none that is told", () => {
    const random = seededRandom(5);
    const days = remembering(DAYS, 0, random).map((value, t) => (t < 28 ? 100 : 105) * (1 + 0.005 * value));
    expect(levels(days, "day")).toEqual([]);
  });
});
