import { describe, expect, test } from "vitest";
import { piImporter } from "../../../src/importers/sources/pi/pi-importer.ts";
import { withData } from "../../shared-data.ts";
import { AgentFiles, importAgent, importPaths, jsonLines } from "../agent-files.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";

const HEADER = { type: "session", id: "session-1", timestamp: "2026-03-01T10:00:00Z", cwd: "/home/me/shop" };

function reply(id: string, usage: object, more: object = {}): object {
  const message = {
    role: "assistant",
    model: "claude-sonnet-4-5",
    provider: "anthropic",
    content: [{ type: "text", text: PROMPT_TEXT }],
    usage,
    ...more,
  };
  return { type: "message", id, timestamp: "2026-03-01T10:00:01.000Z", message };
}

const usage = { input: 100, output: 50, cacheRead: 10, cacheWrite: 5, totalTokens: 165, cost: { total: 0.0012 } };

testImporter({
  importer: piImporter,
  fileName: "sessions/shop/1.jsonl",
  write: (calls) => jsonLines(HEADER, ...Array.from({ length: calls }, (_, index) => reply(`m${index}`, usage))),
  tokens: (calls) => ({ input: 115 * calls, output: 50 * calls }),
});

describe("sources 3.7: pi and omp", () => {
  test("cached tokens lie beside the input, and cost.total is dollars", async () => {
    const { records } = await importAgent("pi", { "1.jsonl": jsonLines(HEADER, reply("a", usage)) });
    expect(records).toEqual([
      expect.objectContaining({
        tokens: { input: 115, output: 50, cacheRead: 10, cacheWrite5m: 5 },
        reportedCostNanoUsd: 1_200_000,
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        sessionId: "session-1",
        project: "shop",
      }),
    ]);
  });

  test("a cost of 0 stands for an unknown price", async () => {
    const { records } = await importAgent("pi", { "1.jsonl": jsonLines(HEADER, reply("a", { ...usage, cost: { total: 0 } })) });
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("a forked session repeats what it came from, and that counts once", async () => {
    const { records } = await importAgent("pi", {
      "1.jsonl": jsonLines(HEADER, reply("a", usage)),
      "2.jsonl": jsonLines({ ...HEADER, id: "session-2" }, reply("a", usage), reply("b", usage)),
    });
    expect(records.map(({ sessionId }) => sessionId)).toEqual(["session-1", "session-2"]);
  });

  test("what the first line told is still known when the file has grown", async () => {
    const agent = new AgentFiles("pi");
    try {
      agent.put("1.jsonl", jsonLines(HEADER, reply("a", usage)));
      await agent.import();
      agent.put(
        "1.jsonl",
        jsonLines(HEADER, reply("a", usage), reply("b", usage, { usage: { input: 1, output: "x" } }), reply("c", usage)),
      );
      const { records, problems } = await agent.import();
      expect(records.map(({ sessionId, project }) => [sessionId, project])).toEqual([
        ["session-1", "shop"],
        ["session-1", "shop"],
      ]);
      expect(problems.map(({ line, reason }) => [line, reason])).toEqual([[3, 'output is "x", not a count of tokens']]);
    } finally {
      agent.remove();
    }
  });

  test("a provider that only passes calls on gives way to the maker of the model, and is kept as a fact", async () => {
    const { records } = await importAgent("pi", {
      "1.jsonl": jsonLines(reply("a", usage, { provider: "github-copilot", model: "gpt-5" })),
    });
    expect(records[0]).toMatchObject({ provider: "openai", metadata: { via: "github-copilot" }, sessionId: "1" });
  });
});

withData("samples/pi", (samples) => {
  test("samples/pi", async () => {
    const { records, problems } = await importPaths("pi", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ model, tokens, project }) => [model, tokens, project])).toEqual([
      ["claude-sonnet-4.6", { input: 115, output: 50, cacheRead: 10, cacheWrite5m: 5 }, "tmp"],
    ]);
  });
});
