/** Every case of bad-input.md, part A: no crash, no stack, one line that names the value and what is accepted, nothing changed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JANUARY, MAIN, Machine, recordForm } from "./run-command.ts";

const machine = new Machine();
machine.importRecords(JANUARY);

function refusal(...words: string[]): string {
  const { exitCode, stdout, stderr } = machine.run(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  return oneLine(stderr);
}

function failure(...words: string[]): string {
  const { exitCode, stderr } = machine.run(words);
  expect(exitCode).toBe(1);
  return oneLine(stderr);
}

function oneLine(stderr: string): string {
  expect(stderr).toMatch(/^tokenledger: [^\n]+\n$/);
  return stderr;
}

describe("the machine's time zone", () => {
  it("bad-input A35: one that is not known is told, for days of another would be wrong figures", () => {
    for (const words of [[], ["report"], ["costs"]]) {
      const { exitCode, stdout, stderr } = machine.run(words, { env: { TZ: "Mars/Phobos" } });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(oneLine(stderr)).toContain('TZ, "Mars/Phobos", is not known here');
    }
  });

  it("bad-input A35: the C library's ways to write it are understood", () => {
    const zoneFor = (TZ: string): unknown => JSON.parse(machine.run(["report", "--json"], { env: { TZ } }).stdout).range.tz;
    expect(zoneFor(":Europe/Berlin")).toBe("Europe/Berlin");
    expect(zoneFor(":/no/such/file")).toBe("UTC");
    expect(zoneFor(":UTC")).toBe("UTC");
  });
});

describe("commands and options", () => {
  it("bad-input A1: no arguments give the summary; an empty book tells how to import", () => {
    expect(machine.run([])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("this month") });
    const empty = machine.run(["--db", join(machine.folder, "none.db")]);
    expect(empty).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("tokenledger import") });
    expect(existsSync(join(machine.folder, "none.db"))).toBe(false);
  });

  it("bad-input A2: an unknown command is answered with the closest one", () => {
    expect(refusal("import", "bill.csv")).toContain('no file or folder "bill.csv"');
    expect(refusal("import", "claud")).toContain("did you mean claude-code?");
    expect(refusal("reprot")).toContain('"reprot" is unknown; did you mean report?');
  });

  it("bad-input A3: an unknown option is answered with the closest one", () => {
    expect(refusal("report", "--gruop-by", "team")).toContain("did you mean --group-by?");
  });

  it("bad-input A4: an option without its value at the end", () => {
    expect(refusal("report", "--team")).toContain("--team needs a value");
    expect(refusal("report", "--start", "--end", "2026-01-01")).toContain("--start needs a value");
  });

  it("bad-input A15: a misspelt dimension", () => {
    expect(refusal("report", "--group-by", "teams")).toContain('"teams" is unknown; did you mean team?');
  });

  it("bad-input A16: a dimension twice", () => {
    expect(refusal("report", "--group-by", "team,team")).toContain("team twice");
  });

  it("bad-input A17: no dimension at all", () => {
    expect(refusal("report", "--group-by", "")).toContain('--group-by "" is unknown');
  });

  it("bad-input A18: a format in capitals is understood", () => {
    expect(machine.run(["report", "--format", "CSV"])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^day,requests,/) });
  });

  it("bad-input A19: a format that is none", () => {
    expect(refusal("report", "--format", "xlsx")).toContain("accepted: table, json, jsonl, csv, md");
  });

  it("bad-input A34: more files than a command takes", () => {
    expect(refusal("pricing", "update", "a.yaml", "b.yaml")).toContain('"b.yaml" is too many');
  });

  it("options that contradict each other", () => {
    expect(refusal("report", "--today", "--start", "2026-01-01")).toContain("give one of them");
    expect(refusal("report", "--json", "--format", "csv")).toContain("contradict");
    expect(refusal("report", "--asc", "--desc")).toContain("contradict");
    expect(refusal("import", "--dry-run", "--watch")).toContain("contradict");
    expect(refusal("report", "--sort", "team")).toContain("--group-by team");
  });
});

describe("days and zones", () => {
  it.each([
    ["A5: a month that isn't one", "2026-13-01"],
    ["A6: a day that doesn't exist", "2026-02-30"],
    ["A7: another order", "31/01/2026"],
    ["A11: the year 0", "0000-01-01"],
    ["A11: a negative number", "-1"],
    ["A12: a word", "now"],
    ["A12: another word", "yesterday"],
  ])("bad-input %s", (_, day) => {
    expect(refusal("report", "--start", day)).toContain(`--start "${day}" is not a day`);
  });

  it("bad-input A8: a start after the end", () => {
    expect(refusal("report", "--start", "2026-02-01", "--end", "2026-01-01")).toContain("is after --end 2026-01-01");
  });

  it("bad-input A9: the same day twice is that day", () => {
    const { totals } = machine.json(["report", "--start", "2026-01-31", "--end", "2026-01-31"]);
    expect(totals).toMatchObject({ requests: 1, cost_usd: "0.04" });
  });

  it("bad-input A10: the last day there is", () => {
    const { totals } = machine.json(["report", "--start", "2026-01-31", "--end", "9999-12-31"]);
    expect(totals).toMatchObject({ requests: 2, cost_usd: "7.04" });
    expect(machine.run(["report", "--start", "0001-01-01", "--end", "9999-12-31", "--tz", "America/New_York"])).toMatchObject({
      exitCode: 0,
    });
  });

  it.each([
    ["A13", "Mars/Phobos"],
    ["A14", "+25:00"],
  ])("bad-input %s: a zone that is none", (_, zone) => {
    expect(refusal("report", "--tz", zone)).toContain(`"${zone}" is not a time zone`);
  });
});

describe("outputs", () => {
  const work = join(machine.folder, "work");
  const leftovers = (): string[] => readdirSync(work).filter((name) => name.endsWith(".tmp"));

  it("bad-input A20: a file that exists stays as it is without --force", () => {
    const path = machine.file("kept.csv", "mine");
    expect(failure("report", "--output", path)).toContain("--force");
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(machine.run(["report", "--format", "csv", "--output", path, "--force"])).toMatchObject({ exitCode: 0, stdout: "" });
    expect(readFileSync(path, "utf8")).toMatch(/^day,/);
  });

  it("bad-input A21: a folder that doesn't exist", () => {
    expect(failure("report", "--output", "/nonexistent/folder/report.csv")).toContain("no such file or folder");
  });

  it("bad-input A22: a folder instead of a file", () => {
    expect(failure("report", "--output", work)).toContain("is a folder");
  });

  it.skipIf(!existsSync("/dev/full"))("bad-input A23: a full device is a failure, not a success", () => {
    expect(failure("report", "--output", "/dev/full", "--force")).toContain("no space left");
    expect(failure("report", "--output", "/dev/full")).toContain("no space left");
    const toFullStdout = `"${process.execPath}" "${MAIN}" report > /dev/full`;
    expect(() => execFileSync("/bin/sh", ["-c", toFullStdout], { env: machine.environment, stdio: "pipe" })).toThrow(/no space left/);
  });

  it.skipIf(process.platform !== "linux")("bad-input A35: a current folder that is gone is said to be gone", () => {
    const gone = join(machine.folder, "gone");
    const inGone = `mkdir "${gone}" && cd "${gone}" && rmdir "${gone}" && "${process.execPath}" "${MAIN}" report`;
    expect(() => execFileSync("/bin/sh", ["-c", inGone], { env: machine.environment, stdio: "pipe" })).toThrow(
      /tokenledger: The current folder is no longer there/,
    );
  });

  it("bad-input A24: - is standard output", () => {
    expect(machine.run(["report", "--output", "-"]).stdout).toContain("total");
  });

  it("bad-input A25: a symbolic link is refused, and what it points to stays", () => {
    const target = machine.file("target.csv", "mine");
    symlinkSync(target, join(work, "link.csv"));
    expect(failure("report", "--output", join(work, "link.csv"), "--force")).toContain("symbolic link");
    expect(readFileSync(target, "utf8")).toBe("mine");
  });

  it("bad-input A26: a reader that has seen enough is no error", () => {
    const many = new Machine();
    many.importRecords(Array.from({ length: 5000 }, () => recordForm()));
    const pipe = `"${process.execPath}" "${MAIN}" export records; echo "exit $?" >&2`;
    const { stderr } = runShell(`(${pipe}) | head -1`, many.environment);
    expect(stderr).toBe("exit 0\n");
  });

  it("bad-input A36: an interrupted export leaves no file and exits with 130", async () => {
    const many = new Machine();
    many.importRecords(Array.from({ length: 60_000 }, () => recordForm()));
    const target = join(many.folder, "work", "out.jsonl");
    const exporting = many.start(["export", "records", "--output", target]);
    const ended = new Promise((resolve) => exporting.on("close", (code) => resolve(code)));
    while (!readdirSync(join(many.folder, "work")).some((name) => name.endsWith(".tmp")))
      await new Promise((resolve) => setImmediate(resolve));
    exporting.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(readdirSync(join(many.folder, "work"))).toEqual(["records.jsonl"]);
  });

  it("leaves nothing half written behind, whatever was refused", () => {
    expect(leftovers()).toEqual([]);
  });
});

describe("values from outside", () => {
  it("bad-input A27: a name is only ever a name", () => {
    const name = "x'; DROP TABLE usage_records--";
    expect(machine.run(["report", "--team", name])).toMatchObject({ exitCode: 4 });
    machine.importRecords([recordForm({ team: name, cost_usd: "0.5", timestamp: "2026-03-01T00:00:00Z" })]);
    expect(machine.json(["report", "--team", name]).totals).toMatchObject({ requests: 1, cost_usd: "0.5" });
  });

  it("bad-input A28: control characters in a name reach no terminal", () => {
    machine.importRecords([recordForm({ team: "\u001b[31mred\u202e", timestamp: "2026-03-02T00:00:00Z" })]);
    const { stdout } = machine.run(["report", "--start", "2026-03-02", "--end", "2026-03-02", "--group-by", "team"]);
    expect(stdout).toContain("\\u001b[31mred\\u202e");
    expect(stdout).not.toContain("\u001b");
    expect(machine.run(["report", "--group-by", "\u001b[31m"]).stderr).toContain("\\u001b[31m");
    machine.importRecords([recordForm({ model: "\u001b[2jgone", team: "odd", timestamp: "2026-03-04T00:00:00Z" })]);
    for (const format of ["table", "json", "md"]) {
      const unpriced = machine.run(["report", "--start", "2026-03-04", "--end", "2026-03-04", "--format", format]);
      expect(unpriced.stdout + unpriced.stderr).toContain("\\u001b[2jgone");
      expect(unpriced.stdout + unpriced.stderr).not.toContain("\u001b");
    }
  });

  it('bad-input A29: --team "" means records without a team', () => {
    machine.importRecords([recordForm({ timestamp: "2026-03-03T00:00:00Z", cost_usd: "0.25" })]);
    expect(machine.json(["report", "--team", ""]).totals).toMatchObject({ requests: 1, cost_usd: "0.25" });
    expect(refusal("report", "--team", "", "--team", "research")).toContain("give it alone");
  });

  it("bad-input A30: an argument of 100 kB is cut in the message", () => {
    const message = refusal("report", "--group-by", "x".repeat(100_000));
    expect(message.length).toBeLessThan(700);
    expect(machine.run(["report", "--team", "x".repeat(100_000)])).toMatchObject({ exitCode: 4 });
  });

  it("bad-input A31: bytes that are no text", () => {
    const { stderr } = runShell(
      `"${process.execPath}" "${MAIN}" report --group-by "$(printf 'a\\377b')"; echo "exit $?" >&2`,
      machine.environment,
    );
    expect(stderr).toMatch(/^tokenledger: --group-by [^\n]+\nexit 2\n$/);
  });

  it("bad-input A32: where nobody can be asked, nothing is applied", () => {
    const before = readdirSync(machine.folder);
    expect(refusal("optimize", "--apply", "provider-switch")).toContain("add --yes");
    expect(readdirSync(machine.folder)).toEqual(before);
  });

  it("bad-input A33: to simulate and to apply are two wishes", () => {
    expect(refusal("optimize", "--simulate", "--apply", "provider-switch", "--yes")).toContain("--simulate and --apply");
  });
});

describe("bad-input A35: odd environments", () => {
  const report = ["report", "--group-by", "team", "--start", "2026-01-01", "--end", "2026-01-31"];
  const usual = machine.run(report).stdout;

  it.each([
    ["TERM=dumb", { TERM: "dumb" }],
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["LANG=C", { LANG: "C", LC_ALL: "C" }],
    ["a Turkish locale", { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }],
  ])("%s changes nothing", (_, env) => {
    expect(machine.run(report, { env })).toMatchObject({ exitCode: 0, stdout: usual });
  });

  it("a screen of one column ends, with every cost on it", () => {
    const { exitCode, stdout } = machine.run(report, { env: { COLUMNS: "1" }, timeoutMs: 10_000 });
    expect({ exitCode, hasCost: stdout.includes("$0.20") }).toEqual({ exitCode: 0, hasCost: true });
  });

  it("without a home the book can still be named", () => {
    expect(machine.run(report, { env: { HOME: undefined } })).toMatchObject({ exitCode: 0 });
  });

  it.skipIf(process.getuid?.() === 0)("a home that can't be written is one sentence", () => {
    const home = join(machine.folder, "locked");
    mkdirSync(home, { mode: 0o500 });
    const { exitCode, stderr } = machine.run(["import"], { env: { HOME: home, TOKENLEDGER_DATABASE_URL: undefined } });
    expect(exitCode).toBe(1);
    expect(oneLine(stderr)).toContain("permission denied");
  });

  it("a file where the folder of the book should be is one sentence", () => {
    writeFileSync(join(machine.folder, "file"), "");
    const { exitCode, stderr } = machine.run(["import", "jsonl", machine.file("one.jsonl", `${JSON.stringify(recordForm())}\n`)], {
      env: { TOKENLEDGER_DATABASE_URL: `sqlite://${machine.folder}/file/book.db` },
    });
    expect(exitCode).toBe(1);
    expect(oneLine(stderr)).toContain("file/book.db");
  });

  it("after all this the book is sound", () => {
    expect(machine.run(["verify"])).toMatchObject({ exitCode: 0 });
  });
});

function runShell(script: string, environment: Record<string, string>): { stderr: string } {
  const stderr = execFileSync("/bin/bash", ["-c", `{ ${script}; } 2>&1 >/dev/null`], { env: environment, encoding: "utf8" });
  return { stderr };
}
