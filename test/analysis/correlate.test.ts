import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Correlations, correlate, correlateSeries, type Datapoint, pearson } from "../../src/analysis/index.ts";
import { normalDeviate, seededRandom } from "../../src/analysis/statistics/random.ts";
import { readData, withData } from "../shared-data.ts";

const HOUR = 3_600_000;

function call(model: string, hour: number, tokens: number): Datapoint {
  return { model, timestamp: hour * HOUR, inputTokens: Math.floor(tokens / 3), outputTokens: tokens - Math.floor(tokens / 3) };
}

function pairOf({ pairs }: Correlations, a: string, b: string): Correlations["pairs"][number] {
  const found = pairs.find(({ modelA, modelB }) => (modelA === a && modelB === b) || (modelA === b && modelB === a));
  if (!found) throw new Error(`There is no pair of ${a} and ${b}.`);
  return found;
}

withData("vectors/token-wavelet-demo.json", () => {
  const demo = (): { datapoints: Datapoint[]; expected: Record<string, number> } => {
    const { datapoints, expected } = JSON.parse(readData("vectors/token-wavelet-demo.json"));
    return {
      datapoints: datapoints.map((point: { model: string; hour: number; input_tokens: number; output_tokens: number }) => ({
        model: point.model,
        timestamp: point.hour * HOUR,
        inputTokens: point.input_tokens,
        outputTokens: point.output_tokens,
      })),
      expected: expected.pearson_shared_hours,
    };
  };

  it("acceptance E2: the demo's correlations over shared hours, and how many of them there are", () => {
    const { datapoints, expected } = demo();
    const result = correlate(datapoints, { bucketMs: HOUR });
    for (const [names, r] of Object.entries(expected)) {
      const [a, b] = names.split("|");
      expect(pairOf(result, a, b).r).toBeCloseTo(r, 6);
    }
    expect(pairOf(result, "gpt-4", "claude-3")).toMatchObject({ overlap: 48, coOccurrence: 1 });
    expect(pairOf(result, "gpt-4", "gemini")).toMatchObject({ overlap: 24, coOccurrence: 0.5 });
    expect(result.communities).toEqual([{ models: ["claude-3", "gpt-4"], totalTokens: 254_420 + 178_246, requests: 96 }]);
  });

  it("acceptance E4: other names and another order of calls change nothing", () => {
    const { datapoints } = demo();
    const before = correlate(datapoints, { bucketMs: HOUR });
    const names: Record<string, string> = { "gpt-4": "a", "claude-3": "b", gemini: "c" };
    const after = correlate(
      [...datapoints].reverse().map((point) => ({ ...point, model: names[point.model] })),
      { bucketMs: HOUR },
    );
    for (const { modelA, modelB, ...rest } of before.pairs) {
      const { modelA: _, modelB: __, ...renamed } = pairOf(after, names[modelA], names[modelB]);
      expect(renamed).toEqual(rest);
    }
  });

  it("acceptance E8: shared buckets are counted in the buckets that were asked for", () => {
    const { datapoints } = demo();
    expect(pairOf(correlate(datapoints, { bucketMs: 24 * HOUR }), "gpt-4", "claude-3").overlap).toBe(2);
    expect(pairOf(correlate(datapoints, { bucketMs: 12 * HOUR }), "gpt-4", "claude-3").overlap).toBe(4);
  });
});

