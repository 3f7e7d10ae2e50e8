import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testEdges } from "../../src/analysis/index.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";
import { readData, withData } from "../shared-data.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface FixturePair {
  n: number;
  dep: number;
  x: number[];
  y: number[];
}

withData("vectors/pairs.json", () => {
  it("analysis D2: of pairs that share a calendar, at most 2 of 20 become edges; of linked ones, at least 18 of 20 do", () => {
    const { pairs } = JSON.parse(readData("vectors/pairs.json")) as { pairs: FixturePair[] };
    const found = { linked: 0, unlinked: 0 };
    for (const n of new Set(pairs.map((pair) => pair.n))) {
      const set = pairs.filter((pair) => pair.n === n);
      testEdges(set, { bucketMs: HOUR }).forEach(({ significant, r = 0 }, i) => {
        if (!significant) return;
        found[set[i].dep === 0 ? "unlinked" : "linked"]++;
        if (set[i].dep !== 0) expect(Math.sign(r)).toBe(Math.sign(set[i].dep));
      });
    }
    expect(found.unlinked).toBeLessThanOrEqual(2);
    expect(found.linked).toBeGreaterThanOrEqual(18);
  });
});

type Made = (n: number, random: () => number) => Float64Array;

function remembering(phi: number): Made {
  return (n, random) => {
    let last = normalDeviate(random);
    return Float64Array.from({ length: n }, () => {
      last = phi * last + normalDeviate(random);
      return last;
    });
  };
}

function workingHours(hour: number): number {
  return (10 + 8 * Math.sin((2 * Math.PI * hour) / 24)) * (Math.floor(hour / 24) % 7 >= 5 ? 0.3 : 1);
}

const unlinked: Record<string, Made> = {
  "independent of what they were": remembering(0),
  "half remembering": remembering(0.5),
  "walking at random": remembering(1),
  "on one calendar": (n, random) => remembering(0.5)(n, random).map((value, hour) => workingHours(hour) + value),
  "on one calendar, wilder when busy": (n, random) =>
    remembering(0.5)(n, random).map((value, hour) => workingHours(hour) * Math.exp(0.3 * value)),
  "growing fourfold on one calendar": (n, random) =>
    remembering(0.5)(n, random).map((value, hour) => (1 + (3 * hour) / n) * workingHours(hour) * Math.exp(0.3 * value)),
  "mostly idle": (n, random) => Float64Array.from({ length: n }, () => (random() < 0.1 ? 1 + random() : 0)),
  "used in working hours only": (n, random) =>
    Float64Array.from({ length: n }, (_, hour) => (workingHours(hour) > 12 && random() < 0.6 ? Math.exp(normalDeviate(random)) : 0)),
};

describe("unlinked pairs", () => {
  const rounds = 200;
  it.each(Object.keys(unlinked))("analysis D2: series %s seem linked in 8 of 100 cases at most", (kind) => {
    const made = unlinked[kind];
    for (const n of [168, 336, 720]) {
      const random = seededRandom(n);
      const pairs = Array.from({ length: rounds }, () => ({ x: made(n, random), y: made(n, random) }));
      const seeming = pairs.filter((pair) => (testEdges([pair], { bucketMs: HOUR })[0].p ?? 1) < 0.05);
      // 8 % and what chance adds to it in so few rounds, in one case of a hundred.
      expect(seeming.length, `${n} hours`).toBeLessThanOrEqual(rounds * 0.08 + 2.33 * Math.sqrt(rounds * 0.05 * 0.95));
    }
  });

  it("of days they seem linked no more often", () => {
    for (const n of [28, 60, 180]) {
      const random = seededRandom(n);
      const made = remembering(0.5);
      const weekly = (): Float64Array => made(n, random).map((value, day) => (day % 7 >= 5 ? 0.3 : 1) * Math.exp(0.4 * value));
      const pairs = Array.from({ length: rounds }, () => ({ x: weekly(), y: weekly() }));
      const seeming = pairs.filter((pair) => (testEdges([pair], { bucketMs: DAY })[0].p ?? 1) < 0.05);
      expect(seeming.length, `${n} days`).toBeLessThanOrEqual(rounds * 0.08);
    }
  });
});

