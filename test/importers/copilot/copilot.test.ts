import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copilotImporter } from "../../../src/importers/sources/copilot/copilot-importer.ts";
import { dataPath, withData } from "../../shared-data.ts";
import { databaseBytes, importAgent, importPaths, jsonLines, openTestDatabase, PAGE_OF_TEXT } from "../agent-files.ts";
import { emptyMachine, PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";

const SECONDS = 1_772_359_200;

function span(id: string, usage: Readonly<Record<string, unknown>>, more: object = {}): object {
  const named = Object.fromEntries(Object.entries(usage).map(([name, value]) => [`gen_ai.usage.${name}`, value]));
  return {
    type: "span",
    traceId: `trace-${id}`,
    spanId: `span-${id}`,
    name: "chat gpt-5",
    startTime: [SECONDS, 0],
    endTime: [SECONDS + 2, 500_000_000],
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.response.model": "gpt-5",
      "gen_ai.conversation.id": "session-1",
      prompt: PROMPT_TEXT,
      ...named,
    },
    ...more,
  };
}

const usage = {
  input_tokens: 1000,
  output_tokens: 50,
  "cache_read.input_tokens": 300,
  "cache_creation.input_tokens": 20,
  "reasoning.output_tokens": 10,
};

const STORE = `CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY, session_id TEXT, model TEXT, created_at TEXT, input_tokens INTEGER,
  output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER, duration_ms REAL,
  total_nano_aiu INTEGER, request_multiplier REAL, initiator TEXT, note TEXT)`;
const row = (id: number, session = "session-1"): string =>
  `INSERT INTO assistant_usage_events VALUES (${id}, '${session}', 'claude-sonnet-4.5', '2026-03-01T10:00:0${id % 10}Z', 1000, 50, 300, 20, 10, 1234.5, 7, 1.0, 'user', '${PAGE_OF_TEXT}')`;

describe("telemetry lines", () => {
  testImporter({
    importer: copilotImporter,
    fileName: "otel/copilot.jsonl",
    write: (calls) =>
      jsonLines(
        { type: "metric", name: "gen_ai.client.token.usage" },
        ...Array.from({ length: calls }, (_, index) => span(`${index}`, usage)),
      ),
    tokens: (calls) => ({ input: 1000 * calls, output: 50 * calls }),
  });
});

describe("the session store", () => {
  testImporter({
    importer: copilotImporter,
    fileName: "session-store.db",
    write: (calls) => databaseBytes(STORE, ...Array.from({ length: calls }, (_, index) => row(index + 1))),
    tokens: (calls) => ({ input: 1000 * calls, output: 50 * calls }),
    environment: { openDatabase: openTestDatabase },
  });
});

describe("chats of an editor", () => {
  testImporter({
    importer: copilotImporter,
    fileName: "chatSessions/chat-1.json",
    write: (calls) =>
      JSON.stringify({
        sessionId: "chat-1",
        requests: Array.from({ length: calls }, (_, index) => ({
          requestId: `r${index}`,
          timestamp: SECONDS * 1000 + index,
          modelId: "copilot/gpt-5",
          response: [{ value: PROMPT_TEXT }, { kind: "progressTask", value: PROMPT_TEXT }],
        })),
      }),
    tokens: (calls) => ({ input: 0, output: Math.ceil(PROMPT_TEXT.length / 4) * calls }),
  });
});

describe("sources 3.6: the session store", () => {
  test("a row is a request; its input includes the cache", async () => {
    const sessions = ["CREATE TABLE sessions (id TEXT, cwd TEXT)", "INSERT INTO sessions VALUES ('session-1', '/home/me/shop')"];
    const { records } = await importAgent("copilot", { "session-store.db": databaseBytes(STORE, ...sessions, row(1)) });
    expect(records).toEqual([
      expect.objectContaining({
        id: "store:session-1:1:2026-03-01T10:00:01Z",
        tokens: { input: 1000, output: 50, cacheRead: 300, cacheWrite5m: 20, reasoning: 10 },
        provider: "anthropic",
        model: "claude-sonnet-4.5",
        latencyMs: 1235,
        project: "shop",
        metadata: { initiator: "user", request_multiplier: "1", total_nano_aiu: "7" },
      }),
    ]);
  });

  test("sessions that the store holds are not read a second time from telemetry or from their sums", async () => {
    const shutdown = {
      type: "session.shutdown",
      timestamp: "2026-03-01T11:00:00Z",
      data: { modelMetrics: { "gpt-5": { usage: { inputTokens: 9, outputTokens: 1 } } } },
    };
    const { records } = await importAgent("copilot", {
      ".copilot/session-store.db": databaseBytes(STORE, row(1)),
      ".copilot/otel/a.jsonl": jsonLines(
        span("1", usage),
        span("2", usage, {
          attributes: { "gen_ai.operation.name": "chat", "gen_ai.conversation.id": "session-2", "gen_ai.usage.input_tokens": 7 },
        }),
      ),
      ".copilot/session-state/session-1/events.jsonl": jsonLines(shutdown),
      ".copilot/session-state/session-3/events.jsonl": jsonLines(shutdown),
    });
    expect(records.map(({ sessionId, tokens }) => `${sessionId}: ${tokens.input}`).sort()).toEqual([
      "session-1: 1000",
      "session-2: 7",
      "session-3: 9",
    ]);
  });

  test("a store of another version says what it lacks", async () => {
    const { problems } = await importAgent("copilot", { "session-store.db": databaseBytes("CREATE TABLE turns (id)") });
    expect(problems.map(({ reason }) => reason)).toEqual(['can\'t be read as a database: it has no table "assistant_usage_events"']);
  });
});

