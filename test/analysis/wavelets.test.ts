import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Boundary,
  CausalMra,
  causalMra,
  dwt,
  idwt,
  imodwt,
  type Mode,
  maxLevel,
  modwt,
  mra,
  type Wavelet,
  wavedec,
  waverec,
} from "../../src/analysis/index.ts";
import { seededRandom } from "../../src/analysis/statistics/random.ts";
import { AnalysisInputError } from "../../src/errors.ts";

const wavelets: Wavelet[] = ["haar", "db2"];
const modes: Mode[] = ["symmetric", "periodization"];
const boundaries: Boundary[] = ["periodic", "reflection"];

// The filters by their definitions, written down a second time.
const ROOT_3 = Math.sqrt(3);
const SCALING: Record<Wavelet, number[]> = {
  haar: [1, 1].map((tap) => tap / Math.SQRT2),
  db2: [1 + ROOT_3, 3 + ROOT_3, 3 - ROOT_3, 1 - ROOT_3].map((tap) => tap / (4 * Math.SQRT2)),
};
const detailTaps = (wavelet: Wavelet) => SCALING[wavelet].map((_, k, h) => (-1) ** k * h[h.length - 1 - k]);

const amount = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.round(value * 1000) / 1000);
const series = (most: number) => fc.array(amount, { minLength: 1, maxLength: most });
const lengths = [1, 2, 3, 5, 7, 97, 168, 1009, 8192, 99_991, 100_000];

function randomSeries(length: number): Float64Array {
  const random = seededRandom(length);
  return Float64Array.from({ length }, () => Math.round(random() * 2e5) / 100);
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const energy = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value * value, 0);
const total = (bands: ArrayLike<number>[]) => Float64Array.from(bands[0], (_, t) => bands.reduce((at, band) => at + band[t], 0));
const turned = (values: ArrayLike<number>, by: number) =>
  Array.from(values, (_, t) => values[(((t - by) % values.length) + values.length) % values.length]);

/** By its definition, one filter and one index at a time. */
function naiveDwt(x: number[], wavelet: Wavelet, mode: Mode) {
  const taps = SCALING[wavelet].length;
  const dec = [SCALING[wavelet].toReversed(), detailTaps(wavelet).toReversed()];
  const n = x.length;
  const even = n % 2 === 0 ? x : [...x, x[n - 1]];
  const at = (index: number) => {
    if (mode === "periodization") return even[(index + 8 * even.length) % even.length];
    const m = (index + 8 * n) % (2 * n);
    return x[m < n ? m : 2 * n - 1 - m];
  };
  const count = mode === "periodization" ? even.length / 2 : Math.floor((n + taps - 1) / 2);
  const start = mode === "periodization" ? taps / 2 : 1;
  const [approximation, detail] = dec.map((filter) =>
    Array.from({ length: count }, (_, k) => filter.reduce((value, tap, j) => value + tap * at(2 * k + start - j), 0)),
  );
  return { approximation, detail };
}

function naiveModwt(x: number[], wavelet: Wavelet, levels: number) {
  const n = x.length;
  const through = (values: number[], taps: number[], step: number) =>
    values.map((_, t) => taps.reduce((value, tap, l) => value + (tap / Math.SQRT2) * values[(t - ((step * l) % n) + n) % n], 0));
  const details: number[][] = [];
  let smooth = x;
  for (let j = 1; j <= levels; j++) {
    details.push(through(smooth, detailTaps(wavelet), 2 ** (j - 1)));
    smooth = through(smooth, SCALING[wavelet], 2 ** (j - 1));
  }
  return { details, smooth };
}

/** Each band by itself: the inverse transform with all other coefficients put to 0. */
function mraByInverse(x: number[], wavelet: Wavelet, levels: number, boundary: Boundary) {
  const { details, smooth } = modwt(boundary === "periodic" ? x : [...x, ...x.toReversed()], wavelet, levels);
  const nothing = new Float64Array(smooth.length);
  const only = (kept: number) =>
    imodwt({ details: details.map((detail, j) => (j === kept ? detail : nothing)), smooth: kept === levels ? smooth : nothing }, wavelet);
  return {
    details: details.map((_, j) => only(j).subarray(0, x.length)),
    smooth: only(levels).subarray(0, x.length),
  };
}

