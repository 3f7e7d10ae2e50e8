/** Budgets tried on the past, from outside. */
import { describe, expect, test } from "vitest";
import { Machine, recordForm } from "./run-command.ts";

/** Eight calls of a dollar a day in January, and on the 20th a loop of a hundred more. */
function january(): Machine {
  const machine = new Machine();
  const records = Array.from({ length: 31 }, (_, day) =>
    Array.from({ length: day === 19 ? 108 : 8 }, (_call, index) =>
      recordForm({
        id: `${day}-${index}`,
        timestamp: new Date(Date.UTC(2026, 0, day + 1, 9, index)).toISOString(),
        team: "research",
        user: index % 2 ? "ada" : "bob",
        cost_usd: "1",
      }),
    ),
  ).flat();
  machine.importRecords(records);
  return machine;
}

interface BacktestJson {
  [field: string]: unknown;
  proposal: { amount_usd: string } | null;
}

const json = (machine: Machine, words: readonly string[]): BacktestJson => JSON.parse(machine.run([...words, "--json"]).stdout);

describe("tokenledger budget backtest", () => {
  const machine = january();
  const TRIED = ["budget", "backtest", "--team", "research", "--period", "daily", "--enforcement", "block_requests"];

  test("says in sentences what would have been blocked, and shows the windows", () => {
    const { stdout, exitCode } = machine.run([...TRIED, "--amount", "10"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("This budget (team research, daily, $10.00) would have blocked 98 of 348 calls.");
    expect(stdout).toContain("Falsely, because the window held no more than normal business: 0. In a runaway: 98, $98.00.");
    expect(stdout).toContain("The first one: 2026-01-20 09:10 UTC, after $10.00.");
    expect(stdout).toMatch(/^2026-01-20 .* 98 .*runaway$/m);
  });

  test("proposes the amount that blocks nothing falsely, and tries it", () => {
    const document = json(machine, [...TRIED, "--max-false-blocks", "0"]);
    expect(document).toMatchObject({ proposal: { amount_usd: "8" }, budget: { amount_usd: "8" }, falsely_blocked: 0, blocked_calls: 100 });
  });

  test("takes a budget that is there, with what the options change", () => {
    machine.run([
      "budget",
      "set",
      "research",
      "--team",
      "research",
      "--amount",
      "10",
      "--period",
      "daily",
      "--enforcement",
      "block_requests",
    ]);
    expect(json(machine, ["budget", "backtest", "research"])).toMatchObject({ blocked_calls: 98 });
    expect(json(machine, ["budget", "backtest", "research", "--amount", "6"])).toMatchObject({ blocked_calls: 162, falsely_blocked: 60 });
    expect(json(machine, ["budget", "backtest", "research", "--start", "2026-01-01", "--until", "2026-01-10"])).toMatchObject({
      calls: 80,
    });
    // Trying changes nothing.
    expect(json(machine, ["budget", "list"])).toMatchObject({ budgets: [{ amount_usd: "10" }] });
  });

  test("a book without such calls has nothing to report", () => {
    expect(machine.run(["budget", "backtest", "--team", "nobody", "--amount", "1", "--period", "daily"]).exitCode).toBe(4);
    expect(new Machine().run(["budget", "backtest", "--amount", "1", "--period", "daily"]).exitCode).toBe(4);
  });

  test.each([
    [["nosuch"], 'There is no budget "nosuch"; define one to try with --amount and --period.'],
    [["--amount", "5"], "neither period nor window"],
    [["--amount", "5", "--period", "daily", "--max-false-blocks", "-1"], "--max-false-blocks"],
    [["research", "--override", "7"], "--override is an exception"],
    [["--amount", "five", "--period", "daily"], "--amount"],
  ])("refuses %j in a sentence", (words, sentence) => {
    const { exitCode, stderr } = machine.run(["budget", "backtest", ...words]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
