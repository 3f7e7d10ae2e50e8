import { describe, expect, test } from "vitest";
import type { AnalysisDocument, GroupedCostsDocument } from "../../src/insights/index.ts";
import { monthCourse } from "../../web/src/views/overview/month-course.ts";
import { anomaliesWithin, changesForAnomaly, daysAnalysed, marksOf, spendingDays } from "../../web/src/views/overview/spending-days.ts";
import { topRows } from "../../web/src/views/overview/top-rows.ts";

const anomaly = {
  start: "2026-05-02T00:00:00Z",
  end: "2026-05-03T00:00:00Z",
  value: "96.39",
  expected: "8.94",
  impact: "87.45",
  p: 0.01,
  causes: [{ dimension: "team", name: "engineering", impact: "87.38", share: 0.999 }],
};
const analysis = {
  bucket: "day",
  unit: "usd",
  buckets: ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"],
  total: { components: { trend: ["5", "5.000000001"] }, anomalies: [{ ...anomaly, start: "2026-04-01T00:00:00Z" }, anomaly] },
} as unknown as AnalysisDocument;
const days = { start: "2026-05-01", end: "2026-05-03" };

describe("spending over the period", () => {
  const document = {
    period: { ...days, tz: "UTC" },
    groups: [
      { day: "2026-05-02", cost_usd: "96.39" },
      { day: "2026-05-03", cost_usd: null },
    ],
  } as unknown as GroupedCostsDocument;
  const asked = { bucket: "day", timeZone: "UTC", nowMs: Date.parse("2026-05-03T12:00:00Z") } as const;

  test("a day without calls cost nothing, one whose calls have no price is unknown, and the trend is the document's own", () => {
    const { times, series } = spendingDays(document, analysis, asked);
    expect(times.map((time) => new Date(time).toISOString().slice(0, 10))).toEqual(["2026-05-01", "2026-05-02", "2026-05-03"]);
    expect(series.map(({ exact }) => exact)).toEqual([
      ["0", "96.39", null],
      ["5", "5.000000001", null],
    ]);
  });

  test("what is usual is told by eight weeks at least", () => {
    expect(daysAnalysed(days)).toEqual({ start: "2026-03-09", end: "2026-05-03" });
    expect(daysAnalysed({ start: "2025-01-01", end: "2026-05-03" }).start).toBe("2025-01-01");
  });

  test("a mark stands only within the days, says its cause, and leads to that day's calls of it", () => {
    const found = anomaliesWithin(analysis, days, "UTC");
    expect(found).toEqual([anomaly]);
    expect(anomaliesWithin(analysis, days, "UTC", ["team"])[0]?.causes).toEqual([]);
    expect(marksOf(found)[0]?.label).toBe("$96.39 where $8.94 is usual; mostly team engineering, $87.38 above its usual");
    expect(changesForAnomaly(anomaly, "UTC")).toEqual({
      start: "2026-05-02",
      end: "2026-05-02",
      period: undefined,
      team: "engineering",
      by: "user",
    });
  });
});

describe("where the month will end", () => {
  const burn = [
    { at: "2026-05-02T00:00:00Z", spent_usd: "1", p10_usd: null, p50_usd: null, p90_usd: null },
    { at: "2026-05-03T00:00:00Z", spent_usd: "3", p10_usd: null, p50_usd: null, p90_usd: null },
    { at: "2026-05-03T09:00:00Z", spent_usd: "4", p10_usd: null, p50_usd: null, p90_usd: null },
    { at: "2026-05-04T00:00:00Z", spent_usd: null, p10_usd: "5", p50_usd: "6", p90_usd: "7" },
    { at: "2026-05-05T00:00:00Z", spent_usd: null, p10_usd: "8", p50_usd: "9", p90_usd: "10" },
  ];
  const window = { start: "2026-05-01T00:00:00Z", end: "2026-06-01T00:00:00Z" };

  test("each day stands once, and the cone begins where the certain line was last", () => {
    const { times, bucket, series, bands } = monthCourse({ burn, window }, "UTC");
    expect(bucket).toBe("day");
    expect(times.map((time) => new Date(time).getUTCDate())).toEqual([1, 2, 3, 4]);
    expect(series[0]?.exact).toEqual(["1", "3", "4", null]);
    expect(series[1]?.values).toEqual([null, 3, 6, 9]);
    expect(bands[0]).toMatchObject({ low: [null, 3, 5, 8], high: [null, 3, 7, 10] });
  });

  test("without a forecast there is no cone", () => {
    const { series, bands } = monthCourse({ burn: burn.slice(0, 3), window }, "UTC");
    expect(series.map(({ name }) => name)).toEqual(["spent so far"]);
    expect(bands).toEqual([]);
  });
});

describe("the dearest names", () => {
  const row = (model: string | null, cost: string | null, unpriced = 0) => ({
    model,
    cost_usd: cost,
    share: 0.5,
    requests: 2,
    input_tokens: 0,
    output_tokens: 0,
    total_tokens: 0,
    unpriced_requests: unpriced,
  });
  const document = (groups: object[], totals: object) => ({ groups, totals }) as unknown as GroupedCostsDocument;

  test("others are the totals less the rows, to the last digit", () => {
    const rows = topRows(document([row("a", "1.000000001"), row(null, "2")], { ...row(null, "10"), requests: 9 }), "model");
    expect(rows.map(({ name, exact, filter }) => [name, exact, filter])).toEqual([
      ["a", "1.000000001", "a"],
      ["none", "2", ""],
      ["others", "6.999999999", undefined],
    ]);
    expect(rows[2]?.share).toBe(0.7);
  });

  test("there are no others where all are shown, and what has no price is unknown", () => {
    const rows = topRows(document([row("a", null, 2)], row(null, null, 2)), "model");
    expect(rows).toMatchObject([{ name: "a", value: null, note: "2 unpriced" }]);
  });
});
