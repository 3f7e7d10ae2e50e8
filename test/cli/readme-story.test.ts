/**
 * Acceptance F5, the story that the README tells: about $200 a day on Claude, a batch on Mondays, $5,000 a month to spend. Everything is
 * asked of the built command, and every amount is computed again from what the book gives out.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type {
  AnalysisDocument,
  ForecastDocument,
  RecommendationDocument,
  RecommendationsDocument,
  ReportDocument,
} from "../../src/insights/index.ts";
import { Machine, recordForm } from "./run-command.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FIRST_DAY_MS = Date.UTC(2026, 2, 2);
const DAYS = 76;
const NOW = "2026-05-17T12:00:00Z";
const PERIOD = ["--start", "2026-03-23", "--end", "2026-05-16"];

/** Park and Miller's numbers in [0, 1): the same on every machine. */
let state = 41;
function random(): number {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
}

function story(): object[] {
  const records: object[] = [];
  const add = (atMs: number, fields: object): number =>
    records.push(recordForm({ id: `story-${records.length}`, timestamp: new Date(atMs).toISOString(), provider: "anthropic", ...fields }));
  for (let day = 0; day < DAYS; day++) {
    const dayMs = FIRST_DAY_MS + day * DAY_MS;
    // $0.50 of prompt and $0.30 of answer on the average.
    for (let call = 225 + Math.floor(50 * random()); call > 0; call--) {
      add(Math.round(dayMs + (8 + 5 * (random() + random())) * HOUR_MS), {
        model: "claude-opus-4-5",
        input_tokens: 80_000 + Math.floor(40_000 * random()),
        output_tokens: 10_000 + Math.floor(4000 * random()),
        team: call % 3 === 0 ? "research" : "engineering",
      });
    }
    if (day % 7 !== 0) continue;
    for (let call = 0; call < 330; call++) {
      add(dayMs + 2 * HOUR_MS + call * 10_000, {
        model: "claude-sonnet-4-5",
        input_tokens: 100_000,
        output_tokens: 20_000,
        team: "data",
        project: "weekly-digest",
      });
    }
  }
  return records;
}

interface Exported {
  id: string;
  timestamp: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
}

interface Priced {
  effective_from: string | null;
  effective_to: string | null;
  input: string;
  output: string;
}

const nano = (usd: string): bigint => {
  const [whole = "", decimals = ""] = usd.split(".");
  return BigInt(whole + decimals.padEnd(9, "0"));
};

