import { describe, expect, test } from "vitest";
import { clineImporter } from "../../../src/importers/sources/cline/cline-importer.ts";
import { withData } from "../../shared-data.ts";
import { AgentFiles, importAgent, importPaths } from "../agent-files.ts";
import { emptyMachine, PROMPT_TEXT, testImporter } from "../conformance.ts";

const TIME = Date.UTC(2026, 2, 1, 10);
const BEFORE_ROO_CHANGED = Date.UTC(2025, 9, 1);
const CLINE = "saoudrizwan.claude-dev/tasks/task-1";
const ROO = "rooveterinaryinc.roo-cline/tasks/task-1";

function request(ts: unknown, counts: object, more: object = {}): object {
  return { type: "say", say: "api_req_started", ts, text: JSON.stringify({ request: PROMPT_TEXT, ...counts }), ...more };
}

const counts = { tokensIn: 1000, tokensOut: 50, cacheWrites: 20, cacheReads: 300, cost: 0.12 };

async function tokensOf(folder: string, item: object): Promise<object | undefined> {
  return (await importAgent("cline", { [`${folder}/ui_messages.json`]: JSON.stringify([item]) })).records[0]?.tokens;
}

const disjoint = { input: 1320, output: 50, cacheRead: 300, cacheWrite5m: 20 };
const inclusive = { input: 1000, output: 50, cacheRead: 300, cacheWrite5m: 20 };

describe("tasks in an editor", () => {
  testImporter({
    importer: clineImporter,
    fileName: `${CLINE}/ui_messages.json`,
    write: (calls) => JSON.stringify(Array.from({ length: calls }, (_, index) => request(TIME + index, counts))),
    tokens: (calls) => ({ input: 1320 * calls, output: 50 * calls }),
  });
});

describe("sessions of the command line", () => {
  testImporter({
    importer: clineImporter,
    fileName: "sessions/s1/s1.messages.json",
    write: (calls) => {
      const metrics = { inputTokens: 1000, outputTokens: 50, cacheReadTokens: 300, cacheWriteTokens: 20, cost: 0.12 };
      const message = {
        role: "assistant",
        content: PROMPT_TEXT,
        ts: TIME,
        modelInfo: { id: "anthropic/claude-sonnet-4.5", provider: "cline" },
        metrics,
      };
      return JSON.stringify({
        sessionId: "s1",
        agent: "lead",
        messages: Array.from({ length: calls }, (_, index) => ({ id: `msg_${index}`, ...message })),
      });
    },
    tokens: (calls) => ({ input: 1000 * calls, output: 50 * calls }),
  });
});

describe("sources 3.5: what tokensIn means", () => {
  test("Cline's leaves cached tokens out", async () => {
    expect(await tokensOf(CLINE, request(TIME, counts))).toEqual(disjoint);
  });

  test("with the OpenAI protocol it includes them", async () => {
    expect(await tokensOf(CLINE, request(TIME, { ...counts, apiProtocol: "openai" }))).toEqual(inclusive);
    expect(await tokensOf(ROO, request(BEFORE_ROO_CHANGED, { ...counts, apiProtocol: "openai" }))).toEqual(inclusive);
  });

  test("Roo's and Kilo's include them since November 2025, whatever the protocol", async () => {
    const anthropic = { ...counts, apiProtocol: "anthropic" };
    expect(await tokensOf(ROO, request(BEFORE_ROO_CHANGED, anthropic))).toEqual(disjoint);
    expect(await tokensOf(ROO, request(TIME, anthropic))).toEqual(inclusive);
    expect(await tokensOf("kilocode.kilo-code/tasks/task-1", request(TIME, anthropic))).toEqual(inclusive);
  });

  test("more cached than sent can't be a part of it", async () => {
    expect(await tokensOf(ROO, request(TIME, { ...counts, tokensIn: 4, apiProtocol: "openai" }))).toEqual({ ...disjoint, input: 324 });
  });
});

