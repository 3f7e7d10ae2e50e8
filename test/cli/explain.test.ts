/** `tokenledger explain` from outside, and the periods that it understands. */
import stringWidth from "string-width";
import { describe, expect, it, test } from "vitest";
import { asOption } from "../../src/cli/selection.ts";
import { type ComparedWords, comparedPeriods } from "../../src/insights/index.ts";
import { Machine, recordForm } from "./run-command.ts";

const NOW_MS = Date.parse("2026-05-17T12:00:00Z");

describe("periods", () => {
  const of = (options: ComparedWords, timeZone = "UTC"): string[] => {
    const { from, to } = comparedPeriods(options, NOW_MS, timeZone, asOption);
    return [from, to].map(({ start, end }) => `${start}..${end}`);
  };

  it("without any: this month so far, beside the same days of the month before", () => {
    expect(of({})).toEqual(["2026-04-01..2026-04-17", "2026-05-01..2026-05-17"]);
  });

  test.each([
    ["2026-05-01", "2026-04-30..2026-04-30", "2026-05-01..2026-05-01"],
    ["2026-05-01..2026-05-07", "2026-04-24..2026-04-30", "2026-05-01..2026-05-07"],
    ["2026-03", "2026-02-01..2026-02-28", "2026-03-01..2026-03-31"],
    ["2026-01", "2025-12-01..2025-12-31", "2026-01-01..2026-01-31"],
    ["2026-05", "2026-04-01..2026-04-17", "2026-05-01..2026-05-17"],
    ["2026-06", "2026-05-01..2026-05-31", "2026-06-01..2026-06-30"],
    ["2025", "2024-01-01..2024-12-31", "2025-01-01..2025-12-31"],
    ["2026", "2025-01-01..2025-05-17", "2026-01-01..2026-05-17"],
    ["7d", "2026-05-04..2026-05-10", "2026-05-11..2026-05-17"],
    ["today", "2026-05-16..2026-05-16", "2026-05-17..2026-05-17"],
    ["yesterday", "2026-05-15..2026-05-15", "2026-05-16..2026-05-16"],
    ["this-week", "2026-05-04..2026-05-10", "2026-05-11..2026-05-17"],
    ["last-week", "2026-04-27..2026-05-03", "2026-05-04..2026-05-10"],
    ["this-month", "2026-04-01..2026-04-17", "2026-05-01..2026-05-17"],
    ["last-month", "2026-03-01..2026-03-31", "2026-04-01..2026-04-30"],
    ["this-year", "2025-01-01..2025-05-17", "2026-01-01..2026-05-17"],
    ["last-year", "2024-01-01..2024-12-31", "2025-01-01..2025-12-31"],
  ])("--to %s is compared with the one before: %s and %s", (to, before, after) => {
    expect(of({ to })).toEqual([before, after]);
  });

  it("both can be named, in any order and of any length", () => {
    expect(of({ from: "2026-04", to: "2026-05-03" })).toEqual(["2026-04-01..2026-04-30", "2026-05-03..2026-05-03"]);
    expect(of({ from: "yesterday", to: "last-month" })).toEqual(["2026-05-16..2026-05-16", "2026-04-01..2026-04-30"]);
  });

  it("what is under way ends with the zone's own today", () => {
    expect(of({ to: "today" }, "Pacific/Kiritimati")).toEqual(["2026-05-17..2026-05-17", "2026-05-18..2026-05-18"]);
    const leapDayMs = Date.parse("2028-02-29T12:00:00Z");
    expect(comparedPeriods({ to: "2028" }, leapDayMs, "UTC").from).toMatchObject({ start: "2027-01-01", end: "2027-02-28" });
  });

  test.each([
    [{ from: "2026-04" }, /--from "2026-04" is compared with what\?/],
    [{ to: "2026-13" }, /--to "2026-13" is not a period; give a day/],
    [{ to: "2026-02-30" }, /--to "2026-02-30" is not a day/],
    [{ to: "2026-05-10..2026-05-01" }, /--to "2026-05-10..2026-05-01" ends before it begins/],
    [{ to: "2026-05-10..soon" }, /--to "soon" is not a day/],
    [{ to: "" }, /--to "" is not a period/],
    [{ to: "0d" }, /is not a period/],
    [{ to: "Yesterday" }, /is not a period/],
    [{ to: "0000" }, /is not a period/],
    [{ from: "now", to: "today" }, /--from "now" is not a period/],
    [{ from: "2026-05-01..2026-05-10", to: "2026-05-10" }, /--from 2026-05-01..2026-05-10 and --to 2026-05-10 share days/],
    [{ from: "2026", to: "this-month" }, /share days/],
  ] satisfies [ComparedWords, RegExp][])("refuses %j in one sentence", (options, sentence) => {
    expect(() => comparedPeriods(options, NOW_MS, "UTC", asOption)).toThrow(sentence);
  });
});