describe("the discrete transform (analysis A1)", () => {
  test("is what its definition says", () => {
    fc.assert(
      fc.property(series(40), fc.constantFrom(...wavelets), fc.constantFrom(...modes), (x, wavelet, mode) => {
        const { approximation, detail } = dwt(x, wavelet, mode);
        const expected = naiveDwt(x, wavelet, mode);
        const within = 1e-12 * Math.max(1, largest(x));
        expect(apart(approximation, expected.approximation)).toBeLessThanOrEqual(within);
        expect(apart(detail, expected.detail)).toBeLessThanOrEqual(within);
      }),
      { numRuns: 300 },
    );
  });

  test("comes back to the series, level by level and at once, an odd one with one value more", () => {
    fc.assert(
      fc.property(series(200), fc.constantFrom(...wavelets), fc.constantFrom(...modes), fc.nat(), (x, wavelet, mode, seed) => {
        const within = 1e-12 * Math.max(1e-6, largest(x));
        const { approximation, detail } = dwt(x, wavelet, mode);
        const once = idwt(approximation, detail, wavelet, mode);
        expect(once.length).toBe(x.length + (x.length % 2));
        expect(apart(once.subarray(0, x.length), x)).toBeLessThanOrEqual(within);
        const level = seed % (maxLevel(x.length, wavelet) + 1);
        const back = waverec(wavedec(x, wavelet, { mode, level }), wavelet, mode);
        expect(apart(back.subarray(0, x.length), x)).toBeLessThanOrEqual(within);
      }),
      { numRuns: 300 },
    );
  });

  test.each(lengths)("of %i values comes back to them", (length) => {
    const x = randomSeries(length);
    for (const wavelet of wavelets)
      for (const mode of modes) {
        const back = waverec(wavedec(x, wavelet, { mode }), wavelet, mode);
        expect(apart(back.subarray(0, length), x)).toBeLessThanOrEqual(1e-12 * largest(x));
      }
  });

  test("several levels are one level after the other, and two transforms under way at once do not meet", () => {
    const x = randomSeries(777);
    for (const wavelet of wavelets)
      for (const mode of modes) {
        const bands = wavedec(x, wavelet, { mode, level: 5 });
        const others = wavedec(randomSeries(600), wavelet, { mode, level: 5 });
        let smooth: ArrayLike<number> = x;
        for (let level = 1; level <= 5; level++) {
          const { approximation, detail } = dwt(smooth, wavelet, mode);
          expect(bands[6 - level]).toEqual(detail);
          smooth = approximation;
        }
        expect(bands[0]).toEqual(smooth);
        expect(waverec(others, wavelet, mode)).not.toEqual(waverec(bands, wavelet, mode));
      }
  });

  test("keeps the energy of an even circle (acceptance D1)", () => {
    for (const wavelet of wavelets) {
      const x = randomSeries(512);
      const kept = wavedec(x, wavelet, { mode: "periodization" }).reduce((total, band) => total + energy(band), 0);
      expect(Math.abs(kept / energy(x) - 1)).toBeLessThanOrEqual(1e-12);
    }
  });

  test("the taps of db2 add up to √2, those of its detail to 0, and their squares to 1 (acceptance D1)", () => {
    // An impulse shows the taps, as does one level of a circle that is long enough.
    const impulse = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    const later = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const shown = [dwt(impulse, "db2", "periodization"), dwt(later, "db2", "periodization")];
    const taps = shown.flatMap(({ approximation }) => [...approximation].filter((tap) => tap !== 0));
    const rough = shown.flatMap(({ detail }) => [...detail].filter((tap) => tap !== 0));
    expect([taps.length, rough.length]).toEqual([4, 4]);
    expect(sum(taps)).toBeCloseTo(Math.SQRT2, 8);
    expect(Math.abs(sum(rough))).toBeLessThanOrEqual(1e-15);
    expect([energy(taps), energy(rough)].map((value) => value.toFixed(12))).toEqual(["1.000000000000", "1.000000000000"]);
    expect(apart(taps.toSorted(), SCALING.db2.toSorted())).toBeLessThanOrEqual(1e-15);
  });

  test("a constant has no detail, whatever the mode", () => {
    for (const wavelet of wavelets)
      for (const mode of modes) {
        const [approximation, ...details] = wavedec(new Float64Array(100).fill(123.456), wavelet, { mode });
        expect(details.map(largest)).toEqual(details.map(() => 0));
        expect(largest(approximation)).toBeGreaterThan(123);
      }
  });

  test("a straight line has no db2 detail inside (acceptance D6)", () => {
    const ramp = Array.from({ length: 16 }, (_, t) => t);
    const { detail } = dwt(ramp, "db2", "symmetric");
    expect(largest(detail.subarray(1, -1))).toBeLessThan(1e-9);
    // Mirrored, it bends at its ends; in a circle it would jump there by 16.
    expect(largest(detail)).toBeLessThan(1);
  });
});

