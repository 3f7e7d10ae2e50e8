import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Decomposition, decompose, LiveDecomposition, type Rhythm } from "../../src/analysis/index.ts";
import { robustLine } from "../../src/analysis/series/line.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { AnalysisInputError } from "../../src/errors.ts";
import { withData } from "../shared-data.ts";
import { correlation, DAY_MS, HOUR_MS, mixture, spread, white } from "./naive-series.ts";

const hours = { bucketMs: HOUR_MS };
const days = { bucketMs: DAY_MS };
const named = ({ rhythms }: Decomposition) => rhythms.map(({ periodMs }) => periodMs / HOUR_MS);

/** The largest distance of the parts' sum from the values. */
function missing(values: readonly number[], { trend, oscillation, noise }: Decomposition): number {
  return values.reduce(
    (most, value, t) => Math.max(most, Math.abs((trend[t] as number) + (oscillation[t] as number) + (noise[t] as number) - value)),
    0,
  );
}

function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((total, value, t) => total + (value - (b[t] as number)) ** 2, 0) / a.length);
}

describe("trend + oscillation + noise is the series", () => {
  test("acceptance D2: for any length, kind of values and wavelet", () => {
    const value = fc.oneof(fc.constant(0), fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.double({ min: 0, max: 1e15, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 300 }),
        fc.constantFrom("haar" as const, "db2" as const),
        fc.constantFrom(60_000, HOUR_MS, DAY_MS, 7 * DAY_MS),
        (values, wavelet, bucketMs) => {
          const parts = decompose(values, { bucketMs, wavelet });
          expect(parts.trend.length).toBe(values.length);
          expect(missing(values, parts)).toBeLessThanOrEqual(1e-9 * Math.max(0, ...values.map(Math.abs)));
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });

  test.each([1, 2, 3, 5, 7, 97, 1009, 8761, 99_991])("acceptance D2: %i values", (n) => {
    const values = white(n, n).map((value, t) => 500 + 100 * value + 50 * Math.sin((2 * Math.PI * t) / 24));
    for (const wavelet of ["haar", "db2"] as const) {
      expect(missing(values, decompose(values, { ...hours, wavelet }))).toBeLessThanOrEqual(1e-9 * 1000);
    }
  });

  test("acceptance D2: of a constant, everything is trend", () => {
    for (const n of [1, 3, 4, 50, 1344]) {
      const { trend, oscillation, noise, rhythms } = decompose(new Array<number>(n).fill(100), hours);
      expect([...trend]).toEqual(new Array(n).fill(100));
      expect([...oscillation, ...noise].every((value) => value === 0)).toBe(true);
      expect(rhythms).toEqual([]);
    }
  });

  test("acceptance D5: fewer than four values are all trend; none give nothing", () => {
    const { trend, levels, phase } = decompose([3000, 3200, 3500], days);
    expect([[...trend], levels, phase.direction]).toEqual([[3000, 3200, 3500], 0, "rising"]);
    expect(decompose([], days)).toMatchObject({ trend: new Float64Array(0), levels: 0, rhythms: [], phase: { direction: "unknown" } });
    expect(decompose([7], days)).toMatchObject({ trend: Float64Array.of(7), phase: { direction: "unknown" } });
  });

  test("a year of zeros, and a year in which one hour was used", () => {
    const zeros = new Array<number>(8760).fill(0);
    expect(decompose(zeros, hours)).toMatchObject({ rhythms: [], tested: [], phase: { direction: "steady", volatile: false } });
    const once = zeros.with(4000, 50);
    const parts = decompose(once, hours);
    expect([parts.rhythms, parts.phase.direction, missing(once, parts)]).toEqual([[], "steady", 0]);
  });
});

describe("each part holds what it should", () => {
  withData("vectors/mixture.json", (path) => {
    const { cases } = JSON.parse(readFileSync(path, "utf8")) as {
      cases: { x: number[]; trend: number[]; noise: number[]; spikes: number[] }[];
    };
    test.each(cases.map((each, index) => [index, each] as const))("analysis A3: mixture %i", (_, { x, trend, noise }) => {
      const parts = decompose(x, hours);
      expect(correlation(parts.noise, noise)).toBeGreaterThanOrEqual(x.length > 1000 ? 0.85 : 0.8);
      expect(Math.abs((parts.trend.at(-1) as number) - (trend.at(-1) as number))).toBeLessThanOrEqual(60);
      expect(rootMeanSquare(parts.trend, trend)).toBeLessThanOrEqual(30);
      expect(named(parts)).toEqual([24, 168]);
      expect(missing(x, parts)).toBeLessThanOrEqual(1e-9 * Math.max(...x));
    });
  });

  test.each([
    [56, 0],
    [56, 4],
    [28, 0],
    [28, 2],
  ])("analysis A3: other mixtures of %i days with %i spikes", (length, spikes) => {
    for (let seed = 1; seed <= 8; seed++) {
      const made = mixture(length, 100 * length + seed, spikes);
      const parts = decompose(made.values, hours);
      expect(correlation(parts.noise, made.noise)).toBeGreaterThanOrEqual(length === 56 ? 0.85 : 0.8);
      expect(Math.abs((parts.trend.at(-1) as number) - (made.trend.at(-1) as number))).toBeLessThanOrEqual(120);
      expect(rootMeanSquare(parts.trend, made.trend)).toBeLessThanOrEqual(40);
      expect(named(parts)).toEqual([24, 168]);
      for (const spike of made.spikes) expect(parts.noise[spike]).toBeGreaterThan(1500);
    }
  });

  test("acceptance D4: a day's wave is oscillation, and its cycle is named", () => {
    const values = Array.from({ length: 720 }, (_, t) => 1000 + 200 * Math.sin((2 * Math.PI * t) / 24));
    const parts = decompose(values, hours);
    expect(spread(parts.oscillation) / spread(values)).toBeGreaterThanOrEqual(0.9);
    expect(spread(parts.noise) / spread(values)).toBeLessThanOrEqual(0.05);
    expect(named(parts)).toEqual([24]);
    expect(parts.rhythms[0]).toMatchObject({ peak: "06:00", slotMs: HOUR_MS, peakOffsetMs: 6 * HOUR_MS });
  });

  test("acceptance D4: a week's wave is named, and so is one that nobody has a name for", () => {
    const wave = (period: number, n: number) => Array.from({ length: n }, (_, t) => 1000 + 200 * Math.sin((2 * Math.PI * t) / period));
    expect(named(decompose(wave(168, 1008), hours))).toEqual([168]);
    expect(named(decompose(wave(12, 720), hours))).toEqual([12]);
    expect(named(decompose(wave(17, 720), hours))).toEqual([17]);
    expect(named(decompose(wave(60, 720), hours))).toEqual([60]);
  });

  test("acceptance D4: white noise is noise", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const values = white(720, seed).map((value) => 1000 + 100 * value);
      expect(spread(decompose(values, hours).noise) / spread(values)).toBeGreaterThanOrEqual(0.6);
    }
  });

  test("acceptance D7: Mondays that cost 200 more are called so", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const values = white(56, seed).map((value, day) => 500 + 40 * value + (day % 7 === 0 ? 200 : 0));
      const [weekly] = decompose(values, days).rhythms;
      expect(weekly).toMatchObject({ periodMs: 7 * DAY_MS, peak: "Monday", slotMs: DAY_MS });
      expect(Math.abs((weekly as Rhythm).peakExcess - 200)).toBeLessThan(4 * (weekly as Rhythm).peakExcessError);
      expect((weekly as Rhythm).peakExcessError).toBeLessThan(30);
    }
  });

  test("acceptance D7: in hours too, with the zone's Mondays", () => {
    const start = Date.UTC(2026, 2, 1, 23); // Monday 2 March 2026, 00:00 in Berlin; the clocks change on the 29th.
    const weekday = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Berlin", weekday: "long" });
    const values = white(56 * 24, 4).map((value, hour) => 50 + 10 * value + (weekday.format(start + hour * HOUR_MS) === "Monday" ? 20 : 0));
    const weekly = decompose(values, { ...hours, start, timeZone: "Europe/Berlin" }).rhythms.find(
      ({ periodMs }) => periodMs === 7 * DAY_MS,
    );
    expect(weekly).toMatchObject({ peak: "Monday" });
    expect(Math.abs((weekly as Rhythm).peakExcess - 480)).toBeLessThan(4 * (weekly as Rhythm).peakExcessError);
    expect([...(weekly as Rhythm).profile.keys()].filter((day) => ((weekly as Rhythm).profile[day] as number) > 100)).toEqual([0]);
  });

  test("an episode of two days is a burst, a spike of an hour is noise", () => {
    const calm = white(1344, 8).map((value) => 1000 + 50 * value);
    const episode = calm.map((value, t) => value + (t >= 700 && t < 748 ? 250 : 0));
    const { bursts, oscillation, rhythms } = decompose(episode, hours);
    expect(rhythms).toEqual([]);
    expect(Math.max(...bursts.subarray(704, 744))).toBeGreaterThan(60);
    expect([...oscillation]).toEqual([...bursts]);
    const spiked = decompose(calm.with(700, 3000), hours);
    expect(spiked.noise[700]).toBeGreaterThan(1800);
    expect(Math.max(...spiked.bursts.map(Math.abs))).toBeLessThan(60);
  });

  test("the line goes through most of the points, wherever the others are", () => {
    const values = Float64Array.from({ length: 500 }, (_, t) => 3 + 2 * t + (t % 9 === 4 ? 1e6 : 0));
    const { intercept, slope } = robustLine(values, DAY_MS);
    expect(slope).toBeCloseTo(2, 1);
    expect(Math.abs(intercept - 3)).toBeLessThan(8);
  });
});

