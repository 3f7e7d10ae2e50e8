import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JANUARY, Machine, recordForm } from "./run-command.ts";

const machine = new Machine();
machine.importRecords(JANUARY);

const january = ["--start", "2026-01-01", "--end", "2026-01-31"];

describe("report", () => {
  it("acceptance G1: inclusive local days; three records are $0.20, on average $0.066666667, half and half", () => {
    expect(machine.json(["report", ...january, "--group-by", "team"])).toMatchObject({
      schema: "tokenledger.report/1",
      generated_at: "2026-02-10T12:00:00.000Z",
      range: { start: "2026-01-01", end: "2026-01-31", tz: "UTC" },
      group_by: ["team"],
      totals: { requests: 3, cost_usd: "0.2", avg_cost_usd: "0.066666667", avg_latency_ms: 1500, total_tokens: 3300, unpriced_requests: 0 },
      rows: [
        { team: "engineering", requests: 2, cost_usd: "0.1", share: 0.5 },
        { team: "research", requests: 1, cost_usd: "0.1", share: 0.5 },
      ],
      warnings: [],
    });
  });

  it("acceptance G1: the day is a local one", () => {
    const { totals } = machine.json(["report", ...january, "--tz", "America/New_York"]);
    expect(totals).toMatchObject({ requests: 3, cost_usd: "7.14" });
  });

  it.each(["team", "user", "project", "provider", "model", "day", "week", "month", "hour", "key", "source", "session"])(
    "acceptance G2: grouped by %s the rows add up to the total exactly",
    (dimension) => {
      const { rows, totals } = machine.json(["report", "--group-by", dimension]) as unknown as { rows: Figures[]; totals: Figures };
      const sum = (field: "requests" | "total_tokens"): number => rows.reduce((total, row) => total + row[field], 0);
      expect(rows.reduce((total, row) => total + nano(row.cost_usd), 0n)).toBe(nano(totals.cost_usd));
      expect([sum("requests"), sum("total_tokens")]).toEqual([totals.requests, totals.total_tokens]);
      for (const row of rows) expect(row).toHaveProperty(dimension);
    },
  );

  it("acceptance G3: every format tells the same totals", () => {
    const csv = machine.file("report.csv", "");
    expect(machine.run(["report", ...january, "--group-by", "team", "--format", "csv", "--output", csv, "--force"]).exitCode).toBe(0);
    expect(
      readFileSync(csv, "utf8")
        .split("\r\n")
        .slice(1, 3)
        .map((line) => [line.split(",")[0], line.split(",")[9]]),
    ).toEqual([
      ["engineering", "0.1"],
      ["research", "0.1"],
    ]);
    const lines = machine
      .run(["report", ...january, "--group-by", "team", "--format", "jsonl"])
      .stdout.trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line).cost_usd)).toEqual(["0.1", "0.1"]);
    for (const format of ["md", "table"]) {
      const { stdout } = machine.run(["report", ...january, "--group-by", "team", "--format", format]);
      expect(stdout).toMatch(/total.*3.*\$0\.20/);
    }
  });

  it("acceptance G3: names with commas, quotes, line breaks and formulas are safe in every format", () => {
    const odd = new Machine();
    odd.importRecords([
      recordForm({ team: '=cmd|"calc"!A1', cost_usd: "1" }),
      recordForm({ team: "a,b\n|c|", cost_usd: "1" }),
      recordForm({ team: "-5", cost_usd: "1" }),
    ]);
    const { stdout } = odd.run(["report", "--group-by", "team", "--format", "csv"]);
    expect(stdout).toContain('"\'=cmd|""calc""!A1",1,');
    expect(stdout).toContain('"a,b\n|c|",1,');
    expect(stdout).toContain("\r\n-5,1,");
    const { stdout: markdown } = odd.run(["report", "--group-by", "team", "--format", "md"]);
    expect(markdown).toContain("| a,b\\\\u000a\\|c\\| | 1 |");
  });

  it("acceptance G10: unpriced is null and counted, never nothing", () => {
    const unpriced = new Machine();
    unpriced.importRecords([recordForm({ model: "never-heard-of" }), recordForm({ cost_usd: "0.5" })]);
    const { totals, rows, warnings } = unpriced.json(["report", "--group-by", "model"]);
    expect(totals).toMatchObject({ requests: 2, cost_usd: "0.5", avg_cost_usd: "0.5", unpriced_requests: 1 });
    expect(rows).toMatchObject([{ model: "gpt-4o" }, { model: "never-heard-of", cost_usd: null, share: null, unpriced_requests: 1 }]);
    expect(warnings).toEqual(["1 request has no known price and is in no cost here: never-heard-of."]);
    const { stdout, stderr } = unpriced.run(["report", "--group-by", "model"]);
    expect(stdout).toMatch(/never-heard-of .* —\*/);
    expect(stdout).toContain("* 1 request has no known price");
    expect(stderr).toBe("");
  });

  it("nothing to report is a complete document of zeros and exit code 4", () => {
    const { exitCode, stdout } = machine.run(["report", "--team", "nobody", "--json"]);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      totals: { requests: 0, cost_usd: "0", avg_cost_usd: null, avg_latency_ms: null },
      rows: [],
    });
  });

  it("nothing to report says what the book does hold, and an empty one how to fill it", () => {
    expect(machine.run(["report", "--today"]).stderr).toBe(
      "The book has no such records from 2026-02-10 to 2026-02-10; it holds 2026-01-01 to 2026-02-01.\n",
    );
    const missing = join(machine.folder, "missing.db");
    expect(machine.run(["report", "--db", missing]).stderr).toBe(
      `There is nothing in ${missing} yet; tokenledger import reads the agent logs of this machine into it.\n`,
    );
  });

  it("days to come are not drawn as days without spending", () => {
    const { stdout } = machine.run(["costs", "--breakdown", "daily"]);
    expect(stdout).toMatch(/^daily {2}█·{9}$/m);
  });

  it("sorts, cuts and says so; what ties is in the order of its name", () => {
    const names = (words: string[]): unknown[] =>
      (machine.json(["report", "--group-by", "user", ...words]) as unknown as { rows: { user: string | null }[] }).rows.map(
        ({ user }) => user,
      );
    expect(names([])).toEqual([null, "ada", "bruno"]);
    expect(names(["--sort", "cost", "--asc"])).toEqual(["bruno", "ada", null]);
    expect(names(["--sort", "user", "--desc"])).toEqual([null, "bruno", "ada"]);
    expect(names(["--sort", "tokens", "--limit", "2"])).toEqual([null, "ada"]);
    expect(machine.json(["report", "--group-by", "user", "--limit", "1"]).warnings).toEqual([
      "1 of 3 rows are shown; the totals are of all.",
    ]);
  });

  it("guarantee G33: the same book gives the same bytes, whatever the machine's language and zone", () => {
    const words = ["report", "--group-by", "team,model", "--tz", "Europe/Berlin", "--json"];
    const [first, ...others] = [
      {},
      { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Asia/Tokyo" },
      { LANG: "C", TZ: "America/Lima" },
    ].map((env) => machine.run(words, { env }).stdout);
    expect(others).toEqual([first, first]);
  });

  it("named ranges are whole local days, weeks and months", () => {
    const range = (...words: string[]): unknown => machine.json(["report", ...words]).range;
    expect(range("--today")).toEqual({ start: "2026-02-10", end: "2026-02-10", tz: "UTC" });
    expect(range("--week")).toEqual({ start: "2026-02-09", end: "2026-02-15", tz: "UTC" });
    expect(range("--month")).toEqual({ start: "2026-02-01", end: "2026-02-28", tz: "UTC" });
    expect(range("--last", "7d")).toEqual({ start: "2026-02-04", end: "2026-02-10", tz: "UTC" });
    expect(range("--last", "3m")).toEqual({ start: "2025-11-11", end: "2026-02-10", tz: "UTC" });
    expect(range("--since", "2026-01-20")).toEqual({ start: "2026-01-20", end: "2026-02-01", tz: "UTC" });
    expect(range()).toEqual({ start: "2026-01-01", end: "2026-02-01", tz: "UTC" });
  });
});

