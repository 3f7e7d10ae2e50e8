import { describe, expect, test } from "vitest";
import { importHome } from "../import-folder.ts";
import { assistantLine, assistantValue, USAGE } from "./lines.ts";

const MAIN = ".claude/projects/-home-dev-work-app/s-1.jsonl";
const RESUMED = ".claude/projects/-home-dev-work-app/s-2.jsonl";
const SUBAGENT = ".claude/projects/-home-dev-work-app/s-1/subagents/agent-7.jsonl";

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join("");
const tokensOf = async (files: Record<string, string>): Promise<number> => (await importHome("claude-code", files)).tokens;
const partial = { ...USAGE, output_tokens: 2 };

const progressLine = (usage: Record<string, unknown>): string =>
  JSON.stringify({
    type: "progress",
    sessionId: "s-1",
    data: {
      type: "agent_progress",
      message: {
        type: "assistant",
        message: { ...(assistantValue({ usage }).message as object) },
        requestId: "req_1",
        timestamp: "2026-05-01T12:00:00.000Z",
      },
    },
    timestamp: "2026-05-01T12:00:01.000Z",
  });

describe("sources: the edge table", () => {
  test("a02b: without a request id, the lines of one streamed message are one call", async () => {
    const streamed = [partial, partial, USAGE].map((usage, second) =>
      assistantLine({ requestId: null, usage, time: `2026-05-01T12:00:0${second * 2}.000Z` }),
    );
    expect(await tokensOf({ [MAIN]: lines(...streamed) })).toBe(1160);
  });

  test("a03 and a04: history copied into a resumed session counts once, with a request id and without", async () => {
    for (const requestId of ["req_1", null]) {
      const files = { [MAIN]: lines(assistantLine({ requestId })), [RESUMED]: lines(assistantLine({ requestId, session: "s-2" })) };
      expect(await tokensOf(files)).toBe(1160);
    }
  });

  test("a05: a partial line, finished in the resumed copy", async () => {
    expect(await tokensOf({ [MAIN]: lines(assistantLine({ usage: partial })), [RESUMED]: lines(assistantLine({ session: "s-2" })) })).toBe(
      1160,
    );
  });

  test("a07: a progress report counts where the subagent's own log is gone, and only there", async () => {
    expect(await tokensOf({ [MAIN]: lines(progressLine(USAGE)) })).toBe(1160);
    const bigger = { ...USAGE, output_tokens: 9999 };
    expect(await tokensOf({ [MAIN]: lines(progressLine(bigger)), [SUBAGENT]: lines(assistantLine({ sidechain: true })) })).toBe(1160);
  });

  test("a08: an aside that replays its parent's messages with more cache changes nothing", async () => {
    const replay = assistantLine({
      sidechain: true,
      requestId: "req_2",
      usage: { ...USAGE, cache_read_input_tokens: 7000, output_tokens: 60 },
    });
    for (const aside of [SUBAGENT, SUBAGENT.replace("agent-7", "agent-aside7")]) {
      expect(await tokensOf({ [MAIN]: lines(assistantLine()), [aside]: lines(replay) })).toBe(1160);
    }
  });

  test('a09: `"id":null` inside a tool call is not the message\'s id', async () => {
    const content = [{ type: "tool_use", id: "toolu_1", name: "query", input: { id: null, usage: { input_tokens: 5 } } }];
    expect(await tokensOf({ [MAIN]: lines(assistantLine({ content })) })).toBe(1160);
  });

  test("a10: blanks between key and value", async () => {
    expect(await tokensOf({ [MAIN]: lines(assistantLine().replace('"usage":{', '"usage": {')) })).toBe(1160);
  });

  test("a11: one-hour cache writes are kept apart", async () => {
    const usage = {
      ...USAGE,
      cache_creation_input_tokens: 1_000_000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1_000_000 },
    };
    const { records } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ usage })) });
    expect(records[0]?.tokens).toEqual({ input: 1_001_010, output: 50, cacheRead: 1000, cacheWrite1h: 1_000_000 });
  });

  test("a13: web searches are counted", async () => {
    const usage = { ...USAGE, server_tool_use: { web_search_requests: 10, web_fetch_requests: 3 } };
    const { records } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ usage })) });
    expect(records[0]?.tokens.webSearches).toBe(10);
  });

  test("a14: where the cache's parts don't add up, the flat count is right", async () => {
    for (const [fiveMinutes, oneHour, kept5m, kept1h] of [
      [0, 0, 100, undefined],
      [10, 20, 80, 20],
      [0, 300, undefined, 100],
    ]) {
      const usage = { ...USAGE, cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour } };
      const { records, tokens } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ usage })) });
      expect(tokens).toBe(1160);
      expect(records[0]?.tokens).toMatchObject({ ...(kept5m && { cacheWrite5m: kept5m }), ...(kept1h && { cacheWrite1h: kept1h }) });
    }
  });

  test("a15: any version is read", async () => {
    expect(await tokensOf({ [MAIN]: lines(assistantLine({ version: "unknown" })) })).toBe(1160);
  });

  test("a16b: a byte-order mark before the first line", async () => {
    expect(await tokensOf({ [MAIN]: `\ufeff${lines(assistantLine(), assistantLine({ id: "msg_2" }))}` })).toBe(2320);
  });

  test("a17: a recorded cost is kept", async () => {
    const { records } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ extra: { costUSD: 0.5 } })) });
    expect(records[0]?.reportedCostNanoUsd).toBe(500_000_000);
  });

  test("a19: an advisor's calls are calls of their own", async () => {
    const iterations = [
      { type: "message", input_tokens: 10, output_tokens: 50 },
      { type: "advisor_message", model: "claude-opus-4-5-20251101", input_tokens: 5000, output_tokens: 1000 },
    ];
    const { records, tokens } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ usage: { ...USAGE, iterations } })) });
    expect(tokens).toBe(7160);
    expect(records.map(({ id, model }) => [id, model])).toEqual([
      ["msg_1", "claude-sonnet-4-5-20250929"],
      ["msg_1:advisor:0", "claude-opus-4-5-20251101"],
    ]);
  });

  test("a22: fast mode, the tier and the place of inference are kept, their defaults are not", async () => {
    const usage = { ...USAGE, speed: "fast", inference_geo: "us", service_tier: "priority" };
    const usual = { ...USAGE, speed: "standard", inference_geo: "not_available" };
    const { records } = await importHome("claude-code", {
      [MAIN]: lines(assistantLine({ usage }), assistantLine({ id: "msg_2", usage: usual })),
    });
    expect(records[0]).toMatchObject({ speed: "fast", inferenceGeo: "us", serviceTier: "priority" });
    expect(records[1]).not.toHaveProperty("speed");
    expect(records[1]).not.toHaveProperty("inferenceGeo");
    expect(records[1]).not.toHaveProperty("serviceTier");
  });

  test("a23: two objects on one line", async () => {
    expect(await tokensOf({ [MAIN]: lines(assistantLine() + assistantLine({ id: "msg_2" })) })).toBe(2320);
  });

  test("a24: counts as strings", async () => {
    const usage = Object.fromEntries(Object.entries(USAGE).map(([key, value]) => [key, typeof value === "number" ? String(value) : value]));
    expect(await tokensOf({ [MAIN]: lines(assistantLine({ usage })) })).toBe(1160);
  });

  test("a26: a negative count is 0, and said", async () => {
    const { tokens, result } = await importHome("claude-code", {
      [MAIN]: lines(assistantLine(), assistantLine({ id: "msg_2", usage: { ...USAGE, output_tokens: -50 } })),
    });
    expect(tokens).toBe(2270);
    expect(result.problems).toEqual([]);
    expect(result.notes).toMatchObject([{ line: 2, reason: expect.stringContaining("negative") }]);
  });
});

