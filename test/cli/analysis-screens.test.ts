/** What analyses, forecasts and explanations look like, on documents made by hand. */
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { addingUp, changeText, roughText } from "../../src/cli/answers/amounts.ts";
import { analysisAnswer } from "../../src/cli/answers/analysis-answer.ts";
import { explanationAnswer } from "../../src/cli/answers/explanation-answer.ts";
import { forecastAnswer } from "../../src/cli/answers/forecast-answer.ts";
import { localMinute, localTimes } from "../../src/cli/answers/local-text.ts";
import type { Answer, ScreenStyle } from "../../src/cli/printing/answer.ts";
import type { AnalysisDocument, ExplanationDocument, ForecastDocument } from "../../src/insights/index.ts";

const plain = (text: string): string => text;
const style = (width = 80): ScreenStyle => ({ width, bold: plain, dim: plain, warn: plain, good: plain, bad: plain });
const WIDTHS = [40, 50, 60, 79, 80, 100, 132, 200];
const HOSTILE = "evil\u001b[31m\u202e|name|";
const LONG = "a-very-long-name-of-a-model-that-somebody-thought-of-and-nobody-shortened/preview-2026-05-01";

async function expectFits(answer: Answer): Promise<void> {
  for (const width of WIDTHS) {
    for (const line of (await answer.screen(style(width))).split("\n")) {
      expect({ width, line, fits: stringWidth(line) <= width }).toEqual({ width, line, fits: true });
    }
  }
}

async function expectSafe(answer: Answer): Promise<void> {
  const texts = [await answer.screen(style()), await answer.markdown?.()];
  for (const text of texts) {
    expect(text).toContain("\\u001b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the promise
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  }
}

type Series = AnalysisDocument["total"];
const DAYS = 28;
const days = Array.from({ length: DAYS }, (_, i) => new Date(Date.UTC(2026, 4, 4 + i)).toISOString());
const daily = days.map((_, i) => (i % 7 === 0 ? 300 : 100) + i);

function series(more: Partial<Series> = {}): Series {
  return {
    name: null,
    names: 1,
    requests: 12_345,
    total_tokens: 6_789_000,
    cost_usd: "3978",
    share: 1,
    insufficient: null,
    phase: { direction: "rising", volatile: true, percent_per_week: 5.4, p: 0.001 },
    rhythms: [
      { name: "weekly", period_seconds: 604_800, found: true, p: 1e-9, strength: 0.9, peak: "Monday", peak_excess: "200" },
      { name: "daily", period_seconds: 86_400, found: false, p: 0.3, strength: null, peak: null, peak_excess: null },
    ],
    components: {
      values: daily.map(String),
      trend: daily.map((_, i) => String(128 + i)),
      oscillation: daily.map((_, i) => String(i % 7 === 0 ? 172 : -28)),
      noise: daily.map(() => "0"),
      levels: 4,
    },
    anomalies: [
      {
        start: "2026-05-20T00:00:00.000Z",
        end: "2026-05-21T00:00:00.000Z",
        value: "900",
        expected: "120",
        impact: "780",
        p: 1.2e-7,
        causes: [{ dimension: "project", name: HOSTILE, impact: "700", share: 0.897 }],
      },
    ],
    change_points: [{ at: "2026-05-18T00:00:00.000Z", before: "100", after: "130.5" }],
    ...more,
  };
}

function analysis(more: Partial<AnalysisDocument> = {}): AnalysisDocument {
  return {
    schema: "tokenledger.analysis/1",
    generated_at: "2026-06-01T00:00:00.000Z",
    range: { start: "2026-05-04", end: "2026-05-31", tz: "UTC" },
    bucket: "day",
    by: "model",
    unit: "usd",
    buckets: days,
    findings: [
      { kind: "phase", sentence: "Spending rises by 5.4 % a week." },
      { kind: "rhythm", sentence: `Mondays cost $200 more, most of it ${HOSTILE}.` },
    ],
    totals: { requests: 12_345, total_tokens: 6_789_000, cost_usd: "3978", unpriced_requests: 0, names: 3 },
    total: series(),
    series: [
      series({ name: HOSTILE, share: 0.6 }),
      series({ name: LONG, share: 0.3, rhythms: [], anomalies: [] }),
      series({ names: 7, share: 0.1 }),
    ],
    heat_map: Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => (day === 6 ? null : String(hour * (day + 1))))),
    correlation: {
      pairs: [
        { a: HOSTILE, b: LONG, r: 0.93, overlap: 28, reason: null, edge: { r: 0.71, p: 1e-5, q: 2e-5, significant: true } },
        { a: "a", b: "b", r: 0.2, overlap: 28, reason: null, edge: { r: 0.1, p: 0.6, q: 0.6, significant: false } },
        { a: "a", b: "c", r: null, overlap: 1, reason: "one shared day", edge: null },
      ],
    },
    communities: [{ names: [HOSTILE, LONG], cost_usd: "3000", total_tokens: 5, requests: 3 }],
    substitutes: [{ a: LONG, b: HOSTILE, score: 0.88 }],
    structural_holes: [{ a: LONG, b: HOSTILE, score: 1, evidence: "14 days with the one, 14 with the other, none with both" }],
    alternatives: [
      {
        model: LONG,
        alternative: HOSTILE,
        requests: 500,
        cost_usd: "1000",
        alternative_cost_usd: "400.5",
        saving_usd: "599.5",
        saving_percent: 59.95,
      },
    ],
    budgets: [budget()],
    warnings: ["3 requests have no known price."],
    ...more,
  };
}