describe("costs", () => {
  it("acceptance G4: the current month; its days add up to it; a team's part of it", () => {
    const months = new Machine();
    months.importRecords([
      recordForm({ timestamp: "2026-01-05T00:00:00Z", team: "engineering", cost_usd: "4" }),
      recordForm({ timestamp: "2026-01-25T00:00:00Z", team: "engineering", cost_usd: "100" }),
      recordForm({ timestamp: "2026-02-01T00:00:00Z", team: "engineering", cost_usd: "2" }),
      recordForm({ timestamp: "2026-02-09T23:59:59Z", team: "research", cost_usd: "3" }),
    ]);
    expect(months.json(["costs"])).toMatchObject({ range: { start: "2026-02-01", end: "2026-02-28" }, totals: { cost_usd: "5" } });
    expect(months.json(["costs", "--team", "engineering"]).totals).toMatchObject({ cost_usd: "2" });
    expect(months.json(["costs", "--breakdown", "daily"])).toMatchObject({
      group_by: ["day"],
      totals: { cost_usd: "5" },
      rows: [
        { day: "2026-02-01", cost_usd: "2" },
        { day: "2026-02-09", cost_usd: "3" },
      ],
    });
    expect(months.json(["costs", "--compare", "previous"]).comparison).toMatchObject({
      current: { range: { start: "2026-02-01", end: "2026-02-10" }, totals: { cost_usd: "5" } },
      previous: { range: { start: "2026-01-01", end: "2026-01-10" }, totals: { cost_usd: "4" } },
      change_usd: "1",
      change_percent: 25,
    });
  });
});

interface Figures {
  requests: number;
  total_tokens: number;
  cost_usd: string | null;
}

function nano(usd: string | null): bigint {
  const [whole = "0", decimals = ""] = (usd ?? "0").split(".");
  return BigInt(whole + decimals.padEnd(9, "0"));
}
