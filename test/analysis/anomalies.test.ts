import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectAnomalies } from "../../src/analysis/index.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";
import { readData, withData } from "../shared-data.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const hourly = { bucketMs: HOUR_MS };

/** Hours of a service with quiet nights and quieter weekends. */
function serviceHours(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, (_, hour) => {
    const isWeekend = Math.floor(hour / 24) % 7 >= 5;
    const usual = (300 + 1000 * Math.max(0, Math.sin((2 * Math.PI * ((hour % 24) - 6)) / 24))) * (isWeekend ? 0.4 : 1);
    return Math.max(0, Math.sqrt(usual) + 4 * normalDeviate(random)) ** 2;
  });
}

withData("vectors/anomaly.json", () => {
  test("analysis B3: four of five spikes are found in spending by chance, and hardly anything else", () => {
    const { cases } = JSON.parse(readData("vectors/anomaly.json"));
    let [spikes, found, others, weeks] = [0, 0, 0, 0];
    for (const { y, anomalies, trainUntil } of cases) {
      const indices = detectAnomalies(y, { ...hourly, trainUntil }).map(({ index }) => index);
      const right = indices.filter((index) => anomalies.includes(index)).length;
      spikes += anomalies.length;
      found += right;
      others += indices.length - right;
      weeks += (y.length - trainUntil) / 168;
    }
    expect(spikes).toBeGreaterThan(0);
    expect(found / spikes).toBeGreaterThanOrEqual(0.8);
    expect(others / weeks).toBeLessThanOrEqual(0.5);
  });
});

withData("vectors/mixture.json", () => {
  test("analysis A3: spikes on growth, days and weeks are all found, with at most two others", () => {
    for (const { x, spikes } of JSON.parse(readData("vectors/mixture.json")).cases) {
      const wanted = new Set(spikes.map((spike: { index: number } | number) => (typeof spike === "number" ? spike : spike.index)));
      const indices = detectAnomalies(x, hourly).map(({ index }) => index);
      expect(indices.filter((index) => wanted.has(index))).toHaveLength(wanted.size);
      expect(indices.length - wanted.size).toBeLessThanOrEqual(2);
    }
  });
});

