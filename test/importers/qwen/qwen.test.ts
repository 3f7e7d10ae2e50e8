import { describe, expect, test } from "vitest";
import { qwenImporter } from "../../../src/importers/sources/qwen/qwen-importer.ts";
import { withData } from "../../shared-data.ts";
import { importAgent, importPaths, jsonLines } from "../agent-files.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";

function reply(uuid: string | undefined, usage: object, more: object = {}): object {
  return {
    ...(uuid === undefined ? {} : { uuid }),
    sessionId: "chat-1",
    timestamp: "2026-03-01T10:00:00.000Z",
    type: "assistant",
    cwd: "/home/me/shop",
    model: "qwen3-coder-plus",
    message: { role: "model", parts: [{ text: PROMPT_TEXT }] },
    usageMetadata: usage,
    ...more,
  };
}

async function countsOf(usage: object): Promise<object | undefined> {
  return (await importAgent("qwen", { "chat.jsonl": jsonLines(reply("a", usage)) })).records[0]?.tokens;
}

testImporter({
  importer: qwenImporter,
  fileName: "projects/-home-me-shop/chats/chat-1.jsonl",
  write: (calls) =>
    jsonLines(
      ...Array.from({ length: calls }, (_, index) =>
        reply(`u${index}`, {
          promptTokenCount: 100,
          candidatesTokenCount: 10 + index,
          cachedContentTokenCount: 40,
          thoughtsTokenCount: 5,
          totalTokenCount: 115 + index,
        }),
      ),
    ),
  tokens: (calls) => ({ input: 100 * calls, output: 15 * calls + (calls * (calls - 1)) / 2 }),
});

describe("sources 3.7: Qwen Code", () => {
  test("the prompt includes cached tokens", async () => {
    expect(await countsOf({ promptTokenCount: 100, candidatesTokenCount: 10, cachedContentTokenCount: 60 })).toEqual({
      input: 100,
      output: 10,
      cacheRead: 60,
    });
  });

  test("thoughts lie outside the candidates, unless the total says that they are inside", async () => {
    const usage = { promptTokenCount: 100, candidatesTokenCount: 50, thoughtsTokenCount: 20 };
    expect(await countsOf(usage)).toMatchObject({ output: 70, reasoning: 20 });
    expect(await countsOf({ ...usage, totalTokenCount: 170 })).toMatchObject({ output: 70, reasoning: 20 });
    expect(await countsOf({ ...usage, totalTokenCount: 150 })).toMatchObject({ output: 50, reasoning: 20 });
  });

  test("session and uuid are the identity: a copy in another file counts once, another session's uuid is another call", async () => {
    const usage = { promptTokenCount: 1, candidatesTokenCount: 1 };
    const { records } = await importAgent("qwen", {
      "one.jsonl": jsonLines(reply("a", usage)),
      "two.jsonl": jsonLines(reply("a", usage), reply("a", usage, { sessionId: "chat-2" })),
    });
    expect(records.map(({ id }) => id)).toEqual(["chat-1:a", "chat-2:a"]);
  });

  test("other lines are nothing, a reply without usage is skipped, one without a time is a problem", async () => {
    const { records, problems, sources } = await importAgent("qwen", {
      "chat.jsonl": jsonLines(
        { type: "user" },
        { type: "system" },
        reply("a", {}),
        reply("b", { promptTokenCount: 1 }, { timestamp: "then" }),
      ),
    });
    expect(records).toEqual([]);
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([[4, '"then" is not a time']]);
    expect(sources[0]).toMatchObject({ read: 2, skipped: 2 });
  });

  test("the project is the folder, or the name of the chat's folder", async () => {
    const usage = { promptTokenCount: 1, candidatesTokenCount: 1 };
    const files = { "projects/-home-me-web/chats/a.jsonl": jsonLines(reply("a", usage), reply("b", usage, { cwd: undefined })) };
    expect((await importAgent("qwen", files)).records.map(({ project }) => project)).toEqual(["shop", "-home-me-web"]);
  });
});

withData("samples/qwen", (samples) => {
  test("samples/qwen", async () => {
    const { records, problems } = await importPaths("qwen", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ model, provider, tokens }) => [model, provider, tokens])).toEqual([
      ["coder-model", "qwen", { input: 500, output: 20 }],
      ["qwen3.5-plus", "qwen", { input: 12414, output: 115, reasoning: 39 }],
    ]);
  });
});
