import { describe, expect, test } from "vitest";
import * as errors from "../../src/errors.ts";
import { readProjectFile } from "./markdown.ts";

const page = readProjectFile("docs/errors.md");

/** The first two cells of each row of the table under a heading. */
function tableUnder(heading: string): [string, string][] {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")))
    .map(([, first = "", second = ""]) => [first, second]);
}

describe("docs/errors.md", () => {
  test("names every code of the family, and no other", () => {
    const declared = readProjectFile("src/errors.ts").split("export type ErrorCode =")[1]?.split(";")[0] ?? "";
    const codes = Array.from(declared.matchAll(/"([A-Z_]+)"/g), ([, code]) => code);
    expect(tableUnder("Codes").map(([code]) => code)).toEqual(codes);
  });

  test("acceptance G17: names the class of every code that has one", () => {
    const classes = new Map<string, string>();
    for (const [name, value] of Object.entries(errors)) {
      // WindowBreached has the code of the class it extends.
      if (typeof value !== "function" || Object.getPrototypeOf(value) !== errors.TokenLedgerError) continue;
      const breach: errors.Breach = { cap: "cost_usd", limit: 1, attempted: 2, refuses: true };
      const argument = value === errors.BudgetExceeded ? [breach] : "…";
      const sample = new (value as new (argument: unknown) => errors.TokenLedgerError)(argument);
      classes.set(sample.code, name);
    }
    expect(classes.size).toBeGreaterThanOrEqual(4);
    const told = new Map(tableUnder("Codes"));
    for (const [code, name] of classes) expect(told.get(code)).toBe(name);
    for (const [code, name] of told) if (name !== "") expect(classes.get(code)).toBe(name);
  });

  test("names every exit code", async () => {
    const { EXIT } = await import("../../src/cli/exit-codes.ts");
    expect(tableUnder("Exit codes").map(([code]) => Number(code))).toEqual(Object.values(EXIT));
  });
});