describe("correlate", () => {
  it("acceptance E1: below three shared buckets, and of constants, there is no r but a reason", () => {
    const calls = [
      call("a", 0, 5),
      call("a", 1, 9),
      call("b", 1, 3),
      call("b", 2, 7),
      call("c", 0, 5),
      call("c", 1, 5),
      call("c", 2, 5),
      call("a", 2, 8),
    ];
    const result = correlate(calls, { bucketMs: HOUR });
    expect(pairOf(result, "a", "b")).toMatchObject({
      overlap: 2,
      reason: "Used in the same hour twice only; a correlation needs 3 shared ones.",
    });
    expect(pairOf(result, "a", "b").r).toBeUndefined();
    expect(pairOf(result, "a", "c")).toMatchObject({ overlap: 3, reason: "Constant in the buckets in which both were used." });
  });

  it("acceptance E5: two models that follow the day's course correlate by the hour", () => {
    const random = seededRandom(5);
    const calls = Array.from({ length: 168 }, (_, hour) => Math.round(20 + 18 * Math.sin((2 * Math.PI * hour) / 24))).flatMap(
      (count, hour) =>
        ["a", "b"].flatMap((model) => Array.from({ length: count }, () => call(model, hour + random(), Math.round(500 + 1000 * random())))),
    );
    const { r = 0, edge } = pairOf(correlate(calls, { bucketMs: HOUR }), "a", "b");
    expect(r).toBeGreaterThanOrEqual(0.95);
    // And that is all that they share.
    expect(edge?.significant).toBe(false);
  });

  it("is what pearson says of the shared buckets", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 1000 })), {
          maxLength: 60,
        }),
        (calls) => {
          const sums: Record<string, Map<number, number>> = { a: new Map(), b: new Map(), c: new Map() };
          for (const [model, hour, tokens] of calls) sums[model].set(hour, (sums[model].get(hour) ?? 0) + tokens);
          for (const { modelA, modelB, r, overlap } of correlate(
            calls.map(([m, h, t]) => call(m, h, t)),
            { bucketMs: HOUR },
          ).pairs) {
            const shared = [...sums[modelA].keys()].filter((hour) => sums[modelB].has(hour)).sort((x, y) => x - y);
            expect(overlap).toBe(shared.length);
            const [x, y] = [modelA, modelB].map((model) => shared.map((hour) => sums[model].get(hour) as number));
            const plain = shared.length < 3 ? undefined : pearson(x, y).r;
            if (plain === undefined) expect(r).toBeUndefined();
            else expect(r).toBeCloseTo(plain, 12);
          }
        },
      ),
    );
  });

  const opposites = (hours: number): Datapoint[] => {
    const random = seededRandom(6);
    return Array.from({ length: hours }, (_, hour) => {
      const tokens = 1000 + Math.round(200 * normalDeviate(random));
      return [call("one", hour, tokens), call("other", hour, 3000 - tokens), call("friend", hour, 2 * tokens)];
    }).flat();
  };

  it.each([24, 48, 168])("acceptance E6: of %i hours, opposites are substitutes and in no community", (hours) => {
    const result = correlate(opposites(hours), { bucketMs: HOUR });
    expect(pairOf(result, "one", "other").r).toBeCloseTo(-1, 12);
    expect(result.substitutes.find(({ modelA, modelB }) => modelA === "one" && modelB === "other")?.score).toBeCloseTo(1, 12);
    expect(result.communities).toHaveLength(1);
    expect(result.communities[0].models).toEqual(["friend", "one"]);
    const own = opposites(hours).filter(({ model }) => model !== "other");
    expect(result.communities[0]).toMatchObject({
      requests: own.length,
      totalTokens: own.reduce((total, point) => total + point.inputTokens + point.outputTokens, 0),
    });
  });

  it("acceptance E6: the same input gives the same names in the same order", () => {
    const once = JSON.stringify(correlate(opposites(48), { bucketMs: HOUR }));
    for (let run = 0; run < 100; run++) expect(JSON.stringify(correlate(opposites(48), { bucketMs: HOUR }))).toBe(once);
  });

  it("puts the models that share their own ups and downs into one community, and no others", () => {
    const random = seededRandom(7);
    const calls = Array.from({ length: 336 }, (_, hour) => {
      const day = 1000 * (1.5 + Math.sin((2 * Math.PI * hour) / 24));
      const jobs = [150, 150].map((size) => size * normalDeviate(random));
      return ["a0", "b1", "c0", "d1", "e0"].map((model) => {
        const own = 80 * normalDeviate(random);
        return { ...call(model, hour, Math.max(0, Math.round(day + (jobs[Number(model[1])] as number) + own))), costUsd: 0.5 };
      });
    }).flat();
    const { communities, substitutes } = correlate(calls, { bucketMs: HOUR });
    expect(communities.map(({ models }) => models)).toEqual([
      ["a0", "c0", "e0"],
      ["b1", "d1"],
    ]);
    expect(communities[1]).toMatchObject({ requests: 672, costUsd: 336 });
    expect(substitutes).toEqual([]);
  });

  it("acceptance E7: models of different times have no r, and a hole with the counts that show it", () => {
    const calls = Array.from({ length: 10 }, (_, hour) => [call("old", hour, 100 + hour), call("new", 1000 + hour, 50 + hour)]).flat();
    const { pairs, structuralHoles } = correlate(calls, { bucketMs: HOUR });
    expect(pairs).toEqual([{ modelA: "new", modelB: "old", overlap: 0, coOccurrence: 0, reason: "Never used in the same hour." }]);
    expect(structuralHoles).toEqual([
      {
        modelA: "new",
        modelB: "old",
        score: 1,
        evidence: "Used in the same hour never: new in 10 hours, old in 10, and one was last used before the other was first used.",
      },
    ]);
  });

  it("acceptance E7: models that avoid each other have a hole between them, with the counts that show it", () => {
    const random = seededRandom(10);
    const calls = Array.from({ length: 400 }, (_, hour) => {
      const chosen = random() < 0.5 ? "left" : "right";
      return random() < 0.4 ? [call(chosen, hour, Math.round(10 ** (6 * random())))] : [];
    }).flat();
    const { structuralHoles } = correlate(calls, { bucketMs: HOUR });
    expect(structuralHoles).toHaveLength(1);
    expect(structuralHoles[0]).toMatchObject({ modelA: "left", modelB: "right", score: 1 });
    expect(structuralHoles[0].evidence).toMatch(
      /^Used in the same hour never, where chance would have it \d+\.\d times: left in \d+, right in \d+ of the \d+ hours/,
    );
  });

  it("sees holes in 5 % of books without any at most", () => {
    const random = seededRandom(8);
    let books = 0;
    for (let round = 0; round < 100; round++) {
      const series = ["a", "b", "c", "d"].map((name) => ({
        name,
        values: Array.from({ length: 200 }, () => (random() < 0.2 ? 1 + random() : 0)),
      }));
      if (correlateSeries(series, { bucketMs: HOUR }).structuralHoles.length > 0) books++;
    }
    expect(books).toBeLessThanOrEqual(5);
  });

  it("acceptance E9: thousands of calls in one second are one bucket", () => {
    const calls = Array.from({ length: 8000 }, (_, i) => ({ ...call(`m${i % 7}`, 0, i), timestamp: i / 8 }));
    const { pairs } = correlate(calls, { bucketMs: 1000 });
    expect(pairs).toHaveLength(21);
    expect(pairs[0]).toMatchObject({ overlap: 1, coOccurrence: 1 });
  });

  it("names what is no datapoint", () => {
    const good = call("a", 0, 5);
    const refused =
      (point: unknown): (() => unknown) =>
      () =>
        correlate([good, point as Datapoint], { bucketMs: HOUR });
    expect(refused({ ...good, timestamp: Number.NaN })).toThrow("datapoints[1].timestamp: NaN is not an instant");
    expect(refused({ ...good, inputTokens: -1 })).toThrow("datapoints[1].inputTokens: -1 is not a number of tokens");
    expect(refused({ ...good, outputTokens: 1.5 })).toThrow("datapoints[1].outputTokens");
    expect(refused({ ...good, inputTokens: 2 ** 64 })).toThrow("datapoints[1].inputTokens");
    expect(refused({ ...good, inputTokens: Number.MAX_SAFE_INTEGER })).toThrow("can't be added exactly");
    expect(refused({ ...good, model: 7 })).toThrow("datapoints[1].model: 7 is not a name");
    expect(refused({ ...good, costUsd: -1 })).toThrow("datapoints[1].costUsd");
    expect(refused(null)).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT" }));
    expect(() => correlate([good], { bucketMs: -1 })).toThrow("bucketMs: -1");
    expect(() => correlate("calls" as never, { bucketMs: HOUR })).toThrow('datapoints: "calls" is not a list');
    expect(() => correlateSeries([{ name: "a", values: [1, -1] }], { bucketMs: HOUR })).toThrow("series[0].values[1]: -1 is negative");
    expect(() =>
      correlateSeries(
        [
          { name: "a", values: [1, 1] },
          { name: "b", values: [1] },
        ],
        { bucketMs: HOUR },
      ),
    ).toThrow("series[1].values: 1 values");
  });

  it("has an answer for nothing", () => {
    const nothing = { models: [], pairs: [], communities: [], substitutes: [], structuralHoles: [] };
    expect(correlate([], { bucketMs: HOUR })).toEqual(nothing);
    expect(correlateSeries([], { bucketMs: HOUR })).toEqual(nothing);
    expect(
      correlateSeries(
        [
          { name: "a", values: [0, 0] },
          { name: "b", values: [1, 0] },
        ],
        { bucketMs: HOUR },
      ).pairs,
    ).toEqual([{ modelA: "a", modelB: "b", overlap: 0, coOccurrence: 0, reason: "Never used in the same hour." }]);
  });

  it("bad input: refuses ten thousand models at once, whose pairs no memory holds", () => {
    const calls = Array.from({ length: 10_000 }, (_, model) => call(`model-${model}`, 0, 1));
    expect(() => correlate(calls, { bucketMs: HOUR })).toThrow("10000 names are too many to look at every pair; give at most 1000,");
  });

  it("lays no buckets side by side that are too many to hold", () => {
    const { pairs } = correlate([call("a", 0, 1), call("b", 0, 1), call("a", 1e8, 1), call("b", 1e8, 2)], { bucketMs: 1000 });
    expect(pairs[0]).toMatchObject({ overlap: 2 });
    expect(pairs[0].edge).toBeUndefined();
  });
});

describe("correlateSeries", () => {
  it("says what correlate says of the calls that it was added up from", () => {
    const random = seededRandom(9);
    const calls = Array.from({ length: 72 }, (_, hour) =>
      ["a", "b", "c"].filter(() => random() < 0.9 || hour === 0).map((model) => call(model, hour, 1 + Math.round(100 * random()))),
    ).flat();
    const series = ["a", "b", "c"].map((name) => {
      const own = calls.filter(({ model }) => model === name);
      const values = Float64Array.from({ length: 72 }, (_, hour) =>
        own
          .filter(({ timestamp }) => timestamp === hour * HOUR)
          .reduce((total, point) => total + point.inputTokens + point.outputTokens, 0),
      );
      return { name, values, requests: own.length };
    });
    expect(correlateSeries(series, { bucketMs: HOUR, start: 0 })).toEqual(correlate(calls, { bucketMs: HOUR }));
  });
});
