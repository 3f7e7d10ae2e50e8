import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decompose } from "../../src/analysis/index.ts";
import { fitWithMemory, memoryOf, productsOf } from "../../src/analysis/series/harmonic-regression.ts";
import { leastSquares } from "../../src/analysis/statistics/least-squares.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { withData } from "../shared-data.ts";
import { DAY_MS, HOUR_MS, remembering, white } from "./naive-series.ts";

const hours = { bucketMs: HOUR_MS };
const days = { bucketMs: DAY_MS };
const found = (values: ArrayLike<number>, options: { bucketMs: number; start?: number; timeZone?: string }) =>
  decompose(values, options).rhythms.map(({ periodMs }) => periodMs / HOUR_MS);
const pOf = (values: ArrayLike<number>, options: { bucketMs: number }, periodMs: number) =>
  decompose(values, options).tested.find((each) => each.periodMs === periodMs)?.p;

describe("analysis B1: chance is not taken for a rhythm", () => {
  // All rhythms of a series together; benchmarks/analysis/rhythms.mjs has the same over 1000 series for each line.
  test.each([
    [0, 336, hours],
    [0.5, 336, hours],
    [0.9, 336, hours],
    [0.9, 1008, hours],
    [0.5, 56, days],
    [0.9, 56, days],
    [0.8, 365, days],
  ])("memory %f, %i buckets: rhythms in at most 4 of 100 series", (phi, n, options) => {
    const random = seededRandom(1000 * phi + n);
    let claims = 0;
    for (let run = 0; run < 150; run++) {
      if (
        found(
          remembering(n, phi, random).map((value) => 1000 + 100 * value),
          options,
        ).length > 0
      )
        claims++;
    }
    // 4 % of 150 and two standard errors.
    expect(claims).toBeLessThanOrEqual(10);
  });

  test("a random walk, a jump to another level and growth have none", () => {
    let claims = 0;
    for (let seed = 1; seed <= 25; seed++) {
      let walk = 0;
      const steps = white(672, seed);
      const walked = steps.map((step) => {
        walk += 10 * step;
        return 1000 + walk;
      });
      const jumped = steps.map((step, t) => (t < 300 ? 100 : 250) * Math.exp(0.3 * step));
      const grown = steps.map((step, t) => 100 * 1.002 ** t * Math.exp(0.3 * step));
      for (const values of [walked, jumped, grown]) claims += found(values, hours).length;
    }
    expect(claims).toBeLessThanOrEqual(5);
  });

  test("two dear days in one of four weeks are no weekly rhythm", () => {
    let claims = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const at = Math.floor(600 * random());
      const values = remembering(672, 0, random).map((value, t) => (t >= at && t < at + 48 ? 300 : 100) * Math.exp(0.3 * value));
      if (found(values, hours).length > 0) claims++;
    }
    expect(claims).toBeLessThanOrEqual(5);
  });

  test("one busy week in eight is no rhythm, wherever it begins", () => {
    let claims = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const at = Math.floor(1176 * random());
      const values = white(1344, seed).map((value, t) => (100 + 25 * value) * (t >= at && t < at + 168 ? 3 : 1));
      if (found(values, hours).length > 0) claims++;
    }
    expect(claims).toBeLessThanOrEqual(2);
  });

  test("one runaway evening is no habit of Thursdays, nor of evenings, and hides none", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seededRandom(seed);
      const work = Array.from({ length: 1344 }, (_, t) =>
        t % 24 >= 9 && t % 24 < 18 && t % 168 < 120 && random() < 0.7 ? 0.1 + 0.4 * random() : 0,
      );
      const thursday = 4 * 168 + 3 * 24 + 20;
      const runaway = work.map((value, t) => (t >= thursday && t < thursday + 2 ? 41 : value));
      const plain = decompose(work, hours).rhythms;
      const { rhythms, oscillation } = decompose(runaway, hours);
      expect(rhythms.map(({ periodMs }) => periodMs).sort()).toEqual(plain.map(({ periodMs }) => periodMs).sort());
      for (const { periodMs, peakExcess, peakOffsetMs } of rhythms) {
        const other = plain.find((each) => each.periodMs === periodMs);
        expect(Math.abs(peakExcess - (other?.peakExcess ?? 0))).toBeLessThan(0.6);
        if (periodMs === DAY_MS) expect(peakOffsetMs).toBeLessThan(18 * HOUR_MS);
      }
      for (const week of [0, 1, 6, 7]) expect(Math.abs(oscillation[week * 168 + 3 * 24 + 20] as number)).toBeLessThan(0.5);
    }
  });

  test("hours that are used now and then have none, and a straight line has none", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = seededRandom(seed);
      expect(
        found(
          Array.from({ length: 672 }, () => (random() < 0.1 ? 1 + 4 * random() : 0)),
          hours,
        ),
      ).toEqual([]);
    }
    for (const n of [60, 336, 720]) {
      expect(
        found(
          Array.from({ length: n }, (_, t) => 100 + (900 * t) / n),
          hours,
        ),
      ).toEqual([]);
    }
  });
});

