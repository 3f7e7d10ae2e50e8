import { describe, expect, test } from "vitest";
import { geminiCliImporter } from "../../../src/importers/sources/gemini-cli/gemini-cli-importer.ts";
import { dataPath, withData } from "../../shared-data.ts";
import { importAgent, importPaths, jsonLines } from "../agent-files.ts";
import { PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";

const TIME = "2026-03-01T10:00:00.000Z";

function message(id: string, tokens: object, more: object = {}): object {
  return { id, timestamp: TIME, type: "gemini", model: "gemini-2.5-pro", content: PROMPT_TEXT, tokens, ...more };
}

function chat(...messages: object[]): string {
  return JSON.stringify({ sessionId: "chat-1", projectHash: "abc", startTime: "2026-03-01T09:00:00Z", messages });
}

async function countsOf(tokens: object): Promise<object | undefined> {
  return (await importAgent("gemini-cli", { "chats/session-1.json": chat(message("m", tokens)) })).records[0]?.tokens;
}

const call = (index: number): object =>
  message(`m${index}`, { input: 100 + index, output: 10, cached: 40, thoughts: 5, tool: 3, total: 118 + index });

describe("a chat as one document", () => {
  testImporter({
    importer: geminiCliImporter,
    fileName: "shop/chats/session-1.json",
    write: (calls) => chat(...Array.from({ length: calls }, (_, index) => call(index))),
    tokens: (calls) => ({ input: 103 * calls + (calls * (calls - 1)) / 2, output: 15 * calls }),
  });
});

describe("a chat as lines", () => {
  testImporter({
    importer: geminiCliImporter,
    fileName: "shop/chats/session-1.jsonl",
    write: (calls) => jsonLines({ sessionId: "chat-1", projectHash: "abc" }, ...Array.from({ length: calls }, (_, index) => call(index))),
    tokens: (calls) => ({ input: 103 * calls + (calls * (calls - 1)) / 2, output: 15 * calls }),
  });
});

describe("sources 3.3: token counts of Gemini CLI", () => {
  test("the prompt includes cached tokens, thoughts are billed as output, tool prompts as input", async () => {
    expect(await countsOf({ input: 100, output: 20, cached: 30, thoughts: 7, tool: 3, total: 130 })).toEqual({
      input: 103,
      output: 27,
      cacheRead: 30,
      reasoning: 7,
    });
  });

  test("without a total the prompt includes cached tokens all the same", async () => {
    expect(await countsOf({ input: 100, output: 20, cached: 30 })).toEqual({ input: 100, output: 20, cacheRead: 30 });
  });

  test("a total that only fits when cached tokens lie beside the prompt is believed", async () => {
    expect(await countsOf({ input: 10, output: 20, cached: 5, thoughts: 0, tool: 0, total: 35 })).toEqual({
      input: 15,
      output: 20,
      cacheRead: 5,
    });
  });

  test("what a total has beyond its parts was generated", async () => {
    expect(await countsOf({ total: 654 })).toEqual({ input: 0, output: 654 });
    expect(await countsOf({ input: 10, output: 5, total: 20 })).toEqual({ input: 10, output: 10 });
  });

  test("more cached than sent is taken as sent", async () => {
    expect(await countsOf({ input: 10, output: 5, cached: 30 })).toEqual({ input: 30, output: 5, cacheRead: 30 });
  });
});

describe("sources 3.3: chats of Gemini CLI", () => {
  test("the later of two messages with one id replaces the earlier", async () => {
    const lines = jsonLines(
      { sessionId: "s" },
      message("a", { input: 50, output: 9 }),
      message("b", { input: 1, output: 1 }),
      message("a", { input: 40, output: 8 }),
    );
    const { records } = await importAgent("gemini-cli", { "chats/session-1.jsonl": lines });
    expect(records.map(({ id, tokens }) => [id, tokens.output])).toEqual([
      ["s:a", 8],
      ["s:b", 1],
    ]);
  });

  test("messages inside a $set count, and a rewound message was billed all the same", async () => {
    const lines = jsonLines(
      { sessionId: "s" },
      message("a", { input: 5, output: 1 }),
      { $rewindTo: "a" },
      { $set: { messages: [message("b", { input: 6, output: 2 })] } },
    );
    expect(sumsOf((await importAgent("gemini-cli", { "chats/session-1.jsonl": lines })).records)).toEqual({ input: 11, output: 3 });
  });

  test("a message without a model has its chat's, without a time its chat's start", async () => {
    const text = JSON.stringify({
      sessionId: "s",
      model: "gemini-2.5-flash",
      startTime: "2026-03-01T09:00:00Z",
      messages: [{ id: "a", type: "gemini", tokens: { input: 1, output: 1 } }],
    });
    const { records } = await importAgent("gemini-cli", { "chats/session-1.json": text });
    expect(records[0]).toMatchObject({
      model: "gemini-2.5-flash",
      provider: "google",
      timestampMs: Date.UTC(2026, 2, 1, 9),
      sessionId: "s",
    });
  });

  test("the project is the folder that Gemini CLI noted, else the name of the chat's folder", async () => {
    const files = { "9f86d0/chats/session-1.json": chat(message("a", { input: 1, output: 1 })) };
    expect((await importAgent("gemini-cli", files)).records[0]?.project).toBe("9f86d0");
    expect((await importAgent("gemini-cli", { ...files, "9f86d0/.project_root": "/home/me/shop\n" })).records[0]?.project).toBe("shop");
  });

  test("headless output counts by model", async () => {
    const tokens = (prompt: number): object => ({ tokens: { prompt, candidates: 4, cached: 2, thoughts: 1, tool: 0, total: prompt + 5 } });
    const text = JSON.stringify({ session_id: "h", stats: { models: { "gemini-2.5-pro": tokens(10), "gemini-2.5-flash": tokens(20) } } });
    const { records } = await importAgent("gemini-cli", { "run.json": text });
    expect(records.map(({ model, tokens }) => [model, tokens.input, tokens.output, tokens.cacheRead])).toEqual([
      ["gemini-2.5-pro", 10, 5, 2],
      ["gemini-2.5-flash", 20, 5, 2],
    ]);
  });

  test("a message that can't be understood is named and the others count", async () => {
    const { records, problems } = await importAgent("gemini-cli", {
      "chats/session-1.json": chat(
        message("a", { input: "many", output: 1 }),
        message("b", { input: "1", output: -4 }, { timestamp: "soon" }),
        message("c", { input: "12", output: 3 }),
      ),
    });
    expect(sumsOf(records)).toEqual({ input: 13, output: 3 });
    expect(problems.map(({ reason }) => reason)).toEqual(['input is "many", not a count of tokens']);
  });

  test("roots follow GEMINI_CLI_HOME, GEMINI_DATA_DIR, then the home folder", () => {
    const environment = {
      platform: "linux" as const,
      homeDirectory: "/h",
      openDatabase: () => ({ all: () => [], close: () => undefined }),
    };
    expect(geminiCliImporter.roots({ ...environment, variables: { GEMINI_CLI_HOME: "/g" } })).toEqual(["/g/tmp"]);
    expect(geminiCliImporter.roots({ ...environment, variables: { GEMINI_DATA_DIR: "/d" } })).toEqual(["/d"]);
    expect(geminiCliImporter.roots({ ...environment, variables: {} })).toEqual(["/h/.gemini/tmp"]);
  });
});

withData("samples/gemini-cli", (samples) => {
  test("samples/gemini-cli", async () => {
    const { records, problems } = await importPaths("gemini-cli", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ model, tokens }) => [model, tokens])).toEqual([
      ["gemini-2.5-pro", { input: 10, output: 20 }],
      ["gemini-2.0-flash", { input: 15, output: 20, cacheRead: 5 }],
      ["gemini-3.1-pro-preview", { input: 14925, output: 923, reasoning: 863 }],
    ]);
  });

  test("agent-logs of toktrack", async () => {
    const { records, problems } = await importPaths("gemini-cli", dataPath("agent-logs/mag123c+toktrack/tests/fixtures/gemini"));
    expect(problems).toEqual([]);
    // 100 + 250 + 500 + 200 in; 50+30 + 150+100 + 100 + 50+20 out.
    expect(sumsOf(records)).toEqual({ input: 1050, output: 500 });
    expect(records.reduce((sum, { tokens }) => sum + (tokens.cacheRead ?? 0), 0)).toBe(80);
  });
});
