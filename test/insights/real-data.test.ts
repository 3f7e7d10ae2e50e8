import { describe, expect, it } from "vitest";
import { type AnalysisDocument, buildAnalysis, buildForecast, periodOf } from "../../src/insights/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { readData, withData } from "../shared-data.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const START = Date.parse("2026-01-05T00:00:00Z");

const used = (timestampMs: number, tokens: number, fields: Partial<UsageRecord> = {}): UsageRecord => ({
  timestampMs: Math.round(timestampMs),
  provider: "traced",
  model: "traced",
  source: "csv",
  tokens: { input: Math.round(tokens) },
  ...fields,
});

async function analyse(
  records: UsageRecord[],
  bucket: "hour" | "day",
  span = { startMs: START, endMs: START + 90 * DAY_MS },
): Promise<AnalysisDocument> {
  const book = await openLedger("sqlite::memory:");
  await book.record(records.map((record, i) => ({ ...record, id: `record-${i}` })));
  const last = (await book.span())?.lastMs ?? span.startMs;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const generatedAtMs = last + (bucket === "hour" ? HOUR_MS : DAY_MS);
  const document = await buildAnalysis(book, { period: periodOf(day(span.startMs), day(last), "UTC"), by: "model", bucket, generatedAtMs });
  const forecast = await buildForecast(book, { timeZone: "UTC", generatedAtMs });
  expect(JSON.stringify(forecast)).not.toMatch(/NaN|Infinity/);
  await book.close();
  return document;
}

/** What every claim must have behind it. */
function expectSupported(document: AnalysisDocument): void {
  for (const series of [document.total, ...document.series]) {
    for (const rhythm of series.rhythms) {
      if (rhythm.found) expect(rhythm.p).toBeLessThan(0.05);
      else expect([rhythm.peak, rhythm.peak_excess, rhythm.strength]).toEqual([null, null, null]);
    }
    const { direction, p } = series.phase;
    if (direction === "rising" || direction === "falling") expect(p).toBeLessThan(0.05);
    for (const anomaly of series.anomalies) expect(anomaly.p).toBeLessThanOrEqual(0.05);
  }
  for (const { edge } of document.correlation.pairs) if (edge?.significant) expect(edge.q).toBeLessThanOrEqual(0.05);
  const sentences = document.findings.map(({ sentence }) => sentence);
  for (const sentence of sentences) {
    const p = /p = (\d\.\d+)/.exec(sentence);
    if (/has a \S+ rhythm|more than other days|rises|falls/.test(sentence)) expect(p === null || Number(p[1]) < 0.05).toBe(true);
    if (/^No |no trend/.test(sentence)) expect(p === null || Number(p[1]) >= 0.05 || sentence.includes("no trend")).toBe(true);
  }
}

const sentences = (document: AnalysisDocument, kind: string): string[] =>
  document.findings.filter((finding) => finding.kind === kind).map(({ sentence }) => sentence);

withData("vectors/real/burstgpt.json", () => {
  const burst = JSON.parse(readData("vectors/real/burstgpt.json")) as { daily: number[]; week1Hourly: number[] };

  it("BurstGPT's hours have a daily rhythm", async () => {
    const document = await analyse(
      burst.week1Hourly.map((tokens, hour) => used(START + hour * HOUR_MS, tokens)),
      "hour",
    );
    expect(document.total.rhythms.find(({ name }) => name === "daily")).toMatchObject({ found: true });
    expect(sentences(document, "rhythm")[0]).toMatch(/^Use of tokens has a daily rhythm \(p < 0\.001\)/);
    expectSupported(document);
  });

  it("BurstGPT's days have no weekly rhythm, and the report says so", async () => {
    const document = await analyse(
      burst.daily.map((tokens, day) => used(START + day * DAY_MS, tokens)),
      "day",
    );
    expect(document.total.rhythms.find(({ name }) => name === "weekly")).toMatchObject({ found: false });
    expect(sentences(document, "rhythm")).toContainEqual(expect.stringMatching(/^No weekly rhythm \(p = 0\.\d\d\)\.$/));
    expectSupported(document);
  });
});

describe.each(["code", "conv"])("Azure 2023, %s", (kind) => {
  withData(`traces/azure2023_${kind}.csv.gz`, () => {
    it("an hour of calls is too little, and is said to be", async () => {
      const rows = readData(`traces/azure2023_${kind}.csv.gz`).trim().split("\n").slice(1);
      const records = rows.map((row): UsageRecord => {
        const [time = "", input, output] = row.split(",");
        return used(Date.parse(`${time.slice(0, 23).replace(" ", "T")}Z`), 0, { tokens: { input: Number(input), output: Number(output) } });
      });
      const first = records.reduce((least, { timestampMs }) => Math.min(least, timestampMs), Number.POSITIVE_INFINITY);
      const document = await analyse(records, "hour", { startMs: first, endMs: first + DAY_MS });
      expect(document.totals.requests).toBe(rows.length);
      expect(document.total.insufficient).not.toBeNull();
      expect(document.findings.map((finding) => finding.kind)).toEqual(["insufficient"]);
      expectSupported(document);
    });
  });
});

describe.each(["m-small", "mm-image"])("ServeGen, %s", (workload) => {
  withData(`traces/servegen_${workload}_rates.csv.gz`, () => {
    it("its largest clients by the hour: every claim has its test behind it", async () => {
      const rows = readData(`traces/servegen_${workload}_rates.csv.gz`).trim().split("\n").slice(1);
      const byClientAndHour = new Map<string, number>();
      for (const row of rows) {
        const [start, client, rate] = row.split(",");
        const key = `${client},${Math.floor(Number(start) / 3600)}`;
        byClientAndHour.set(key, (byClientAndHour.get(key) ?? 0) + 600 * Number(rate));
      }
      const records = [...byClientAndHour].map(([key, requests]) => {
        const [client, hour] = key.split(",");
        return used(START + Number(hour) * HOUR_MS, 1000 * requests, { model: `client-${client}` });
      });
      const document = await analyse(records, "hour");
      expect(document.series.length).toBeGreaterThan(1);
      expectSupported(document);
    });
  });
});

withData("traces/claude_code_sessions.jsonl.gz", () => {
  interface Turn {
    session_id: string;
    request_arrival_delta_s: number | null;
    model_id: string;
    input_tokens: number;
    output_tokens: number;
  }

  it("Claude Code's sessions, one every three hours: every claim has its test behind it", async () => {
    const turns = readData("traces/claude_code_sessions.jsonl.gz")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Turn);
    const startOf = new Map<string, number>();
    const records = turns.map((turn) => {
      const startMs = startOf.get(turn.session_id) ?? START + startOf.size * 3 * HOUR_MS;
      startOf.set(turn.session_id, startMs);
      const timestampMs = startMs + 1000 * (turn.request_arrival_delta_s ?? 0);
      const tokens = { input: turn.input_tokens, output: turn.output_tokens };
      return used(timestampMs, 0, { provider: "anthropic", model: turn.model_id, source: "claude-code", project: turn.session_id, tokens });
    });
    for (const bucket of ["hour", "day"] as const) {
      const document = await analyse(records, bucket);
      expect(document.totals.requests).toBe(turns.length);
      expectSupported(document);
    }
  });
});
