import { describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/index.ts";
import { priceBook } from "../../src/index.ts";
import { type AnalysisDocument, type AnalysisRequest, buildAnalysis, periodOf } from "../../src/insights/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { parseUsd } from "../../src/money.ts";
import { FakeClock } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { paidCall } from "./paid-call.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const START = Date.parse("2026-03-02T00:00:00Z");
const eightWeeks = periodOf("2026-03-02", "2026-04-26", "UTC");
const NOW = Date.parse("2026-04-27T08:00:00Z");

let ids = 0;
const paid = (timestampMs: number, usd: number, fields: Partial<UsageRecord> = {}): UsageRecord =>
  paidCall(`record-${ids++}`, timestampMs, usd, fields);

/** A small fast generator, so that every run tests the same. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const days = (count: number, usd: (day: number) => number, fields: Partial<UsageRecord> = {}): UsageRecord[] =>
  Array.from({ length: count }, (_, day) => paid(START + day * DAY_MS + 12 * HOUR_MS, usd(day), fields));

type Options = Partial<AnalysisRequest> & { budgets?: BudgetDefinition[] };

async function analyse(records: UsageRecord[], options: Options = {}): Promise<AnalysisDocument> {
  const { budgets = [], ...request } = options;
  const nowMs = request.generatedAtMs ?? NOW;
  const book = await openLedger("sqlite::memory:", { clock: new FakeClock(nowMs) });
  if (budgets.length > 0) await book.budgets.put(budgets);
  if (records.length > 0) await book.record(records);
  const document = await buildAnalysis(book, { period: eightWeeks, by: "model", bucket: "day", generatedAtMs: nowMs, ...request });
  await book.close();
  return document;
}

const sentences = ({ findings }: AnalysisDocument, kind?: string): string[] =>
  findings.filter((finding) => kind === undefined || finding.kind === kind).map(({ sentence }) => sentence);

const nano = (amount: string | number | undefined): bigint => parseUsd(String(amount));

function expectToAddUp(document: AnalysisDocument): void {
  const sums = document.buckets.map(() => 0n);
  for (const { components } of document.series) {
    for (const [i, value] of components.values.entries()) sums[i] = (sums[i] as bigint) + nano(value);
  }
  expect(document.total.components.values.map(nano)).toEqual(sums);
  for (const { components } of [document.total, ...document.series]) {
    components.values.forEach((value, i) => {
      const parts = [components.trend, components.oscillation, components.noise].map((part) => nano(part[i]));
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(nano(value));
    });
  }
}

describe("an analysis", () => {
  it("acceptance D7: eight weeks of days, $200 more on Mondays: the report names Monday and the amount", async () => {
    const random = randomFrom(7);
    const document = await analyse(days(56, (day) => 190 + 20 * random() + (day % 7 === 0 ? 200 : 0)));
    const [weekly] = document.total.rhythms;
    expect(weekly).toMatchObject({ name: "weekly", found: true, peak: "Monday" });
    expect(Math.abs(Number(weekly?.peak_excess) - 200)).toBeLessThan(10);
    expect(sentences(document, "rhythm")[0]).toMatch(
      /^Mondays cost \$(19\d|20\d)\.\d\d more than other days: a weekly rhythm \(p < 0\.001\)\.$/,
    );
    expect(sentences(document, "phase")[0]).toMatch(/^Spending is steady: no trend/);
    expectToAddUp(document);
  });

  it("acceptance D8: the whole and every model, holes filled with zeros, in parts that add up to the last digit", async () => {
    const document = await analyse([
      ...days(56, (day) => 3 + (day % 5) / 7),
      ...days(40, (day) => (day % 3 === 0 ? 2 : 0.123456789), { model: "gpt-5", provider: "openai" }),
      paid(START + 20 * DAY_MS, 1, { model: "claude-opus-4-1" }),
    ]);
    expect(document.series.map(({ name }) => name)).toEqual(["claude-sonnet-4-5", "gpt-5", "claude-opus-4-1"]);
    for (const { components } of document.series) expect(components.values).toHaveLength(56);
    expect(document.series[2]?.components.values.filter((value) => value !== "0")).toEqual(["1"]);
    expectToAddUp(document);
  });

  it("spending that grows is said to, by how much a week and how surely", async () => {
    const random = randomFrom(3);
    const document = await analyse(days(56, (day) => 100 * 1.02 ** day * (0.9 + 0.2 * random())));
    expect(document.total.phase.direction).toBe("rising");
    expect(document.total.phase.percent_per_week).toBeGreaterThan(8);
    expect(sentences(document, "phase")[0]).toMatch(/^Spending rises \d+ % a week \(p < 0\.001\)\.$/);
  });

  it("one day that stands out is told with the team, project and model that made it", async () => {
    const random = randomFrom(11);
    const usual = days(56, () => 90 + 20 * random(), { team: "search", project: "index" });
    const batch = paid(START + 30 * DAY_MS + 13 * HOUR_MS, 900, { team: "research", project: "evaluation", model: "claude-opus-4-1" });
    const document = await analyse([...usual, batch]);
    expect(document.total.anomalies).toHaveLength(1);
    const [anomaly] = document.total.anomalies;
    expect(anomaly?.start).toBe("2026-04-01T00:00:00.000Z");
    expect(Number(anomaly?.impact)).toBeGreaterThan(850);
    expect(anomaly?.causes.slice(0, 3).map(({ dimension, name }) => [dimension, name])).toEqual([
      ["model", "claude-opus-4-1"],
      ["team", "research"],
      ["project", "evaluation"],
    ]);
    for (const cause of anomaly?.causes.slice(0, 3) ?? []) expect(cause.impact).toBe("900");
    expect(sentences(document, "anomaly")[0]).toMatch(
      /^\$\d+\.\d\d on 1 April stands out: .*, mostly claude-opus-4-1, research and evaluation\.$/,
    );
  });

  it("a new level is told with its day", async () => {
    const random = randomFrom(5);
    const document = await analyse(days(56, (day) => (day < 28 ? 100 : 300) * (0.9 + 0.2 * random())));
    expect(document.total.change_points.map(({ at }) => at)).toEqual(["2026-03-30T00:00:00.000Z"]);
    expect(sentences(document, "change-point")[0]).toMatch(
      /^Spending is on another level since 30 March: \$(29|30|31)\d\.\d\d a day instead of \$(9|10)\d\.\d\d\.$/,
    );
  });

  it("a new level of working days is found over the weekends", async () => {
    const random = randomFrom(6);
    const records = days(56, (day) => (day < 28 ? 100 : 300) * (0.8 + 0.4 * random())).filter((_, day) => day % 7 < 5);
    const document = await analyse(records);
    expect(document.total.change_points.map(({ at }) => at)).toEqual(["2026-03-30T00:00:00.000Z"]);
    expect(Number(document.total.change_points[0]?.before)).toBeCloseTo(100, -2);
    expect(Number(document.total.change_points[0]?.after)).toBeGreaterThan(250);
  });

  it("hours: a daily rhythm, and a heat map of the local week", async () => {
    const random = randomFrom(2);
    const hours = Array.from({ length: 28 * 24 }, (_, hour) => {
      const local = (hour + 2) % 24;
      return paid(START + hour * HOUR_MS + 1, (local >= 9 && local < 17 ? 8 : 1) * (0.8 + 0.4 * random()));
    });
    const period = periodOf("2026-04-01", "2026-04-20", "Europe/Berlin");
    const moved = hours.map((record) => ({ ...record, timestampMs: record.timestampMs + 30 * DAY_MS }));
    const document = await analyse(moved, { bucket: "hour", period, generatedAtMs: Date.parse("2026-04-21T00:00:00Z") });
    expect(document.total.rhythms[0]).toMatchObject({ name: "daily", found: true });
    expect(document.heat_map).toHaveLength(7);
    expect(Number(document.heat_map?.[0]?.[9])).toBeGreaterThan(5);
    expect(Number(document.heat_map?.[0]?.[8])).toBeLessThan(2);
    expect(sentences(document, "rhythm")[0]).toMatch(/^Spending has a daily rhythm/);
    expectToAddUp(document);
  });

  it("only hours and days that are over stand in series; what has a time after now is told of", async () => {
    const document = await analyse([...days(56, () => 10), paid(NOW + HOUR_MS, 5), paid(NOW - HOUR_MS, 7)], {
      period: periodOf("2026-03-02", "2026-04-27", "UTC"),
    });
    expect(document.buckets.at(-1)).toBe("2026-04-26T00:00:00.000Z");
    expect(document.total.components.values.at(-1)).toBe("10");
    const future = await analyse([...days(56, () => 10), paid(NOW + 2 * DAY_MS, 5)], {
      period: periodOf("2026-03-02", "2026-04-30", "UTC"),
    });
    expect(future.warnings).toContain("1 request has a time after now: in the totals, in no series.");
    expect(future.totals.requests).toBe(57);
  });

  it("days before the book's first use are unknown, not empty; days without use in a book that is older are empty", async () => {
    const late = days(20, () => 10).map((record) => ({ ...record, timestampMs: record.timestampMs + 20 * DAY_MS }));
    expect((await analyse(late)).buckets[0]).toBe("2026-03-22T00:00:00.000Z");
    const older = await analyse([paid(START - 9 * DAY_MS, 1), ...late]);
    expect(older.buckets[0]).toBe("2026-03-02T00:00:00.000Z");
    expect(older.total.components.values[0]).toBe("0");
  });

  it("acceptance F5: $200 a day on Claude, a batch on Mondays, $5,000 a month: Monday, the warning with its date, and what it would cost elsewhere", async () => {
    const random = randomFrom(42);
    // At $15 and $75 a million: $200.
    const tokens = { input: 10_000_000, output: 666_667 };
    const calls: UsageRecord[] = [];
    for (let day = 0; day < 70; day++) {
      const at = Date.parse("2026-03-02T00:00:00Z") + day * DAY_MS;
      for (const hour of [9, 15]) {
        const factor = 0.45 + 0.1 * random();
        const used = { input: Math.round(tokens.input * factor), output: Math.round(tokens.output * factor) };
        const { reportedCostNanoUsd: _, ...call } = paid(at + hour * HOUR_MS, 0, { tokens: used, model: "claude-opus-4-1" });
        calls.push(call);
      }
      if (day % 7 === 0) {
        const { reportedCostNanoUsd: _, ...batch } = paid(at + 2 * HOUR_MS, 0, { tokens, model: "claude-opus-4-1", project: "batch" });
        calls.push(batch);
      }
    }
    const nowMs = Date.parse("2026-05-11T00:00:00Z");
    const document = await analyse(calls, {
      period: periodOf("2026-03-02", "2026-05-10", "UTC"),
      generatedAtMs: nowMs,
      budgets: [
        {
          name: "month",
          scope: {},
          amountNanoUsd: parseUsd("5000"),
          period: "monthly",
          alerts: [],
          enforcement: "notify_only",
          hard: false,
        },
      ],
    });
    expect(sentences(document, "rhythm")[0]).toMatch(/^Mondays cost \$(1[89]\d|20\d|21\d)\.\d\d more than other days/);
    expect(sentences(document)[0]).toMatch(/^Budget month: it will pass \$5,000 on \d\d May with (more than )?\d+ % probability\.$/);
    expect(Date.parse(document.budgets[0]?.runs_out_at.p50 ?? "")).toBeGreaterThan(nowMs);
    const [alternative] = document.alternatives;
    expect(alternative?.model).toBe("claude-opus-4-1");
    // Not one that only a single list still remembers.
    const offered = priceBook()
      .entries()
      .find(({ provider, model }) => provider === "anthropic" && model === alternative?.alternative);
    expect(offered?.sources.length).toBeGreaterThan(1);
    const whole = calls.reduce(
      (sum, call) => ({ input: sum.input + (call.tokens.input ?? 0), output: sum.output + (call.tokens.output ?? 0) }),
      { input: 0, output: 0 },
    );
    const elsewhere = priceBook().cost({
      provider: "anthropic",
      model: alternative?.alternative ?? "",
      at: nowMs,
      tokens: whole,
      requestInputTokens: 1,
    });
    if ("unpriced" in elsewhere) throw new Error(elsewhere.reason);
    expect(nano(alternative?.alternative_cost_usd) - BigInt(elsewhere.costNanoUsd)).toBeLessThan(1000n);
    expect(nano(alternative?.cost_usd) - nano(alternative?.alternative_cost_usd)).toBe(nano(alternative?.saving_usd));
    expect(sentences(document, "alternative")[0]).toContain(`would have cost`);
    expect(sentences(document, "alternative")[0]).toContain("whether that does the work, tokens can't show");
  });

  it("the same bytes twice, in whatever order the records came", async () => {
    const records = [
      ...days(56, (day) => 10 + (day % 3)),
      ...days(56, (day) => 5 + (day % 4), { model: "gpt-5", provider: "openai", team: "red" }),
    ];
    expect(JSON.stringify(await analyse([...records].reverse(), { by: "team" }))).toBe(
      JSON.stringify(await analyse(records, { by: "team" })),
    );
  });
});

describe("an analysis in a zone", () => {
  it("days are local days, of 23 hours too, and each call stands in its own", async () => {
    const zone = "America/New_York";
    const local = ["2026-03-06T04:59:59Z", "2026-03-06T05:00:00Z", "2026-03-08T12:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"];
    const document = await analyse(
      local.map((time, i) => paid(Date.parse(time), i + 1)),
      { period: periodOf("2026-03-05", "2026-03-10", zone) },
    );
    expect(document.buckets.map((start) => start.slice(5, 16))).toEqual([
      "03-05T05:00",
      "03-06T05:00",
      "03-07T05:00",
      "03-08T05:00",
      "03-09T04:00",
      "03-10T04:00",
    ]);
    expect(document.total.components.values).toEqual(["1", "2", "0", "7", "5", "0"]);
    expectToAddUp(document);
  });

  it("hours are whole hours, also where the day begins at half past", async () => {
    const period = periodOf("2026-03-02", "2026-03-03", "Asia/Kolkata");
    const first = period.startMs;
    const document = await analyse([paid(first + 60_000, 1), paid(first + HOUR_MS, 2), paid(first + 3 * HOUR_MS, 3)], {
      period,
      bucket: "hour",
    });
    expect(document.buckets[0]).toBe("2026-03-01T19:00:00.000Z");
    expect(document.total.components.values.slice(0, 3)).toEqual(["2", "0", "3"]);
    expect(document.totals.requests).toBe(3);
  });

  it("more than three years of hours are refused, days are not", async () => {
    const period = periodOf("2020-01-01", "2026-04-26", "UTC");
    await expect(
      analyse(
        days(3, () => 1),
        { period, bucket: "hour" },
      ),
    ).rejects.toThrow("bucket: hours from 2020-01-01 to 2026-04-26 are too many");
    expect(
      (
        await analyse(
          days(3, () => 1),
          { period },
        )
      ).totals.requests,
    ).toBe(3);
  });
});

describe("an analysis by the hour", () => {
  it("acceptance D7: a batch of one hour every Monday night is found, with its amount, and is no anomaly", async () => {
    const random = randomFrom(9);
    const records: UsageRecord[] = [];
    for (let day = 0; day < 56; day++) {
      for (let hour = 8; hour < 18; hour++) records.push(paid(START + day * DAY_MS + hour * HOUR_MS, 20 * (0.7 + 0.6 * random())));
      if (day % 7 === 0) records.push(paid(START + day * DAY_MS + 2 * HOUR_MS, 190 + 20 * random(), { project: "batch" }));
    }
    const document = await analyse(records, { bucket: "hour" });
    const weekly = document.total.rhythms.find(({ name }) => name === "weekly");
    expect(weekly).toMatchObject({ found: true, peak: "Monday" });
    expect(Math.abs(Number(weekly?.peak_excess) - 200)).toBeLessThan(20);
    expect(sentences(document, "rhythm").join(" ")).toMatch(/Mondays cost \$(1[89]|20|21)\d\.\d\d more than other days/);
    expect(document.total.anomalies.filter(({ start }) => start.includes("T02:00"))).toEqual([]);
  });

  it("a book that is idle most of the time: use is no anomaly, and hours drawn at random have no levels", async () => {
    let claims = 0;
    for (let seed = 0; seed < 12; seed++) {
      const random = randomFrom(500 + seed);
      const share = [0.02, 0.1, 0.3, 0.6][seed % 4] as number;
      const records: UsageRecord[] = [];
      for (let hour = 0; hour < 28 * 24; hour++) if (random() < share) records.push(paid(START + hour * HOUR_MS, 1 + 4 * random()));
      const { total } = await analyse(records, { bucket: "hour", period: periodOf("2026-03-02", "2026-03-29", "UTC") });
      claims += total.anomalies.length + total.change_points.length + total.rhythms.filter(({ found }) => found).length;
    }
    expect(claims).toBeLessThanOrEqual(4);
  });
});

describe("an analysis is honest", () => {
  it("random days: rhythm, direction and anomalies are claimed no more often than their tests err", async () => {
    let [rhythms, rising, anomalies, changes] = [0, 0, 0, 0];
    const books = 60;
    for (let seed = 0; seed < books; seed++) {
      const random = randomFrom(1000 + seed);
      const document = await analyse(days(56, () => 50 + 100 * random()));
      if (document.total.rhythms.some(({ found }) => found)) rhythms++;
      if (document.total.phase.direction !== "steady") rising++;
      anomalies += document.total.anomalies.length;
      changes += document.total.change_points.length;
      for (const { found, p } of document.total.rhythms) if (found) expect(p).toBeLessThan(0.05);
      expect(sentences(document, "rhythm").length).toBeGreaterThan(0);
    }
    // At a nominal 5 %, 60 books give 3; more than 8 would come about once in 200 times.
    expect(rhythms).toBeLessThanOrEqual(8);
    expect(rising).toBeLessThanOrEqual(8);
    expect(changes).toBeLessThanOrEqual(5);
    // Half a false one a week is the most that is promised.
    expect(anomalies).toBeLessThanOrEqual((books * 8) / 2);
  });

  it("what was looked for and is not there is said, with its p", async () => {
    const random = randomFrom(1);
    const document = await analyse(days(56, () => 50 + 100 * random()));
    expect(sentences(document, "rhythm").some((sentence) => /^No weekly rhythm \(p = 0\.\d\d\)\.$/.test(sentence))).toBe(true);
  });

  it.each([
    ["an empty book", []],
    ["one record", [paid(START + DAY_MS, 10)]],
    ["one day", Array.from({ length: 24 }, (_, hour) => paid(START + hour * HOUR_MS, 1))],
    ["a year of zeros", days(56, () => 0)],
    ["three days", days(3, () => 10)],
  ] as [string, UsageRecord[]][])("bad input: %s: said to be too little, by the day and by the hour", async (_, records) => {
    for (const bucket of ["day", "hour"] as const) {
      const document = await analyse(records, { bucket, period: periodOf("2026-03-02", "2026-03-04", "UTC") });
      expect(JSON.stringify(document)).not.toMatch(/NaN|Infinity|undefined/);
      if (bucket === "day" || records.length < 2) expect(document.total.insufficient).not.toBeNull();
      expect(document.total.anomalies).toEqual([]);
      expect(document.total.change_points).toEqual([]);
      expect(document.total.rhythms.filter(({ found }) => found)).toEqual([]);
      expect(["steady", "unknown"]).toContain(document.total.phase.direction);
    }
  });

  it("bad input: a hole of a month and huge costs give whole documents that add up", async () => {
    const holes = await analyse(days(56, (day) => (day > 12 && day < 43 ? 0 : 10 + (day % 3))));
    expectToAddUp(holes);
    const huge = await analyse(days(56, (day) => 9_000_000 - day));
    expectToAddUp(huge);
    expect(JSON.stringify(huge)).not.toMatch(/NaN|Infinity/);
  });

  it("bad input: ten thousand models: the largest have a series each, the others one together", async () => {
    const records = Array.from({ length: 10_000 }, (_, i) =>
      paid(START + (i % 40) * DAY_MS, i < 30 ? 50 + i : 0.001, { model: `model-${i}`, provider: "x" }),
    );
    const document = await analyse(records);
    expect(document.totals.names).toBe(10_000);
    expect(document.series).toHaveLength(21);
    expect(document.series.at(-1)).toMatchObject({ name: null, names: 9980 });
    expect(document.warnings).toContain("Of 10000 models the 20 largest have a series each; the others have one together.");
    expectToAddUp(document);
  });

  it("nothing priced: series of tokens, money unknown, never zero", async () => {
    const unpriced = days(30, () => 0).map(({ reportedCostNanoUsd: _, ...record }) => ({ ...record, provider: "x", model: "house" }));
    const document = await analyse(unpriced);
    expect(document).toMatchObject({ unit: "tokens", totals: { cost_usd: null, unpriced_requests: 30 }, alternatives: [] });
    expect(document.total.components.values[0]).toBe(1100);
    expect(document.warnings).toContain("Nothing in this range has a price; all series are of tokens.");
  });

  it("names from outside stand in sentences without their control characters", async () => {
    const random = randomFrom(11);
    const usual = days(56, () => 90 + 20 * random(), { team: "search" });
    const document = await analyse([...usual, paid(START + 30 * DAY_MS, 900, { team: "\u001b[31m" })], { by: "team" });
    expect(sentences(document).join(" ")).not.toContain("\u001b");
  });
});
