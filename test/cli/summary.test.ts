import { describe, expect, it } from "vitest";
import { Machine, recordForm } from "./run-command.ts";

const machine = new Machine();
const dayBefore = (days: number): string => new Date(Date.parse("2026-02-10T09:00:00Z") - days * 86_400_000).toISOString();
machine.importRecords([
  ...Array.from({ length: 30 }, (_, days) => recordForm({ timestamp: dayBefore(days), project: "storefront", cost_usd: "1" })),
  recordForm({ timestamp: dayBefore(12), project: "warehouse", cost_usd: "40" }),
]);

describe("the first screen", () => {
  it("compares a week and a month with the same days before, and today with a whole yesterday", () => {
    const { periods } = machine.json([]) as unknown as {
      periods: { name: string; totals: object; before: { range: object; totals: object } }[];
    };
    expect(periods).toMatchObject([
      {
        name: "today",
        totals: { cost_usd: "1" },
        before: { range: { start: "2026-02-09", end: "2026-02-09" }, totals: { cost_usd: "1" } },
      },
      {
        name: "last 7 days",
        totals: { cost_usd: "7" },
        before: { range: { start: "2026-01-28", end: "2026-02-03" }, totals: { cost_usd: "47" } },
      },
      {
        name: "this month",
        totals: { cost_usd: "10" },
        before: { range: { start: "2026-01-01", end: "2026-01-10" }, totals: { requests: 0 } },
      },
    ]);
  });

  it("tells the day that stands out, and what made it dear", () => {
    expect(machine.json([]).unusual_days).toEqual([
      { day: "2026-01-29", cost_usd: "41", usual_usd: "1", mostly: { dimension: "project", name: "warehouse", cost_usd: "40" } },
    ]);
    expect(machine.run([]).stdout).toContain(
      "Thursday 2026-01-29 cost $41.00, far more than a usual day's $1.00; $40.00 of it project warehouse.",
    );
  });

  it.each([40, 60, 80])("fits %i columns, and all its tables stand on the same lines", (width) => {
    const lines = machine.run([], { env: { COLUMNS: String(width) } }).stdout.split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    const rules = lines.filter((line) => line.startsWith("──"));
    expect(rules).toHaveLength(3);
    expect(new Set(rules).size).toBe(1);
  });

  it("a book whose last call is long ago says so", () => {
    const { stdout } = machine.run([], { env: { TOKENLEDGER_NOW: "2026-06-01T12:00:00Z" } });
    expect(stdout).toContain("The last call in the book is of 2026-02-10.");
    expect(machine.run([]).stdout).not.toContain("The last call");
  });

  it("an empty book says how to begin", () => {
    const empty = new Machine();
    expect(empty.run([]).stdout).toContain("The book is empty.");
    expect(empty.json([])).toMatchObject({ span: null, unusual_days: [] });
  });
});
