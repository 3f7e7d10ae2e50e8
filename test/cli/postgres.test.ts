/** The same commands on PostgreSQL: the address decides. */
import { describe, expect, it } from "vitest";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";
import { JANUARY, Machine, recordForm } from "./run-command.ts";

describe.skipIf(!hasPostgres)("acceptance G15: a book on PostgreSQL, from the command line", () => {
  it("answers like an empty book where there is none yet, and makes none for readers", async () => {
    const machine = new Machine();
    const url = await emptyBookUrl();
    expect(machine.run(["report", "--db", url])).toMatchObject({ exitCode: 4 });
    expect(machine.run(["--db", url])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("The book is empty.") });
    expect(machine.json(["doctor", "--db", url])).toMatchObject({ book: { found: false, driver: "pg", problem: null } });
    expect(machine.run(["budget", "status", "--db", url]).exitCode).toBe(0);
  });

  it("imports, reports, holds budgets and proves itself as a file does", async () => {
    const machine = new Machine();
    const db = ["--db", await emptyBookUrl()];
    const file = machine.file("records.jsonl", JANUARY.map((record) => `${JSON.stringify(record)}\n`).join(""));
    machine.run(["import", "jsonl", file]);
    expect(machine.json(["import", "jsonl", file, ...db])).toMatchObject({ sources: [{ new: 4 }] });
    expect(machine.json(["import", "jsonl", file, ...db])).toMatchObject({ sources: [{ new: 0 }] });
    const report = ["report", "--group-by", "month,team", "--json"];
    expect(machine.run([...report, ...db]).stdout).toBe(machine.run(report).stdout);

    // The database's clock is its own, so nothing here depends on what time it is.
    const env = { TOKENLEDGER_NOW: undefined };
    const standing = (where: string[]): unknown => {
      const { budgets } = JSON.parse(machine.run(["budget", "status", "--json", ...where], { env }).stdout);
      return budgets.map(({ alerts, ...budget }: { alerts: { triggered_at: unknown }[] }) => ({
        ...budget,
        alerts: alerts.map((alert) => ({ ...alert, triggered_at: alert.triggered_at !== null })),
      }));
    };
    const more = machine.file(
      "more.jsonl",
      `${JSON.stringify(recordForm({ timestamp: "2026-02-03T10:00:00Z", team: "research", cost_usd: "3" }))}\n`,
    );
    for (const where of [[], db]) {
      const budget = ["budget", "set", "research", "--team", "research", "--amount", "10", "--period", "lifetime", "--alerts", "50,75"];
      expect(machine.run([...budget, ...where], { env })).toMatchObject({ exitCode: 0, stderr: "" });
      expect(machine.run(["budget", "check", ...where], { env }).exitCode).toBe(0);
      machine.run(["import", "jsonl", more, ...where], { env });
      expect(machine.run(["budget", "check", ...where], { env }).exitCode).toBe(3);
      const alerts = machine.run(["alerts", "list", "--json", ...where], { env });
      expect(JSON.parse(alerts.stdout).alerts).toMatchObject([
        { threshold: 75, spent_usd: "10.1" },
        { threshold: 50, spent_usd: "7.1" },
      ]);
      expect(JSON.parse(machine.run(["alerts", "ack", "--all", "--json", ...where], { env }).stdout)).toMatchObject({ acknowledged: 2 });
      expect(machine.run(["verify", ...where], { env })).toMatchObject({ exitCode: 0 });
    }
    expect(standing(db)).toEqual(standing([]));
    expect(standing(db)).toMatchObject([{ spent_usd: "10.1", zone: "red", alerts: [{ triggered_at: true }, { triggered_at: true }] }]);
  });

  it("analyses, forecasts and explains as a file does, to the last byte", async () => {
    const machine = new Machine();
    const db = ["--db", await emptyBookUrl()];
    const file = machine.file(
      "records.jsonl",
      Array.from({ length: 120 }, (_, i) => {
        const timestamp = new Date(Date.UTC(2026, 0, 1 + (i % 40), 8 + (i % 9))).toISOString();
        return `${JSON.stringify(recordForm({ timestamp, team: i % 3 ? "research" : "data", input_tokens: 1000 + 37 * i }))}\n`;
      }).join(""),
    );
    for (const where of [[], db]) machine.run(["import", "jsonl", file, ...where]);
    for (const words of [
      ["analyze", "--by", "team", "--json"],
      ["forecast", "--limit", "1", "--json"],
      ["explain", "--json"],
    ]) {
      const { exitCode, stdout } = machine.run([...words, ...db]);
      expect(exitCode).toBe(0);
      expect(stdout).toBe(machine.run(words).stdout);
    }
  });

  it("a password in the address is shown nowhere", async () => {
    const url = new URL(await emptyBookUrl());
    const machine = new Machine();
    for (const words of [["report"], ["doctor"], ["budget", "status"]]) {
      const { stdout, stderr } = machine.run([...words, "--db", url.href]);
      expect(stdout + stderr).not.toContain(url.password);
    }
    url.port = "1";
    const { exitCode, stderr } = machine.run(["report", "--db", url.href]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(stderr).not.toContain(url.password);
  });
});
