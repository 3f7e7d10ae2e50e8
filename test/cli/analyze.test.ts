/** `tokenledger analyze` from outside. */
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { AnalysisDocument } from "../../src/insights/index.ts";
import { Machine, recordForm } from "./run-command.ts";
import { STORY_NOW, tellStory } from "./spending-story.ts";

const machine = new Machine();
tellStory(machine);
const now = { TOKENLEDGER_NOW: STORY_NOW };
const run = (words: string[], env: Record<string, string> = {}) => machine.run(["analyze", ...words], { env: { ...now, ...env } });
const json = (...words: string[]): AnalysisDocument => JSON.parse(run([...words, "--json"]).stdout);
const sentences = (document: AnalysisDocument): string => document.findings.map(({ sentence }) => sentence).join("\n");

const nano = (usd: string | number): bigint => {
  const [whole = "0", decimals = ""] = String(usd).replace("-", "").split(".");
  return (String(usd).startsWith("-") ? -1n : 1n) * BigInt(whole + decimals.padEnd(9, "0"));
};

describe("tokenledger analyze", () => {
  const document = json("--last", "8w", "--bucket", "day");

  it("acceptance D7, F5: finds the Monday batch, and says what it costs", () => {
    const weekly = document.total.rhythms.find(({ name }) => name === "weekly");
    expect(weekly).toMatchObject({ found: true, peak: "Monday" });
    expect(Number(weekly?.peak_excess)).toBeGreaterThan(170);
    expect(Number(weekly?.peak_excess)).toBeLessThan(230);
    expect(sentences(document)).toMatch(/Monday/);
    expect(sentences(document)).toMatch(/\$(1[7-9]|2[0-2])\d\b/);
  });

  it("acceptance F5: names a cheaper model, with a saving that follows from the tokens", () => {
    const [dearest] = document.alternatives;
    expect(Number(dearest?.saving_usd)).toBeGreaterThan(0);
    expect(nano(dearest?.saving_usd ?? "0")).toBe(nano(dearest?.cost_usd ?? "0") - nano(dearest?.alternative_cost_usd ?? "0"));
  });

  it("acceptance F1: has phase, budgets, models, components, correlation, communities and holes", () => {
    expect(document).toMatchObject({
      schema: "tokenledger.analysis/1",
      generated_at: "2026-05-17T12:00:00.000Z",
      bucket: "day",
      by: "model",
      unit: "usd",
      total: { phase: { direction: "steady" } },
      budgets: [{ name: "claude", amount_usd: "5000" }],
      correlation: { pairs: expect.any(Array) },
      communities: expect.any(Array),
      structural_holes: expect.any(Array),
    });
    expect(document.series.map(({ name }) => name)).toEqual(["claude-opus-4-5", "claude-sonnet-4-5"]);
  });

  it("acceptance D2, D8: trend, oscillation and noise add up to the last digit, for the whole and for each name", () => {
    for (const { components } of [document.total, ...document.series]) {
      expect(components.values).toHaveLength(document.buckets.length);
      components.values.forEach((value, i) => {
        const parts = [components.trend[i], components.oscillation[i], components.noise[i]].map((part) => nano(part ?? "0"));
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(nano(value));
      });
    }
    const [opus, sonnet] = document.series;
    document.total.components.values.forEach((value, i) => {
      expect(nano(opus?.components.values[i] ?? "0") + nano(sonnet?.components.values[i] ?? "0")).toBe(nano(value));
    });
  });

  it("by the hour, it has a usual week: the batch is at two on Mondays", () => {
    const hours = json();
    expect(hours).toMatchObject({ bucket: "hour", range: { start: "2026-03-23", end: "2026-05-17" } });
    expect(hours.total.rhythms.filter(({ found }) => found).map(({ name, peak }) => [name, peak?.slice(0, 6)])).toContainEqual([
      "weekly",
      "Monday",
    ]);
    expect(sentences(hours)).toMatch(/Mondays? .*\$(1[7-9]|2[0-2])\d\b/);
    // What comes every Monday is no anomaly.
    expect(hours.total.anomalies.filter(({ start }) => start.includes("T02:"))).toEqual([]);
    const cells = hours.heat_map as (string | null)[][];
    expect(Number(cells[0]?.[2])).toBeGreaterThan(150);
    expect(Number(cells[1]?.[2])).toBe(0);
    expect(Number(cells[1]?.[13])).toBeGreaterThan(0);
  });

  it("tells its sentences first, then draws, then tells numbers", () => {
    const { stdout, exitCode, stderr } = run(["--by", "team"], { COLUMNS: "110" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^Spending analysed {2}2026-03-23 to 2026-05-17, UTC, by hour and team\n\n/);
    const places = ["spending by hour, and the trend", "oscillation:", "noise:", "the average week", "phase"].map((part) =>
      stdout.indexOf(part),
    );
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(stdout.indexOf("Monday")).toBeLessThan(places[0] as number);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the promise
    expect(stdout).not.toMatch(/\u001b/);
  });

  it.each(["40", "60", "80", "120", "200"])("fits %s columns", (columns) => {
    for (const line of run([], { COLUMNS: columns }).stdout.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(Number(columns));
  });

  it("a document and a screen are the same bytes twice, whatever the machine's language", () => {
    for (const words of [["--json"], [], ["--format", "csv"], ["--format", "md"]]) {
      expect(run(words, { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }).stdout).toBe(run(words).stdout);
    }
  });

  it("rows are those of the buckets: of the whole, then of each name", () => {
    const lines = run(["--last", "8w", "--bucket", "day", "--format", "csv"]).stdout.trim().split("\r\n");
    expect(lines[0]).toBe("of,name,start,value,trend,oscillation,noise");
    expect(lines).toHaveLength(1 + 3 * document.buckets.length);
    const rows = run(["--last", "8w", "--bucket", "day", "--format", "jsonl"]).stdout.trim().split("\n");
    expect(JSON.parse(rows[0] as string)).toMatchObject({ of: "total", name: null, start: document.buckets[0] });
  });

  it("filters choose the calls; days are those of the zone", () => {
    expect(json("--team", "data").series.map(({ name }) => name)).toEqual(["claude-sonnet-4-5"]);
    const berlin = json("--tz", "Europe/Berlin", "--last", "8w", "--bucket", "day");
    expect(berlin.range.tz).toBe("Europe/Berlin");
    expect(new Set(berlin.buckets.map((bucket) => bucket.slice(11, 16)))).toEqual(new Set(["22:00", "23:00"]));
  });

  it.each([
    [["--by", "weekday"], '--by "weekday" is unknown; accepted: model, team, project'],
    [["--by", "modle"], "did you mean model?"],
    [["--bucket", "minute"], '--bucket "minute" is unknown; accepted: hour, day'],
    [["--start", "2026-05-02", "--end", "2026-05-01"], "is after --end"],
    [["--last", "0d"], "--last"],
    [["--month", "--last", "7d"], "give one of them"],
    [["extra"], "takes no arguments"],
  ])("bad input %j is refused in one line", (words, sentence) => {
    const { exitCode, stdout, stderr } = run(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(stderr).toContain(sentence);
  });
});

describe("analyze of little", () => {
  it("an empty book, and days without a call, are complete documents and exit code 4", () => {
    const empty = new Machine();
    const { exitCode, stdout, stderr } = empty.run(["analyze"]);
    expect(exitCode).toBe(4);
    expect(stdout).toContain("Nothing to report.");
    expect(stderr).toContain("tokenledger import");
    const none = run(["--start", "2024-01-01", "--end", "2024-02-01", "--json"]);
    expect(none.exitCode).toBe(4);
    expect(JSON.parse(none.stdout)).toMatchObject({ totals: { requests: 0 }, series: [], findings: expect.any(Array) });
    expect(none.stderr).toContain("The book has no such records from 2024-01-01 to 2024-02-01");
    expect(run(["--team", "nobody"]).exitCode).toBe(4);
    expect(run(["--team", "nobody", "--quiet"]).stderr).toBe("");
  });

  it("one call claims nothing", () => {
    const one = new Machine();
    one.importRecords([recordForm({ timestamp: "2026-02-09T10:00:00Z", cost_usd: "3" })]);
    const { stdout, exitCode } = one.run(["analyze", "--json"]);
    expect(exitCode).toBe(0);
    const document: AnalysisDocument = JSON.parse(stdout);
    expect(document.total.phase).toMatchObject({ percent_per_week: null });
    expect(document.total.rhythms.filter(({ found }) => found)).toEqual([]);
    expect(document.total.anomalies).toEqual([]);
    expect(one.run(["analyze"]).stdout).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("what has no price is analysed by its tokens, and said to be so", () => {
    const unpriced = new Machine();
    unpriced.importRecords(
      Array.from({ length: 40 }, (_, i) =>
        recordForm({ timestamp: new Date(Date.UTC(2026, 0, 1 + i, 9)).toISOString(), model: "never-heard-of", input_tokens: 1000 + i }),
      ),
    );
    const document: AnalysisDocument = JSON.parse(unpriced.run(["analyze", "--json"]).stdout);
    expect(document.unit).toBe("tokens");
    expect(document.total.components.values.every((value) => typeof value === "number")).toBe(true);
    expect(unpriced.run(["analyze"]).stdout).toContain("tokens by hour, and the trend through it");
  });

  it("a book that has had nothing for eight weeks tells of its own last eight; a young one since its first day", () => {
    const old = new Machine();
    old.importRecords([recordForm({ timestamp: "2025-03-01T10:00:00Z" }), recordForm({ timestamp: "2025-08-31T10:00:00Z" })]);
    const range = (of: Machine): unknown => JSON.parse(of.run(["analyze", "--json"]).stdout).range;
    expect(range(old)).toEqual({ start: "2025-07-07", end: "2025-08-31", tz: "UTC" });
    const young = new Machine();
    young.importRecords([recordForm({ timestamp: "2026-02-01T10:00:00Z" })]);
    expect(range(young)).toEqual({ start: "2026-02-01", end: "2026-02-10", tz: "UTC" });
  });
});
