import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { type ColourChoice, wantsColour } from "../../src/cli/printing/colour.ts";
import { bytes, compactCount, count, dollars } from "../../src/cli/printing/numbers.ts";
import { transferLine } from "../../src/cli/printing/progress.ts";
import { sparkline } from "../../src/cli/printing/sparkline.ts";
import { type Column, renderTable } from "../../src/cli/printing/table.ts";

const plain = (text: string): string => text;
const at = (width: number) => ({ width, bold: plain, dim: plain });

const columns: Column[] = [
  { title: "team", align: "left", cells: ["engineering and operations", "研究開発チーム", "total"] },
  { title: "requests", align: "right", dropOrder: 1, cells: ["1,234", "7", "1,241"] },
  { title: "cache read", align: "right", dropOrder: 2, cells: ["99", "1", "100"] },
  { title: "cost", align: "right", cells: ["$1.20", "$10.00", "$11.20"] },
];

describe("tables", () => {
  it("numbers stand to the right, wide characters take two columns", async () => {
    const lines = (await renderTable(columns, at(100), { totalRow: true })).split("\n");
    expect(lines[0]).toBe("team                        requests  cache read    cost");
    expect(lines[3]).toBe("研究開発チーム                     7           1  $10.00");
    expect(lines[4]).toBe(lines[1]);
  });

  it.each([70, 50, 45, 30, 20])("in %i columns no line is wider", async (width) => {
    for (const line of (await renderTable(columns, at(width))).split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  it("columns that matter less go first, then texts wrap, and the cost stays", async () => {
    expect((await renderTable(columns, at(45))).split("\n")[0]).toBe("team                        requests    cost");
    expect((await renderTable(columns, at(24))).split("\n").slice(0, 4)).toEqual([
      "team                cost",
      "────────────────  ──────",
      "engineering and    $1.20",
      "operations",
    ]);
  });

  it("a width of one column ends all the same", async () => {
    expect(await renderTable(columns, at(1))).toContain("$11.20");
  });
});

describe("figures for people", () => {
  it.each([
    ["0", "$0.00"],
    ["1234.565", "$1,234.57"],
    ["0.01", "$0.01"],
    ["0.0049", "$0.0049"],
    ["0.00005", "$0.0001"],
    ["0.000000001", "<$0.0001"],
    ["-1234.5", "-$1,234.50"],
  ])("%s USD is %s", (usd, shown) => {
    expect(dollars(usd)).toBe(shown);
  });

  it("counts and sizes", () => {
    expect([count(0), count(1234567), compactCount(999), compactCount(1000), compactCount(1_250_000), compactCount(999_950)]).toEqual([
      "0",
      "1,234,567",
      "999",
      "1K",
      "1.3M",
      "1M",
    ]);
    expect([bytes(5), bytes(1500), bytes(2_000_000_000)]).toEqual(["5 B", "1.5 kB", "2.0 GB"]);
  });

  it("a day without spending is a dot, the highest a full block", () => {
    expect(sparkline([0, 1, 4, 8])).toBe("·▂▅█");
    expect(sparkline([0, 0])).toBe("··");
  });

  it("progress names files, speed and the time left", () => {
    expect(transferLine("Codex", { files: 2, filesTotal: 9, bytes: 100e6, bytesTotal: 400e6 }, 1000)).toBe(
      "Codex  2/9 files  100 MB/s  3 s left",
    );
    expect(transferLine("Codex", { files: 0, filesTotal: 9, bytes: 0, bytesTotal: 400e6 }, 1000)).toBe("Codex  0/9 files  0 MB/s");
  });
});

describe("colours", () => {
  it.each<[ColourChoice, Record<string, string>, boolean, boolean]>([
    ["auto", {}, true, true],
    ["auto", {}, false, false],
    ["auto", { NO_COLOR: "1" }, true, false],
    ["auto", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["auto", { FORCE_COLOR: "1" }, false, true],
    ["auto", { FORCE_COLOR: "0" }, true, false],
    ["auto", { TERM: "dumb" }, true, false],
    ["auto", { CLICOLOR: "0" }, true, false],
    ["auto", { CLICOLOR_FORCE: "1" }, false, true],
    ["always", { NO_COLOR: "1" }, false, true],
    ["never", { FORCE_COLOR: "1" }, true, false],
  ])("--color %s with %j, terminal %s: %s", (choice, variables, isTerminal, expected) => {
    expect(wantsColour(choice, variables, isTerminal)).toBe(expected);
  });
});