describe("gaps", () => {
  const values = Array.from({ length: 24 * 28 }, (_, t) => 100 + 50 * Math.sin((2 * Math.PI * t) / 24) + 5 * Math.sin(t * t));
  const gapsAt = (isGap: (t: number) => boolean) => values.map((_, t) => isGap(t));

  test("of up to a period are filled with what is usual there, whatever stood there", () => {
    const gaps = gapsAt((t) => t >= 300 && t < 320);
    const broken = values.map((value, t) => (gaps[t] ? Number.NaN : value));
    const parts = decompose(broken, { ...hours, gaps });
    expect(named(parts)).toEqual([24]);
    expect(parts.insufficient).toBeUndefined();
    for (let t = 300; t < 320; t++)
      expect(Math.abs((parts.trend[t] as number) + (parts.oscillation[t] as number) - (values[t] as number))).toBeLessThan(15);
  });

  test("of a month say that it is too little, and nothing else", () => {
    const { rhythms, tested, phase, insufficient } = decompose(values, { ...hours, gaps: gapsAt((t) => t > 100 && t < 600) });
    expect([rhythms, tested, phase.direction]).toEqual([[], [], "unknown"]);
    expect(insufficient).toBe("499 buckets in a row are not known; more than 24 can't be filled in.");
    expect(decompose(values, { ...hours, gaps: gapsAt((t) => t % 3 === 0) }).insufficient).toMatch(/more than a quarter/);
    expect(decompose([0, 0, 0, 0, 0], { ...hours, gaps: [1, 1, 1, 1, 1] }).insufficient).toBeDefined();
  });

  test("that are no gaps change nothing", () => {
    expect(decompose(values, { ...hours, gaps: gapsAt(() => false) })).toEqual(decompose(values, hours));
  });
});