describe("analysis B1: a rhythm is found", () => {
  test("power: a wave of half the noise's deviation in 336 buckets, in at least 9 of 10 series", () => {
    const random = seededRandom(5);
    let hits = 0;
    for (let run = 0; run < 100; run++) {
      const shift = 2 * Math.PI * random();
      const values = remembering(336, 0, random).map((value, t) => 1000 + 100 * (value + 0.5 * Math.sin((2 * Math.PI * t) / 24 + shift)));
      if (found(values, hours).includes(24)) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(90);
  });

  test("working hours have a day and a week; a weekend dip in days has a week; no half day beside them", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const noise = white(672, seed);
      const work = noise.map((value, t) => (t % 24 >= 9 && t % 24 < 18 && (t / 24) % 7 < 5 ? 20 : 2) * Math.exp(0.4 * value));
      expect(found(work, hours).sort()).toEqual([168, 24]);
      expect(
        found(
          noise.slice(0, 56).map((value, day) => (day % 7 < 5 ? 100 : 40) * Math.exp(0.3 * value)),
          days,
        ),
      ).toEqual([168]);
    }
  });

  test("a job at 03:00 is daily and not half-daily; jobs at 03:00 and 15:00 are half-daily and not daily", () => {
    const once = white(672, 2).map((value, t) => 100 + 5 * value + (t % 24 === 3 ? 400 : 0));
    const { rhythms, tested } = decompose(once, hours);
    expect(rhythms.map(({ periodMs, peak }) => [periodMs / HOUR_MS, peak])).toEqual([[24, "03:00"]]);
    expect(tested.find(({ periodMs }) => periodMs === DAY_MS / 2)).toMatchObject({ found: false, overtoneOf: DAY_MS });
    const twice = white(672, 3).map((value, t) => 100 + 5 * value + (t % 12 === 3 ? 400 : 0));
    expect(decompose(twice, hours).rhythms.map(({ periodMs, peak }) => [periodMs / HOUR_MS, peak])).toEqual([[12, "03:00 and 15:00"]]);
  });

  test("acceptance D7: a batch of one hour each Monday is found among hours, Mondays cost its amount more, and other days' peak is theirs", () => {
    const isWorkMs = (ms: number): boolean => ms >= 8 * HOUR_MS && ms < 18 * HOUR_MS;
    const batch = white(56 * 24, 5).map((value, t) => {
      const work = t % 24 >= 8 && t % 24 < 18 ? 20 * Math.exp(0.2 * value) : 0;
      return work + (t % 168 === 2 ? 198 : 0);
    });
    const { rhythms, noise } = decompose(batch, hours);
    expect(rhythms.map(({ periodMs }) => periodMs / HOUR_MS).sort()).toEqual([168, 24]);
    const weekly = rhythms.find(({ periodMs }) => periodMs === 7 * DAY_MS);
    expect(weekly?.peak).toBe("Monday");
    expect(Math.abs((weekly?.peakExcess as number) - 198)).toBeLessThan(4 * (weekly?.peakExcessError as number));
    for (let t = 2; t < batch.length; t += 168) expect(Math.abs(noise[t] as number)).toBeLessThan(40);
    // 02:00 costs most in all, but on Mondays only: the day's peak is an hour of work.
    const daily = rhythms.find(({ periodMs }) => periodMs === DAY_MS);
    expect([daily?.peakOffsetMs, (daily?.peakExcess as number) > 5]).toEqual([expect.toSatisfy(isWorkMs), true]);
  });

  test("idle hours hide no daily rhythm", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seededRandom(seed);
      const values = Array.from({ length: 672 }, (_, t) => (random() < (t % 24 >= 9 && t % 24 < 18 ? 0.35 : 0.03) ? 1 + 4 * random() : 0));
      expect(found(values, hours)).toEqual([24]);
    }
  });

  test("minutes: a job at a quarter past each hour", () => {
    const values = white(600, 6).map((value, minute) => 50 + 5 * value + (minute % 60 === 15 ? 80 : 0));
    const { rhythms } = decompose(values, { bucketMs: 60_000 });
    expect(rhythms.map(({ periodMs, peak }) => [periodMs / 60_000, peak])).toEqual([[60, ":15"]]);
    expect(Math.abs((rhythms[0]?.peakExcess as number) - 80)).toBeLessThan(10);
  });

  test("months: the invoice run on the fifteenth, by the calendar's months", () => {
    const start = Date.UTC(2025, 0, 1);
    const values = white(365, 9).map((value, day) => 100 + 5 * value + (new Date(start + day * DAY_MS).getUTCDate() === 15 ? 200 : 0));
    const { rhythms } = decompose(values, { ...days, start });
    expect(rhythms.map(({ peak }) => peak)).toEqual(["day 15 of the month"]);
  });

  test("summer time moves no hour: the job at 09:00 in Berlin is one at 09:00 all year", () => {
    const start = Date.UTC(2026, 1, 1);
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit", hourCycle: "h23" });
    const values = white(24 * 120, 4).map((value, t) => 100 + 10 * value + (clock.format(start + t * HOUR_MS) === "09" ? 100 : 0));
    const [daily] = decompose(values, { ...hours, start, timeZone: "Europe/Berlin" }).rhythms;
    expect(daily).toMatchObject({ periodMs: DAY_MS, peak: "09:00" });
    expect(Math.abs((daily?.peakExcess as number) - 100)).toBeLessThan(8);
  });

  test("a period without a name: a job every 17 hours", () => {
    const values = white(720, 11).map((value, t) => 100 + 10 * value + (t % 17 === 4 ? 150 : 0));
    expect(decompose(values, hours).rhythms.map(({ periodMs, peak }) => [periodMs / HOUR_MS, peak])).toEqual([[17, "hour 5 of 17"]]);
  });
});

