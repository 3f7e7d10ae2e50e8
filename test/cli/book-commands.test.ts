import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/ledger/stores/sqlite/driver.ts";
import { JANUARY, Machine, recordForm } from "./run-command.ts";

const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

describe("import", () => {
  it("acceptance H5: the same file again adds nothing, an appended line exactly one", () => {
    const machine = new Machine();
    const path = machine.file("usage.jsonl", lines(JANUARY));
    const sources = (): unknown => (machine.json(["import", "jsonl", path]) as { sources?: unknown }).sources;
    expect(sources()).toMatchObject([{ source: "jsonl", files: 1, read: 4, new: 4, duplicate: 0 }]);
    expect(sources()).toMatchObject([{ files: 1, new: 0 }]);
    appendFileSync(path, lines([recordForm({ id: "appended" })]));
    expect(sources()).toMatchObject([{ new: 1 }]);
    expect(machine.json(["report"]).totals).toMatchObject({ requests: 5 });
  });

  it("acceptance H6: a bad line is skipped and counted with exit code 0; with --strict the exit code is 1", () => {
    const machine = new Machine();
    const text = `${lines([recordForm()])}{"broken\n${lines([recordForm({ input_tokens: -1 }), recordForm()])}`;
    const path = machine.file("usage.jsonl", text);
    const first = machine.run(["import", "jsonl", path, "--json"]);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      sources: [{ read: 4, new: 2, skipped: 2 }],
      problems: [
        { file: path, line: 2 },
        { file: path, line: 3, reason: expect.stringContaining("input_tokens") },
      ],
    });
    const again = machine.file("again.jsonl", text);
    const strict = machine.run(["import", "jsonl", again, "--strict"]);
    expect(strict.exitCode).toBe(1);
    expect(strict.stdout).toContain(`${again}:2: `);
  });

  it("acceptance H6: folders are read to the bottom, .ndjson too", () => {
    const machine = new Machine();
    mkdirSync(join(machine.folder, "work", "deep", "down"), { recursive: true });
    machine.file("deep/down/a.ndjson", lines([recordForm()]));
    machine.file("deep/b.jsonl", lines([recordForm()]));
    expect(machine.json(["import", "jsonl", join(machine.folder, "work", "deep")]).sources).toMatchObject([{ files: 2, new: 2 }]);
  });

  it("acceptance H6: --tz puts 2026-02-28T23:30-05:00 into February", () => {
    const machine = new Machine();
    machine.importRecords([recordForm({ timestamp: "2026-02-28T23:30:00-05:00" })]);
    const rows = machine.json(["report", "--group-by", "month", "--tz", "America/New_York"]).rows;
    expect(rows).toMatchObject([{ month: "2026-02" }]);
    expect(machine.json(["report", "--group-by", "month"]).rows).toMatchObject([{ month: "2026-03" }]);
  });

  it("--dry-run stores nothing", () => {
    const machine = new Machine();
    const path = machine.file("usage.jsonl", lines(JANUARY));
    expect(machine.json(["import", "jsonl", path, "--dry-run"])).toMatchObject({ dry_run: true, sources: [{ new: 4 }] });
    expect(machine.run(["reprice", "--dry-run"]).exitCode).toBe(4);
    expect(existsSync(machine.book)).toBe(false);
    machine.importRecords(JANUARY.slice(0, 3));
    expect(machine.json(["import", "jsonl", path, "--dry-run"])).toMatchObject({ sources: [{ read: 4 }] });
    expect(machine.json(["report"]).totals).toMatchObject({ requests: 3 });
  });

  it("cache tokens beyond the input are refused with the remedy, which then works", () => {
    const machine = new Machine();
    const path = machine.file("usage.jsonl", lines([recordForm({ input_tokens: 10, cache_read_tokens: 90 })]));
    const { problems } = machine.json(["import", "jsonl", path]) as unknown as { problems: { reason: string }[] };
    expect(problems[0]?.reason).toContain("input_excludes_cache: true");
    expect(problems[0]?.reason).toContain("--input-excludes-cache");
    const again = machine.file("again.jsonl", readFileSync(path));
    expect(machine.json(["import", "jsonl", again, "--input-excludes-cache"]).sources).toMatchObject([{ new: 1 }]);
    expect(machine.json(["report"]).totals).toMatchObject({ input_tokens: 100, cache_read_tokens: 90 });
  });

  it("--map names the columns of a CSV", () => {
    const machine = new Machine();
    const path = machine.file("bill.csv", "When,Which,Prompt tokens,Reply tokens\n2026-01-05T10:00:00Z,gpt-4o,1000,500\n");
    const maps = ["timestamp=When", "model=Which", "input_tokens=Prompt tokens", "output_tokens=Reply tokens"].flatMap((map) => [
      "--map",
      map,
    ]);
    expect(machine.json(["import", "csv", path, "--provider", "openai", ...maps]).sources).toMatchObject([{ new: 1 }]);
    expect(machine.json(["report"]).totals).toMatchObject({ input_tokens: 1000, output_tokens: 500, cost_usd: "0.0075" });
    expect(machine.run(["import", "csv", path, "--map", "timestamp"])).toMatchObject({ exitCode: 2 });
  });

  it("a source that is none is answered with the closest one, a path that isn't there with its name", () => {
    const machine = new Machine();
    expect(machine.run(["import", "claude-cod"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("did you mean claude-code?"),
    });
    expect(machine.run(["import", "jsonl", "missing.jsonl"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("missing.jsonl"),
    });
    expect(machine.run(["import"])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("tokenledger doctor") });
  });
});