describe("the maximal overlap transform (analysis A2)", () => {
  test("is what its definition says, however often its filters go round", () => {
    fc.assert(
      fc.property(series(40), fc.constantFrom(...wavelets), fc.integer({ min: 0, max: 8 }), (x, wavelet, levels) => {
        const { details, smooth } = modwt(x, wavelet, levels);
        const expected = naiveModwt(x, wavelet, levels);
        const within = 1e-12 * Math.max(1, largest(x));
        expect(apart(smooth, expected.smooth)).toBeLessThanOrEqual(within);
        expect(details.length).toBe(levels);
        for (const [j, detail] of details.entries()) expect(apart(detail, expected.details[j])).toBeLessThanOrEqual(within);
      }),
      { numRuns: 300 },
    );
  });

  test.each(lengths)("of %i values comes back to them, and keeps their energy", (length) => {
    const x = randomSeries(length);
    for (const wavelet of wavelets) {
      const { details, smooth } = modwt(x, wavelet, 7);
      expect(apart(imodwt({ details, smooth }, wavelet), x)).toBeLessThanOrEqual(1e-11 * largest(x));
      const kept = [...details, smooth].reduce((total, band) => total + energy(band), 0);
      expect(Math.abs(kept / energy(x) - 1)).toBeLessThanOrEqual(1e-9);
    }
  });

  test("moves with a series that is turned round", () => {
    const x = Array.from(randomSeries(53));
    for (const wavelet of wavelets) {
      const { details, smooth } = modwt(x, wavelet, 4);
      const moved = modwt(turned(x, 17), wavelet, 4);
      expect(apart(moved.smooth, turned(smooth, 17))).toBeLessThanOrEqual(1e-12 * largest(x));
      for (const [j, detail] of moved.details.entries())
        expect(apart(detail, turned(details[j], 17))).toBeLessThanOrEqual(1e-12 * largest(x));
    }
  });
});

