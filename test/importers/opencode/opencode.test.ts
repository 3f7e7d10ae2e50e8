import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SourceDatabase } from "../../../src/importers/index.ts";
import { opencodeImporter } from "../../../src/importers/sources/opencode/opencode-importer.ts";
import { dataPath, withData } from "../../shared-data.ts";
import { AgentFiles, databaseBytes, importAgent, importPaths, openTestDatabase, PAGE_OF_TEXT, sqlText } from "../agent-files.ts";
import { emptyMachine, PROMPT_TEXT, testImporter } from "../conformance.ts";

const CREATED = 1_772_359_200_000;

function message(id: string | undefined, more: object = {}): Record<string, unknown> {
  return {
    ...(id === undefined ? {} : { id, sessionID: "ses_1" }),
    role: "assistant",
    modelID: "claude-sonnet-4-5",
    providerID: "anthropic",
    cost: 0.05,
    time: { created: CREATED, completed: CREATED + 1500 },
    path: { cwd: "/home/me/shop" },
    tokens: { input: 100, output: 50, reasoning: 0, cache: { read: 20, write: 5 } },
    title: PAGE_OF_TEXT,
    ...more,
  };
}

const TABLE = "CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT)";
const insert = (id: string, data: unknown): string => `INSERT INTO message VALUES (${sqlText(id)}, 'ses_1', 0, ${sqlText(data)})`;

async function countsOf(tokens: object): Promise<object | undefined> {
  return (await importAgent("opencode", { "m.json": JSON.stringify(message("m", { tokens })) })).records[0]?.tokens;
}

describe("a database of opencode", () => {
  testImporter({
    importer: opencodeImporter,
    fileName: "opencode.db",
    write: (calls) => databaseBytes(TABLE, ...Array.from({ length: calls }, (_, index) => insert(`msg_${index}`, message(undefined)))),
    tokens: (calls) => ({ input: 125 * calls, output: 50 * calls }),
    environment: { openDatabase: openTestDatabase },
  });
});

describe("message files of opencode", () => {
  testImporter({
    importer: opencodeImporter,
    fileName: "storage/message/ses_1/messages.json",
    write: (calls) => Array.from({ length: calls }, (_, index) => JSON.stringify(message(`msg_${index}`))).join(""),
    tokens: (calls) => ({ input: 125 * calls, output: 50 * calls }),
  });
});

