import { describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/index.ts";
import { buildForecast, type ForecastDocument, type ForecastRequest } from "../../src/insights/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { parseUsd } from "../../src/money.ts";
import { FakeClock } from "../../src/testing/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { paidCall } from "./paid-call.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.parse("2026-05-16T00:00:00Z");

const paid = (timestampMs: number, usd: number, fields: Partial<UsageRecord> = {}): UsageRecord =>
  paidCall(`${timestampMs}-${fields.team ?? ""}-${fields.user ?? ""}`, timestampMs, usd, fields);

/** One call at noon of each of the days before `NOW`. */
const daily = (days: number, usd: (daysAgo: number) => number, fields: Partial<UsageRecord> = {}): UsageRecord[] =>
  Array.from({ length: days }, (_, i) => paid(NOW - (i + 1) * DAY_MS + 12 * HOUR_MS, usd(i + 1), fields));

const budget = (fields: Partial<BudgetDefinition>): BudgetDefinition => ({
  name: "all",
  scope: {},
  alerts: [],
  enforcement: "notify_only",
  hard: false,
  ...fields,
});

async function forecastOf(
  records: UsageRecord[],
  options: Partial<ForecastRequest> & { budgets?: BudgetDefinition[] } = {},
): Promise<ForecastDocument> {
  const { budgets = [], ...request } = options;
  const nowMs = request.generatedAtMs ?? NOW;
  const book = await openLedger("sqlite::memory:", { clock: new FakeClock(nowMs) });
  if (budgets.length > 0) await book.budgets.put(budgets);
  if (records.length > 0) await book.record(records);
  const document = await buildForecast(book, { timeZone: "UTC", generatedAtMs: nowMs, ...request });
  await book.close();
  return document;
}

const sentences = (document: ForecastDocument): string[] => document.findings.map(({ sentence }) => sentence);
const usd = (text: string | undefined): number => Number(text);
const dollars = (amount: number): bigint => parseUsd(amount);

describe("a forecast of the month", () => {
  it("even spending goes on evenly: half of the month is spent, the other half comes", async () => {
    const { period } = await forecastOf(daily(60, () => 10));
    expect(period.window).toEqual({ start: "2026-05-01T00:00:00.000Z", end: "2026-06-01T00:00:00.000Z" });
    expect(period.spent_usd).toBe("150");
    expect(usd(period.total_usd?.p50)).toBeCloseTo(310, -1);
    expect(period).toMatchObject({ method: "seasonal", quality: "tested" });
  });

  it("the burn chart runs from the month's first day to now, and in a cone to its last", async () => {
    const { period } = await forecastOf(daily(60, (day) => 10 + (day % 3)));
    const past = period.burn.filter(({ spent_usd }) => spent_usd !== null);
    const future = period.burn.filter(({ p50_usd }) => p50_usd !== null);
    expect(past.map(({ at }) => at.slice(0, 10))).toEqual([
      ...Array.from({ length: 15 }, (_, i) => `2026-05-${String(i + 2).padStart(2, "0")}`),
      "2026-05-16",
    ]);
    expect(past.at(-1)?.spent_usd).toBe(period.spent_usd);
    expect(future.map(({ at }) => at.slice(5, 10))).toEqual([...Array.from({ length: 15 }, (_, i) => `05-${17 + i}`), "06-01"]);
    const last = future.at(-1);
    expect([last?.p10_usd, last?.p50_usd, last?.p90_usd]).toEqual(Object.values(period.total_usd ?? {}));
    for (const [i, point] of future.entries()) {
      expect(usd(point.p10_usd ?? "")).toBeLessThanOrEqual(usd(point.p50_usd ?? ""));
      expect(usd(point.p50_usd ?? "")).toBeLessThanOrEqual(usd(point.p90_usd ?? ""));
      if (i > 0) expect(usd(point.p10_usd ?? "")).toBeGreaterThanOrEqual(usd(future[i - 1]?.p10_usd ?? ""));
    }
  });

  it("of the day that is under way only what is left of it is still to come", async () => {
    const noon = NOW + 12 * HOUR_MS;
    const at = async (nowMs: number) =>
      usd(
        (
          await forecastOf(
            daily(60, () => 10),
            { generatedAtMs: nowMs },
          )
        ).period.total_usd?.p50,
      );
    expect((await at(NOW)) - (await at(noon))).toBeCloseTo(5, 0);
  });

  it("a limit below what is spent is passed since a day of the past; one far above will hardly be", async () => {
    const over = await forecastOf(
      daily(60, () => 10),
      { limitNanoUsd: dollars(100) },
    );
    expect(over.limit).toMatchObject({ amount_usd: "100", probability_of_exceeding: 1 });
    expect(over.limit?.runs_out_at.p50).toBe("2026-05-12T00:00:00.000Z");
    const under = await forecastOf(
      daily(60, () => 10),
      { limitNanoUsd: dollars(2000) },
    );
    expect(under.limit?.probability_of_exceeding).toBeLessThan(0.1);
    expect(under.limit?.runs_out_at).toEqual({ p10: null, p50: null, p90: null });
    expect(sentences(under)).toContain("It will hardly pass $2,000.");
  });

  it("of what has no known price no cost is told, and no score of such forecasts", async () => {
    const unpriced = daily(60, () => 0, { model: "nobody-knows" }).map(({ reportedCostNanoUsd: _, ...record }) => record);
    const document = await forecastOf(unpriced, { limitNanoUsd: dollars(5) });
    expect(sentences(document)).toEqual(["What this month will cost can't be told: none of its requests has a known price."]);
    expect(document.self_score).toBeNull();
    expect(document.period).toMatchObject({ total_usd: null, method: "none", quality: "none" });
    expect(document.limit).toMatchObject({ probability_of_exceeding: null, runs_out_at: { p50: null } });
  });

  it("a limit in between is passed on the day on which even spending reaches it", async () => {
    const { limit, findings } = await forecastOf(
      daily(60, () => 10),
      { limitNanoUsd: dollars(200) },
    );
    expect(limit?.probability_of_exceeding).toBeGreaterThan(0.9);
    expect(Math.abs(Date.parse(limit?.runs_out_at.p50 ?? "") - (NOW + 5 * DAY_MS))).toBeLessThan(DAY_MS);
    expect(findings.find(({ kind, sentence }) => kind === "forecast" && sentence.includes("$200"))?.sentence).toMatch(
      /^It will pass \$200\.00 on 2[01] May with (more than )?\d+ % probability\.$/,
    );
  });

  it("is monotone: the more is spent on each day, the dearer the month; the higher the limit, the less it is exceeded", async () => {
    const totals = [];
    for (const each of [5, 10, 20]) totals.push(usd((await forecastOf(daily(60, (day) => each + (day % 4)))).period.total_usd?.p50));
    expect([...totals].sort((a, b) => a - b)).toEqual(totals);
    const chances = [];
    for (const limit of [250, 350, 400, 500])
      chances.push(
        (
          await forecastOf(
            daily(60, (day) => 8 + ((day * 7) % 11)),
            { limitNanoUsd: dollars(limit) },
          )
        ).limit?.probability_of_exceeding ?? 0,
      );
    expect([...chances].sort((a, b) => b - a)).toEqual(chances);
  });

  it("the past scores the forecasts; a short one says that it can't", async () => {
    const long = await forecastOf(daily(120, (day) => 10 + ((day * 13) % 7)));
    expect(long.self_score?.forecasts).toBeGreaterThan(5);
    expect(long.self_score?.coverage_80).toBeGreaterThan(0.5);
    const short = await forecastOf(daily(4, () => 10));
    expect(short.self_score).toBeNull();
    expect(short.period.quality).toBe("low-data");
    expect(sentences(short)).toContain("The past is too short to try such forecasts on it.");
  });

  it.each([
    ["an empty book", []],
    ["a book of the future", [paid(NOW + 5 * DAY_MS, 10)]],
  ])("%s: nothing to forecast from, and no number", async (_, records) => {
    const document = await forecastOf(records, { limitNanoUsd: dollars(10) });
    expect(document.period).toMatchObject({ total_usd: null, method: "none", quality: "none" });
    expect(document.limit).toMatchObject({ probability_of_exceeding: null, runs_out_at: { p10: null, p50: null, p90: null } });
    expect(document.self_score).toBeNull();
    expect(sentences(document)).toContain("There is no past spending to forecast from.");
  });

  it.each([
    ["one record", [paid(NOW - 3 * DAY_MS, 10)]],
    ["a year of zeros", daily(365, () => 0)],
    ["a hole of a month", [...daily(90, (day) => (day > 30 && day < 61 ? 0 : 10))]],
    ["huge costs", daily(60, () => 9_000_000)],
  ])("bad input: %s gives a whole document", async (_, records) => {
    const document = await forecastOf(records, { limitNanoUsd: dollars(100) });
    expect(JSON.stringify(document)).not.toMatch(/NaN|Infinity|undefined/);
    expect(document.period.total_usd).not.toBeNull();
  });

  it("a limit below zero is refused", async () => {
    await expect(forecastOf([], { limitNanoUsd: -1n })).rejects.toThrow("limit: ");
  });

  it("the same bytes twice", async () => {
    const records = daily(80, (day) => 10 + ((day * 29) % 17));
    const budgets = [budget({ amountNanoUsd: dollars(300), period: "monthly" })];
    const document = async (list: UsageRecord[]) => JSON.stringify(await forecastOf(list, { budgets }));
    expect(await document([...records].reverse())).toBe(await document(records));
  });
});

describe("forecasts of budgets", () => {
  it("acceptance F5 (ii): a month's budget is warned of before it is passed, with the date", async () => {
    const { budgets, findings } = await forecastOf(
      daily(75, (day) => (day % 7 === 5 ? 400 : 200)),
      {
        budgets: [budget({ name: "claude", amountNanoUsd: dollars(5000), period: "monthly" })],
      },
    );
    const [claude] = budgets;
    expect(usd(claude?.spent_usd)).toBeLessThan(5000);
    expect(claude?.probability_of_exceeding).toBeGreaterThan(0.8);
    expect(Date.parse(claude?.runs_out_at.p50 ?? "")).toBeGreaterThan(NOW);
    expect(Date.parse(claude?.runs_out_at.p50 ?? "")).toBeLessThan(Date.parse("2026-06-01T00:00:00Z"));
    expect(claude?.predicted_zone.p50).toBe("red");
    expect(findings[0]?.sentence).toMatch(/^Budget claude: it will pass \$5,000 on 2\d May with (more than )?\d+ % probability\.$/);
  });

  it("one cheap call is no warning that a budget may be passed, though one day leaves a chance to it", async () => {
    const { budgets, findings } = await forecastOf(
      daily(1, () => 0.003),
      { budgets: [budget({ amountNanoUsd: dollars(50), period: "monthly" })], limitNanoUsd: dollars(50) },
    );
    expect(budgets[0]?.probability_of_exceeding).toBeGreaterThan(0.1);
    expect(budgets[0]?.runs_out_at.p10).toBeNull();
    expect(findings.filter(({ kind }) => kind === "budget")).toEqual([]);
    expect(findings.map(({ sentence }) => sentence)).toContain("It will hardly pass $50.00, as far as so few days can tell.");
  });

  it("each budget by its own scope and window; the most endangered is spoken of first", async () => {
    const records = [...daily(60, () => 10, { team: "red" }), ...daily(60, () => 30, { team: "blue" })];
    const { budgets, findings } = await forecastOf(records, {
      budgets: [
        budget({ name: "red month", scope: { team: "red" }, amountNanoUsd: dollars(290), period: "monthly" }),
        budget({ name: "blue month", scope: { team: "blue" }, amountNanoUsd: dollars(450), period: "monthly" }),
        budget({ name: "year", amountNanoUsd: dollars(1_000_000), period: "yearly" }),
      ],
    });
    expect(Object.fromEntries(budgets.map(({ name, spent_usd }) => [name, spent_usd]))).toEqual({
      "red month": "150",
      "blue month": "450",
      year: "2400",
    });
    expect(budgets.find(({ name }) => name === "year")?.probability_of_exceeding).toBeLessThan(0.1);
    expect(findings[0]?.sentence).toContain('"blue month"');
    expect(findings.map(({ sentence }) => sentence).join()).not.toContain("Budget year");
  });

  it("of each user the ones that used most are forecast, and the others told of", async () => {
    const records = Array.from({ length: 14 }, (_, user) =>
      daily(20, () => user + 1, { user: `user-${String(user).padStart(2, "0")}` }),
    ).flat();
    const { budgets, warnings } = await forecastOf(records, {
      budgets: [budget({ name: "each", scope: { user: "*" }, amountNanoUsd: dollars(200), period: "monthly" })],
    });
    expect(budgets).toHaveLength(10);
    expect(budgets[0]).toMatchObject({ name: "each", value: "user-13", spent_usd: "210", probability_of_exceeding: 1 });
    expect(warnings).toEqual(["Budget each: of 14 counters the 10 that used most are forecast."]);
  });

  it("a day's budget is forecast by the hour", async () => {
    const nowMs = NOW + 12 * HOUR_MS;
    const hours = Array.from({ length: 20 * 24 + 12 }, (_, i) => paid(nowMs - (i + 1) * HOUR_MS, 1));
    const { budgets } = await forecastOf(hours, {
      generatedAtMs: nowMs,
      budgets: [budget({ amountNanoUsd: dollars(20), period: "daily" })],
    });
    expect(budgets[0]).toMatchObject({ spent_usd: "12", window: { end: "2026-05-17T00:00:00.000Z" } });
    expect(usd(budgets[0]?.total_usd?.p50)).toBeCloseTo(24, 0);
    expect(Math.abs(Date.parse(budgets[0]?.runs_out_at.p50 ?? "") - (nowMs + 8 * HOUR_MS))).toBeLessThanOrEqual(HOUR_MS);
    expect(budgets[0]?.burn_rates.hour).toBeCloseTo(24 / 20, 1);
  });

  it("a sliding week forgets what leaves it: even spending below its amount stays below", async () => {
    const hours = Array.from({ length: 40 * 24 }, (_, i) => paid(NOW - (i + 1) * HOUR_MS, 1));
    const of = async (amount: number) =>
      (await forecastOf(hours, { budgets: [budget({ amountNanoUsd: dollars(amount), windowMs: 7 * DAY_MS })] })).budgets[0];
    const roomy = await of(250);
    expect(roomy?.probability_of_exceeding).toBeLessThan(0.1);
    expect(usd(roomy?.total_usd?.p50)).toBeGreaterThan(150);
    expect(usd(roomy?.total_usd?.p50)).toBeLessThan(190);
    expect((await of(100))?.probability_of_exceeding).toBe(1);
  });

  it("a budget without an end has no end to forecast, but a day on which it runs out", async () => {
    const { budgets } = await forecastOf(
      daily(60, () => 10),
      { budgets: [budget({ amountNanoUsd: dollars(800), period: "lifetime" })] },
    );
    expect(budgets[0]?.window.end).toBe("9999-12-31T23:59:59.999Z");
    expect(budgets[0]).toMatchObject({
      spent_usd: "600",
      total_usd: null,
      probability_of_exceeding: null,
      predicted_zone: { p50: null, p90: null },
    });
    expect(Math.abs(Date.parse(budgets[0]?.runs_out_at.p50 ?? "") - (NOW + 20 * DAY_MS))).toBeLessThan(3 * DAY_MS);
  });

  it("what can't be forecast is told of: tokens, minutes, counters of several values", async () => {
    const { budgets, warnings } = await forecastOf(
      daily(10, () => 1, { team: "red", user: "ann" }),
      {
        budgets: [
          budget({ name: "tokens", maxTokens: 1000, period: "daily" }),
          budget({ name: "minute", amountNanoUsd: dollars(1), windowMs: 60_000 }),
          budget({ name: "pairs", scope: { team: "*", user: "*" }, amountNanoUsd: dollars(1), period: "monthly" }),
        ],
      },
    );
    expect(budgets).toEqual([]);
    expect(warnings.map((warning) => warning.split(":")[0])).toEqual(["Budget tokens", "Budget minute", "Budget pairs"]);
  });

  it("one budget alone, where it is asked for", async () => {
    const both = [budget({ name: "a", amountNanoUsd: 1n, period: "daily" }), budget({ name: "b", amountNanoUsd: 1n, period: "daily" })];
    expect((await forecastOf([], { budgets: both, budget: "b" })).budgets.map(({ name }) => name)).toEqual(["b"]);
  });
});
