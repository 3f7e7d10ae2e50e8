import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUsd, parseUsd } from "../../src/money.ts";
import { restOfRows, type Sums, sumOfRows } from "../../web/src/api/rest-of-rows.ts";
import { bucketGrid, bucketStart, daysOfSpan, usualBucket } from "../../web/src/charts/bucket-grid.ts";
import { closerDimension } from "../../web/src/views/explore/dimensions.ts";
import { exploreQuestion } from "../../web/src/views/explore/explore-question.ts";
import { namedSeries, type Row, timesOf } from "../../web/src/views/explore/explore-series.ts";

const DAYS = ["2026-05-01", "2026-05-02", "2026-05-03"];
const AFTER_MS = Date.parse("2026-06-01T00:00:00Z");

/** Calls as a book would add them up. */
const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    day: fc.constantFrom(...DAYS),
    model: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", null),
    nanoUsd: fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n })),
    tokens: fc.nat(10_000),
  }),
  { maxLength: 80 },
);
interface Call {
  day: string;
  model: string | null;
  nanoUsd: bigint | null;
  tokens: number;
}

function sumsOf(of: readonly Call[]): Sums {
  const priced = of.filter(({ nanoUsd }) => nanoUsd !== null);
  const tokens = of.reduce((sum, call) => sum + call.tokens, 0);
  return {
    requests: of.length,
    input_tokens: tokens,
    output_tokens: 1,
    total_tokens: tokens + 1,
    cost_usd: of.length > 0 && priced.length === 0 ? null : formatUsd(priced.reduce((sum, { nanoUsd }) => sum + (nanoUsd ?? 0n), 0n)),
    unpriced_requests: of.length - priced.length,
  };
}

