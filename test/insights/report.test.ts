import { array, assert, asyncProperty, boolean, constantFrom, integer, option, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { buildCosts, buildReport, figuresOf, lastPeriod, namedPeriod, periodOf } from "../../src/insights/index.ts";
import { type Aggregate, type AggregateRow, type Dimension, noUsage } from "../../src/ledger/index.ts";

const NOTHING = noUsage();

const january = periodOf("2026-01-01", "2026-01-31", "UTC");
const bookOf = (rows: AggregateRow[]): { aggregate(): Promise<Aggregate> } => ({
  aggregate: async () => ({
    rows: rows.map((row) => ({ ...row })),
    totals: {
      ...NOTHING,
      requests: rows.reduce((sum, row) => sum + row.requests, 0),
      costNanoUsd: rows.reduce((sum, row) => sum + row.costNanoUsd, 0n),
      unpricedRequests: rows.reduce((sum, row) => sum + row.unpricedRequests, 0),
    },
  }),
});

describe("figures", () => {
  it("the average is rounded half-up to a nano-USD, over priced requests", () => {
    expect(figuresOf({ ...NOTHING, requests: 3, costNanoUsd: 200_000_000n }).avg_cost_usd).toBe("0.066666667");
    expect(figuresOf({ ...NOTHING, requests: 4, unpricedRequests: 2, costNanoUsd: 5n })).toMatchObject({
      cost_usd: "0.000000005",
      avg_cost_usd: "0.000000003",
    });
  });

  it("unknown is null, nothing is zero", () => {
    expect(figuresOf({ ...NOTHING, requests: 2, unpricedRequests: 2 })).toMatchObject({
      cost_usd: null,
      avg_cost_usd: null,
      avg_latency_ms: null,
    });
    expect(figuresOf(NOTHING)).toMatchObject({ cost_usd: "0", avg_cost_usd: null });
    expect(figuresOf({ ...NOTHING, requests: 1 })).toMatchObject({ cost_usd: "0", avg_cost_usd: "0" });
  });
});

describe("the order of rows", () => {
  const row = record({
    day: constantFrom("2026-01-01", "2026-01-02", "2026-01-03"),
    team: option(constantFrom("a", "B", "ä", "z")),
    cost: integer({ min: 0, max: 3 }),
  });

  it("guarantee G33: it does not depend on the order in which the book gives them", async () => {
    await assert(
      asyncProperty(array(row), boolean(), constantFrom(undefined, "cost", "team", "day", "requests"), async (drawn, up, sort) => {
        const distinct = [...new Map(drawn.map((each) => [`${each.day}/${each.team}`, each])).values()];
        const rows = distinct.map(({ day, team, cost }) => ({ ...NOTHING, keys: [day, team], requests: 1, costNanoUsd: BigInt(cost) }));
        const keysOf = async (given: AggregateRow[]): Promise<unknown> => {
          const request = {
            period: january,
            groupBy: ["day", "team"] as Dimension[],
            generatedAtMs: 0,
            direction: up ? "ascending" : "descending",
          } as const;
          const report = await buildReport(bookOf(given), { ...request, ...(sort && { sort }) });
          return report.rows.map((each) => [each.day, each.team]);
        };
        expect(await keysOf([...rows].reverse())).toEqual(await keysOf(rows));
      }),
    );
  });

  it("by time, then the dearest, then the name; what is not set comes last", async () => {
    const rows = [
      ["2026-01-02", "a", 1n],
      ["2026-01-01", null, 5n],
      ["2026-01-01", "b", 5n],
      ["2026-01-01", "a", 9n],
    ].map(([day, team, cost]) => ({ ...NOTHING, keys: [day, team] as (string | null)[], requests: 1, costNanoUsd: cost as bigint }));
    const report = await buildReport(bookOf(rows), { period: january, groupBy: ["day", "team"], generatedAtMs: 0 });
    expect(report.rows.map(({ day, team }) => [day, team])).toEqual([
      ["2026-01-01", "a"],
      ["2026-01-01", "b"],
      ["2026-01-01", null],
      ["2026-01-02", "a"],
    ]);
  });
});

describe("periods", () => {
  const noon = Date.parse("2026-03-31T12:00:00Z");

  it("a day of 23 hours is a whole day", () => {
    const day = periodOf("2026-03-08", "2026-03-08", "America/New_York");
    expect(day.endMs - day.startMs).toBe(23 * 3_600_000);
  });

  it("months back end where the shorter month does", () => {
    expect(lastPeriod("1m", noon, "UTC")).toMatchObject({ start: "2026-03-01", end: "2026-03-31" });
    expect(lastPeriod("1y", Date.parse("2028-02-29T00:00:00Z"), "UTC")).toMatchObject({ start: "2027-03-01", end: "2028-02-29" });
    expect(lastPeriod("2w", noon, "UTC")).toMatchObject({ start: "2026-03-18" });
  });

  it("today is the local day", () => {
    expect(namedPeriod("today", Date.parse("2026-03-01T02:00:00Z"), "America/New_York")).toMatchObject({
      start: "2026-02-28",
      end: "2026-02-28",
    });
  });

  it.each(["7", "d", "-1d", "0d", "1.5d", "7 d", "99999d", ""])("--last %j is no length", (length) => {
    expect(() => lastPeriod(length, noon, "UTC")).toThrow(/such as 7d or 3m/);
  });

  it("a month is compared with the same days of the one before, as far as it has them", async () => {
    const request = { period: namedPeriod("month", noon, "UTC"), groupBy: [], generatedAtMs: noon };
    const { comparison } = await buildCosts(bookOf([]), request, { comparePrevious: true });
    expect(comparison).toMatchObject({
      current: { range: { start: "2026-03-01", end: "2026-03-31" } },
      previous: { range: { start: "2026-02-01", end: "2026-02-28" } },
      change_usd: "0",
      change_percent: null,
    });
  });
});
