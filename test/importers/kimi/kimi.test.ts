import { describe, expect, test } from "vitest";
import { kimiImporter } from "../../../src/importers/sources/kimi/kimi-importer.ts";
import { withData } from "../../shared-data.ts";
import { importAgent, importPaths, jsonLines } from "../agent-files.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";

const SECONDS = 1_772_359_200;

function status(messageId: string | undefined, usage: object): { timestamp: number; message: object } {
  const payload = { token_usage: usage, ...(messageId === undefined ? {} : { message_id: messageId }), note: PROMPT_TEXT };
  return { timestamp: SECONDS + 0.25, message: { type: "StatusUpdate", payload } };
}

function usageRecord(index: number): object {
  const usage = { inputOther: 10, output: 20 + index, inputCacheRead: 30, inputCacheCreation: 40 };
  return { type: "usage.record", time: SECONDS * 1000 + index, model: "kimi-k2.5", usageScope: "turn", usage, note: PROMPT_TEXT };
}

const counts = { input_other: 100, output: 7, input_cache_read: 20, input_cache_creation: 3 };

describe("Kimi Code", () => {
  testImporter({
    importer: kimiImporter,
    fileName: "sessions/group/session-1/agents/main/wire.jsonl",
    write: (calls) =>
      jsonLines({ type: "metadata", protocol_version: "1.5" }, ...Array.from({ length: calls }, (_, index) => usageRecord(index))),
    tokens: (calls) => ({ input: 80 * calls, output: 20 * calls + (calls * (calls - 1)) / 2 }),
  });
});

describe("Kimi CLI", () => {
  testImporter({
    importer: kimiImporter,
    fileName: "sessions/group/session-1/wire.jsonl",
    write: (calls) =>
      jsonLines({ type: "metadata", protocol_version: "1.3" }, ...Array.from({ length: calls }, (_, index) => status(`m${index}`, counts))),
    tokens: (calls) => ({ input: 123 * calls, output: 7 * calls }),
  });
});

describe("sources 3.7: Kimi", () => {
  test("the three kinds of input are disjoint, and seconds are seconds", async () => {
    const { records } = await importAgent("kimi", { "sessions/g/s1/wire.jsonl": jsonLines(status("m", counts)) });
    expect(records[0]).toMatchObject({
      tokens: { input: 123, output: 7, cacheRead: 20, cacheWrite5m: 3 },
      timestampMs: SECONDS * 1000 + 250,
      provider: "moonshot",
      model: "kimi-for-coding",
      sessionId: "s1",
    });
  });

  test("the model of older logs comes from the configuration", async () => {
    const { records } = await importAgent("kimi", {
      "sessions/g/s1/wire.jsonl": jsonLines(status("m", counts)),
      "config.json": '{"model":"kimi-k2-turbo"}',
    });
    expect(records[0]?.model).toBe("kimi-k2-turbo");
  });

  test("what a helper used is found inside the session's events", async () => {
    const wrapped = { timestamp: SECONDS, message: { type: "SubagentEvent", payload: { event: status("m", counts).message } } };
    expect((await importAgent("kimi", { "sessions/g/s1/wire.jsonl": jsonLines(wrapped) })).records).toHaveLength(1);
  });

  test("steps that a usage record sums up are not counted beside it", async () => {
    const step = { type: "context.append_loop_event", time: SECONDS, event: { type: "step.end", usage: { inputOther: 10, output: 20 } } };
    expect((await importAgent("kimi", { "sessions/g/s1/wire.jsonl": jsonLines(step, usageRecord(0)) })).records).toHaveLength(1);
  });

  test("an alias for a provider is taken off the model, whose name tells its maker", async () => {
    const line = { ...usageRecord(0), model: "my-openai/gpt-5.5" };
    const { records } = await importAgent("kimi", { "sessions/g/s1/agents/main/wire.jsonl": jsonLines(line) });
    expect(records[0]).toMatchObject({ provider: "openai", model: "gpt-5.5", requestedModel: "my-openai/gpt-5.5", sessionId: "s1" });
  });

  test("a total without parts is output", async () => {
    const { records } = await importAgent("kimi", { "sessions/g/s1/wire.jsonl": jsonLines(status("m", { total: 432 })) });
    expect(records[0]?.tokens).toEqual({ input: 0, output: 432 });
  });
});

withData("samples/kimi", (samples) => {
  test("samples/kimi", async () => {
    const { records, problems } = await importPaths("kimi", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ model, tokens }) => [model, tokens])).toEqual([
      ["gpt-5.5", { input: 80, output: 20, cacheRead: 30, cacheWrite5m: 40 }],
      ["kimi-for-coding", { input: 1562, output: 2463 }],
      ["gpt-5.5", { input: 20615, output: 39, cacheRead: 1024 }],
    ]);
  });
});