function budget(more: Partial<ForecastDocument["budgets"][number]> = {}): ForecastDocument["budgets"][number] {
  return {
    ...period(),
    name: HOSTILE,
    value: "ada",
    period: "monthly",
    amount_usd: "5000",
    probability_of_exceeding: 0.8312,
    runs_out_at: { p10: "2026-05-25T09:00:00.000Z", p50: "2026-05-27T15:00:00.000Z", p90: null },
    zone: "green",
    predicted_zone: { p50: "yellow", p90: "red" },
    burn_rates: { hour: 1.234, six_hours: null, three_days: 0.9 },
    ...more,
  };
}

function period(): ForecastDocument["period"] {
  return {
    window: { start: "2026-05-01T00:00:00.000Z", end: "2026-06-01T00:00:00.000Z" },
    spent_usd: "3200",
    total_usd: { p10: "4800", p50: "5200.123456789", p90: "5700" },
    method: "seasonal",
    quality: "tested",
    burn: Array.from({ length: 31 }, (_, i) => ({
      at: new Date(Date.UTC(2026, 4, 2 + i)).toISOString(),
      spent_usd: i < 16 ? String((i + 1) * 200) : null,
      p10_usd: i < 16 ? null : String(3200 + (i - 15) * 107),
      p50_usd: i < 16 ? null : String(3200 + (i - 15) * 133),
      p90_usd: i < 16 ? null : String(3200 + (i - 15) * 167),
    })),
  };
}

function forecast(more: Partial<ForecastDocument> = {}): ForecastDocument {
  return {
    schema: "tokenledger.forecast/1",
    generated_at: "2026-05-17T00:00:00.000Z",
    tz: "Europe/Berlin",
    findings: [{ kind: "budget", sentence: `${HOSTILE} will pass $5,000.00 on May 27 with 83 % probability.` }],
    period: period(),
    limit: null,
    budgets: [budget(), budget({ name: LONG, value: null, probability_of_exceeding: null, total_usd: null, burn: [] })],
    self_score: null,
    warnings: [],
    ...more,
  };
}

