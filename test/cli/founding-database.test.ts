/** The specification's own database, brought into the book with its budgets. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { alert, budget, call, founding } from "../importers/token-ledger-db/founding-database.ts";
import { Machine } from "./run-command.ts";

const FEBRUARY = "2026-02-05T10:00:00Z";

function machineWith(...statements: string[]): { machine: Machine; path: string } {
  const machine = new Machine();
  const path = join(machine.folder, "tokenledger.db");
  writeFileSync(path, founding(...statements));
  return { machine, path };
}

const json = (machine: Machine, words: readonly string[]) => JSON.parse(machine.run([...words, "--json"]).stdout);

describe("acceptance G15: import token-ledger-db", () => {
  const statements = [
    call("a", { timestamp: FEBRUARY, team_id: "engineering", cost_usd: 200 }),
    call("b", { timestamp: FEBRUARY, team_id: "engineering", cost_usd: 75.5 }),
    call("c", { timestamp: FEBRUARY, team_id: "research", cost_usd: 1 }),
    budget("engineering", { scope: '{"team":"engineering"}', current_spent: 9999 }),
    budget("broken", { period: "sometimes" }),
    alert("1", "engineering", 50),
    alert("2", "engineering", 0.9),
  ];

  test("records and budgets come in; what is spent follows from the records", () => {
    const { machine, path } = machineWith(...statements);
    const imported = json(machine, ["import", "token-ledger-db", path]);
    expect(imported).toMatchObject({
      sources: [{ source: "token-ledger-db", new: 3 }],
      budgets: [{ file: path, name: "engineering", state: "new" }],
      problems: [{ file: path, line: 2, reason: expect.stringContaining('"sometimes"') }],
      problem_count: 1,
    });
    expect(json(machine, ["budget", "status"]).budgets).toMatchObject([
      {
        name: "engineering",
        amount_usd: "500",
        spent_usd: "275.5",
        enforcement: "rate_limit",
        alerts: [{ threshold: 50 }, { threshold: 90 }],
      },
    ]);
    expect(json(machine, ["budget", "list"]).budgets).toMatchObject([{ defined_in: `import:${path}` }]);
    expect(json(machine, ["alerts", "list"]).alerts).toMatchObject([{ budget: "engineering", threshold: 50 }]);
  });

  test("again it is nothing new, without its SOURCE too, and a changed budget is changed", () => {
    const { machine, path } = machineWith(...statements);
    expect(machine.run(["import", path]).stdout).toContain("Budget engineering (new) put into the book");
    expect(json(machine, ["import", path]).budgets).toMatchObject([{ state: "unchanged" }]);
    writeFileSync(path, founding(...statements.slice(0, 3), budget("engineering", { amount_usd: 600 })));
    expect(json(machine, ["import", path]).budgets).toMatchObject([{ state: "changed" }]);
    expect(json(machine, ["budget", "list"]).budgets).toMatchObject([{ amount_usd: "600" }]);
  });

  test("a budget that is defined elsewhere stays as it is there, and the import says so", () => {
    const { machine, path } = machineWith(...statements);
    machine.run(["budget", "set", "engineering", "--amount", "1", "--period", "daily"]);
    const { problems } = json(machine, ["import", "token-ledger-db", path]);
    expect(problems).toContainEqual({ file: path, line: 1, reason: expect.stringContaining('is defined by "command" already') });
    expect(json(machine, ["budget", "list"]).budgets).toMatchObject([{ amount_usd: "1", period: "daily" }]);
  });

  test("a dry run tells of the budgets and defines none", () => {
    const { machine, path } = machineWith(...statements);
    expect(machine.run(["import", path, "--dry-run"]).stdout).toContain("Budget engineering (new) would be put into the book");
    expect(machine.run(["budget", "list"]).exitCode).toBe(4);
  });
});
