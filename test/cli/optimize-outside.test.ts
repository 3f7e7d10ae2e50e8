/**
 * Acceptance G5 and E1 to E5 of savings, from outside: everything is asked of the built command, every amount is computed again from what
 * the book gives out, and every file that must not change is compared byte for byte.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RecommendationDocument, RecommendationsDocument, SimulationDocument } from "../../src/insights/index.ts";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";
import { Machine, recordForm } from "./run-command.ts";

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 1, 2);
const NOW = "2026-03-10T12:00:00Z";
const SAVINGS = "tokenledger.savings.yaml";

const nano = (usd: string): bigint => {
  const negative = usd.startsWith("-");
  const [whole = "", decimals = ""] = usd.replace("-", "").split(".");
  return BigInt(whole + decimals.padEnd(9, "0")) * (negative ? -1n : 1n);
};

/** Calls of one kind, some each day through the working hours. */
function calls(count: number, days: number, fields: object = {}, firstDayMs = FIRST_DAY_MS): object[] {
  return Array.from({ length: count }, (_, call) =>
    recordForm({
      timestamp: new Date(firstDayMs + (call % days) * DAY_MS + 9 * 3_600_000 + ((call * 7919) % 28_800) * 1000).toISOString(),
      provider: "anthropic",
      model: "claude-3-opus-20240229",
      input_tokens: 10_000,
      output_tokens: 10_000,
      ...fields,
    }),
  );
}

class Office extends Machine {
  override get environment(): Record<string, string> {
    return { ...super.environment, TOKENLEDGER_NOW: NOW };
  }