withData("vectors/real/burstgpt.json", (path) => {
  const { daily, week1Hourly } = JSON.parse(readFileSync(path, "utf8")) as { daily: number[]; week1Hourly: number[] };

  test("analysis B1: a week of BurstGPT has a daily rhythm, and none of 17 or 31 hours", () => {
    expect(found(week1Hourly, hours)).toEqual([24]);
    expect(pOf(week1Hourly, hours, DAY_MS)).toBeLessThan(1e-12);
  });

  test("analysis B1: sixty days of BurstGPT have no weekly rhythm, and it says so", () => {
    const sixty = daily.slice(0, 60);
    expect(found(sixty, days)).toEqual([]);
    expect(pOf(sixty, days, 7 * DAY_MS)).toBeCloseTo(0.3, 1);
  });
});

describe("regression with memory", () => {
  const n = 300;
  const columns = [1, 2, 3].map((k) => Float64Array.from({ length: n }, (_, t) => Math.cos(k * t * 0.1)));
  const y = Float64Array.from(remembering(n, 0.6, seededRandom(2)), (value, t) => 2 * (columns[0]?.[t] as number) + value);

  test("fits as least squares does on series from which φ of the bucket before is taken", () => {
    const taken = (phi: number) => (values: Float64Array) => values.slice(1).map((value, t) => value - phi * (values[t] as number));
    const products = productsOf([...columns, y], undefined);
    for (const phi of [0, 0.6, -0.3]) {
      const fit = fitWithMemory(products, [0, 1, 2], phi);
      const naive = leastSquares(columns.map(taken(phi)), taken(phi)(y));
      expect(fit.rss / naive.rss).toBeCloseTo(1, 9);
      for (const [k, coefficient] of naive.coefficients.entries()) expect(fit.coefficients[k]).toBeCloseTo(coefficient, 9);
    }
    expect(memoryOf(products, [0, 1, 2], [0.1, 0.2, 0.3])).toBeCloseTo(0.6, 0);
  });

  test("leaves out pairs of which one is not known, and columns that follow from others", () => {
    const known = Uint8Array.from({ length: n }, (_, t) => (t === 100 ? 0 : 1));
    const products = productsOf([...columns, y], known);
    expect(products.pairs).toBe(n - 3);
    const twice = productsOf([columns[0] as Float64Array, columns[0] as Float64Array, y], undefined);
    expect(fitWithMemory(twice, [0, 1], 0)).toMatchObject({ rank: 1 });
  });
});