describe("sources 3.5: tasks of Cline, Roo and Kilo", () => {
  test("a request and what the log says it cost", async () => {
    const { records } = await importAgent("cline", { [`${CLINE}/ui_messages.json`]: JSON.stringify([request(TIME, counts)]) });
    expect(records).toEqual([
      expect.objectContaining({
        id: `cline:task-1:${TIME}`,
        timestampMs: TIME,
        reportedCostNanoUsd: 120_000_000,
        sessionId: "task-1",
        metadata: { extension: "cline" },
      }),
    ]);
    expect(JSON.stringify(records)).not.toContain(PROMPT_TEXT);
  });

  test("a request under way has no counts yet and is no record until it has", async () => {
    const agent = new AgentFiles("cline");
    try {
      agent.put(`${CLINE}/ui_messages.json`, JSON.stringify([request(TIME, counts), request(TIME + 1, {})]));
      expect((await agent.import()).records).toHaveLength(1);
      agent.put(
        `${CLINE}/ui_messages.json`,
        JSON.stringify([request(TIME, counts), request(TIME + 1, counts), { type: "say", say: "text", ts: 1 }]),
      );
      expect((await agent.import()).records).toHaveLength(2);
    } finally {
      agent.remove();
    }
  });

  test("a request keeps its identity when messages before it are deleted, and so does a task in two places", async () => {
    const all = [request(TIME, counts), request(TIME + 1, counts), request(TIME + 2, counts)];
    const { records } = await importAgent("cline", {
      [`a/${CLINE}/ui_messages.json`]: JSON.stringify(all),
      [`b/${CLINE}/ui_messages.json`]: JSON.stringify(all.slice(1)),
      [`b/${ROO}/ui_messages.json`]: JSON.stringify(all.slice(1, 2)),
    });
    expect(records).toHaveLength(4);
  });

  test("two requests of the same millisecond are two", async () => {
    const { records } = await importAgent("cline", {
      [`${CLINE}/ui_messages.json`]: JSON.stringify([request(TIME, counts), request(TIME, counts)]),
    });
    expect(records.map(({ id }) => id)).toEqual([`cline:task-1:${TIME}`, `cline:task-1:${TIME}:1`]);
  });

  test("the model: of the message, else of Cline's notes at that time, else of the conversation, else of the history", async () => {
    const files = (more: object = {}): Record<string, string> => ({
      [`${CLINE}/ui_messages.json`]: JSON.stringify([request(TIME, counts, more), request(TIME + 10, counts)]),
      "saoudrizwan.claude-dev/state/taskHistory.json": JSON.stringify([
        { id: "task-1", modelId: "gpt-5", cwdOnTaskInitialization: "/home/me/shop" },
      ]),
    });
    const history = {
      [`${CLINE}/api_conversation_history.json`]: JSON.stringify([
        `<model>of the user's text</model> <environment_details>\n<model>gemini-2.5-pro</model>\n</environment_details>`,
      ]),
    };
    const notes = {
      [`${CLINE}/task_metadata.json`]: JSON.stringify({
        model_usage: [
          { ts: TIME + 5, model_id: "claude-opus-4-5", model_provider_id: "anthropic" },
          { ts: TIME - 5, model_id: "anthropic/claude-haiku-4.5", model_provider_id: "openrouter" },
        ],
      }),
    };
    const modelsOf = async (given: Record<string, string>): Promise<unknown[]> =>
      (await importAgent("cline", given)).records.map(({ provider, model, project }) => [provider, model, project]);
    expect(await modelsOf(files())).toEqual([
      ["openai", "gpt-5", "shop"],
      ["openai", "gpt-5", "shop"],
    ]);
    expect((await modelsOf({ ...files(), ...history }))[0]).toEqual(["google", "gemini-2.5-pro", "shop"]);
    expect(await modelsOf({ ...files(), ...history, ...notes })).toEqual([
      ["openrouter", "anthropic/claude-haiku-4.5", "shop"],
      ["anthropic", "claude-opus-4-5", "shop"],
    ]);
    expect((await modelsOf({ ...files({ modelInfo: { modelId: "grok-4", providerId: "xai" } }), ...notes }))[0]).toEqual([
      "xai",
      "grok-4",
      "shop",
    ]);
  });

  test("a message that can't be understood is named and the others count", async () => {
    const items = [
      { type: "say", say: "api_req_started", ts: TIME, text: "{" },
      request("later", counts),
      request(TIME, { ...counts, tokensIn: -5, cost: "?" }),
      "?",
    ];
    const { records, problems, notes } = await importAgent("cline", { [`${CLINE}/ui_messages.json`]: JSON.stringify(items) });
    expect(records.map(({ tokens }) => tokens.input)).toEqual([320]);
    expect(problems.map(({ reason }) => reason)).toEqual(["the text of message 0 is not JSON", '"later" is not a time']);
    expect(notes.map(({ reason }) => reason)).toContain("message 2: tokensIn is -5; a negative count is taken as 0");
  });
});