const machine = new Machine();
const env = { TOKENLEDGER_NOW: NOW };
const json = <T>(...words: string[]): T => {
  const { exitCode, stdout, stderr } = machine.run([...words, "--json"], { env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout);
};
const exported = (...words: string[]): Exported[] =>
  machine
    .run(["export", "records", ...words, "--format", "jsonl"], { env })
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("acceptance F5: $200 a day on Claude, a batch on Mondays, $5,000 a month", () => {
  beforeAll(() => {
    machine.importRecords(story());
    machine.run(["budget", "set", "claude", "--amount", "5000", "--period", "monthly", "--time-zone", "UTC"], { env });
  });

  it("the report adds the days up: about $200 on each, and twice that on Mondays", () => {
    const { rows, totals } = json<ReportDocument>("report", ...PERIOD, "--group-by", "day");
    const weekday = (row: object): number => new Date((row as { day: string }).day).getUTCDay();
    const mean = (of: typeof rows): number => of.reduce((sum, { cost_usd: usd }) => sum + Number(usd), 0) / of.length;
    expect(mean(rows.filter((row) => weekday(row) !== 1))).toBeCloseTo(200, -1);
    expect(mean(rows.filter((row) => weekday(row) === 1))).toBeCloseTo(400, -1);
    expect(nano(totals.cost_usd ?? "0")).toBe(exported(...PERIOD).reduce((sum, { cost_usd: usd }) => sum + nano(usd), 0n));
  });

  it("(i) the analysis finds Monday, and what it costs more", () => {
    const { findings, total } = json<AnalysisDocument>("analyze", ...PERIOD, "--bucket", "day");
    expect(findings.map(({ sentence }) => sentence).join("\n")).toMatch(/Monday/);
    const weekly = total.rhythms.find(({ name }) => name === "weekly");
    expect(weekly).toMatchObject({ found: true, peak: "Monday" });
    expect(Number(weekly?.peak_excess)).toBeGreaterThan(180);
    expect(Number(weekly?.peak_excess)).toBeLessThan(220);
  });

  it("(ii) the forecast warns before the $5,000 are spent, with the day", () => {
    const { budgets, findings, period } = json<ForecastDocument>("forecast");
    expect(Number(period.spent_usd)).toBeLessThan(5000);
    const [claude] = budgets;
    expect(claude?.probability_of_exceeding).toBeGreaterThan(0.9);
    const day = claude?.runs_out_at.p50?.slice(0, 10) ?? "";
    expect(day > NOW.slice(0, 10) && day <= "2026-05-25").toBe(true);
    expect(findings.map(({ sentence }) => sentence).join("\n")).toContain(String(Number(day.slice(8))));
    expect(machine.run([], { env }).stdout).toMatch(/claude/);
  });

  describe("(iii) optimize names a cheaper model, and what it would have saved", () => {
    let document: RecommendationsDocument;
    let dearest: RecommendationDocument | undefined;
    beforeAll(() => {
      document = json<RecommendationsDocument>("optimize", ...PERIOD);
      dearest = document.recommendations.find(({ kind, from }) => kind === "model-downgrade" && from.includes("claude-opus-4-5"));
    });

    it("for the model that the money goes to; it is sold today, and by the same provider", () => {
      expect(dearest).toBeDefined();
      const { action } = dearest as RecommendationDocument;
      expect(action).toMatchObject({
        type: "route",
        from: { provider: "anthropic", model: "claude-opus-4-5" },
        to: { provider: "anthropic" },
      });
      expect(nano(dearest?.saving.low_usd ?? "0")).toBeGreaterThan(0n);
    });

    it("the saving follows from the stored usage and the price list, token by token", () => {
      const { action, evidence, requests, saving } = dearest as RecommendationDocument;
      if (action.type !== "route") throw new Error("no route");
      const { prices } = json<{ prices: Priced[] }>("pricing", "show", action.to.model, "--provider", "anthropic");
      const inForce = prices.filter(
        ({ effective_from: from, effective_to: to }) => (from ?? "") <= "2026-03-23" && (to ?? "9") > "2026-05-16",
      );
      expect(inForce).toHaveLength(1);
      const [price] = inForce as [Priced];
      const perToken = { input: nano(price.input), output: nano(price.output) };
      const calls = exported(...PERIOD, "--model", "claude-opus-4-5");
      let cost = 0n;
      let newCost = 0n;
      for (const { input_tokens: input, output_tokens: output, cost_usd: usd } of calls) {
        cost += nano(usd);
        // Prices are of a million tokens: half-up to the nano-USD, call by call.
        newCost += (2n * (BigInt(input) * perToken.input + BigInt(output) * perToken.output) + 1_000_000n) / 2_000_000n;
      }
      expect(requests).toBe(calls.length);
      expect([evidence.cost_usd, evidence.new_cost_usd, evidence.saving_usd].map(nano)).toEqual([cost, newCost, cost - newCost]);
      expect(saving.percent).toBeCloseTo((100 * Number(cost - newCost)) / Number(cost), 2);
      // 55 days were seen.
      expect(Number(saving.expected_usd)).toBeCloseTo((Number(cost - newCost) / 1e9) * (730 / (55 * 24)), 6);
    });

    it("its rows are given out, and add up", () => {
      const { evidence, id } = dearest as RecommendationDocument;
      const rows = exported(...PERIOD, "--recommendation", id);
      expect(rows.map((row) => row.id).sort()).toEqual(
        exported(...PERIOD, "--model", "claude-opus-4-5")
          .map((row) => row.id)
          .sort(),
      );
      expect(rows.reduce((sum, { cost_usd: usd }) => sum + nano(usd), 0n)).toBe(nano(evidence.cost_usd));
      const words = evidence.query.split(" ");
      expect(words.shift()).toBe("tokenledger");
      expect(
        machine
          .run([...words, "--format", "jsonl"], { env })
          .stdout.trim()
          .split("\n"),
      ).toHaveLength(rows.length);
    });

    it("on the screen, too: from where to where, dollars, percent, requests", () => {
      const { stdout, exitCode } = machine.run(["optimize", ...PERIOD], { env: { ...env, COLUMNS: "140" } });
      expect(exitCode).toBe(0);
      for (const part of ["claude-opus-4-5", /\$[\d,]+/, /\d+(\.\d+)?\s?%/, /\d{2},\d{3}/]) expect(stdout).toMatch(part);
    });

    it("of one team it tells that team's calls only: nothing in it is a constant", () => {
      const half = json<RecommendationsDocument>("optimize", ...PERIOD, "--team", "engineering");
      const found = half.recommendations.find(({ kind, to }) => kind === "model-downgrade" && to === dearest?.to);
      const calls = exported(...PERIOD, "--model", "claude-opus-4-5", "--team", "engineering");
      expect(found?.requests).toBe(calls.length);
      expect(nano(found?.evidence.cost_usd ?? "0")).toBe(calls.reduce((sum, { cost_usd: usd }) => sum + nano(usd), 0n));
    });
  });
});