function explanation(more: Partial<ExplanationDocument> = {}): ExplanationDocument {
  return {
    schema: "tokenledger.explanation/1",
    generated_at: "2026-06-01T00:00:00.000Z",
    tz: "UTC",
    from: { start: "2026-04-01", end: "2026-04-30", requests: 10, cost_usd: "100.005" },
    to: { start: "2026-05-01", end: "2026-05-31", requests: 12, cost_usd: "120.014" },
    change_usd: "20.009",
    change_percent: 20.0079,
    by: "team",
    findings: [{ kind: "name", sentence: `${HOSTILE} cost $20 more.` }],
    effects: [
      { effect: "volume", amount_usd: "30.0045" },
      { effect: "kind_in", amount_usd: "-10.0000001" },
      { effect: "price", amount_usd: "0.0046001" },
    ],
    names: [
      {
        name: HOSTILE,
        names: 1,
        from_usd: "100.005",
        to_usd: "120.014",
        change_usd: "20.009",
        effects: [
          { effect: "volume", amount_usd: "30.0045" },
          { effect: "kind_in", amount_usd: "-10.0000001" },
          { effect: "price", amount_usd: "0.0046001" },
        ],
      },
      { name: LONG, names: 1, from_usd: "0", to_usd: "0", change_usd: "0", effects: [] },
    ],
    warnings: [],
    ...more,
  };
}