describe("sources 3.6: telemetry", () => {
  const log = (name: string, more: Readonly<Record<string, unknown>>): object => ({
    traceId: "trace-1",
    timestamp: SECONDS,
    attributes: { "event.name": name, "gen_ai.request.model": "gpt-5", ...more },
  });
  const inference = log("gen_ai.client.inference.operation.details", {
    "gen_ai.usage.input_tokens": 20,
    "gen_ai.usage.output_tokens": 2,
    "gen_ai.response.id": "r1",
  });
  const turn = log("copilot_chat.agent.turn", { "gen_ai.usage.input_tokens": 30, "gen_ai.usage.output_tokens": 3, "turn.index": 0 });
  const agent = {
    type: "span",
    traceId: "trace-1",
    spanId: "agent",
    name: "invoke_agent",
    endTime: [SECONDS, 0],
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 999, "gen_ai.usage.output_tokens": 111 },
  };
  const inputsOf = async (...lines: object[]): Promise<unknown> =>
    (await importAgent("copilot", { "otel/a.jsonl": jsonLines(...lines) })).records.map(({ tokens }) => tokens.input);

  test("a span, its times and its counts", async () => {
    const { records } = await importAgent("copilot", { "otel/a.jsonl": jsonLines(span("1", usage)) });
    expect(records).toEqual([
      expect.objectContaining({
        id: "trace-1:span-1",
        timestampMs: SECONDS * 1000 + 2500,
        latencyMs: 2500,
        provider: "openai",
        sessionId: "session-1",
        tokens: { input: 1000, output: 50, cacheRead: 300, cacheWrite5m: 20, reasoning: 10 },
      }),
    ]);
  });

  test("of one trace only the most detailed kind counts", async () => {
    expect(await inputsOf(agent, turn, inference, span("1", { input_tokens: 10 }))).toEqual([10]);
    expect(await inputsOf(agent, turn, inference)).toEqual([20]);
    expect(await inputsOf(agent, turn)).toEqual([30]);
    expect(await inputsOf(agent)).toEqual([999]);
  });

  test("of one response too, though its traces differ", async () => {
    const other = span("9", { input_tokens: 10 }) as { attributes: object };
    expect(await inputsOf(inference, { ...other, attributes: { ...other.attributes, "gen_ai.response.id": "r1" } })).toEqual([10]);
  });

  test("a span without counts hides nothing, and takes no other's place", async () => {
    expect(await inputsOf(span("1", {}), inference)).toEqual([20]);
  });

  test("a line of a trace without model or session has those of its trace", async () => {
    const bare = {
      ...agent,
      spanId: "bare",
      name: "chat",
      attributes: { "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5 },
    };
    const tool = { type: "span", traceId: "trace-1", attributes: { "gen_ai.request.model": "o3", "gen_ai.conversation.id": "session-7" } };
    const { records } = await importAgent("copilot", { "otel/a.jsonl": jsonLines(bare, tool) });
    expect(records[0]).toMatchObject({ model: "o3", provider: "openai", sessionId: "session-7" });
  });

  test("bad-input F176: broken lines are named, numbers as text are numbers, glued spans are two", async () => {
    const glued = jsonLines(span("1", { input_tokens: "10" }), span("2", { input_tokens: 10 })).replace("}\n{", "}{");
    const { records, problems } = await importAgent("copilot", {
      "otel/a.jsonl": `\ufeff${glued}{"broken\n${jsonLines(span("3", { input_tokens: [] }))}`,
    });
    expect(sumsOf(records).input).toBe(20);
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "not JSON"],
      [3, "gen_ai.usage.input_tokens is [], not a count of tokens"],
    ]);
  });
});

