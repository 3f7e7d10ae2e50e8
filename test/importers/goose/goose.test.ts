import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gooseImporter } from "../../../src/importers/sources/goose/goose-importer.ts";
import { withData } from "../../shared-data.ts";
import { AgentFiles, databaseBytes, importAgent, openTestDatabase, PAGE_OF_TEXT, sqlText } from "../agent-files.ts";
import { emptyMachine, testImporter } from "../conformance.ts";

const TABLE = `CREATE TABLE sessions (id TEXT PRIMARY KEY, description TEXT, working_dir TEXT, created_at TIMESTAMP, updated_at TIMESTAMP,
  total_tokens INTEGER, input_tokens INTEGER, output_tokens INTEGER,
  accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER,
  provider_name TEXT, model_config_json TEXT)`;

function session(id: string, values: Readonly<Record<string, string | number | null>> = {}): string {
  const row = {
    id,
    description: PAGE_OF_TEXT,
    working_dir: "/home/me/shop",
    created_at: "2026-03-01 10:00:00",
    updated_at: "2026-03-02 11:00:00",
    accumulated_total_tokens: 1300,
    accumulated_input_tokens: 1000,
    accumulated_output_tokens: 300,
    provider_name: "anthropic",
    model_config_json: '{"model_name":"claude-sonnet-4-20250514"}',
    ...values,
  };
  const texts = Object.values(row).map((value) => (typeof value === "string" ? sqlText(value) : String(value)));
  return `INSERT INTO sessions (${Object.keys(row).join(", ")}) VALUES (${texts.join(", ")})`;
}

async function sessionOf(values: Readonly<Record<string, string | number | null>>): Promise<object | undefined> {
  return (await importAgent("goose", { "sessions.db": databaseBytes(TABLE, session("s", values)) })).records[0];
}

testImporter({
  importer: gooseImporter,
  fileName: "sessions/sessions.db",
  write: (calls) => databaseBytes(TABLE, ...Array.from({ length: calls }, (_, index) => session(`s${index}`))),
  tokens: (calls) => ({ input: 1000 * calls, output: 300 * calls }),
  environment: { openDatabase: openTestDatabase },
});

describe("sources 3.7: Goose", () => {
  test("a session is one record under its own id, at the time when it began", async () => {
    expect(await sessionOf({})).toMatchObject({
      id: "s",
      tokens: { input: 1000, output: 300 },
      timestampMs: Date.UTC(2026, 2, 1, 10),
      provider: "anthropic",
      model: "claude-sonnet-4-20250514",
      project: "shop",
    });
  });

  test("a session that goes on grows: the later counts win, and stay where it began", async () => {
    const agent = new AgentFiles("goose");
    try {
      agent.put("sessions.db", databaseBytes(TABLE, session("s")));
      await agent.import();
      const grown = {
        accumulated_total_tokens: 2500,
        accumulated_input_tokens: 2000,
        accumulated_output_tokens: 500,
        updated_at: "2026-03-05 09:00:00",
      };
      agent.put("sessions.db", databaseBytes(TABLE, session("s", grown), "CREATE TABLE later (id)"));
      const { records } = await agent.import();
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({
        tokens: { input: 2000, output: 500 },
        timestampMs: Date.UTC(2026, 2, 1, 10),
        replay: { rank: 0 },
      });
    } finally {
      agent.remove();
    }
  });

  test("without accumulated counts the plain ones count", async () => {
    const none = { accumulated_total_tokens: null, accumulated_input_tokens: null, accumulated_output_tokens: null };
    expect(await sessionOf({ ...none, input_tokens: 10, output_tokens: 4, total_tokens: 14 })).toMatchObject({
      tokens: { input: 10, output: 4 },
    });
  });

  test("what the total has beyond input and output is reasoning, billed as output", async () => {
    expect(await sessionOf({ accumulated_total_tokens: 1350 })).toMatchObject({ tokens: { input: 1000, output: 350 } });
  });

  test("a session without usage is skipped, one without a model is told, one without a time is a problem", async () => {
    const empty = { accumulated_total_tokens: 0, accumulated_input_tokens: 0, accumulated_output_tokens: 0 };
    const { records, problems, notes, sources } = await importAgent("goose", {
      "sessions.db": databaseBytes(
        TABLE,
        session("a", empty),
        session("b", { model_config_json: null }),
        session("c", { created_at: "once", updated_at: null }),
      ),
    });
    expect(records.map(({ id, model }) => [id, model])).toEqual([["b", "unknown"]]);
    expect(notes.map(({ reason }) => reason)).toEqual(["a request whose model is not named stays without a price"]);
    expect(problems.map(({ reason }) => reason)).toEqual(['"once" is not a time']);
    expect(sources[0]).toMatchObject({ read: 3, skipped: 2 });
  });

  test("roots on each system, and below GOOSE_PATH_ROOT", () => {
    expect(gooseImporter.roots(emptyMachine({ variables: { GOOSE_PATH_ROOT: "/g" } }))).toEqual([
      join("/g", "data", "sessions", "sessions.db"),
    ]);
    expect(gooseImporter.roots(emptyMachine({ platform: "darwin", homeDirectory: "/Users/me" }))).toContain(
      "/Users/me/Library/Application Support/goose/sessions/sessions.db",
    );
    expect(gooseImporter.roots(emptyMachine({ homeDirectory: "/home/me" }))).toContain("/home/me/.local/share/goose/sessions/sessions.db");
  });
});

withData("samples/goose/sessions-schema.sql", (schema) => {
  test("samples/goose: no folder and no time of change", async () => {
    const insert = `INSERT INTO sessions VALUES ('s', '{"model_name":"claude-sonnet-4-20250514"}', NULL, '2026-01-02 03:04:05', 15, 10, 5, 1600, 1000, 500)`;
    const { records, problems } = await importAgent("goose", {
      "sessions.db": databaseBytes(readFileSync(schema, "utf8"), insert),
    });
    expect(problems).toEqual([]);
    expect(records[0]).toMatchObject({
      provider: "anthropic",
      timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      tokens: { input: 1000, output: 600 },
    });
  });
});