describe("sources 3.5: Cline's command line", () => {
  const message = { id: "msg_1", role: "assistant", ts: TIME, modelInfo: { id: "anthropic/claude-opus-4.8", provider: "cline" } };
  const session = (id: string, metrics: object, more: object = {}): string =>
    JSON.stringify({
      sessionId: id,
      agent: "lead",
      messages: [{ role: "user" }, { ...message, metrics }],
      aggregateUsage: { inputTokens: 9e9 },
      ...more,
    });

  test("a forked session repeats the messages of its origin, and they count once; sums are left aside", async () => {
    const metrics = { inputTokens: 1000, outputTokens: 50, cacheReadTokens: 300, cacheWriteTokens: 20, cost: 0.5 };
    const { records } = await importAgent("cline", {
      "sessions/s1/s1.messages.json": session("s1", metrics),
      "sessions/s1/s1.json": JSON.stringify({ cwd: "/home/me/shop" }),
      "sessions/s2/s2.messages.json": session("s2", metrics),
    });
    expect(records).toEqual([
      expect.objectContaining({
        id: "cli:msg_1",
        tokens: inclusive,
        provider: "anthropic",
        model: "anthropic/claude-opus-4.8",
        reportedCostNanoUsd: 5e8,
        project: "shop",
      }),
    ]);
  });

  test("roots follow the variables", () => {
    const last = (variables: Record<string, string>): string | undefined =>
      clineImporter.roots(emptyMachine({ homeDirectory: "/h", variables })).at(-1);
    expect(last({})).toBe("/h/.cline/data/sessions");
    expect(last({ CLINE_DIR: "/c" })).toBe("/c/data/sessions");
    expect(last({ CLINE_DIR: "/c", CLINE_DATA_DIR: "/d" })).toBe("/d/sessions");
    expect(last({ CLINE_DATA_DIR: "/d", CLINE_SESSION_DATA_DIR: "/s" })).toBe("/s");
  });

  test("editors on each system, their relatives and their servers", () => {
    expect(clineImporter.roots(emptyMachine({ homeDirectory: "/h" }))).toEqual(
      expect.arrayContaining([
        "/h/.config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks",
        "/h/.config/VSCodium/User/globalStorage/kilocode.kilo-code/tasks",
        "/h/.vscode-server/data/User/globalStorage/rooveterinaryinc.roo-cline/tasks",
        "/h/.cline/data/tasks",
      ]),
    );
    expect(clineImporter.roots(emptyMachine({ homeDirectory: "/h", platform: "darwin" }))).toContain(
      "/h/Library/Application Support/Code - Insiders/User/globalStorage/rooveterinaryinc.roo-cline/tasks",
    );
  });
});

withData("samples/cline", (samples) => {
  test("samples/cline", async () => {
    const { records, problems } = await importPaths("cline", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ tokens, reportedCostNanoUsd }) => [tokens, reportedCostNanoUsd])).toEqual([
      [{ input: 34334, output: 741 }, 489_531_000],
      [{ input: 125, output: 50, cacheRead: 20, cacheWrite5m: 5 }, 120_000_000],
    ]);
  });
});
