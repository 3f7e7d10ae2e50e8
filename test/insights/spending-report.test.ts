import { describe, expect, it } from "vitest";
import { ConservationLaw } from "../../src/index.ts";
import { type ReportDatapoint, spendingReport } from "../../src/insights.ts";
import { readData, withData } from "../shared-data.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AT = Date.parse("2026-05-13T12:00:00Z");

const point = (hour: number, fields: Partial<ReportDatapoint> = {}): ReportDatapoint => ({
  model: "gpt-4",
  timestamp: hour * HOUR_MS,
  inputTokens: 1000,
  outputTokens: 500,
  ...fields,
});
const points = (count: number): ReportDatapoint[] => Array.from({ length: count }, (_, hour) => point(hour));

withData("vectors/token-wavelet-demo.json", () => {
  interface Demo {
    datapoints: { model: string; hour: number; input_tokens: number; output_tokens: number }[];
    expected: { total_tokens: number; day_tokens: number; daily_limit: number };
  }
  const demo = JSON.parse(readData("vectors/token-wavelet-demo.json")) as Demo;
  const datapoints = demo.datapoints.map(({ model, hour, input_tokens, output_tokens }) =>
    point(hour, { model, inputTokens: input_tokens, outputTokens: output_tokens }),
  );
  const report = spendingReport({
    datapoints,
    budgets: new ConservationLaw([{ limit: demo.expected.daily_limit, period: "daily" }]),
    periodSpending: { daily: demo.expected.day_tokens },
    at: AT,
  });

  it("acceptance F1: the report has every part", () => {
    expect(Object.keys(report).sort()).toEqual([
      "budgetStatuses",
      "communities",
      "components",
      "correlation",
      "currentPhase",
      "generatedAt",
      "modelCount",
      "modelStats",
      "predictedOverspend",
      "structuralHoles",
      "substitutes",
      "totalTokens",
    ]);
    expect(report.generatedAt).toBe("2026-05-13T12:00:00.000Z");
  });

  it("acceptance F2: the demo's totals, zone, phase and levels", () => {
    expect(report.totalTokens).toBe(450_778);
    expect(report.modelStats.map(({ model, totalTokens }) => [model, totalTokens])).toEqual([
      ["gpt-4", 254_420],
      ["claude-3", 178_246],
      ["gemini", 18_112],
    ]);
    expect(report.modelCount).toBe(3);
    const [daily] = report.budgetStatuses;
    expect(daily).toMatchObject({ period: "daily", zone: "green" });
    expect(daily?.utilizationPct.toFixed(1)).toBe("28.1");
    expect(report.currentPhase.direction).toBe("rising");
    expect(report.components.levels).toBeGreaterThanOrEqual(3);
  });
});

