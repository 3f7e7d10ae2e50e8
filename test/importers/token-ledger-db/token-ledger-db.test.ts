import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTokenLedgerBudgets } from "../../../src/importers/index.ts";
import { tokenLedgerDbImporter } from "../../../src/importers/sources/token-ledger-db/token-ledger-db-importer.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import { AgentFiles, databaseBytes, importAgent, importPaths, openTestDatabase } from "../agent-files.ts";
import { emptyMachine, testImporter } from "../conformance.ts";
import { alert, budget, call, founding } from "./founding-database.ts";

const NAME = "tokenledger.db";

testImporter({
  importer: tokenLedgerDbImporter,
  fileName: NAME,
  write: (calls) => founding(...Array.from({ length: calls }, (_, index) => call(`call-${index}`))),
  tokens: (calls) => ({ input: 1000 * calls, output: 300 * calls }),
  environment: { openDatabase: openTestDatabase },
});

const importCalls = (...statements: string[]) => importAgent("token-ledger-db", { [NAME]: founding(...statements) });

describe("acceptance G15: the tables of SPEC-TOKEN-001 §7", () => {
  test("a row is a record, its cost to the nano-dollar", async () => {
    const { records, problems } = await importCalls(call("c-1", { cost_usd: 0.1 + 0.2, project_id: "project-1" }));
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: "c-1",
        timestampMs: Date.UTC(2026, 2, 1, 10),
        provider: "anthropic",
        model: "claude-3-opus",
        tokens: { input: 1000, output: 300, cacheWrite5m: 100 },
        latencyMs: 850,
        reportedCostNanoUsd: 300_000_000,
        userId: "user-1",
        teamId: "team-1",
        projectId: "project-1",
        requestId: "request-c-1",
        source: "token-ledger-db",
        metadata: { environment: "test" },
      },
    ]);
  });

  test.each([
    ["2026-03-01T10:00:00Z", 0],
    ["2026-03-01T10:00:00.123456789+00:00", 123],
    ["2026-03-01 11:00:00+01:00", 0],
    ["2026-03-01 10:00:00 UTC", 0],
    ["2026-03-01 10:00:00", 0],
    ["1772359200", 0],
    ["1772359200123", 123],
  ])("a time may be written %s", async (timestamp, milliseconds) => {
    const { records } = await importCalls(call("c", { timestamp }));
    expect(records[0]?.timestampMs).toBe(Date.UTC(2026, 2, 1, 10) + milliseconds);
  });

  test("a cost of 0 tells nothing: the column can't be empty", async () => {
    const { records } = await importCalls(call("c", { cost_usd: 0 }));
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("ids may be a UUID's bytes", async () => {
    const bytes = { sql: "x'00112233445566778899aabbccddeeff'" };
    const { records, problems } = await importCalls(call("c", { id: bytes, team_id: bytes, request_id: bytes }));
    expect(problems).toEqual([]);
    const uuid = "00112233-4455-6677-8899-aabbccddeeff";
    expect(records[0]).toMatchObject({ id: uuid, teamId: uuid, requestId: uuid });
  });

  test("broken rows are problems with their row, and all others count", async () => {
    const { records, problems } = await importCalls(
      call("good"),
      call("time", { timestamp: "yesterday" }),
      call("count", { input_tokens: -5 }),
      call("text", { output_tokens: "many" }),
      call("cost", { cost_usd: -0.5 }),
      call("cached", { cache_read_tokens: 5000 }),
      call("infinite", { cost_usd: { sql: "9e999" } }),
      call("nameless", { model: "" }),
      call("also-good"),
    );
    expect(records.map(({ id }) => id)).toEqual(["good", "also-good"]);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(problems[0]?.reason).toMatch(/^row 2 \(id "time"\): timestamp "yesterday" is no time/);
    expect(problems[4]?.reason).toContain("--input-excludes-cache");
  });

  test("metadata that is no object is left out with a word, and the record counts", async () => {
    const { records, notes } = await importCalls(
      call("a", { metadata: "{broken" }),
      call("b", { metadata: "[1]" }),
      call("c", { metadata: "" }),
    );
    expect(records).toHaveLength(3);
    expect(notes.map(({ line, reason }) => [line, reason])).toEqual([[1, "metadata that is no JSON object was left out"]]);
  });

  test("rows of one request are its attempts: none is lost, and none comes again", async () => {
    const agent = new AgentFiles("token-ledger-db");
    try {
      const rows = [call("a", { request_id: "r" }), call("b"), call("c", { request_id: "r", output_tokens: 1 })];
      agent.put(NAME, founding(...rows.slice(0, 2)));
      await agent.import();
      agent.put(NAME, founding(...rows, call("d", { request_id: "r" })));
      const { records, sources, problems } = await agent.import();
      expect(problems).toEqual([]);
      expect(sources[0]).toMatchObject({ new: 2, duplicate: 2 });
      expect(records.map(({ id, requestId, attempt }) => [id, requestId, attempt])).toEqual([
        ["a", "r", undefined],
        ["b", "request-b", undefined],
        ["c", "r", 2],
        ["d", "r", 3],
      ]);
    } finally {
      agent.remove();
    }
  });

  test("a database without the table, or with another's columns, is a problem that says so", async () => {
    const other = await importAgent("token-ledger-db", { [NAME]: databaseBytes("CREATE TABLE usage_records (id INTEGER PRIMARY KEY)") });
    expect(other.problems[0]?.reason).toContain('its table "usage_records" has no column "timestamp"');
    const none = await importAgent("token-ledger-db", { [NAME]: databaseBytes("CREATE TABLE other (id)") });
    expect(none.problems[0]?.reason).toContain('it has no table "usage_records"');
  });
});