describe("Claude Code", () => {
  test("a streamed message's figures are read = new + duplicate", async () => {
    const { result } = await importHome("claude-code", {
      [MAIN]: lines(assistantLine({ usage: partial }), assistantLine({ usage: partial }), assistantLine()),
    });
    expect(result.sources).toMatchObject([{ source: "claude-code", files: 1, read: 3, new: 1, duplicate: 2, skipped: 0 }]);
  });

  test("synthetic messages, snapshots and summaries are no calls", async () => {
    const synthetic = assistantLine({ model: "<synthetic>", usage: { input_tokens: 0, output_tokens: 0 } });
    const others = [
      '{"type":"file-history-snapshot","snapshot":{}}',
      '{"type":"summary","summary":"s","leafUuid":"u"}',
      '{"type":"queue-operation","operation":"enqueue"}',
    ];
    const { result } = await importHome("claude-code", { [MAIN]: lines(synthetic, ...others) });
    expect(result.problems).toEqual([]);
    expect(result.sources).toMatchObject([{ read: 1, new: 0, skipped: 1 }]);
  });

  test("a call without any id is the same call in every copy", async () => {
    const call = assistantLine({ id: null, uuid: null });
    expect(await tokensOf({ [MAIN]: lines(call), [RESUMED]: lines(assistantLine({ id: null, uuid: null, session: "s-2" })) })).toBe(1160);
  });

  test("a torn line that a whole one follows without a newline is a problem, not a mixture", async () => {
    const torn = assistantLine({ id: "msg_torn" }).slice(0, 330);
    const { result, records } = await importHome("claude-code", {
      [MAIN]: lines(torn + assistantLine({ id: "msg_2" }), assistantLine({ id: "msg_3" })),
    });
    expect(result.problems).toMatchObject([{ line: 1, reason: "not JSON" }]);
    expect(records.map(({ id }) => id)).toEqual(["msg_3"]);
  });

  test("a subagent's tool result repeats its usage, which is no call", async () => {
    const line = {
      type: "user",
      message: { role: "user", content: [] },
      toolUseResult: { totalTokens: 5, usage: USAGE },
      timestamp: "2026-05-01T12:00:00.000Z",
    };
    expect(await tokensOf({ [MAIN]: lines(JSON.stringify(line)) })).toBe(0);
  });

  test("a call without a time is a problem with its line", async () => {
    const value = assistantValue();
    delete value.timestamp;
    const { result } = await importHome("claude-code", { [MAIN]: lines(assistantLine({ id: "msg_0" }), JSON.stringify(value)) });
    expect(result.problems).toMatchObject([{ line: 2, reason: "no timestamp" }]);
  });

  test("the project is the folder in which the session began, wherever the shell went", async () => {
    const { records } = await importHome("claude-code", {
      [MAIN]: lines(assistantLine({ cwd: "/home/dev/work/app/src/deep" }), assistantLine({ id: "msg_2", cwd: "/elsewhere/other" })),
    });
    expect(records.map(({ project }) => project)).toEqual(["app", "other"]);
  });

  test("sessions are named by their lines, else by their files, and subagents belong to their session", async () => {
    const bare = (id: string): string => lines(JSON.stringify({ ...assistantValue({ id }), sessionId: undefined }));
    const { records } = await importHome("claude-code", { [MAIN]: bare("msg_1"), [SUBAGENT]: bare("msg_2") });
    expect(records.map(({ sessionId }) => sessionId)).toEqual(["s-1", "s-1"]);
  });
});