describe("sources 3.6: sums of a session at its shutdowns", () => {
  const shutdown = (inputTokens: number, outputTokens: number): object => ({
    type: "session.shutdown",
    timestamp: "2026-03-01T11:00:00Z",
    data: {
      modelMetrics: { "gpt-5": { requests: { count: 3 }, usage: { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 } } },
    },
  });
  const start = { type: "session.start", data: { sessionId: "s1", context: { cwd: "/home/me/shop" } } };

  test("they are left aside where telemetry tells of the session's requests", async () => {
    const { records } = await importAgent("copilot", {
      "otel/a.jsonl": jsonLines(span("1", usage)),
      "session-state/session-1/events.jsonl": jsonLines(shutdown(100, 10)),
    });
    expect(records.map(({ id }) => id)).toEqual(["trace-1:span-1"]);
  });

  test("they go on where a session is resumed, and start again where it was compacted", async () => {
    const lines = jsonLines(start, shutdown(100, 10), shutdown(150, 30), shutdown(150, 30), shutdown(40, 5), {
      type: "assistant.message",
      data: { content: PROMPT_TEXT },
    });
    const { records, problems } = await importAgent("copilot", { "session-state/s1/events.jsonl": lines });
    expect(problems).toEqual([]);
    expect(records.map(({ id, tokens, project }) => [id, tokens.input, tokens.output, project])).toEqual([
      ["s1:shutdown:gpt-5:1", 100, 10, "shop"],
      ["s1:shutdown:gpt-5:2", 50, 20, "shop"],
      ["s1:shutdown:gpt-5:4", 40, 5, "shop"],
    ]);
  });
});

describe("sources 3.6: chats saved by an editor", () => {
  const request = (id: string, more: object = {}): object => ({
    requestId: id,
    timestamp: SECONDS * 1000,
    modelId: "generic/anthropic/claude-haiku-4.5",
    ...more,
  });
  const rounds = {
    metadata: { toolCallRounds: [{ response: "x".repeat(10), toolCalls: [{ arguments: "y".repeat(7) }] }, { response: "z".repeat(4) }] },
  };

  test("without counts the output is estimated from what was written, and the input stays unknown", async () => {
    const { records } = await importAgent("copilot", {
      "chatSessions/c.json": JSON.stringify({ sessionId: "c", requests: [request("r", { result: rounds, isCanceled: true })] }),
    });
    // 21 characters.
    expect(records).toEqual([
      expect.objectContaining({
        id: "chat:c:r",
        tokens: { output: 6 },
        usageSource: "estimated",
        provider: "anthropic",
        model: "claude-haiku-4.5",
        status: "aborted",
      }),
    ]);
  });

  test("counts that the editor noted are taken, those of the result first", async () => {
    const noted = request("r", { promptTokens: 1, completionTokens: 20, result: { metadata: { promptTokens: 100 } } });
    const { records } = await importAgent("copilot", { "chatSessions/c.json": JSON.stringify({ sessionId: "c", requests: [noted] }) });
    expect(records[0]).toMatchObject({ tokens: { input: 100, output: 20 }, usageSource: "imported" });
  });

  test("a journal is the same chat, change by change", async () => {
    const journal = jsonLines(
      { kind: 0, v: { sessionId: "c", requests: [] } },
      { kind: 2, k: ["requests"], v: [request("r1"), request("r2")] },
      { kind: 1, k: ["requests", 0, "completionTokens"], v: 7 },
      { kind: 2, k: ["requests", 1, "response"], v: [{ value: "abcd" }] },
      { kind: 2, k: ["requests", 1, "response"], v: [{ value: "efgh" }, { value: "cut" }] },
      { kind: 2, k: ["requests", 1, "response"], v: [{ value: "ijkl" }], i: 2 },
      { kind: 1, k: ["__proto__", "polluted"], v: true },
      { kind: 1, k: ["nowhere", "at", "all"], v: true },
    );
    const { records } = await importAgent("copilot", {
      "chatSessions/c.jsonl": journal,
      "chatSessions/c.json": JSON.stringify({ sessionId: "c", requests: [request("r1", { completionTokens: 7 })] }),
    });
    expect(records.map(({ id, tokens }) => [id, tokens.output])).toEqual([
      ["chat:c:r1", 7],
      ["chat:c:r2", 3],
    ]);
    expect({}).not.toHaveProperty("polluted");
  });

  test("the project is the workspace; chats whose spans the editor keeps are read from those", async () => {
    const spans = `CREATE TABLE spans (span_id TEXT, trace_id TEXT, operation_name TEXT, chat_session_id TEXT, request_model TEXT,
      input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, start_time_ms INTEGER, end_time_ms INTEGER)`;
    const span = (id: string, operation: string): string =>
      `INSERT INTO spans VALUES ('${id}', 't', '${operation}', 'traced', 'gpt-5', 100, 9, 40, 1772359200000, 1772359201000)`;
    const attributes = [
      "CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT)",
      "INSERT INTO span_attributes VALUES ('s1', 'gen_ai.usage.cache_creation.input_tokens', '5')",
    ];
    const chat = (id: string): string => JSON.stringify({ sessionId: id, requests: [request("r", { completionTokens: 7 })] });
    const { records, problems } = await importAgent("copilot", {
      "User/globalStorage/github.copilot-chat/agent-traces.db": databaseBytes(
        spans,
        ...attributes,
        span("s1", "chat"),
        span("s2", "invoke_agent"),
      ),
      "User/workspaceStorage/1/workspace.json": JSON.stringify({ folder: "file:///home/me/shop" }),
      "User/workspaceStorage/1/chatSessions/traced.json": chat("traced"),
      "User/workspaceStorage/1/chatSessions/other.json": chat("other"),
      "User/workspaceStorage/1/state.json": "{}",
    });
    expect(problems).toEqual([]);
    expect(records.map(({ id, tokens, project }) => [id, tokens, project])).toEqual([
      ["t:s1", { input: 100, output: 9, cacheRead: 40, cacheWrite5m: 5 }, undefined],
      ["chat:other:r", { input: 0, output: 7 }, "shop"],
    ]);
  });

  test("what is no chat is named", async () => {
    const { problems } = await importAgent("copilot", {
      "chatSessions/a.json": '{"requests":{}}',
      "chatSessions/b.json": JSON.stringify({ requests: ["?", request("r", { completionTokens: 1, timestamp: "then" })] }),
    });
    expect(problems.map(({ reason }) => reason)).toEqual([
      "not a chat saved by an editor",
      "a request of the chat is no object",
      '"then" is not a time',
    ]);
  });
});