describe("anomalies", () => {
  test("analysis B3: of invented weeks, most spikes are found and less than one false alarm in two weeks is given", () => {
    let [found, others] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const hours = serviceHours(1008, seed);
      const spikes = [700, 745, 801, 858, 930, 1001];
      for (const at of spikes) hours[at] = (hours[at] as number) * 4 + 1500;
      const indices = detectAnomalies(hours, { ...hourly, trainUntil: 672 }).map(({ index }) => index);
      found += indices.filter((index) => spikes.includes(index)).length;
      others += indices.filter((index) => !spikes.includes(index)).length;
    }
    expect(found / 60).toBeGreaterThanOrEqual(0.9);
    expect(others / 20).toBeLessThanOrEqual(0.5);
  });

  test("come with what was expected at that hour, what they cost above it, and how rare they are", () => {
    const hours = serviceHours(672, 3);
    hours[492] = 9000; // Noon of a Sunday.
    const [anomaly, ...others] = detectAnomalies(hours, { ...hourly, minImpact: 3000 });
    expect(others).toEqual([]);
    expect(anomaly).toMatchObject({ index: 492, value: 9000, p: 1 / 672 });
    expect(anomaly?.expected).toBeGreaterThan(350);
    expect(anomaly?.expected).toBeLessThan(700);
    expect(anomaly?.impact).toBe(9000 - (anomaly?.expected as number));
  });

  test("a threshold for the impact hides, and does not change what is unusual", () => {
    const hours = serviceHours(672, 4);
    hours[500] = 9000;
    hours[600] = 6000;
    const all = detectAnomalies(hours, hourly);
    expect(all.map(({ index }) => index)).toEqual(expect.arrayContaining([500, 600]));
    expect(detectAnomalies(hours, { ...hourly, minImpact: 7000 })).toEqual(all.filter(({ impact }) => impact >= 7000));
  });

  test("a night's sum in the night is none, the sum of a working noon in the night is one", () => {
    const hours = serviceHours(672, 5);
    hours[387] = 1300; // 03:00 of a Wednesday.
    expect(detectAnomalies(hours, { ...hourly, minImpact: 500 }).map(({ index }) => index)).toEqual([387]);
  });

  test("hours are those of the zone", () => {
    const start = Date.UTC(2026, 0, 4, 15); // Monday 00:00 in Tokyo.
    const hours = serviceHours(672, 5);
    hours[387] = 1300;
    const inTokyo = detectAnomalies(hours, { ...hourly, start, timeZone: "Asia/Tokyo", minImpact: 500 });
    expect(inTokyo).toEqual(detectAnomalies(hours, { ...hourly, minImpact: 500 }));
  });

  test("growth is not an anomaly, and neither are Mondays that are always dear", () => {
    const random = seededRandom(1);
    const growing = Array.from({ length: 84 }, (_, day) => 100 * 1.02 ** day * Math.exp(0.1 * normalDeviate(random)));
    expect(detectAnomalies(growing, { bucketMs: DAY_MS })).toEqual([]);
    const mondays = Array.from({ length: 56 }, (_, day) => (day % 7 === 0 ? 300 : 100) + 5 * normalDeviate(random));
    expect(detectAnomalies(mondays, { bucketMs: DAY_MS })).toEqual([]);
    mondays[30] = 400;
    expect(detectAnomalies(mondays, { bucketMs: DAY_MS }).map(({ index }) => index)).toEqual([30]);
  });

  test("what is not known is neither an anomaly nor usual", () => {
    const hours = serviceHours(672, 6);
    hours[500] = 9000;
    const gaps = hours.map((_, hour) => (hour >= 100 && hour < 130) || hour === 500);
    const values = hours.map((value, hour) => (gaps[hour] && hour !== 500 ? Number.NaN : value));
    expect(detectAnomalies(values, { ...hourly, gaps, minImpact: 1000 })).toEqual([]);
    gaps[500] = false;
    expect(detectAnomalies(values, { ...hourly, gaps, minImpact: 1000 }).map(({ index }) => index)).toEqual([500]);
  });

  test("nothing is claimed of too little, of nothing, and of what never changes", () => {
    expect(detectAnomalies([], hourly)).toEqual([]);
    expect(detectAnomalies([5], hourly)).toEqual([]);
    expect(detectAnomalies([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 900], { bucketMs: DAY_MS })).toEqual([]);
    expect(detectAnomalies(serviceHours(400, 1), { ...hourly, trainUntil: 5 })).toEqual([]);
    expect(detectAnomalies(new Float64Array(8760), hourly)).toEqual([]);
    expect(detectAnomalies(new Float64Array(400).fill(3), hourly)).toEqual([]);
  });

  test("figures stay numbers, whatever the amounts are", () => {
    const anyAmount = fc.oneof(fc.constantFrom(0, 5e-324, 1e-9, 1, 1e300, -1e300), fc.double({ min: -10, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.array(anyAmount, { maxLength: 90 }), fc.constantFrom(HOUR_MS, DAY_MS), (values, bucketMs) =>
        detectAnomalies(values, { bucketMs }).every(
          ({ index, value, expected, impact, p }) =>
            value === values[index] && impact > 0 && p > 0 && p <= 1 && [expected, impact].every((figure) => Number.isFinite(figure)),
        ),
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ["NaN", () => detectAnomalies([1, Number.NaN], hourly), "values[1]: NaN"],
    ["no length of buckets", () => detectAnomalies([1], {} as { bucketMs: number }), "bucketMs: "],
    ["an index that is none", () => detectAnomalies([1], { ...hourly, trainUntil: 1.5 }), "trainUntil: 1.5"],
    ["a threshold below nothing", () => detectAnomalies([1], { ...hourly, minImpact: -1 }), "minImpact: -1"],
  ])("%s is refused in one sentence", (_, call, sentence) => {
    expect(call).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT", message: expect.stringContaining(sentence) }));
  });
});
