import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentFiles, databaseBytes, importPaths, jsonLines } from "./agent-files.ts";

const TIME = "2026-03-01T10:00:00Z";
const disjoint = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 };

/** One call of each agent, in a file whose name alone tells little. */
const logs: Readonly<Record<string, [name: string, content: string | Uint8Array]>> = {
  "gemini-cli": [
    "a.json",
    JSON.stringify({
      sessionId: "s",
      projectHash: "h",
      messages: [{ id: "m", type: "gemini", timestamp: TIME, tokens: { input: 1, output: 1 } }],
    }),
  ],
  qwen: [
    "b.jsonl",
    jsonLines({ parentUuid: null, uuid: "u", sessionId: "s", type: "assistant", timestamp: TIME, usageMetadata: { promptTokenCount: 1 } }),
  ],
  opencode: [
    "c.json",
    JSON.stringify({
      id: "m",
      role: "assistant",
      modelID: "gpt-5",
      providerID: "openai",
      time: { created: TIME },
      tokens: { input: 1, output: 1 },
    }),
  ],
  cline: ["ui_messages.json", JSON.stringify([{ type: "say", say: "api_req_started", ts: 1_772_359_200_000, text: '{"tokensIn":1}' }])],
  copilot: [
    "d.jsonl",
    jsonLines({
      type: "span",
      traceId: "t",
      spanId: "s",
      name: "chat gpt-5",
      endTime: [1_772_359_200, 0],
      attributes: { "github.copilot.interaction_id": "i", "gen_ai.usage.input_tokens": 1 },
    }),
  ],
  goose: [
    "sessions.db",
    databaseBytes(
      `CREATE TABLE sessions (id, model_config_json, created_at, input_tokens); INSERT INTO sessions VALUES ('s', '{}', '${TIME}', 1)`,
    ),
  ],
  amp: ["e.json", JSON.stringify({ id: "T-1", usageLedger: { events: [{ id: "e", timestamp: TIME, tokens: { input: 1 } }] } })],
  droid: ["f.settings.json", JSON.stringify({ providerLockTimestamp: TIME, tokenUsage: { inputTokens: 1 } })],
  pi: [
    "g.jsonl",
    jsonLines({ type: "session", id: "s" }, { type: "message", id: "m", timestamp: TIME, message: { role: "assistant", usage: disjoint } }),
  ],
  kimi: [
    "wire.jsonl",
    jsonLines({ type: "metadata", protocol_version: "1.5" }, { type: "usage.record", time: 1_772_359_200_000, usage: { inputOther: 1 } }),
  ],
};

let agent: AgentFiles;
beforeEach(() => {
  agent = new AgentFiles("amp");
});
afterEach(() => agent.remove());

test("files given without a SOURCE are read by the importer whose they are", async () => {
  for (const [name, content] of Object.values(logs)) agent.put(name, content);
  const { sources, problems } = await importPaths(undefined, agent.folder);
  expect(problems).toEqual([]);
  expect(Object.fromEntries(sources.map(({ source, new: added }) => [source, added]))).toEqual(
    Object.fromEntries(Object.keys(logs).map((source) => [source, 1])),
  );
});

test("Copilot's telemetry is told from other spans by its form, where no attribute names it", async () => {
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.response.model": "gpt-5", "gen_ai.usage.input_tokens": 7 };
  const tool = {
    type: "span",
    traceId: "t",
    spanId: "1",
    name: "execute_tool rg",
    attributes: { "gen_ai.operation.name": "execute_tool" },
  };
  agent.put(
    "copilot.jsonl",
    jsonLines(tool, { type: "span", traceId: "t", spanId: "2", name: "chat", endTime: [1_772_359_200, 5], attributes }),
  );
  agent.put("others.jsonl", jsonLines({ traceId: "t", spanId: "3", name: "chat", startTime: TIME, endTime: TIME, attributes }));
  const { sources, problems } = await importPaths(undefined, agent.folder);
  expect(problems).toEqual([]);
  expect(sources.map((tally) => [tally.source, tally.new]).sort()).toEqual([
    ["copilot", 1],
    ["otel", 1],
  ]);
});

test("a Claude Code log that has no more than the usage is known by it", async () => {
  const message = { id: "msg_1", model: "claude-sonnet-4-6", usage: { input_tokens: 100, output_tokens: 50 } };
  agent.put("bare.jsonl", jsonLines({ type: "assistant", timestamp: TIME, requestId: "req_1", message }));
  const { sources, problems } = await importPaths(undefined, agent.folder);
  expect(problems).toEqual([]);
  expect(sources.map((tally) => [tally.source, tally.new])).toEqual([["claude-code", 1]]);
});
