/** `tokenledger forecast` from outside. */
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { ForecastDocument } from "../../src/insights/index.ts";
import { Machine } from "./run-command.ts";
import { STORY_NOW, tellStory } from "./spending-story.ts";

const machine = new Machine();
tellStory(machine);
const run = (words: string[], env: Record<string, string> = {}) =>
  machine.run(["forecast", ...words], { env: { TOKENLEDGER_NOW: STORY_NOW, ...env } });
const json = (...words: string[]): ForecastDocument => JSON.parse(run([...words, "--json"]).stdout);
const sentences = (document: ForecastDocument): string => document.findings.map(({ sentence }) => sentence).join("\n");

describe("tokenledger forecast", () => {
  const document = json();
  const [claude] = document.budgets;

  it("acceptance F5: warns before the $5,000 are spent, with the day", () => {
    expect(Number(document.period.spent_usd)).toBeLessThan(5000);
    expect(claude?.probability_of_exceeding).toBeGreaterThan(0.9);
    // What is left lasts six days or seven: $200 a day and a batch on Monday.
    const runsOut = claude?.runs_out_at.p50?.slice(0, 10) ?? "";
    expect(["2026-05-21", "2026-05-22", "2026-05-23", "2026-05-24"]).toContain(runsOut);
    expect(sentences(document)).toContain("$5,000");
    expect(sentences(document)).toContain(String(Number(runsOut.slice(8))));
  });

  it("the courses are in order, and the middle one is right: four thirds of what came each day", () => {
    const { p10, p50, p90 } = document.period.total_usd as { p10: string; p50: string; p90: string };
    expect(Number(p10)).toBeLessThanOrEqual(Number(p50));
    expect(Number(p50)).toBeLessThanOrEqual(Number(p90));
    expect(Number(p50)).toBeGreaterThan(6000);
    expect(Number(p50)).toBeLessThan(8000);
    const spent = document.period.burn.flatMap(({ spent_usd: usd }) => (usd === null ? [] : [Number(usd)]));
    expect([...spent].sort((a, b) => a - b)).toEqual(spent);
  });

  it("a limit is held against the month: the higher, the less likely it is passed", () => {
    const chances = ["1000", "5000", "6500", "7000", "7500", "20000"].map(
      (limit) => json("--limit", limit).limit?.probability_of_exceeding ?? -1,
    );
    expect(chances[0]).toBe(1);
    expect([...chances].sort((a, b) => b - a)).toEqual(chances);
    expect(chances.at(-1)).toBeLessThan(0.05);
  });

  it("one budget can be asked for", () => {
    expect(json("--budget", "claude").budgets.map(({ name }) => name)).toEqual(["claude"]);
  });

  it("tells its sentences first, then draws what is left, then tells numbers", () => {
    const { stdout, exitCode, stderr } = run([], { COLUMNS: "120" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^Forecast {2}as of 2026-05-17, UTC\n\n/);
    const places = ["this month: what is spent", "claude: what is left of $5,000.00", "P50"].map((part) => stdout.lastIndexOf(part));
    expect(places).not.toContain(-1);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(stdout).toMatch(/^claude .*\$5,000\.00 .* 2026-05-2\d/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the promise
    expect(stdout).not.toMatch(/\u001b|NaN|undefined|Infinity/);
  });

  it.each(["40", "60", "80", "120", "200"])("fits %s columns", (columns) => {
    for (const line of run(["--limit", "5000"], { COLUMNS: columns }).stdout.split("\n"))
      expect(stringWidth(line)).toBeLessThanOrEqual(Number(columns));
  });

  it("a document and a screen are the same bytes twice, whatever the machine's language", () => {
    for (const words of [["--json"], [], ["--format", "csv"], ["--format", "md"]]) {
      expect(run(words, { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }).stdout).toBe(run(words).stdout);
    }
  });

  it("has a row for this month and for each budget", () => {
    const lines = run(["--format", "jsonl"]).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { of: "all", name: null, spent_usd: document.period.spent_usd },
      { of: "budget", name: "claude", amount_usd: "5000" },
    ]);
    expect(run(["--format", "csv"]).stdout).toMatch(/^of,name,value,window_start,window_end,spent_usd,p10_usd,/);
  });

  it.each([
    [["--limit", "0"], '--limit "0" leaves nothing to spend'],
    [["--limit", "-5"], '--limit "-5" leaves nothing to spend'],
    [["--limit", "abc"], '--limit: "abc" is not an amount of money'],
    [["--limit", "1e9"], "is not an amount of money"],
    [["--limit", "0.0000000001"], "more than nine decimal places"],
    [["--limit"], "--limit needs a value"],
    [["--budget", "claud"], "did you mean claude?"],
    [["--budget", ""], 'The budget "" is unknown'],
    [["--last", "7d"], "is not an option of tokenledger forecast"],
  ])("bad input %j is refused in one line", (words, sentence) => {
    const { exitCode, stdout, stderr } = run(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(stderr).toContain(sentence);
  });

  it("an empty book has nothing to forecast: exit code 4", () => {
    const { exitCode, stdout, stderr } = new Machine().run(["forecast", "--json"]);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "tokenledger.forecast/1",
      period: { total_usd: null },
      budgets: [],
      self_score: null,
    });
    expect(stderr).toContain("tokenledger import");
    expect(new Machine().run(["forecast"]).stdout).not.toMatch(/NaN|undefined/);
    expect(new Machine().run(["forecast", "--budget", "any"])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