describe("sources 3.4: opencode and Kilo CLI", () => {
  test("input, cache and reasoning are disjoint", async () => {
    expect(await countsOf({ input: 1000, output: 500, reasoning: 100, cache: { read: 200, write: 50 } })).toEqual({
      input: 1250,
      output: 600,
      cacheRead: 200,
      cacheWrite5m: 50,
      reasoning: 100,
    });
  });

  test("a total shows when reasoning is inside the output", async () => {
    const tokens = { input: 1000, output: 500, reasoning: 100, cache: { read: 200, write: 50 } };
    expect(await countsOf({ ...tokens, total: 1750 })).toMatchObject({ output: 500, reasoning: 100 });
    expect(await countsOf({ ...tokens, total: 1850 })).toMatchObject({ output: 600, reasoning: 100 });
  });

  test("what else the message tells", async () => {
    const { records } = await importAgent("opencode", { "m.json": JSON.stringify(message("m")) });
    expect(records[0]).toMatchObject({
      id: "m",
      reportedCostNanoUsd: 50_000_000,
      timestampMs: CREATED,
      latencyMs: 1500,
      sessionId: "ses_1",
      project: "shop",
    });
  });

  test("a cost of 0 is unknown", async () => {
    const { records } = await importAgent("opencode", { "m.json": JSON.stringify(message("m", { cost: 0 })) });
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("a subscription that passes calls on gives way to the model's maker", async () => {
    const { records } = await importAgent("opencode", {
      "a.json": JSON.stringify(message("a", { providerID: "github-copilot", modelID: "gpt-5" })),
      "b.json": JSON.stringify(message("b", { providerID: "opencode", modelID: "big-pickle" })),
      "c.json": JSON.stringify(message("c", { providerID: "amazon-bedrock", modelID: "anthropic.claude-sonnet-4" })),
    });
    expect(records.map(({ provider, metadata }) => [provider, metadata?.via])).toEqual([
      ["openai", "github-copilot"],
      ["opencode", undefined],
      ["bedrock", "amazon-bedrock"],
    ]);
  });

  test("one message in the database, in a file and in another channel's database is one call", async () => {
    const { records } = await importAgent("opencode", {
      "opencode.db": databaseBytes(TABLE, insert("msg_1", message(undefined))),
      "opencode-nightly.db": databaseBytes(TABLE, insert("msg_1", message(undefined)), insert("msg_2", message(undefined))),
      "storage/message/ses_1/msg_1.json": JSON.stringify(message("msg_1")),
      "storage/part/msg_1/part.json": JSON.stringify(message("msg_9")),
    });
    expect(records.map(({ id }) => id).sort()).toEqual(["msg_1", "msg_2"]);
  });

  test("Kilo's database has the same table, and the session's folder stands in for the message's", async () => {
    const session = ["CREATE TABLE session (id TEXT, directory TEXT)", "INSERT INTO session VALUES ('ses_1', '/home/me/web')"];
    const bytes = databaseBytes(
      TABLE,
      ...session,
      insert("msg_1", message(undefined, { path: undefined })),
      insert("msg_2", { role: "user", text: PROMPT_TEXT }),
    );
    const { records } = await importAgent("opencode", { "kilo.db": bytes });
    expect(records.map(({ sessionId, project }) => [sessionId, project])).toEqual([["ses_1", "web"]]);
  });

  test("more rows than a page are all read, whatever their ids", async () => {
    const rows = `INSERT INTO message WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      SELECT 'it''s_' || i, 'ses_1', 0, ${sqlText(message(undefined, { title: "" }))} FROM n`;
    expect((await importAgent("opencode", { "opencode.db": databaseBytes(TABLE, rows) })).records).toHaveLength(5000);
  });

  test("a row that is not JSON is named and the others count", async () => {
    const bytes = databaseBytes(
      TABLE,
      insert("msg_1", "{"),
      insert("msg_2", message(undefined, { time: {} })),
      insert("msg_3", message(undefined)),
    );
    const { records, problems } = await importAgent("opencode", { "opencode.db": bytes });
    expect(records.map(({ id }) => id)).toEqual(["msg_3"]);
    expect(problems.map(({ reason }) => reason)).toEqual(['the data of message "msg_1" is not JSON', "usage without a time"]);
  });

  test("a database without the table, without its columns, or that is none says so", async () => {
    const { problems } = await importAgent("opencode", {
      "opencode-a.db": databaseBytes("CREATE TABLE other (id)"),
      "opencode-b.db": databaseBytes("CREATE TABLE message (id, body)"),
      "opencode-c.db": "nothing of the kind, and long enough to be looked at".repeat(100),
    });
    expect(problems.map(({ reason }) => reason)).toEqual([
      'can\'t be read as a database: it has no table "message"',
      'can\'t be read as a database: its table "message" has no column "session_id", "data"',
      "can't be read as a database: file is not a database",
    ]);
  });

  test("a database that could not be read is tried again, though it has not changed", async () => {
    let isLocked = true;
    const openDatabase = (path: string): SourceDatabase => {
      if (isLocked) throw new Error("database is locked");
      return openTestDatabase(path);
    };
    const agent = new AgentFiles("opencode", { openDatabase });
    try {
      agent.put("opencode.db", databaseBytes(TABLE, insert("msg_1", message(undefined))));
      expect((await agent.import()).problems.map(({ reason }) => reason)).toEqual(["can't be read as a database: database is locked"]);
      isLocked = false;
      expect((await agent.import()).records).toHaveLength(1);
    } finally {
      agent.remove();
    }
  });

  test("every channel's database of both programs is a root, and the message files", () => {
    const folder = mkdtempSync(join(tmpdir(), "tokenledger-opencode-"));
    try {
      mkdirSync(join(folder, "opencode"));
      for (const name of ["opencode.db", "opencode-dev.db", "opencode.db-wal", "auth.json"])
        writeFileSync(join(folder, "opencode", name), "");
      const roots = opencodeImporter.roots(emptyMachine({ variables: { XDG_DATA_HOME: folder, KILO_DATA_DIR: "/kilo" } }));
      expect(roots).toEqual([
        join(folder, "opencode", "opencode-dev.db"),
        join(folder, "opencode", "opencode.db"),
        join(folder, "opencode", "storage", "message"),
        join("/kilo", "storage", "message"),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

withData("samples/opencode", (samples) => {
  test("samples/opencode: the same message twice", async () => {
    const { records, problems } = await importPaths("opencode", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ tokens, reportedCostNanoUsd, timestampMs }) => [tokens, reportedCostNanoUsd, timestampMs])).toEqual([
      [{ input: 1250, output: 600, cacheRead: 200, cacheWrite5m: 50, reasoning: 100 }, 50_000_000, 1_700_000_000_000],
    ]);
  });

  test("agent-logs of tokscale and toktrack", async () => {
    const { records, problems, sources } = await importPaths(
      "opencode",
      dataPath("agent-logs/junhoyeo+tokscale/packages/core/__test__/fixtures"),
      dataPath("agent-logs/mag123c+toktrack/tests/fixtures/opencode"),
    );
    expect(problems).toEqual([]);
    expect(records.map(({ id, tokens }) => [id, tokens.input, tokens.output])).toEqual([
      ["msg_test001", 1300, 500],
      ["msg_001", 1150, 500],
      ["msg_002", 2300, 950],
    ]);
    expect(sources[0]).toMatchObject({ read: 4, skipped: 1 });
  });
});
