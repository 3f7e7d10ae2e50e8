import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../house/repository.ts";

const page = readFileSync(join(root, "docs/operating/sizing.md"), "utf8");
const results = readFileSync(join(root, "benchmarks/RESULTS.md"), "utf8");
const sections = new Map(
  results.split(/^## /m).map((text) => [text.slice(0, text.indexOf("\n")).toLowerCase().replaceAll(" ", "-"), text]),
);
const rows = Array.from(page.matchAll(/^\| ([^|]+) \| ([^|]+) \| \[[^\]]+\]\([^)#]*RESULTS\.md#([^)]+)\) \|$/gm));

/** Longer numbers hold shorter ones: 117 is not in 1170. */
const numbersIn = (text: string): string[] => text.match(/\d+(?:[.,]\d+)*/g) ?? [];

describe("the figures on sizing", () => {
  test("there is a table of them, and every row names where it was measured", () => {
    expect(rows.length).toBeGreaterThan(9);
    const inTable = page.split("\n").filter((line) => line.startsWith("| ")).length;
    expect(rows.length).toBe(inTable - 1);
  });

  test.each(rows.map(([, what = "", figure = "", section = ""]) => [what, figure, section]))(
    "%s: %s is in the results",
    (_, figure, section) => {
      const measured = new Set(numbersIn(sections.get(section) ?? ""));
      expect(numbersIn(figure).length).toBeGreaterThan(0);
      expect(numbersIn(figure).filter((number) => !measured.has(number))).toEqual([]);
    },
  );
});
