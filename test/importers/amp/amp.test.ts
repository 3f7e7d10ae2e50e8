import { describe, expect, test } from "vitest";
import { ampImporter } from "../../../src/importers/sources/amp/amp-importer.ts";
import { withData } from "../../shared-data.ts";
import { importAgent, importPaths } from "../agent-files.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";

const TIME = "2026-01-02T00:00:00.000Z";

function event(id: string, toMessageId: number, more: object = {}): object {
  return {
    id,
    timestamp: TIME,
    model: "claude-sonnet-4-20250514",
    credits: 1.5,
    tokens: { input: 100, output: 50, total: 150 },
    toMessageId,
    ...more,
  };
}

function reply(messageId: number, usage: object = {}): object {
  const cache = { cacheCreationInputTokens: 500, cacheReadInputTokens: 200 };
  const counts = { model: "claude-sonnet-4-20250514", inputTokens: 100, outputTokens: 50, ...cache, timestamp: TIME, ...usage };
  return { role: "assistant", messageId, content: [{ text: PROMPT_TEXT }], usage: counts };
}

function thread(events: object[] | undefined, messages: object[]): Record<string, string> {
  return { "threads/T-1.json": JSON.stringify({ id: "T-1", messages, ...(events === undefined ? {} : { usageLedger: { events } }) }) };
}

testImporter({
  importer: ampImporter,
  fileName: "threads/T-1.json",
  write: (calls) => {
    const numbers = Array.from({ length: calls }, (_, index) => index);
    return thread(
      numbers.map((number) => event(`e${number}`, number)),
      numbers.map((number) => reply(number)),
    )["threads/T-1.json"] as string;
  },
  tokens: (calls) => ({ input: 800 * calls, output: 50 * calls }),
});

describe("sources 3.7: Amp", () => {
  test("the ledger tells what was billed, the message its cache", async () => {
    const { records } = await importAgent("amp", thread([event("e1", 2)], [reply(2)]));
    expect(records).toEqual([
      expect.objectContaining({
        id: "T-1:e1",
        tokens: { input: 800, output: 50, cacheRead: 200, cacheWrite5m: 500 },
        provider: "anthropic",
        sessionId: "T-1",
        metadata: { credits: "1.5" },
      }),
    ]);
    // Credits are not dollars.
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("a message's cache is counted with the first event that leads to it only", async () => {
    const { records } = await importAgent("amp", thread([event("e1", 2), event("e2", 2)], [reply(2)]));
    expect(records.map(({ tokens }) => tokens.input)).toEqual([800, 100]);
  });

  test("where there is a ledger, messages are not counted beside it", async () => {
    expect((await importAgent("amp", thread([event("e1", 9)], [reply(2), reply(3)]))).records).toHaveLength(1);
  });

  test("without a ledger the messages count", async () => {
    const { records } = await importAgent("amp", thread(undefined, [{ role: "user" }, reply(2), reply(3, { totalTokens: 900 })]));
    expect(records.map(({ id, tokens }) => [id, tokens.input, tokens.output])).toEqual([
      ["T-1:message-2", 800, 50],
      ["T-1:message-3", 800, 100],
    ]);
  });

  test("a total without parts is output, an event without a time or with no object is named", async () => {
    const { records, problems } = await importAgent(
      "amp",
      thread(
        [
          event("e1", 0, { tokens: { total: 345 } }),
          event("e2", 0, { timestamp: undefined }),
          "?" as unknown as object,
          event("e4", 0, { tokens: {} }),
        ],
        [],
      ),
    );
    expect(records.map(({ tokens }) => tokens)).toEqual([{ input: 0, output: 345 }]);
    expect(problems.map(({ reason }) => reason)).toEqual(["usage without a time", "an event of the ledger is no object"]);
  });

  test("the project is the folder that the thread was started in", async () => {
    const text = JSON.stringify({
      id: "T-1",
      env: { initial: { trees: [{ uri: "file:///home/me/my%20shop" }] } },
      usageLedger: { events: [event("e", 0)] },
    });
    expect((await importAgent("amp", { "T-1.json": text })).records[0]?.project).toBe("my shop");
  });

  test("a thread that is cut off is a problem of its file", async () => {
    const { problems } = await importAgent("amp", { "T-1.json": '{"id":"T-1","usageLedger":{"events":[' });
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([
      [0, "is not a whole JSON document (it may still be being written)"],
    ]);
  });
});

withData("samples/amp", (samples) => {
  test("samples/amp", async () => {
    const { records, problems } = await importPaths("amp", samples);
    expect(problems).toEqual([]);
    expect(records.map(({ tokens }) => tokens)).toEqual([{ input: 800, output: 50, cacheRead: 200, cacheWrite5m: 500 }]);
  });
});