test.each([
  [[1, Number.NaN], {}, /values\[1\]: NaN is not a finite number/],
  [[1, Number.POSITIVE_INFINITY], {}, /values\[1\]/],
  ["12", {}, /values: "12" is not a list/],
  [[1, 2], { bucketMs: -1 }, /bucketMs: -1/],
  [[1, 2], { wavelet: "db9" }, /wavelet: "db9"/],
  [[1, 2], { timeZone: "Nowhere" }, /timeZone: "Nowhere"/],
  [[1, 2], { gaps: [true] }, /gaps: .* one entry for each of the 2 values/],
] as const)("refuses %j with %j", (values, options, message) => {
  const act = () => decompose(values as never, { ...hours, ...options } as never);
  expect(act).toThrow(AnalysisInputError);
  expect(act).toThrow(message);
});

describe("live, bucket by bucket", () => {
  test("the parts add up and are never changed by later buckets", () => {
    const values = mixture(28, 3, 2).values;
    const { rhythms } = decompose(values, hours);
    for (const known of [[], rhythms]) {
      const first = new LiveDecomposition({ ...hours, rhythms: known });
      const parts = values.map((value) => first.push(value));
      for (const [t, { trend, oscillation, noise }] of parts.entries())
        expect(trend + oscillation + noise).toBeCloseTo(values[t] as number, 8);
      const second = new LiveDecomposition({ ...hours, rhythms: known });
      expect(values.slice(0, 300).map((value) => second.push(value))).toEqual(parts.slice(0, 300));
    }
  });

  test("with the rhythms of the past, the noise is less, and a runaway hour stands out", () => {
    const { values } = mixture(56, 5, 0);
    const { rhythms } = decompose(values.slice(0, 28 * 24), hours);
    const noiseOf = (known: typeof rhythms) => {
      const live = new LiveDecomposition({ ...hours, rhythms: known, levels: 5 });
      return values.map((value) => live.push(value).noise).slice(28 * 24);
    };
    expect(spread(noiseOf(rhythms))).toBeLessThan(250 ** 2);
    const live = new LiveDecomposition({ ...hours, rhythms, levels: 5 });
    for (const value of values) live.push(value);
    expect(live.push((values.at(-1) as number) + 4000).noise).toBeGreaterThan(3000);
  });

  test("refuses what is no number, and has not moved", () => {
    const random = seededRandom(1);
    const live = new LiveDecomposition(hours);
    live.push(random());
    expect(() => live.push(Number.NaN)).toThrow(AnalysisInputError);
    expect(() => new LiveDecomposition({ bucketMs: 0 })).toThrow(/bucketMs/);
    expect(() => new LiveDecomposition({ ...hours, levels: 1.5 })).toThrow(/levels/);
  });
});