describe("an analysis on the screen", () => {
  it.each([
    ["analysis", analysis()],
    ["tokens", analysis({ unit: "tokens", series: [series({ cost_usd: null, share: null })] })],
  ])("fits every width: %s", async (_, document) => expectFits(analysisAnswer(document)));

  it("names can neither colour the screen nor hide", async () => expectSafe(analysisAnswer(analysis())));

  it("says its sentences first, then draws, then tells numbers", async () => {
    const text = await analysisAnswer(analysis()).screen(style(300));
    const places = [
      "Spending rises by 5.4 % a week.",
      "Mondays cost $200 more",
      "spending by day, and the trend through it",
      "oscillation: what comes again and again",
      "noise: the rest",
      "the average week, hour by hour",
      "phase",
      "mostly because of",
      "another level from",
      "models that move together",
      "used together",
      "in each other's place",
      "never together",
      "at the prices of",
      "exceeds",
      "* 3 requests have no known price.",
    ].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it("tells a phase, a rhythm and a pair only where their tests support them", async () => {
    const text = await analysisAnswer(analysis()).screen(style(200));
    expect(text).toMatch(/rising \+5\.4%\/week, volatile {2}weekly \(Monday\)/);
    expect(text).not.toMatch(/daily \(/);
    expect(text).not.toContain("a and b");
    const steady = series({ phase: { direction: "steady", volatile: false, percent_per_week: 3, p: 0.4 }, rhythms: [] });
    const quiet = await analysisAnswer(analysis({ total: steady, series: [steady], heat_map: null })).screen(style(200));
    expect(quiet).toMatch(/steady +unknown/);
    expect(quiet).not.toContain("%/week");
  });

  it("a single value far beyond all others is cut off and told, so that the others show", async () => {
    const spiky = daily.map((value, i) => String(i === 9 ? 90_000 : value));
    const total = series({ components: { ...series().components, values: spiky } });
    const text = await analysisAnswer(analysis({ total })).screen(style(100));
    expect(text).toContain("spending by day, and the trend through it (cut off: up to $90,000)");
    expect(text).toMatch(/^ *\$321 ┤/m);
    expect(await analysisAnswer(analysis()).screen(style(100))).not.toContain("cut off");
  });

  it("a series without spending, or of few days, has no picture; nothing at all says so", async () => {
    const none = {
      values: ["0", "0", "0", "0"],
      trend: ["0", "0", "0", "0"],
      oscillation: ["0", "0", "0", "0"],
      noise: ["0", "0", "0", "0"],
      levels: 0,
    };
    const text = await analysisAnswer(analysis({ total: series({ components: none }), heat_map: null })).screen(style());
    expect(text).not.toContain("┤");
    const nothing = analysis({
      totals: { requests: 0, total_tokens: 0, cost_usd: "0", unpriced_requests: 0, names: 0 },
      total: series({ components: none }),
      series: [],
      heat_map: null,
      warnings: [],
    });
    expect(await analysisAnswer(nothing).screen(style())).toBe(
      "Spending analysed  2026-05-04 to 2026-05-31, UTC, by day and model\n\nNothing to report.\n",
    );
  });

  it("what could not be told from chance is not drawn", async () => {
    const text = await analysisAnswer(analysis({ total: series({ insufficient: "1 day with spending is too few" }) })).screen(style());
    expect(text).toContain("spending by day\n");
    expect(text).not.toMatch(/trend through|oscillation|noise|average week/);
  });

  it("has a row for each bucket of the whole and of each name", () => {
    const { rows } = analysisAnswer(analysis());
    expect(rows?.fields).toEqual(["of", "name", "start", "value", "trend", "oscillation", "noise"]);
    expect(rows?.records).toHaveLength(4 * DAYS);
    expect(rows?.records[0]).toEqual({
      of: "total",
      name: null,
      start: "2026-05-04T00:00:00.000Z",
      value: "300",
      trend: "128",
      oscillation: "172",
      noise: "0",
    });
    expect(rows?.records[DAYS]).toMatchObject({ of: "model", name: HOSTILE });
  });
});

describe("a forecast on the screen", () => {
  it("fits every width", async () =>
    expectFits(
      forecastAnswer(
        forecast({ limit: { amount_usd: "5000", probability_of_exceeding: 0.8, runs_out_at: { p10: null, p50: null, p90: null } } }),
      ),
    ));

  it("names can neither colour the screen nor hide", async () => expectSafe(forecastAnswer(forecast())));

  it("draws what is left of a budget down through nothing, and spending upwards where there is no limit", async () => {
    const text = await forecastAnswer(forecast()).screen(style(80));
    expect(text).toContain("this month: what is spent, and where it leads");
    expect(text).toContain("what is left of $5,000.00");
    expect(text).toMatch(/^ *\$5,000 ┤/m);
    expect(text).toMatch(/^ *-\$\d+ ┤/m);
    const limited = await forecastAnswer(
      forecast({
        budgets: [],
        limit: { amount_usd: "6000", probability_of_exceeding: 0.1, runs_out_at: { p10: null, p50: null, p90: null } },
      }),
    ).screen(style(80));
    expect(limited).toContain("this month: what is left of $6,000.00");
  });

  it("dates are those of the zone; what is not known is left blank", async () => {
    const text = await forecastAnswer(forecast()).screen(style(300));
    expect(text).toMatch(/83\.1% {2}2026-05-27 {2}2026-05-25 .* 1\.2× +0\.9× {2}2026-06-01/);
    expect(text).toMatch(/2026-05 .*\$4,800\.00 {2}\$5,200\.12 {2}\$5,700\.00/);
    expect(text).toContain("—");
  });

  it("has a row for this month and for each budget", () => {
    const { rows } = forecastAnswer(forecast());
    expect(rows?.records).toMatchObject([
      { of: "all", name: null, spent_usd: "3200", p50_usd: "5200.123456789", amount_usd: null, zone: null },
      {
        of: "budget",
        name: HOSTILE,
        value: "ada",
        amount_usd: "5000",
        probability_of_exceeding: 0.8312,
        zone_p90: "red",
        burn_rate_hour: 1.234,
      },
      { of: "budget", name: LONG, p50_usd: null },
    ]);
    expect(Object.keys(rows?.records[1] ?? {}).sort()).toEqual([...(rows?.fields ?? [])].sort());
  });

  it("without history there is no picture and no number", async () => {
    const empty = forecast({ period: { ...period(), total_usd: null, burn: [] }, budgets: [], findings: [] });
    const text = await forecastAnswer(empty).screen(style());
    expect(text).not.toContain("┤");
    expect(text).toMatch(/^2026-05 +\$3,200\.00 +—/m);
  });
});

describe("an explanation on the screen", () => {
  it("fits every width", async () => expectFits(explanationAnswer(explanation())));

  it("names can neither colour the screen nor hide", async () => expectSafe(explanationAnswer(explanation())));

  it("the amounts that it shows add up, although they are rounded", async () => {
    const text = await explanationAnswer(explanation()).screen(style(80));
    const shown = [...text.matchAll(/^(?:2026-0\S+ to \S+|number of requests|use of the cache|prices) .*?([+-]?\$[\d.]+)$/gm)].map(
      ([, amount]) => Number(amount?.replace("$", "")),
    );
    // Prices changed it by so little that nothing of that is left: it has no line.
    expect(shown).toHaveLength(4);
    const [before, volume, cache, after] = shown as [number, number, number, number];
    expect(Math.round((before + volume + cache) * 100)).toBe(Math.round(after * 100));
    expect(before).toBe(100.01);
    expect(after).toBe(120.01);
  });

  it("each row's effects add up to its change, to the last digit", () => {
    const { rows } = explanationAnswer(explanation());
    expect(rows?.records[0]).toMatchObject({
      name: HOSTILE,
      change_usd: "20.009",
      volume_usd: "30.0045",
      kind_in_usd: "-10.0000001",
      new_usd: "0",
    });
    expect(rows?.fields).toHaveLength(14);
  });

  it("the largest effect in the change's direction is its cause", async () => {
    expect(await explanationAnswer(explanation()).screen(style(200))).toMatch(/\+\$20\.01 {2}number of requests \+\$30\.00/);
  });

  it("two periods without a call have nothing to explain", async () => {
    const none = { start: "2026-04-01", end: "2026-04-30", requests: 0, cost_usd: "0" };
    const text = await explanationAnswer(
      explanation({
        from: none,
        to: { ...none, start: "2026-05-01", end: "2026-05-31" },
        change_usd: "0",
        effects: [],
        names: [],
        findings: [],
      }),
    ).screen(style(80));
    expect(text).toContain("Nothing to report.");
    expect(text).not.toContain("█");
  });
});

describe("amounts", () => {
  it("rounded ones add up, in cents, in hundredths of cents, or exactly", () => {
    expect(addingUp(0n, [3_333_333_333n, 3_333_333_333n, 3_333_333_334n])).toEqual({
      start: "$0.00",
      steps: ["+$3.33", "+$3.33", "+$3.34"],
      end: "$10.00",
    });
    expect(addingUp(100_000_000n, [-33_333_333n])).toEqual({ start: "$0.1000", steps: ["-$0.0333"], end: "$0.0667" });
    expect(addingUp(1n, [2n, -5n])).toEqual({ start: "$0.000000001", steps: ["+$0.000000002", "-$0.000000005"], end: "-$0.000000002" });
    expect(addingUp(0n, [0n])).toEqual({ start: "$0.00", steps: ["$0.00"], end: "$0.00" });
    expect(addingUp(0n, [350_000n])).toEqual({ start: "$0.000000", steps: ["+$0.000350"], end: "$0.000350" });
    expect(addingUp(1_234_567_000_000_000n, [1_000_000_000n]).end).toBe("$1,234,568.00");
  });

  it("beside charts they are short", () => {
    expect([0, 0.5, 99.994, 1234.5, -1234.5, 2_500_000].map((amount) => roughText(amount, "usd"))).toEqual([
      "$0.00",
      "$0.50",
      "$99.99",
      "$1,235",
      "-$1,235",
      "$2.5M",
    ]);
    expect(roughText(1234.5, "tokens")).toBe("1.2K");
    expect([changeText("-1", "usd"), changeText("1", "usd"), changeText("0", "usd"), changeText(12.4, "tokens")]).toEqual([
      "-$1.00",
      "+$1.00",
      "$0.00",
      "+12",
    ]);
  });

  it("instants are local, across a change of clocks", () => {
    expect(localMinute("2026-03-29T00:30:00.000Z", "Europe/Berlin")).toBe("2026-03-29 01:30");
    expect(localMinute("2026-03-29T01:30:00.000Z", "Europe/Berlin")).toBe("2026-03-29 03:30");
    const hours = Array.from({ length: 48 }, (_, i) => new Date(Date.UTC(2026, 2, 28, i)).toISOString());
    const expected = hours.map((hour) => `${localMinute(hour, "Europe/Berlin").replace(" ", "T")}:00.000Z`);
    expect(localTimes(hours, "Europe/Berlin").map((time) => new Date(time).toISOString())).toEqual(expected);
  });
});
