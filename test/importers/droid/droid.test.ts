import { describe, expect, test } from "vitest";
import { modelName } from "../../../src/importers/sources/droid/droid-importer.ts";
import { withData } from "../../shared-data.ts";
import { AgentFiles, importAgent, importPaths, jsonLines } from "../agent-files.ts";
import { PROMPT_TEXT } from "../conformance.ts";

const usage = { inputTokens: 1000, outputTokens: 300, cacheCreationTokens: 50, cacheReadTokens: 200, thinkingTokens: 30 };

function settings(more: object = {}): string {
  return JSON.stringify({
    model: "claude-opus-4-5-20251101",
    providerLock: "anthropic",
    providerLockTimestamp: "2026-03-01T10:00:00Z",
    tokenUsage: usage,
    ...more,
  });
}

describe("sources 3.7: Droid", () => {
  test("a session is one record: cached tokens lie beside the input, thinking beside the output", async () => {
    const { records } = await importAgent("droid", { "sessions/abc.settings.json": settings() });
    expect(records).toEqual([
      expect.objectContaining({
        id: "abc",
        sessionId: "abc",
        source: "droid",
        tokens: { input: 1250, output: 330, cacheRead: 200, cacheWrite5m: 50, reasoning: 30 },
        timestampMs: Date.UTC(2026, 2, 1, 10),
        provider: "anthropic",
        model: "claude-opus-4-5-20251101",
      }),
    ]);
  });

  test("a session that goes on grows: the later counts win, and a second import adds nothing", async () => {
    const agent = new AgentFiles("droid");
    try {
      agent.put("abc.settings.json", settings());
      await agent.import();
      agent.put("abc.settings.json", settings({ tokenUsage: { ...usage, inputTokens: 2000, outputTokens: 700 } }));
      expect((await agent.import()).records.map(({ tokens }) => [tokens.input, tokens.output])).toEqual([[2250, 730]]);
      expect((await agent.import()).sources[0]).toMatchObject({ read: 0, bytes: 0 });
      agent.put("copy/abc.settings.json", settings());
      expect((await agent.import()).records).toHaveLength(1);
    } finally {
      agent.remove();
    }
  });

  test("names that people gave to models lead back to the models", () => {
    expect(modelName("custom:Claude-Opus-4.5-Thinking-[Anthropic]-0")).toBe("claude-opus-4-5");
    expect(modelName("custom:GPT-5.1-Codex-[OpenAI]-3")).toBe("gpt-5.1-codex");
    expect(modelName("Claude Sonnet 4.5")).toBe("claude-sonnet-4-5");
    expect(modelName("claude-opus-4-5-20251101")).toBe("claude-opus-4-5-20251101");
    expect(modelName("gpt-5.1")).toBe("gpt-5.1");
  });

  test("the transcript beside the settings tells the folder, and the model where they don't; its text is not kept", async () => {
    const transcript = jsonLines(
      { type: "session_start", cwd: "/home/me/shop" },
      { type: "message", text: `${PROMPT_TEXT} Model: Claude Sonnet 4.5 [Anthropic]` },
    );
    const { records } = await importAgent("droid", { "abc.settings.json": settings({ model: undefined }), "abc.jsonl": transcript });
    expect(records[0]).toMatchObject({ project: "shop", model: "claude-sonnet-4-5" });
    expect(JSON.stringify(records)).not.toContain(PROMPT_TEXT);
  });

  test("without a lock's time the file's own time stands in, without a lock the model's maker", async () => {
    const { records } = await importAgent("droid", {
      "abc.settings.json": settings({ providerLock: undefined, providerLockTimestamp: undefined, model: "gpt-5.1" }),
    });
    expect(records[0]?.provider).toBe("openai");
    expect(Math.abs((records[0]?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("settings without usage are skipped, unreadable ones are problems, a byte-order mark and NUL bytes are nothing", async () => {
    const { records, problems, sources } = await importAgent("droid", {
      "a.settings.json": "{}",
      "b.settings.json": "[1]",
      "c.settings.json": '{"model":',
      "d.settings.json": `\ufeff${settings()}\0\0\r\n`,
      "e.settings.json": settings({ tokenUsage: { inputTokens: {} } }),
      "f.settings.json": settings({ tokenUsage: { inputTokens: 0 } }),
    });
    expect(records.map(({ id }) => id)).toEqual(["d"]);
    expect(problems.map(({ reason }) => reason)).toEqual([
      "not the settings of a Droid session",
      "is not a whole JSON document (it may still be being written)",
      "inputTokens is {}, not a count of tokens",
    ]);
    expect(sources[0]).toMatchObject({ read: 6, skipped: 5 });
  });
});

withData("samples/droid", (samples) => {
  test("samples/droid", async () => {
    const { records, problems } = await importPaths("droid", samples);
    expect(problems).toEqual([]);
    // 1234 + 89 + 12 in; 567 + 34 out.
    expect(records.map(({ model, provider, tokens, timestampMs }) => [model, provider, tokens, timestampMs])).toEqual([
      [
        "claude-opus-4-5",
        "anthropic",
        { input: 1335, output: 601, cacheRead: 12, cacheWrite5m: 89, reasoning: 34 },
        Date.UTC(2024, 11, 26, 12),
      ],
    ]);
  });
});