describe("the multiresolution analysis (analysis A2)", () => {
  test("each band is the inverse transform of its own coefficients", () => {
    fc.assert(
      fc.property(
        series(40),
        fc.constantFrom(...wavelets),
        fc.integer({ min: 0, max: 7 }),
        fc.constantFrom(...boundaries),
        (x, wavelet, levels, boundary) => {
          const { details, smooth } = mra(x, wavelet, levels, { boundary });
          const expected = mraByInverse(x, wavelet, levels, boundary);
          const within = 1e-11 * Math.max(1, largest(x));
          expect(apart(smooth, expected.smooth)).toBeLessThanOrEqual(within);
          expect(details.length).toBe(levels);
          for (const [j, detail] of details.entries()) expect(apart(detail, expected.details[j])).toBeLessThanOrEqual(within);
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each(lengths)("of %i values adds up to them; in a circle the smooth keeps the sum (acceptance D2)", (length) => {
    const x = randomSeries(length);
    for (const wavelet of wavelets)
      for (const boundary of boundaries) {
        const { details, smooth } = mra(x, wavelet, 6, { boundary });
        expect(apart(total([...details, smooth]), x)).toBeLessThanOrEqual(1e-12 * largest(x));
        if (boundary === "reflection") continue;
        expect(Math.abs(sum(smooth) - sum(x))).toBeLessThanOrEqual(1e-10 * sum(x));
        for (const detail of details) expect(Math.abs(sum(detail))).toBeLessThanOrEqual(1e-10 * sum(x));
      }
  });

  test("moves with a series that is turned round", () => {
    const x = Array.from(randomSeries(101));
    for (const wavelet of wavelets) {
      const { details, smooth } = mra(x, wavelet, 5, { boundary: "periodic" });
      const moved = mra(turned(x, 29), wavelet, 5, { boundary: "periodic" });
      expect(apart(moved.smooth, turned(smooth, 29))).toBeLessThanOrEqual(1e-12 * largest(x));
      for (const [j, detail] of moved.details.entries())
        expect(apart(detail, turned(details[j], 29))).toBeLessThanOrEqual(1e-12 * largest(x));
    }
  });

  test("reflection is the default, and runs the same forwards and backwards", () => {
    const x = Array.from(randomSeries(60));
    const forwards = mra(x, "db2", 4);
    expect(mra(x, "db2", 4, { boundary: "reflection" })).toEqual(forwards);
    expect(apart(mra(x.toReversed(), "db2", 4).smooth.toReversed(), forwards.smooth)).toBeLessThanOrEqual(1e-12 * largest(x));
  });

  test("a constant is all smooth, exactly", () => {
    for (const wavelet of wavelets)
      for (const boundary of boundaries)
        for (const length of [1, 2, 3, 10, 97]) {
          const { details, smooth } = mra(new Float64Array(length).fill(100.1), wavelet, 5, { boundary });
          expect(smooth).toEqual(new Float64Array(length).fill(100.1));
          for (const detail of details) expect(detail).toEqual(new Float64Array(length));
        }
  });

  test("a straight line has no db2 detail inside, and no jump at its ends (acceptance D6)", () => {
    const ramp = Array.from({ length: 16 }, (_, t) => t);
    const [first, second] = mra(ramp, "db2", 2).details;
    expect(largest(first.subarray(3, -3))).toBeLessThan(1e-9);
    expect(largest(first)).toBeLessThan(0.5);
    expect(largest(second)).toBeLessThan(1);
    // In a circle, 15 is followed by 0.
    expect(largest(mra(ramp, "db2", 2, { boundary: "periodic" }).details[0])).toBeGreaterThan(3);
  });

  test("does not write into what it is given, and gives nothing of it away", () => {
    const x = randomSeries(32);
    const copy = x.slice();
    const results = [mra(x, "haar", 0).smooth, modwt(x, "haar", 0).smooth, wavedec(x, "haar", { level: 0 })[0], causalMra(x, 0).smooth];
    mra(x, "db2", 3).smooth.fill(0);
    modwt(x, "db2", 3);
    for (const result of results) result.fill(7);
    expect(x).toEqual(copy);
  });
});

describe("the causal bands", () => {
  test("are means of the last 1, 2, 4, … buckets and their differences, the first value standing for all before", () => {
    fc.assert(
      fc.property(series(40), fc.integer({ min: 0, max: 5 }), (x, levels) => {
        const { details, smooth } = causalMra(x, levels);
        const mean = (t: number, count: number) => sum(Array.from({ length: count }, (_, back) => x[Math.max(0, t - back)])) / count;
        const within = 1e-12 * Math.max(1, largest(x));
        expect(
          apart(
            smooth,
            x.map((_, t) => mean(t, 2 ** levels)),
          ),
        ).toBeLessThanOrEqual(within);
        for (const [j, detail] of details.entries())
          expect(
            apart(
              detail,
              x.map((_, t) => mean(t, 2 ** j) - mean(t, 2 ** (j + 1))),
            ),
          ).toBeLessThanOrEqual(within);
        expect(apart(total([...details, smooth]), x)).toBeLessThanOrEqual(within);
      }),
      { numRuns: 200 },
    );
  });

  test("one bucket at a time they are the same to the last bit, and later buckets never change earlier bands", () => {
    fc.assert(
      fc.property(series(60), fc.integer({ min: 0, max: 6 }), fc.nat(), (x, levels, seed) => {
        const stream = new CausalMra(levels);
        const whole = causalMra(x, levels);
        const pushed = x.map((value) => stream.push(value));
        expect(pushed.map(({ smooth }) => smooth)).toEqual([...whole.smooth]);
        for (let j = 0; j < levels; j++) expect(pushed.map(({ details }) => details[j])).toEqual([...whole.details[j]]);
        expect(stream.count).toBe(x.length);
        const until = 1 + (seed % x.length);
        expect(causalMra(x.slice(0, until), levels).smooth).toEqual(whole.smooth.subarray(0, until));
      }),
      { numRuns: 200 },
    );
  });

  test("a value that is none changes nothing", () => {
    const stream = new CausalMra(3);
    stream.push(5);
    expect(() => stream.push(Number.NaN)).toThrow(
      new AnalysisInputError("value: NaN is not a finite number; leave out what is not known."),
    );
    expect(() => stream.push(-1e200)).toThrow(new AnalysisInputError("value: -1e+200 is too large; give numbers up to 1e+150."));
    expect(stream.count).toBe(1);
    expect(stream.push(5)).toEqual({ details: new Float64Array(3), smooth: 5 });
  });
});

describe("what can't be taken is told in one sentence", () => {
  const bad = (value: unknown) => value as never;

  test.each<[() => unknown, string]>([
    [() => dwt([], "haar", "symmetric"), "x: there are no values; give at least one."],
    [() => wavedec([], "haar", { mode: "periodization" }), "x: there are no values; give at least one."],
    [() => modwt([], "haar", 1), "x: there are no values; give at least one."],
    [() => mra([], "haar", 1), "x: there are no values; give at least one."],
    [() => causalMra([], 1), "x: there are no values; give at least one."],
    [() => dwt([1], bad("db4"), "symmetric"), 'wavelet: "db4" is not known; give "haar" or "db2".'],
    [() => mra([1], bad("toString"), 1), 'wavelet: "toString" is not known; give "haar" or "db2".'],
    [() => dwt([1], "haar", bad("zero")), 'mode: "zero" is not known; give "symmetric" or "periodization".'],
    [() => mra([1], "haar", 1, { boundary: bad("zero") }), 'boundary: "zero" is not known; give "periodic" or "reflection".'],
    [() => modwt([1], "haar", -1), "levels: -1 is not a number of levels; give a whole number from 0 to 32."],
    [() => modwt([1], "haar", 33), "levels: 33 is not a number of levels; give a whole number from 0 to 32."],
    [() => mra([1], "haar", 1.5), "levels: 1.5 is not a number of levels; give a whole number from 0 to 32."],
    [() => new CausalMra(21), "levels: 21 is not a number of levels; give a whole number from 0 to 20."],
    [
      () => wavedec([1, 2, 3], "haar", { level: 2 }),
      'level: 2 is not a level that 3 values have with "haar"; give a whole number from 0 to 1.',
    ],
    [() => maxLevel(-1, "haar"), "length: -1 is not a length; give a whole number from 0 up."],
    [() => idwt([1, 2], [1], "haar"), "detail: its length is 1, and the approximation's 2; they must be equal."],
    [() => idwt([1], [1], "db2", "symmetric"), 'approximation: 1 is too few for "db2" in mode "symmetric"; give at least 2.'],
    [() => waverec([], "haar"), "coefficients: [] is not a list of bands; give what wavedec made: an approximation, then details."],
    [
      () => waverec([[1], [1], [1, 2, 3]], "haar"),
      "coefficients[2]: it has 3 values where the levels before it make 2; they must be equal, or one fewer.",
    ],
    [() => imodwt({ details: [[1, 2]], smooth: [1] }, "haar"), "details[0]: its length is 2, and smooth's 1; they must be equal."],
    [() => imodwt(bad([1]), "haar"), "coefficients: [1] is not { details, smooth }; give what modwt made."],
  ])("%#", (call, message) => {
    expect(call).toThrow(new AnalysisInputError(message));
  });

  test("numbers so large that results might not be finite", () => {
    const x = [1, -1e151, 1];
    const error = new AnalysisInputError("x[1]: -1e+151 is too large; give numbers up to 1e+150.");
    for (const list of [x, Float64Array.from(x)]) {
      expect(() => dwt(list, "haar", "symmetric")).toThrow(error);
      expect(() => mra(list, "db2", 3)).toThrow(error);
      expect(() => wavedec(list, "haar", {})).toThrow(error);
    }
    const most = mra([1e150, -1e150, 1e150], "db2", 5);
    expect([...most.details, most.smooth].every((band) => band.every(Number.isFinite))).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%f at any place of any kind of list", (value) => {
    for (const length of [1, 2, 5])
      for (let at = 0; at < length; at++) {
        const x = new Float64Array(length).fill(1);
        x[at] = value;
        const message = new RegExp(`^x\\[${at}\\]: .*${value} is not a finite number`);
        for (const list of [x, Array.from(x), Float32Array.from(x)]) {
          expect(() => dwt(list, "db2", "symmetric")).toThrow(message);
          expect(() => wavedec(list, "haar", { mode: "symmetric" })).toThrow(message);
          expect(() => modwt(list, "haar", 1)).toThrow(message);
          expect(() => mra(list, "db2", 1)).toThrow(message);
          expect(() => causalMra(list, 1)).toThrow(message);
        }
        expect(() => waverec([[1], x], "haar", "periodization")).toThrow(AnalysisInputError);
      }
  });
});