describe("the spending report", () => {
  it("acceptance D2, D8: each model and the whole are taken apart, their holes filled, into parts that add up", () => {
    const datapoints = [...points(60), ...points(60).map((each, i) => ({ ...each, model: "claude-3", timestamp: i * 3 * HOUR_MS }))];
    const { components, modelStats } = spendingReport({ datapoints, at: AT });
    expect(modelStats.map(({ components: own }) => own.values.length)).toEqual([178, 178]);
    for (const { values, trend, oscillation, noise } of [components, ...modelStats.map((stats) => stats.components)]) {
      values.forEach((value, i) => {
        const sum = (trend[i] as number) + (oscillation[i] as number) + (noise[i] as number);
        expect(Math.abs(sum - value)).toBeLessThan(1e-6);
      });
    }
  });

  it("acceptance D5: three values given are their own trend, and rise", () => {
    const series = [{ model: "gpt-4", timestamps: [0, 1, 2], values: [3000, 3200, 3500], unit: "hour" }];
    const { components, currentPhase } = spendingReport({ datapoints: [point(0)], series, at: AT });
    expect([...components.trend]).toEqual([3000, 3200, 3500]);
    expect(components.levels).toBe(0);
    expect(currentPhase.direction).toBe("rising");
  });

  it("series in milliseconds and in counted units are the same series", () => {
    const values = Array.from({ length: 40 }, (_, i) => 100 + (i % 5));
    const series = (step: number, from: number) => [
      { model: "a", timestamps: values.map((_, i) => from + i * step), values, unit: "hour" },
    ];
    const counted = spendingReport({ datapoints: [], series: series(1, 7), at: AT });
    const timed = spendingReport({ datapoints: [], series: series(HOUR_MS, Date.parse("2026-05-11T00:00:00Z")), at: AT });
    expect(counted.components.values).toEqual(timed.components.values);
    expect(timed.components.values).toHaveLength(40);
  });

  it("acceptance C5: what is over of each period follows from the clock, for every window", () => {
    const budgets = new ConservationLaw([
      { period: "hourly", limit: 100 },
      { period: "daily", limit: 1_000_000 },
      { period: "weekly", limit: 1_000_000 },
      { period: "monthly", limit: 1_000_000 },
      { period: "quarterly", limit: 1_000_000 },
      { period: "yearly", limit: 1_000_000 },
      { period: "sprint", limit: 1 },
    ]);
    const at = Date.parse("2026-04-16T00:00:00Z"); // a Thursday, half a month in
    const spent = 600_000;
    const { predictedOverspend } = spendingReport({
      datapoints: [],
      budgets,
      periodSpending: { hourly: 0, daily: 0, weekly: spent, monthly: spent, quarterly: spent, yearly: spent, sprint: 2 },
      at,
    });
    const share = (start: string, end: string) => (at - Date.parse(start)) / (Date.parse(end) - Date.parse(start));
    const above = (start: string, end: string) => spent / share(start, end) - 1_000_000;
    expect(predictedOverspend.hourly).toBeUndefined();
    expect(predictedOverspend.daily).toBeUndefined();
    expect(predictedOverspend.weekly).toBeCloseTo(above("2026-04-13", "2026-04-20"), 3);
    expect(predictedOverspend.monthly).toBeCloseTo(above("2026-04-01", "2026-05-01"), 3);
    expect(predictedOverspend.quarterly).toBeCloseTo(above("2026-04-01", "2026-07-01"), 3);
    expect(predictedOverspend.yearly).toBeCloseTo(above("2026-01-01", "2027-01-01"), 3);
    expect(predictedOverspend.sprint).toBeUndefined();
  });

  it("a day in its zone: at noon in New York half of it is over", () => {
    const budgets = new ConservationLaw([{ period: "daily", limit: 1_000_000 }]);
    const request = { datapoints: [], budgets, periodSpending: { daily: 600_000 }, timeZone: "America/New_York" };
    expect(spendingReport({ ...request, at: "2026-05-13T16:00:00Z" }).predictedOverspend).toEqual({ daily: 200_000 });
  });

  it("acceptance C6: a period without a limit is an error, never left out", () => {
    const budgets = new ConservationLaw([{ period: "daily", limit: 1 }]);
    expect(() => spendingReport({ datapoints: [], budgets, periodSpending: { weekly: 1 }, at: AT })).toThrow("weekly");
  });

  it("nothing at all is a report of nothing", () => {
    const report = spendingReport({ datapoints: [], at: AT });
    expect(report).toMatchObject({ totalTokens: 0, modelCount: 0, modelStats: [], budgetStatuses: [], communities: [] });
    expect(report.currentPhase.direction).toBe("unknown");
  });

  it("one datapoint, and a year of datapoints without tokens, claim nothing", () => {
    expect(spendingReport({ datapoints: [point(5)], at: AT }).currentPhase.direction).not.toBe("rising");
    const zeros = Array.from({ length: 365 }, (_, day) => point(day * 24, { inputTokens: 0, outputTokens: 0 }));
    const { components, modelStats } = spendingReport({ datapoints: zeros, bucketMs: DAY_MS, at: AT });
    expect(components.rhythms).toEqual([]);
    expect(components.phase.direction).not.toBe("rising");
    expect(modelStats[0]?.share).toBe(0);
  });

  it.each([
    ["a timestamp that is no number", point(Number.NaN), "datapoints[0].timestamp: NaN"],
    ["a timestamp without end", point(Number.POSITIVE_INFINITY), "datapoints[0].timestamp: Infinity"],
    ["tokens below zero", point(0, { inputTokens: -1 }), "datapoints[0].inputTokens: -1"],
    ["half a token", point(0, { outputTokens: 0.5 }), "datapoints[0].outputTokens: 0.5"],
    ["a model without a name", point(0, { model: "" }), 'datapoints[0].model: ""'],
    ["a cost that is none", point(0, { costUsd: Number.NaN }), "datapoints[0].costUsd: NaN"],
  ])("acceptance F3: %s is refused by name", (_, datapoint, message) => {
    expect(() => spendingReport({ datapoints: [datapoint], at: AT })).toThrow(message);
  });

  it("bad input: ten thousand models are all counted; the largest are compared", () => {
    const datapoints = Array.from({ length: 10_000 }, (_, i) => point(i % 24, { model: `m${i}`, inputTokens: 1000 + i }));
    const report = spendingReport({ datapoints, at: AT });
    expect(report.modelCount).toBe(10_000);
    expect(report.modelStats).toHaveLength(10_000);
    expect(report.correlation.models).toHaveLength(200);
    expect(report.correlation.models).toContain("m9999");
    expect(report.correlation.models).not.toContain("m0");
  });

  it("acceptance F4: tokens beyond the safe integers are an error, not 0", () => {
    const half = 2 ** 52;
    const large = [point(0, { inputTokens: half, outputTokens: 0 }), point(1, { inputTokens: half, outputTokens: 0 })];
    expect(() => spendingReport({ datapoints: large, at: AT })).toThrow("can't be counted exactly");
    expect(() => spendingReport({ datapoints: [point(0, { inputTokens: 2 ** 64 })], at: AT })).toThrow("is not a count");
  });

  it("the same datapoints in another order make the same report", () => {
    const datapoints = points(100).map((each, i) => ({
      ...each,
      model: ["b", "a", "c"][i % 3] as string,
      inputTokens: 1000 + ((i * 37) % 101),
    }));
    const json = (list: ReportDatapoint[]) => JSON.stringify(spendingReport({ datapoints: list, at: AT }));
    expect(json([...datapoints].reverse())).toBe(json(datapoints));
  });
});
