/** Options that are misspelt or no options at all are refused; no input ends in an error of the language. */
import { describe, expect, test } from "vitest";
import * as analysis from "../../src/analysis/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const days = Array.from({ length: 40 }, (_, day) => 10 + ((day * 7) % 5));
const graph: analysis.Graph = { n: 3, edges: [[0, 1] as const, [1, 2] as const] };
const usage = { a: { requests: 2, tokens: { input: 10 }, pricePerMillion: { input: 3 } } };
const weights = { alpha: 0.5, beta: 0.5, gamma: 0.5, level: 1, trend: 0 };

/** Each function that takes options, with what it needs. */
const CALLS: Record<string, [(options: never) => unknown, Record<string, unknown>]> = {
  wavedec: [(options) => analysis.wavedec(days, "haar", options), { mode: "symmetric" }],
  mra: [(options) => analysis.mra(days, "haar", 2, options), { boundary: "periodic" }],
  decompose: [(options) => analysis.decompose(days, options), { bucketMs: DAY_MS }],
  laplacianEigenvalues: [(options) => analysis.laplacianEigenvalues(graph, options), { normalized: true }],
  fiedler: [(options) => analysis.fiedler(graph, options), { normalized: true }],
  testEdges: [(options) => analysis.testEdges([{ x: days, y: days }], options), { bucketMs: DAY_MS }],
  correlate: [(options) => analysis.correlate([], options), { bucketMs: DAY_MS }],
  correlateSeries: [(options) => analysis.correlateSeries([{ name: "a", values: days }], options), { bucketMs: DAY_MS }],
  detectAnomalies: [(options) => analysis.detectAnomalies(days, options), { bucketMs: DAY_MS }],
  changePoints: [(options) => analysis.changePoints(days, options), { minSize: 4 }],
  forecast: [(options) => analysis.forecast(days, options), { horizon: 3 }],
  probabilityOfExceeding: [(options) => analysis.probabilityOfExceeding(days, options), { limit: 100, spent: 50 }],
  exceeding: [(options) => analysis.exceeding(analysis.forecast(days), options), { limit: 100, spent: 50 }],
  backtestForecast: [(options) => analysis.backtestForecast(days, options), { periodBuckets: 7, courses: 20 }],
  burnRates: [(options) => analysis.burnRates(days, options), { bucketMs: HOUR_MS, limit: 100, periodBuckets: 40 }],
  explainChange: [(options) => analysis.explainChange(usage, usage, options), { successorOf: {} }],
  logMeanDivisia: [(options) => analysis.logMeanDivisia(usage, usage, options), { successorOf: {} }],
  conservationZone: [(options) => analysis.conservationZone(5, 10, options), { warnAt: 0.9 }],
  simpleExponentialSmoothing: [(options) => analysis.simpleExponentialSmoothing(days, options), { alpha: 0.5, level: 10 }],
  holt: [(options) => analysis.holt(days, options), weights],
  holtWinters: [(options) => analysis.holtWinters(days, options), { ...weights, season: [0], kind: "additive" }],
  LiveDecomposition: [(options) => new analysis.LiveDecomposition(options), { bucketMs: DAY_MS }],
};

describe("options of the analyses", () => {
  for (const [name, [call, options]] of Object.entries(CALLS)) {
    test(`${name} refuses what is no set of options, and a misspelt one`, () => {
      call(options as never);
      call({ ...options, ofAnotherFunction: 1 } as never);
      for (const none of [null, "periodization", 5, [], true, 5n])
        expect(() => call(none as never), String(none)).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT" }));
      const [option] = Object.keys(options);
      const misspelt = `${option}x`;
      expect(() => call({ ...options, [misspelt]: 1 } as never)).toThrow(`options: "${misspelt}" is not known; did you mean ${option}?`);
    });
  }
});

describe("input of another form", () => {
  test("a length that no list has is refused, not allocated", () => {
    for (const length of [-1, 1.5, 2 ** 40, Number.MAX_SAFE_INTEGER])
      for (const call of [
        (x: ArrayLike<number>) => analysis.dwt(x, "haar"),
        (x: ArrayLike<number>) => analysis.pearson(x, x),
        (x: ArrayLike<number>) => analysis.decompose(x, { bucketMs: DAY_MS }),
        (x: ArrayLike<number>) => analysis.detectAnomalies(x, { bucketMs: DAY_MS }),
        (x: ArrayLike<number>) => analysis.forecast(x),
      ])
        expect(() => call({ length })).toThrow(expect.objectContaining({ code: "ANALYSIS_INPUT" }));
  });

  test("series, forecasts and periods that are none are named", () => {
    const wrong = { code: "ANALYSIS_INPUT" };
    expect(() => analysis.correlationMatrix({} as never)).toThrow(expect.objectContaining(wrong));
    expect(() => analysis.correlateSeries([null as never], { bucketMs: DAY_MS })).toThrow(expect.objectContaining(wrong));
    for (const none of [undefined, {}, { observed: 3, horizon: 1, courses: [[1]] }, { observed: 3, horizon: 1, courses: [] }])
      expect(() => analysis.exceeding(none as never, { limit: 1, spent: 0 })).toThrow(expect.objectContaining(wrong));
    expect(() => analysis.explainChange(new Map() as never, usage)).toThrow("before: ");
    expect(() => analysis.roundToTotal([1e308, 1e308], 1n)).toThrow(expect.objectContaining(wrong));
    expect(() => analysis.holt(days, { ...weights, horizon: 1e15 })).toThrow("horizon: 1000000000000000 is not");
  });

  test("a live decomposition takes only rhythms of its own buckets", () => {
    const hours = Array.from({ length: 336 }, (_, hour) => 5 + 3 * Math.sin((2 * Math.PI * hour) / 24) + ((hour * 7919) % 13) / 13);
    const { rhythms } = analysis.decompose(hours, { bucketMs: HOUR_MS });
    expect(rhythms.length).toBeGreaterThan(0);
    expect(new analysis.LiveDecomposition({ bucketMs: HOUR_MS, rhythms }).push(5).trend).toBeTypeOf("number");
    const [first] = rhythms as [analysis.Rhythm];
    const wrong = [null, 5, "x", [null], [{}], [{ ...first, profile: [1] }], [{ ...first, periodMs: Number.NaN }]];
    for (const none of wrong)
      expect(() => new analysis.LiveDecomposition({ bucketMs: HOUR_MS, rhythms: none as never })).toThrow(/^rhythms/);
  });

  test("buckets shorter than a millisecond are refused: their numbers would be infinite", () => {
    const call = { model: "a", timestamp: 1e12, inputTokens: 1, outputTokens: 1 };
    for (const bucketMs of [1e-300, 0.5, 1e300])
      expect(() => analysis.correlate([call, { ...call, model: "b" }], { bucketMs })).toThrow(`bucketMs: ${bucketMs} is not the length`);
  });
});