interface Explanation {
  change_usd: string;
  effects: { effect: string; amount_usd: string }[];
  names: { name: string | null; change_usd: string; effects: { amount_usd: string }[] }[];
  findings: { sentence: string }[];
}

const nano = (usd: string): bigint => {
  const [whole = "0", decimals = ""] = usd.replace("-", "").split(".");
  return (usd.startsWith("-") ? -1n : 1n) * BigInt(whole + decimals.padEnd(9, "0"));
};
const sum = (amounts: readonly { amount_usd: string }[]): bigint => amounts.reduce((total, { amount_usd }) => total + nano(amount_usd), 0n);

describe("tokenledger explain", () => {
  const machine = new Machine();
  const january = (day: number, fields: Record<string, unknown>): Record<string, unknown> =>
    recordForm({ timestamp: `2026-01-${String(day).padStart(2, "0")}T10:00:00Z`, ...fields });
  const february = (day: number, fields: Record<string, unknown>): Record<string, unknown> => ({
    ...january(day, fields),
    timestamp: `2026-02-${String(day).padStart(2, "0")}T10:00:00Z`,
  });
  machine.importRecords([
    ...Array.from({ length: 9 }, (_, i) => january(i + 1, { team: "engineering", input_tokens: 10_007 + i, output_tokens: 501 })),
    ...Array.from({ length: 9 }, (_, i) => february(i + 1, { team: "engineering", input_tokens: 20_011 + i, output_tokens: 503 })),
    ...Array.from({ length: 7 }, (_, i) => february(i + 1, { team: "research", input_tokens: 5000, output_tokens: 900 })),
    january(4, { provider: "anthropic", model: "claude-sonnet-4-5", team: "research\u001b[31m", cost_usd: "0.333333333" }),
    february(4, { provider: "google", model: "gemini-2.5-pro", team: "research\u001b[31m", cost_usd: "0.777777777" }),
  ]);
  const json = (...words: string[]): Explanation => machine.json(["explain", ...words]) as unknown as Explanation;

  it("acceptance: effects add up to the change to the last digit, and so do each name's", () => {
    for (const by of ["model", "team", "project", "user", "provider", "source"]) {
      const { change_usd: change, effects, names } = json("--by", by);
      expect(sum(effects)).toBe(nano(change));
      expect(names.reduce((total, name) => total + nano(name.change_usd), 0n)).toBe(nano(change));
      for (const name of names) expect(sum(name.effects)).toBe(nano(name.change_usd));
    }
  });

  it("the change is the one that costs tells", () => {
    const { comparison } = machine.json(["costs", "--compare", "previous"]) as unknown as { comparison: { change_usd: string } };
    expect(json().change_usd).toBe(comparison.change_usd);
  });

  it("backwards, every effect is its own opposite", () => {
    const there = json("--from", "2026-01", "--to", "2026-02-01..2026-02-10");
    const back = json("--from", "2026-02-01..2026-02-10", "--to", "2026-01");
    expect(nano(back.change_usd)).toBe(-nano(there.change_usd));
    const ofEffect = ({ effects }: Explanation, name: string): bigint => sum(effects.filter(({ effect }) => effect === name));
    for (const name of ["volume", "mix", "length_in", "length_out", "price"]) {
      const difference = ofEffect(back, name) + ofEffect(there, name);
      expect(difference >= -2n && difference <= 2n).toBe(true);
    }
    expect(ofEffect(back, "new") + ofEffect(there, "retired")).toBe(0n);
  });

  it("tells it in sentences first, then draws, then the names; filters choose the calls", () => {
    const { stdout, exitCode } = machine.run(["explain", "--by", "team"], { env: { COLUMNS: "100" } });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Spending explained {2}2026-01-01 to 2026-01-10 → 2026-02-01 to 2026-02-10, UTC\n\n/);
    expect(stdout.indexOf("Spending rose by")).toBeLessThan(stdout.indexOf("number of requests"));
    expect(stdout.indexOf("number of requests")).toBeLessThan(stdout.indexOf("mostly because of"));
    expect(stdout).toContain("research\\u001b[31m");
    expect(stdout).not.toContain("\u001b");
    expect(json("--team", "engineering").names.map(({ name }) => name)).toEqual(["gpt-4o"]);
  });

  it.each(["40", "60", "80", "200"])("fits %s columns", (columns) => {
    for (const line of machine.run(["explain"], { env: { COLUMNS: columns } }).stdout.split("\n"))
      expect(stringWidth(line)).toBeLessThanOrEqual(Number(columns));
  });

  it("every format tells the same; the same book gives the same bytes", () => {
    const run = (format: string): string => machine.run(["explain", "--format", format]).stdout;
    for (const format of ["table", "json", "jsonl", "csv", "md"]) expect(run(format)).toBe(run(format));
    const { names, change_usd: change } = json();
    expect(run("csv").trim().split("\r\n")).toHaveLength(names.length + 1);
    expect(
      run("jsonl")
        .trim()
        .split("\n")
        .reduce((total, line) => total + nano(JSON.parse(line).change_usd), 0n),
    ).toBe(nano(change));
    expect(run("md")).toMatch(/^\*\*Spending explained\*\*/);
  });

  it.each([
    [["--by", "tag"], '--by "tag" is unknown'],
    [["--by", "models"], "did you mean model?"],
    [["--to", "2026-02-05..2026-02-01"], "ends before it begins"],
    [["--from", "2026-02-01", "--to", "2026-02-01..2026-02-03"], "share days"],
    [["--from", "2026-01"], "--to"],
  ])("bad input %j is refused in one line", (words, sentence) => {
    const { exitCode, stdout, stderr } = machine.run(["explain", ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(stderr).toContain(sentence);
  });

  it("calls without a price are told, and nothing is made up of them", () => {
    const unpriced = new Machine();
    unpriced.importRecords([february(3, { model: "never-heard-of" })]);
    const { exitCode, stdout, stderr } = unpriced.run(["explain"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: "" });
    expect(stdout).toMatch(/\* 1 request without a known price .*never-heard-of/);
    expect(unpriced.run(["explain", "--json"]).stderr).toMatch(/^warning: 1 request without a known price [^\n]*\n$/);
  });

  it("nothing to explain is a complete document and exit code 4", () => {
    const none = machine.run(["explain", "--to", "2024-03", "--json"]);
    expect(none.exitCode).toBe(4);
    expect(JSON.parse(none.stdout)).toMatchObject({ change_usd: "0", effects: [], names: [], from: { requests: 0 }, to: { requests: 0 } });
    expect(none.stderr).toContain("The book has no such records from 2024-02-01 to 2024-03-31");
    expect(new Machine().run(["explain"])).toMatchObject({ exitCode: 4, stdout: expect.stringContaining("Nothing to report.") });
    expect(machine.run(["explain", "--to", "2024-03", "--quiet"]).stderr).toBe("");
  });
});