describe("without a SOURCE", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tokenledger-founding-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("the database is known by its table, and our own book is none", async () => {
    const path = join(folder, NAME);
    writeFileSync(path, founding(call("a")));
    expect((await importPaths(undefined, path)).sources).toMatchObject([{ source: "token-ledger-db", new: 1 }]);
    rmSync(path);
    await (await openLedger(`sqlite://${path}`)).close();
    expect((await importPaths(undefined, path)).sources).toEqual([]);
  });
});

describe("its budgets", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tokenledger-founding-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const budgetsIn = (...statements: string[]) => {
    const path = join(folder, NAME);
    writeFileSync(path, founding(...statements));
    return readTokenLedgerBudgets(path, emptyMachine({ openDatabase: openTestDatabase }));
  };

  test("have their amount, period, scope, enforcement, and the thresholds of their alerts", () => {
    expect(
      budgetsIn(budget("engineering"), alert("1", "engineering", 90), alert("2", "engineering", 0.5), alert("3", "engineering", 75)),
    ).toEqual({
      budgets: [
        {
          row: 1,
          name: "engineering",
          amountNanoUsd: 500_000_000_000,
          period: "monthly",
          scope: { team: "engineering" },
          alerts: [50, 75, 90],
          enforcement: "rate_limit",
        },
      ],
      problems: [],
    });
  });

  test.each([
    ['{"team":"x"}', { team: "x" }],
    ['{"Team":"x"}', { team: "x" }],
    ['{"team_id":"x","user_id":null}', { team: "x" }],
    ['{"type":"user","id":"x"}', { user: "x" }],
    ["team:x", { team: "x" }],
    ["team=x, model=gpt-4o", { team: "x", model: "gpt-4o" }],
    ["global", {}],
    ['"Organization"', {}],
    ["{}", {}],
  ])("scope %s is understood", (scope, understood) => {
    expect(budgetsIn(budget("b", { scope })).budgets[0]?.scope).toEqual(understood);
  });

  test.each([
    ["RateLimit", "rate_limit", undefined],
    ['"BlockRequests"', "block_requests", undefined],
    ["notify-only", "notify_only", undefined],
    ['{"SwitchProvider":"openai"}', "switch_provider", "openai"],
    ["switch_provider:openai", "switch_provider", "openai"],
  ])("enforcement %s is understood", (written, enforcement, switchTo) => {
    const [found] = budgetsIn(budget("b", { enforcement: written })).budgets;
    expect([found?.enforcement, found?.switchTo]).toEqual([enforcement, switchTo]);
  });

  test("what can't be understood is a problem with its row, and the others are read", () => {
    const { budgets, problems } = budgetsIn(
      budget("a"),
      budget("b", { period: "fortnightly" }),
      budget("c", { scope: "somebody" }),
      budget("d", { scope: '{"galaxy":"far"}' }),
      budget("e", { enforcement: "shout" }),
      budget("f", { enforcement: "SwitchProvider" }),
      budget("g", { amount_usd: -5 }),
      budget("h", { name: "a" }),
      alert("1", "a", 250),
    );
    expect(budgets.map(({ name }) => name)).toEqual(["a"]);
    expect(problems).toEqual([
      { row: 1, reason: "alert: threshold 250 is no percentage from 1 to 100 and no share up to 1" },
      { row: 2, reason: 'budget "b" has the period "fortnightly"; daily, weekly, monthly, quarterly, yearly are known' },
      { row: 3, reason: 'budget "c" has the scope "somebody", which can\'t be understood' },
      { row: 4, reason: 'budget "d" has the scope "{\\"galaxy\\":\\"far\\"}", which can\'t be understood' },
      { row: 5, reason: 'budget "e" has the enforcement "shout"; notify_only, rate_limit, block_requests, switch_provider are known' },
      { row: 6, reason: 'budget "f" switches the provider, but doesn\'t say to which' },
      { row: 7, reason: 'budget "g" has the amount -5; USD from 0 up are needed' },
      { row: 8, reason: 'budget "a" has the name of the budget in row 1, and each budget needs one of its own' },
    ]);
  });

  test("a database without budgets has none, and one that can't be read is a problem", () => {
    const path = join(folder, NAME);
    writeFileSync(path, databaseBytes("CREATE TABLE other (id)"));
    const environment = emptyMachine({ openDatabase: openTestDatabase });
    expect(readTokenLedgerBudgets(path, environment)).toEqual({ budgets: [], problems: [] });
    writeFileSync(path, "no database at all, but longer than a header would be");
    expect(readTokenLedgerBudgets(path, environment).problems[0]?.reason).toMatch(/^its budgets can't be read: /);
  });
});