describe("export records", () => {
  it("what is exported is imported again as the same book, with nothing new the second time", () => {
    const machine = new Machine();
    machine.importRecords([
      ...JANUARY,
      recordForm({ cache_creation_tokens: 300, cache_creation_1h_tokens: 100, cache_read_tokens: 200, tags: ["x", "y"] }),
    ]);
    const exported = machine.file("exported.jsonl", machine.run(["export", "records"]).stdout);
    const other = new Machine();
    expect(other.json(["import", "jsonl", exported]).sources).toMatchObject([{ new: 5 }]);
    expect(other.run(["export", "records"]).stdout).toBe(readFileSync(exported, "utf8"));
    expect(machine.json(["import", "jsonl", exported]).sources).toMatchObject([{ new: 0, duplicate: 5 }]);
    expect(other.json(["report", "--group-by", "team,model"]).rows).toEqual(machine.json(["report", "--group-by", "team,model"]).rows);
  });

  it("takes the report's ranges and filters, and CSV", () => {
    const machine = new Machine();
    machine.importRecords(JANUARY);
    const { stdout } = machine.run(["export", "records", "--team", "engineering", "--start", "2026-01-31", "--format", "csv"]);
    const [heading, row, end] = stdout.split("\r\n");
    expect(heading).toMatch(/^id,timestamp,provider,model,/);
    expect(row).toMatch(/^g1-b,2026-01-31T23:59:59\.999Z,openai,gpt-4o,/);
    expect(end).toBe("");
    expect(machine.run(["export", "records", "--team", "nobody"])).toMatchObject({ exitCode: 4, stdout: "" });
  });

  it("asks what to export", () => {
    expect(new Machine().run(["export"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("give one of records") });
  });
});

describe("prices", () => {
  const machine = new Machine();
  machine.importRecords([recordForm({ id: "unpriced", model: "house-model", input_tokens: 1_000_000, output_tokens: 500_000 })]);
  const prices = machine.file("prices.yaml", "unit: per_1m_tokens\nproviders:\n  openai:\n    house-model: { input: 1.5, output: 4 }\n");

  it("a model without a price gets one with pricing update, and its records with reprice", () => {
    expect(machine.run(["pricing", "show", "house-model"])).toMatchObject({ exitCode: 4 });
    expect(machine.json(["pricing", "update", prices])).toMatchObject({ schema: "tokenledger.pricing/1", updated: 1 });
    const steep = machine.file("steep.yaml", "unit: per_1m_tokens\nproviders: { somebody: { steep: { input: 20000, output: 40000 } } }\n");
    expect(machine.run(["pricing", "update", steep]).stderr).toMatch(/^warning: somebody\/steep: the input price is 20000 USD/);
    expect(machine.json(["pricing", "show", "house-model"]).prices).toMatchObject([{ provider: "openai", input: "1.5", output: "4" }]);
    expect(machine.json(["reprice", "--dry-run"])).toMatchObject({
      dry_run: true,
      examined: 1,
      corrected: 1,
      priced_now: 1,
      difference_usd: "3.5",
    });
    expect(machine.json(["report"]).totals).toMatchObject({ cost_usd: null });
    expect(machine.json(["reprice"])).toMatchObject({ corrected: 1, difference_usd: "3.5" });
    expect(machine.json(["report"]).totals).toMatchObject({ requests: 1, cost_usd: "3.5", unpriced_requests: 0 });
    expect(machine.json(["reprice"])).toMatchObject({ corrected: 0, difference_usd: "0" });
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });

  it("the maker's price comes first, and is the one that is explained", () => {
    const document = machine.json(["pricing", "show", "gpt-5", "--explain"]) as unknown as {
      prices: { provider: string }[];
      explanation: { provider: string };
    };
    expect(document.prices.map(({ provider }) => provider)).toEqual(["openai", "azure", "openrouter"]);
    expect(document.explanation.provider).toBe("openai");
  });

  it("--explain shows the way from the tokens to the cost", () => {
    const { explanation } = machine.json([
      "pricing",
      "show",
      "gpt-5",
      "--provider",
      "openai",
      "--explain",
      "--input",
      "30000",
      "--cache-read",
      "24000",
      "--output",
      "1200",
    ]);
    expect(explanation).toMatchObject({ provider: "openai", model: "gpt-5", cost_usd: "0.0225" });
  });

  it("a price file that is wrong names the place", () => {
    const wrong = machine.file("wrong.yaml", "providers:\n  openai:\n    house-model: { input: -1, output: 4 }\n");
    const { exitCode, stderr } = machine.run(["pricing", "lint", wrong]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^tokenledger: [^\n]*house-model[^\n]*-1[^\n]*\n$/);
  });

  it("the bundled prices have no errors", () => {
    expect(machine.run(["pricing", "lint"]).exitCode).toBe(0);
  });
});

describe("the rest", () => {
  it("doctor says what was found, and changes nothing", () => {
    const machine = new Machine();
    expect(machine.json(["doctor"])).toMatchObject({
      schema: "tokenledger.doctor/1",
      book: { found: false, problem: null },
      config: { path: null },
    });
    expect(existsSync(machine.book)).toBe(false);
    machine.file("not-a-book.db", "this is no database, but it is long enough to look at");
    const broken = machine.run(["doctor", "--db", join(machine.folder, "work", "not-a-book.db"), "--json"]);
    expect(broken.exitCode).toBe(1);
    expect(JSON.parse(broken.stdout).book.problem).toContain("not a SQLite database");
  });

  it("acceptance G17: errors of the configuration and of the book are sentences with their exit codes", () => {
    const machine = new Machine();
    const config = machine.file("odd.yaml", "budget: []\n");
    expect(machine.run(["report", "--config", config])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("budget") });
    expect(machine.run(["report", "--config", "missing.yaml"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("missing.yaml"),
    });
    machine.file("not-a-book.db", "this is no database, but it is long enough to look at");
    expect(machine.run(["report", "--db", "not-a-book.db"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("not a SQLite database"),
    });
  });

  it("a book of an older version is brought up to date by whoever opens it, readers too", () => {
    const machine = new Machine();
    machine.importRecords(JANUARY);
    const book = connect(machine.book);
    const laterTables = ["budgets", "budget_counters", "reservations", "alerts", "virtual_keys", "audit_log", "sessions", "provider_work"];
    for (const table of laterTables) book.exec(`DROP TABLE ${table}`);
    book.exec(`DELETE FROM settings WHERE name IN ('budgets_revision', 'names_revision', 'keys_revision', 'audit_log_last');
      PRAGMA user_version = 1`);
    book.close();
    expect(machine.json(["report"]).totals).toMatchObject({ requests: 4 });
    expect(machine.run(["budget", "set", "all", "--amount", "1", "--period", "lifetime"]).exitCode).toBe(0);
    expect(machine.run(["verify"]).exitCode).toBe(0);
  });

  it("the sample is named as one, in a book of its own beside the user's", () => {
    const machine = new Machine();
    const { exitCode, stdout, stderr } = machine.run(["demo", "--unless-logs"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Sample company Paper Lantern (made up): spending by week");
    expect(stderr).toContain("made-up company");
    expect(existsSync(join(machine.folder, "tokenledger-demo.db"))).toBe(true);
    expect(machine.run(["report"]).exitCode).toBe(4);
    const [, book] = /export TOKENLEDGER_DATABASE_URL='(.*)'/.exec(stderr) ?? [];
    expect(book).toBe(join(machine.folder, "tokenledger-demo.db"));
    expect(machine.run(["verify"], { env: { TOKENLEDGER_DATABASE_URL: book } }).stdout).toContain("every sum follows");
  });

  it("completion scripts are sound, and know commands and options", () => {
    const machine = new Machine();
    const script = machine.file("completion.bash", machine.run(["completion", "bash"]).stdout);
    const complete = (line: string): string =>
      execFileSync(
        "/bin/bash",
        ["-c", `source ${script}; COMP_WORDS=(${line} ""); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tokenledger; echo "\${COMPREPLY[@]}"`],
        {
          encoding: "utf8",
        },
      );
    expect(complete("tokenledger")).toMatch(/\bimport report costs\b/);
    expect(complete("tokenledger --json pricing")).toMatch(/\bshow list update lint\b.*--explain/);
    expect(complete("tokenledger budget")).toMatch(/\blist status check set remove backtest\b.*--max-tokens/);
    expect(complete("tokenledger alerts")).toMatch(/\blist ack deliver\b.*--open/);
    expect(complete("tokenledger import")).toMatch(/\bclaude-code cline codex\b.*--dry-run/);
    expect(complete("tokenledger schema")).toMatch(/\breport\b/);
    expect(complete("tokenledger completion")).toMatch(/\bbash zsh fish\b/);
    expect(machine.run(["completion", "zsh"]).stdout).toContain("compdef _tokenledger tokenledger");
    expect(machine.run(["completion", "fish"]).stdout).toContain("-l group-by");
    expect(machine.run(["completion", "tcsh"]).exitCode).toBe(2);
  });

  it("version and help are data, and end well", () => {
    const machine = new Machine();
    expect(machine.run(["--version"])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(machine.run(["report", "--help"])).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("Examples:") });
    expect(machine.run(["help", "pricing", "show"]).stdout).toBe(machine.run(["pricing", "show", "--help"]).stdout);
  });
});