describe("linked pairs", () => {
  it.each([
    [168, 0.6],
    [336, 0.9],
    [720, 0.98],
  ])("of %i hours, with a true correlation of 0.36, are found in a share of %f at least", (n, share) => {
    const random = seededRandom(n);
    const rounds = 150;
    let found = 0;
    for (let round = 0; round < rounds; round++) {
      const common = remembering(0.5)(n, random);
      const [a, b] = [remembering(0.5)(n, random), remembering(0.5)(n, random)];
      const mixed = (own: Float64Array): Float64Array =>
        own.map((value, hour) => 10 + 6 * Math.sin((2 * Math.PI * hour) / 24) + 0.8 * value + 0.6 * common[hour]);
      const [{ p = 1, interval }] = testEdges([{ x: mixed(a), y: mixed(b) }], { bucketMs: HOUR });
      if (p < 0.05) found++;
      expect(interval?.[0]).toBeLessThan(interval?.[1] as number);
    }
    expect(found / rounds).toBeGreaterThanOrEqual(share);
  });

  it("are found whatever their unit, their offset and their order", () => {
    const random = seededRandom(1);
    const x = remembering(0.3)(336, random);
    const y = x.map((value) => value + 0.7 * normalDeviate(random));
    const [there, back, moved] = testEdges(
      [
        { x, y },
        { x: y, y: x },
        { x: x.map((value) => 1e6 + 8 * value), y },
      ],
      { bucketMs: HOUR },
    );
    expect(there).toEqual(back);
    expect(there.significant).toBe(true);
    expect(moved.r).toBeCloseTo(there.r as number, 8);
  });

  it("that are one line are linked, even where the calendar explains both", () => {
    const x = Array.from({ length: 168 }, (_, hour) => 1000 + 500 * Math.sin((2 * Math.PI * hour) / 24));
    const [same, opposite, flat] = testEdges(
      [
        { x, y: x.map((value) => 3 * value) },
        { x, y: x.map((value) => 2000 - value) },
        { x, y: x.map(() => 7) },
      ],
      { bucketMs: HOUR },
    );
    expect(same).toMatchObject({ r: 1, significant: true });
    expect(opposite).toMatchObject({ r: -1, significant: true });
    expect(flat).toEqual({ significant: false, n: 168, reason: "Trend and calendar explain all of it." });
  });
});

describe("testEdges", () => {
  it("has no answer below 24 buckets, and says so", () => {
    const random = seededRandom(2);
    const [short, enough] = [23, 24].map(
      (n) => testEdges([{ x: remembering(0)(n, random), y: remembering(0)(n, random) }], { bucketMs: HOUR })[0],
    );
    expect(short).toEqual({ significant: false, n: 23, reason: "23 buckets are too few; a test needs 24." });
    expect(enough.r).toBeTypeOf("number");
  });

  it("takes a pair for what it is worth among the others", () => {
    const random = seededRandom(3);
    const pairs = Array.from({ length: 12 }, () => ({ x: remembering(0)(168, random), y: remembering(0)(168, random) }));
    const edges = testEdges(pairs, { bucketMs: HOUR });
    const [smallest] = [...edges].sort((a, b) => (a.p as number) - (b.p as number));
    expect(smallest.q).toBeGreaterThan(smallest.p as number);
    fc.assert(
      fc.property(fc.shuffledSubarray(pairs, { minLength: 12 }), (shuffled) => {
        testEdges(shuffled, { bucketMs: HOUR }).forEach((edge, i) => {
          expect(edge).toEqual(edges[pairs.indexOf(shuffled[i])]);
        });
      }),
      { numRuns: 5 },
    );
  });

  it("refuses what it can't compare, naming the pair", () => {
    expect(() => testEdges([{ x: [1, 2], y: [1] }], { bucketMs: HOUR })).toThrow("pairs[0].y: 1 values, but x has 2");
    expect(() =>
      testEdges(
        [
          { x: [1], y: [1] },
          { x: [1], y: [Number.NaN] },
        ],
        { bucketMs: HOUR },
      ),
    ).toThrow("pairs[1].y[0]: NaN");
    expect(() => testEdges([{ x: [1], y: [1] }], { bucketMs: 0 })).toThrow("bucketMs: 0");
    expect(() => testEdges(undefined as never, { bucketMs: HOUR })).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT" }));
    expect(testEdges([], { bucketMs: HOUR })).toEqual([]);
  });
});