  optimize(...words: string[]): RecommendationsDocument {
    const { exitCode, stdout, stderr } = this.run(["optimize", ...words, "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  rowsOf(recommendation: Pick<RecommendationDocument, "evidence">): { id: string; cost_usd: string }[] {
    const words = recommendation.evidence.query.split(" ");
    expect(words.shift()).toBe("tokenledger");
    const { exitCode, stdout } = this.run([...words, "--format", "jsonl"]);
    expect(exitCode).toBe(0);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  /** All files, with what is in them, but for those that SQLite keeps beside an open book. */
  contents(): Record<string, string> {
    return Object.fromEntries(
      readdirSync(this.folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !/\.db-(?:shm|wal)$/.test(path))
        .sort()
        .map((path) => [path, `${statSync(path).mode} ${readFileSync(path).toString("base64")}`]),
    );
  }

  get savings(): string {
    return join(this.folder, "work", SAVINGS);
  }
}

describe("acceptance G5: optimize", () => {
  const office = new Office();
  office.importRecords(calls(100, 20));
  const document = office.optimize();
  const haiku = document.recommendations.find(({ kind, to }) => kind === "model-downgrade" && to.includes("claude-3-haiku"));

  it("a million tokens in and out of claude-3-opus are $90.00; of claude-3-haiku $1.50: 98.33 % less, by 100 requests", () => {
    expect(haiku).toMatchObject({
      from: expect.stringContaining("claude-3-opus"),
      requests: 100,
      saving: { percent: expect.closeTo(98.33, 2) },
      evidence: { requests: 100, cost_usd: "90", new_cost_usd: "1.5", saving_usd: "88.5" },
      break_even_failure_rate: expect.closeTo(1 - 1.5 / 90, 3),
      assumptions: expect.arrayContaining([expect.any(String)]),
    });
  });

  it("each recommendation has from and to, dollars and percent, a number of requests, an interval, and rows that add up", () => {
    expect(document.recommendations.length).toBeGreaterThan(0);
    for (const recommendation of document.recommendations) {
      const { evidence, from, requests, saving, to } = recommendation;
      expect(from && to && requests >= 50).toBeTruthy();
      expect(nano(saving.low_usd) <= nano(saving.expected_usd) && nano(saving.expected_usd) <= nano(saving.high_usd)).toBe(true);
      expect(nano(saving.low_usd) > 0n && saving.percent > 0 && saving.percent <= 100).toBe(true);
      const rows = office.rowsOf(recommendation);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(requests);
      expect(rows.reduce((sum, { cost_usd: usd }) => sum + nano(usd), 0n)).toBe(nano(evidence.cost_usd));
    }
  });

  it("never names a model that nobody sells any more", () => {
    for (const { action } of document.recommendations) {
      if (action.type !== "route") continue;
      const { prices } = JSON.parse(office.run(["pricing", "show", action.to.model, "--provider", action.to.provider, "--json"]).stdout);
      expect((prices[0].retired_on ?? "9999-12-31") > NOW.slice(0, 10)).toBe(true);
    }
  });

  it("--simulate shows before and after by model and by day, and changes nothing", () => {
    const before = office.contents();
    const { exitCode, stdout } = office.run(["optimize", "--simulate", "--json"]);
    expect(exitCode).toBe(0);
    const simulation: SimulationDocument = JSON.parse(stdout);
    expect(simulation).toMatchObject({ schema: "tokenledger.simulation/1", before_usd: "90" });
    for (const rows of [simulation.by_model, simulation.by_day]) {
      expect(rows.reduce((sum, { before_usd: usd }) => sum + nano(usd), 0n)).toBe(nano(simulation.before_usd));
      expect(rows.reduce((sum, { after_usd: usd }) => sum + nano(usd), 0n)).toBe(nano(simulation.after_usd));
    }
    expect(nano(simulation.before_usd) - nano(simulation.after_usd)).toBe(nano(simulation.saving_usd));
    expect(office.run(["optimize", "--simulate"]).exitCode).toBe(0);
    office.run(["optimize"]);
    expect(office.contents()).toEqual(before);
    expect(office.optimize()).toEqual(document);
  });

  it("the portfolio's shares add up, and come to no more than is spent", () => {
    const { chosen, saving_usd: saving } = document.portfolio;
    expect(chosen.reduce((sum, { share_usd: usd }) => sum + nano(usd), 0n)).toBe(nano(saving));
    expect((Number(saving) * 20 * 24) / 730).toBeLessThanOrEqual(90);
  });

  it("--apply needs --yes where nobody can be asked; what it writes can be read, and --revert leaves the folder as it was", () => {
    const before = office.contents();
    const refused = office.run(["optimize", "--apply", "model-downgrade"]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("--yes");
    expect(office.contents()).toEqual(before);
    const applied = office.run(["optimize", "--apply", "model-downgrade", "--yes"]);
    expect({ exitCode: applied.exitCode, stderr: applied.stderr }).toEqual({ exitCode: 0, stderr: "" });
    const rule = readFileSync(office.savings, "utf8");
    expect(rule).toMatch(/claude-3-opus/);
    const id = /id:\s*"?(model-downgrade-[0-9a-f]{8})/.exec(rule)?.[1] as string;
    expect(office.optimize().recommendations.find((recommendation) => recommendation.id === id)?.state).toBe("applied");
    expect(Object.keys(office.contents()).sort()).toEqual([...Object.keys(before), office.savings].sort());
    expect(office.run(["optimize", "--revert", id, "--yes"]).exitCode).toBe(0);
    expect(office.contents()).toEqual(before);
  });
});

describe("acceptance G5: nothing is recommended where nothing is known", () => {
  const nothing = (records: object[], ...words: string[]): RecommendationsDocument => {
    const office = new Office();
    if (records.length > 0) office.importRecords(records);
    const { exitCode, stdout } = office.run(["optimize", ...words, "--json"]);
    expect([0, 4]).toContain(exitCode);
    const screen = office.run(["optimize", ...words]);
    expect(screen.exitCode).toBe(exitCode);
    expect(`${screen.stdout}${screen.stderr}`.length).toBeGreaterThan(40);
    return JSON.parse(stdout);
  };

  it("on no book, on one of 49 requests, on one without prices, on one without calls in the period", () => {
    expect(nothing([]).recommendations).toEqual([]);
    expect(nothing(calls(49, 7)).recommendations).toEqual([]);
    expect(nothing(calls(300, 7, { model: "nobody-knows-it" })).recommendations).toEqual([]);
    expect(nothing(calls(300, 7), "--start", "2024-01-01", "--end", "2024-02-01").recommendations).toEqual([]);
    expect(nothing(calls(300, 7), "--team", "nobody").recommendations).toEqual([]);
  });

  it("on 50 requests it is", () => {
    const office = new Office();
    office.importRecords(calls(50, 7));
    expect(office.optimize().recommendations.length).toBeGreaterThan(0);
  });
});

describe("hostile names", () => {
  it("are shown with what can't be seen of them spelt out, and can be applied and reverted", () => {
    const office = new Office();
    const team = "\u001b[31m=cmd|' /C calc'!A0\u202e\",<b>\n- id: x";
    office.importRecords([
      ...calls(80, 10, { team }),
      ...calls(80, 10, { team: "plain", input_tokens: 100_000, output_tokens: 20_000, tags: ["x"] }),
    ]);
    const before = office.contents();
    for (const format of ["table", "md"]) {
      const { exitCode, stdout } = office.run(["optimize", "--format", format]);
      expect(exitCode).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the promise
      expect(stdout).not.toMatch(/[\u001b\u202e]/);
    }
    office.run(["optimize", "--team", team, "--apply", "model-downgrade", "--yes"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the promise
    expect(readFileSync(office.savings, "utf8")).not.toMatch(/[\u001b\u202e]/);
    expect(office.optimize().recommendations.map(({ state }) => state)).toContain("applied");
    expect(office.run(["optimize", "--revert", "all", "--yes"])).toMatchObject({ exitCode: 0 });
    expect(office.contents()).toEqual(before);
  });
});

describe("rules of two teams", () => {
  it("are two rules, also where each was asked for by itself; --revert takes them one by one", () => {
    const office = new Office();
    office.importRecords([...calls(80, 10, { team: "a" }), ...calls(80, 10, { team: "b" })]);
    const before = office.contents();
    for (const team of ["a", "b"]) {
      const { stdout, exitCode } = office.run(["optimize", "--team", team, "--apply", "model-downgrade", "--yes"]);
      expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`for team ${team}`) });
    }
    const ids = [...readFileSync(office.savings, "utf8").matchAll(/id: (model-downgrade-[0-9a-f]{8})/g)].map(([, id]) => id as string);
    expect(new Set(ids).size).toBe(2);
    expect(office.run(["optimize", "--team", "a", "--apply", "model-downgrade", "--yes"]).exitCode).toBe(4);
    for (const id of ids) expect(office.run(["optimize", "--revert", id]).exitCode).toBe(0);
    expect(office.contents()).toEqual(before);
  });

  it("written down at once by two commands, neither is lost", async () => {
    const office = new Office();
    office.importRecords([...calls(80, 10, { team: "a" }), ...calls(80, 10, { team: "b" })]);
    const ended = ["a", "b"].map(
      (team) =>
        new Promise((resolve) => office.start(["optimize", "--team", team, "--apply", "model-downgrade", "--yes"]).on("exit", resolve)),
    );
    expect(await Promise.all(ended)).toEqual([0, 0]);
    expect(readFileSync(office.savings, "utf8").match(/- id: /g)).toHaveLength(2);
    expect(office.run(["optimize", "--revert", "all"]).exitCode).toBe(0);
  });
});

describe("bad input", () => {
  const office = new Office();
  office.importRecords(calls(60, 10));
  it.each([
    ["--apply"],
    ["--apply", "provider-swich", "--yes"],
    ["--apply", "", "--yes"],
    ["--apply", "model-downgrade-00000000", "--yes"],
    ["--apply", "../../etc/passwd", "--yes"],
    ["--apply", "model-downgrade", "--simulate"],
    ["--apply", "model-downgrade", "--revert", "all"],
    ["--apply", "model-downgrade", "--verify"],
    ["--revert"],
    ["--revert", "nothing-of-the-kind"],
    ["--revert", ""],
    ["--verify", "--simulate"],
    ["--simulat"],
    ["--yes"],
    ["--last", "0d"],
    ["--last", "soon"],
    ["--start", "2026-02-30"],
    ["--start", "2026-03-01", "--end", "2026-02-01"],
    ["--tz", "Mars/Phobos"],
    ["--format", "xlsx"],
    ["a-word"],
  ])("optimize %s %s %s %s is refused in one line, and nothing is changed", (...words) => {
    const before = office.contents();
    const { exitCode, stdout, stderr } = office.run(["optimize", ...words]);
    expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(office.contents()).toEqual(before);
  });

  it.each([
    ["--recommendation", "model-downgrade-00000000"],
    ["--recommendation", ""],
    ["--recommendation"],
    ["--recommendation", "\u001b[31m"],
  ])("export records %s %s names no recommendation, and says so", (...words) => {
    const { exitCode, stdout, stderr } = office.run(["export", "records", ...words]);
    expect([1, 2, 4]).toContain(exitCode);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
    expect(stderr).not.toContain("\u001b");
  });
});

describe("acceptance E4: a receipt", () => {
  it.each([1, 2])("of a switch, with %s times as many calls since, tells within a percent what was saved", (times) => {
    const office = new Office();
    const switchMs = Date.parse("2026-03-01T00:00:00Z");
    office.importRecords(calls(200, 20, {}, switchMs - 20 * DAY_MS));
    const env = { TOKENLEDGER_NOW: "2026-03-01T00:00:00Z" };
    const found: RecommendationsDocument = JSON.parse(office.run(["optimize", "--json"], { env }).stdout);
    const haiku = found.recommendations.find(({ kind, to }) => kind === "model-downgrade" && to.includes("claude-3-haiku"));
    expect(haiku).toBeDefined();
    expect(office.run(["optimize", "--apply", haiku?.id as string, "--yes"], { env }).exitCode).toBe(0);
    const since = { model: "claude-3-haiku-20240307", requested_model: "claude-3-opus-20240229" };
    const switched = calls(times * 90, 9, since, switchMs);
    const kept = calls(times * 10, 9, {}, switchMs);
    office.importRecords([...switched, ...kept]);
    const { exitCode, stdout } = office.run(["optimize", "--verify", "--json"]);
    expect(exitCode).toBe(0);
    const { receipts } = JSON.parse(stdout);
    // Each of the calls was $0.90 at the old model's prices, and cost $0.015.
    const truth = times * 90 * (0.9 - 0.015);
    expect(receipts).toMatchObject([{ id: haiku?.id, calls: times * 90, kept_calls: times * 10 }]);
    expect(Math.abs(Number(receipts[0].saved_usd) - truth) / truth).toBeLessThan(0.01);
    expect(office.run(["optimize", "--verify"]).stdout).toContain("claude-3-haiku");
  });
});

describe.skipIf(!hasPostgres)("acceptance G15: a book on PostgreSQL", () => {
  it("is answered as a file is, to the last byte", async () => {
    const office = new Office();
    const db = ["--db", await emptyBookUrl()];
    const records = [
      ...calls(120, 20),
      ...calls(90, 20, { team: "a", model: "claude-sonnet-4-5", input_tokens: 2000, output_tokens: 300 }),
    ];
    const file = office.file("records.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    office.run(["import", "jsonl", file]);
    office.run(["import", "jsonl", file, ...db]);
    for (const words of [["--json"], [], ["--simulate", "--json"], ["--format", "csv"]]) {
      expect(office.run(["optimize", ...words, ...db])).toEqual(office.run(["optimize", ...words]));
    }
    const [first] = office.optimize().recommendations;
    const rows = ["export", "records", "--recommendation", first?.id as string, "--format", "jsonl"];
    expect(office.run([...rows, ...db]).stdout).toBe(office.run(rows).stdout);
  });
});