function grouped(of: readonly Call[], by: readonly ("day" | "model")[]): Row[] {
  const groups = new Map<string, Call[]>();
  for (const call of of) {
    const key = JSON.stringify(by.map((name) => call[name]));
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  const rows = [...groups.values()].map((group) => ({
    ...sumsOf(group),
    ...Object.fromEntries(by.map((name) => [name, group[0]?.[name] ?? null])),
  }));
  return rows.sort((a, b) => Number(parseUsd(b.cost_usd ?? "0") - parseUsd(a.cost_usd ?? "0"))) as Row[];
}

const asked = { by: "model", bucket: "day", measure: "cost", form: "bars", timeZone: "UTC" } as const;

describe("the series of Explore", () => {
  test("add up to the totals of each day, to the last digit, however much of the small amounts an answer leaves out", () => {
    fc.assert(
      fc.property(calls, fc.nat(60), (made, kept) => {
        const totals = grouped(made, ["day"]);
        const times = timesOf(bucketGrid({ start: "2026-05-01", end: "2026-05-03" }, "day", "UTC", AFTER_MS), totals, asked);
        const cells = grouped(made, ["day", "model"]).slice(0, kept);
        const series = namedSeries(times, { names: grouped(made, ["model"]), cells, totals }, asked);
        for (const [place, time] of times.entries()) {
          const row = totals.find(({ day }) => Date.parse(`${day}T00:00:00Z`) === time);
          const drawn = series.reduce((sum, { exact }) => sum + parseUsd(exact?.[place] ?? "0"), 0n);
          expect(formatUsd(drawn)).toBe(formatUsd(parseUsd(row?.cost_usd ?? "0")));
        }
      }),
    );
  });

  test("show eight names and the others; what has no name is called none, and in brackets where a model is called so", () => {
    const made = [..."abcdefghij"].map((model, place) => ({ day: "2026-05-01", model, nanoUsd: BigInt(100 - place), tokens: 1 }));
    const series = seriesOf([...made, { day: "2026-05-01", model: null, nanoUsd: 1000n, tokens: 1 }]);
    expect(series.map(({ name }) => name)).toEqual(["none", "a", "b", "c", "d", "e", "f", "g", "others"]);
    const named = seriesOf([
      { day: "2026-05-01", model: "none", nanoUsd: 9n, tokens: 1 },
      { day: "2026-05-01", model: null, nanoUsd: 8n, tokens: 1 },
    ]);
    expect(named.map(({ name }) => name)).toEqual(["none", "(none)"]);
  });

  test("a day without calls is nothing, a day of calls without a price is unknown", () => {
    const [series] = seriesOf([
      { day: "2026-05-01", model: "a", nanoUsd: 5n, tokens: 1 },
      { day: "2026-05-03", model: "a", nanoUsd: null, tokens: 1 },
    ]);
    expect(series?.values).toEqual([5e-9, 0, null]);
  });

  test("of tags the others are added up, because calls with two tags stand in two rows", () => {
    const cells = [..."abcdefghij"].map((tag) => ({ ...sumsOf([]), requests: 1, cost_usd: "2", day: "2026-05-01", tag })) as Row[];
    const totals = [{ ...sumsOf([]), requests: 5, cost_usd: "10", day: "2026-05-01" }] as Row[];
    const series = namedSeries([Date.parse("2026-05-01")], { names: cells, cells, totals }, { ...asked, by: "tag" });
    expect(series.at(-1)?.exact).toEqual(["4"]);
  });

  function seriesOf(made: Call[]) {
    const totals = grouped(made, ["day"]);
    const times = bucketGrid({ start: "2026-05-01", end: "2026-05-03" }, "day", "UTC", AFTER_MS);
    return namedSeries(times, { names: grouped(made, ["model"]), cells: grouped(made, ["day", "model"]), totals }, asked);
  }
});

describe("what rows leave out", () => {
  test("and the rows are the totals", () => {
    fc.assert(
      fc.property(calls, fc.nat(12), (made, shown) => {
        const rows = grouped(made, ["model"]);
        const rest = restOfRows({ ...sumOfRows(rows) }, rows.slice(0, shown));
        expect(rest).toEqual(sumOfRows(rows.slice(shown)));
      }),
    );
  });
});

describe("buckets", () => {
  test.each([
    [1, "hour"],
    [3, "hour"],
    [4, "day"],
    [100, "day"],
    [101, "week"],
    [731, "week"],
    [732, "month"],
  ] as const)("%i days are drawn by %s", (days, bucket) => expect(usualBucket(days)).toBe(bucket));

  test("a day on which the clock jumps has its hours, no more and no fewer", () => {
    const hours = (day: string) => bucketGrid({ start: day, end: day }, "hour", "Europe/Berlin", AFTER_MS).length;
    expect([hours("2026-03-28"), hours("2026-03-29"), hours("2025-10-26")]).toEqual([24, 23, 25]);
  });

  test("begin at the zone's midnight, weeks on Mondays, and none begins in the future", () => {
    const nowMs = Date.parse("2026-05-07T12:00:00Z");
    const weeks = bucketGrid({ start: "2026-04-29", end: "2026-05-31" }, "week", "America/New_York", nowMs);
    expect(weeks.map((at) => new Date(at).toISOString())).toEqual(["2026-04-27T04:00:00.000Z", "2026-05-04T04:00:00.000Z"]);
    expect(bucketStart("2026-05", "America/New_York")).toBe(Date.parse("2026-05-01T04:00:00Z"));
    expect(bucketStart("2026-05-01T03:00:00-04:00", "America/New_York")).toBe(Date.parse("2026-05-01T07:00:00Z"));
  });

  test("a span that was dragged over becomes whole days", () => {
    const [startMs, endMs] = [Date.parse("2026-05-01T04:00:00Z"), Date.parse("2026-05-04T04:00:00Z")];
    expect(daysOfSpan(startMs, endMs, "America/New_York")).toEqual({ start: "2026-05-01", end: "2026-05-03" });
  });
});

describe("the address of Explore", () => {
  const question = (words: Record<string, string>, filters = {}) =>
    exploreQuestion({ word: (name) => words[name], dayCount: 30, days: { start: "2026-05-01", end: "2026-05-30" }, filters });

  test("asks by model, by day, of cost, where it says nothing or nothing that is known", () => {
    const usual = { by: "model", bucket: "day", measure: "cost", form: "bars" };
    expect(question({})).toMatchObject(usual);
    expect(question({ by: "constructor", bucket: "second", measure: "toString", chart: "pie" })).toMatchObject(usual);
  });

  test("keeps filters that sums know, and says which it can't hold to", () => {
    const { parameters, ignored } = question({}, { team: ["x"], key: ["k"] });
    expect(parameters).toEqual({ start: "2026-05-01", end: "2026-05-30", team: ["x"] });
    expect(ignored).toEqual(["key"]);
  });

  test("a name leads to the next dimension that is still open", () => {
    expect(closerDimension("team", {})).toBe("user");
    expect(closerDimension("team", { user: ["u"] })).toBe("project");
    expect(closerDimension("model", { team: ["t"], user: ["u"], project: ["p"], tag: ["g"] })).toBe("day");
  });
});