test("roots and files of Copilot", () => {
  const roots = copilotImporter.roots(
    emptyMachine({ homeDirectory: "/h", variables: { COPILOT_OTEL_FILE_EXPORTER_PATH: "/tmp/o.jsonl" } }),
  );
  expect(roots).toEqual(
    expect.arrayContaining(["/h/.copilot/session-store.db", "/h/.copilot/otel", "/tmp/o.jsonl", "/h/.config/Code/User/workspaceStorage"]),
  );
  expect(copilotImporter.accepts("/h/.copilot/session-state/s/events.jsonl")).toBe(true);
  expect(copilotImporter.accepts("/h/.copilot/session-state/s/other.jsonl")).toBe(false);
  expect(copilotImporter.accepts("/h/.config/Code/User/workspaceStorage/1/workspace.json")).toBe(false);
  expect(copilotImporter.accepts("/h/.config/Code/User/globalStorage/other.ext/state.vscdb")).toBe(false);
});

withData("samples/copilot", (folder) => {
  test("samples/copilot: three telemetry files, two of them about other traces", async () => {
    const files = ["otel.jsonl", "otel-2.jsonl", "otel-3.jsonl"].map((name) => join(folder, name));
    const { records, problems } = await importPaths("copilot", ...files);
    expect(problems).toEqual([]);
    expect(records.map(({ id, model, provider, tokens }) => [id, model, provider, tokens])).toEqual([
      ["trace-large:span-large", "claude-sonnet-4", "anthropic", { input: 19452, output: 281, cacheRead: 123, reasoning: 128 }],
      ["trace-1:chat-1", "gpt-5.4-mini", "openai", { input: 10, output: 5 }],
      ["trace-1:span-1", "claude-sonnet-4", "anthropic", { input: 19452, output: 281, cacheRead: 123, reasoning: 128 }],
    ]);
  });

  test("agent-logs of splitrail: a chat without counts, estimated", async () => {
    const { records, problems } = await importPaths(
      "copilot",
      dataPath("agent-logs/Piebald-AI+splitrail/src/analyzers/tests/source_data/copilot.json"),
    );
    expect(problems).toEqual([]);
    // 1499, 2202 and 3117 characters of replies and tool calls.
    expect(records.map(({ tokens, model, usageSource, project }) => [tokens.output, model, usageSource, project])).toEqual([
      [375, "claude-haiku-4.5", "estimated", "splitrail"],
      [551, "claude-haiku-4.5", "estimated", undefined],
      [780, "claude-haiku-4.5", "estimated", undefined],
    ]);
  });
});
