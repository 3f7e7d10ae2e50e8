import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReply, streamMeter } from "../../src/providers/index.ts";
import { cutEvery, seededCuts } from "./chunks.ts";

const chat = (usage: unknown) => ({ id: "c1", object: "chat.completion", model: "m", choices: [{ message: { content: "Hi" } }], usage });

function meterOf(text: string, contentType = "text/event-stream") {
  const meter = streamMeter({ contentType });
  meter.push(Buffer.from(text));
  meter.end();
  return meter;
}

const readingOf = (text: string) => meterOf(text).reading();
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

describe("bad input E141 to E143: replies that are no reply", () => {
  it.each([
    ["E141: an empty body", ""],
    ["E141: white space", " \r\n\t\n"],
    ["E142: a page of HTML", "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>"],
    ["E143: JSON that is no object", '"hello"'],
    ["E143: a number", "42"],
    ["E143: an array of what is no object", '[1, "two", null, [3]]'],
    ["E143: null", "null"],
    ["half a JSON document", '{"usage":{"prompt_tokens":1'],
  ])("%s gives an empty reading", (_what, text) => {
    expect(readReply(Buffer.from(text))).toEqual({});
    expect(readReply(text)).toEqual({});
  });

  it("E144: a reply without usage has none, which is not zero", () => {
    expect(readReply({ id: "c1", model: "m", choices: [] })).toEqual({ id: "c1", model: "m" });
  });
});

describe("bad input E145: usage that is none", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["{}", {}],
    ["a text", "12 tokens"],
    ["an array", [{ prompt_tokens: 1 }]],
    ["nulls", { prompt_tokens: null, completion_tokens: null }],
    ["negative", { prompt_tokens: -5, completion_tokens: -1 }],
    ["beyond the safe integers", { prompt_tokens: 2 ** 53, completion_tokens: 1e300 }],
    ["words", { prompt_tokens: "many" }],
    ["unknown names, nested", { tokens_used: { a: { b: 1 } }, x: [] }],
  ])("%s", (_what, usage) => {
    expect(readReply(chat(usage)).usage).toBeUndefined();
  });

  it("a half that can be read is read, fractions are rounded up, digits in quotes are counts", () => {
    expect(readReply(chat({ prompt_tokens: -5, completion_tokens: 7 })).usage?.tokens).toEqual({ input: 0, output: 7 });
    expect(readReply(chat({ prompt_tokens: 1.2, completion_tokens: "7" })).usage?.tokens).toEqual({ input: 2, output: 7 });
    const deep = { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: [7], completion_tokens_details: "x" };
    expect(readReply(chat(deep)).usage?.tokens).toEqual({ input: 1, output: 2 });
  });

  it("names of the language itself are names like others", () => {
    const usage = JSON.parse('{"prompt_tokens":1,"__proto__":{"completion_tokens":9},"constructor":5}');
    expect(readReply(chat(usage)).usage?.tokens).toEqual({ input: 1, output: 0 });
    expect(({} as Record<string, unknown>).completion_tokens).toBeUndefined();
  });

  it("whatever the counts are, no count that is read is negative, broken or unsafe", () => {
    const count = fc.oneof(
      fc.integer({ min: -5, max: 500 }),
      fc.double(),
      fc.constant(Number.MAX_SAFE_INTEGER),
      fc.string(),
      fc.constant(null),
    );
    const names = [
      ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "cost", "seconds"],
      ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"],
      ["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount", "totalTokenCount"],
      ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"],
      ["total_input_tokens", "total_output_tokens", "total_thought_tokens", "total_tool_use_tokens"],
    ];
    const usages = fc.constantFrom(...names).chain((keys) => fc.dictionary(fc.constantFrom(...keys), count, { maxKeys: 6 }));
    const details = fc.dictionary(fc.constantFrom("cached_tokens", "audio_tokens", "reasoning_tokens"), count);
    fc.assert(
      fc.property(usages, details, fc.constantFrom("usage", "usageMetadata"), (usage, inner, place) => {
        const reply = { [place]: { ...usage, prompt_tokens_details: inner, completion_tokens_details: inner } };
        const { usage: read } = readReply(JSON.parse(JSON.stringify(reply)));
        for (const value of Object.values(read?.tokens ?? {})) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
        const { reasoning = 0, output = 0 } = read?.tokens ?? {};
        expect(reasoning).toBeLessThanOrEqual(output);
        if (read?.reportedCostNanoUsd !== undefined)
          expect(Number.isSafeInteger(read.reportedCostNanoUsd) && read.reportedCostNanoUsd >= 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("bad input E146 to E153: usage of streams", () => {
  it("E146: usage twice is the last one, not the sum", () => {
    const usage = (tokens: number) => data({ choices: [], usage: { prompt_tokens: 10, completion_tokens: tokens } });
    expect(readingOf(usage(1) + usage(2) + usage(3)).usage?.tokens).toEqual({ input: 10, output: 3 });
  });

  it("E146: a field that comes again as null keeps its value", () => {
    const text =
      data({ usage: { prompt_tokens: 10, completion_tokens: 3 } }) + data({ usage: { prompt_tokens: null } }) + data({ usage: null });
    expect(readingOf(text).usage?.tokens).toEqual({ input: 10, output: 3 });
  });

  it("E147: both the provider's total and the sum are kept, and the difference is told", () => {
    const { usage } = readReply({ usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 99 } });
    expect(usage).toMatchObject({ tokens: { input: 10, output: 5 }, providerTotalTokens: 99, note: expect.stringContaining("total") });
    expect(readReply(chat({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 9 })).usage?.note).toContain("less than");
  });

  it("E149: reasoning that exceeds the completion is on top of it, also without a total", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 30 } };
    expect(readReply(chat(usage)).usage).toMatchObject({
      tokens: { input: 1, output: 32, reasoning: 30 },
      note: expect.stringContaining("reasoning"),
    });
  });

  it("E151: after a break at the start, the start's usage is what is known, and the stream is not complete", () => {
    const meter = meterOf(data({ type: "message_start", message: { model: "m", usage: { input_tokens: 25, output_tokens: 1 } } }));
    expect(meter.reading().usage?.tokens).toEqual({ input: 25, output: 1 });
    expect(meter.seen()).toMatchObject({ isComplete: false, outputBytes: 0 });
  });

  it("E152: a last chunk whose choices are missing or empty objects", () => {
    for (const choices of [undefined, [], [{}], null, "x"]) {
      expect(readingOf(data({ choices, usage: { prompt_tokens: 1, completion_tokens: 2 } })).usage?.tokens).toEqual({
        input: 1,
        output: 2,
      });
    }
  });

  it("E153: [DONE] missing, twice, or before usage", () => {
    const usage = data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } });
    const done = "data: [DONE]\n\n";
    for (const text of [usage, usage + done + done, done + usage]) expect(readingOf(text).usage?.tokens).toEqual({ input: 1, output: 2 });
    expect(meterOf(data({ choices: [{ delta: { content: "x" } }] })).seen().isComplete).toBe(false);
    expect(meterOf(data({ choices: [{ delta: {}, finish_reason: "stop" }] })).seen().isComplete).toBe(true);
    expect(meterOf(done).seen().isComplete).toBe(true);
  });
});

describe("bad input E154 to E159: bytes of streams", () => {
  it("E155: JSON that is split over events tells nothing, and harms nothing", () => {
    const text = `data: {"usage":{"prompt_\n\ndata: tokens":1}}\n\n${data({ usage: { prompt_tokens: 3, completion_tokens: 4 } })}`;
    expect(readingOf(text).usage?.tokens).toEqual({ input: 3, output: 4 });
  });

  it("E157: a connection that ends at any byte of a 4 kB stream never throws, and tells what was whole", () => {
    const words = Array.from({ length: 40 }, (_, index) =>
      data({ id: "c", model: "m", choices: [{ index: 0, delta: { content: `w${index} é` } }] }),
    );
    const whole = Buffer.from(
      `${words.join("")}${data({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 80 } })}data: [DONE]\n\n`,
    );
    expect(whole.length).toBeGreaterThan(3000);
    let before = 0;
    for (let length = 0; length <= whole.length; length++) {
      const meter = streamMeter({ contentType: "text/event-stream" });
      meter.push(whole.subarray(0, length));
      meter.end();
      const { outputBytes, isComplete } = meter.seen();
      expect(outputBytes).toBeGreaterThanOrEqual(before);
      before = outputBytes;
      // Without its line end "[DONE]" can be read already.
      expect(isComplete).toBe(length >= whole.length - 2);
    }
    expect(before).toBe(words.reduce((sum, _word, index) => sum + Buffer.byteLength(`w${index} é`), 0));
  });

  it("E159: an error object in a reply with status 200", () => {
    expect(readReply({ error: { message: "quota", type: "insufficient_quota" } })).toEqual({
      error: { type: "insufficient_quota", message: "quota" },
    });
  });

  it("any bytes as any kind of reply never throw, whole or in chunks, and read the same", () => {
    const contentTypes = [
      "text/event-stream",
      "application/json",
      "application/x-ndjson",
      "application/vnd.amazon.eventstream",
      "",
      "audio/mpeg",
    ];
    const starts = ["", "data: ", "{", "[", "[{", "\0\0\0\x20\0\0\0\0", "event: x\ndata: {", '{"a":1}\n', "\uFEFF"];
    fc.assert(
      fc.property(
        fc.constantFrom(...contentTypes),
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 100 }),
        fc.integer(),
        (contentType, start, random, seed) => {
          const bytes = Buffer.concat([Buffer.from(start), random]);
          const whole = streamMeter({ contentType });
          whole.push(bytes);
          whole.end();
          const cut = streamMeter({ contentType });
          for (const chunk of seededCuts(seed, 6)(bytes)) cut.push(chunk);
          cut.end();
          expect(cut.reading()).toEqual(whole.reading());
          expect(cut.seen()).toEqual(whole.seen());
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("any JSON as an event or a whole reply never throws", () => {
    const names = fc.constantFrom(
      "usage",
      "choices",
      "delta",
      "message",
      "content",
      "candidates",
      "parts",
      "error",
      "type",
      "output",
      "results",
      "response",
      "model",
      "tool_calls",
      "iterations",
      "status",
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 5 }, fc.constantFrom(null, 1, -1, "x", true, "message", "error"), tie("list"), tie("fields")),
      list: fc.array(tie("any"), { maxLength: 3 }),
      fields: fc.dictionary(names, tie("any"), { maxKeys: 5 }),
    })).fields;
    fc.assert(
      fc.property(value, (reply) => {
        readReply(reply);
        readReply(Buffer.from(data(reply)));
        readReply(Buffer.from(JSON.stringify([reply])));
      }),
      { numRuns: 3000 },
    );
  });

  it("what is pushed after the end is not read", () => {
    const meter = meterOf(data({ usage: { prompt_tokens: 1, completion_tokens: 1 } }));
    meter.push(Buffer.from(data({ usage: { prompt_tokens: 9, completion_tokens: 9 } })));
    meter.end();
    expect(meter.reading().usage?.tokens).toEqual({ input: 1, output: 1 });
  });

  it("chunks may be used again by whoever gave them", () => {
    const meter = streamMeter({ contentType: "text/event-stream" });
    const room = Buffer.alloc(7);
    for (const chunk of cutEvery(7)(Buffer.from(data({ usage: { prompt_tokens: 1, completion_tokens: 2 } })))) {
      chunk.copy(room);
      meter.push(room.subarray(0, chunk.length));
      room.fill(0x78);
    }
    meter.end();
    expect(meter.reading().usage?.tokens).toEqual({ input: 1, output: 2 });
  });
});

describe("bad input E163 to E170: whose reply it is", () => {
  it("E163, E164: the model is the one that the reply names, in a stream the last one", () => {
    expect(readReply(chat({ prompt_tokens: 1 })).model).toBe("m");
    expect(readingOf(data({ model: "alias" }) + data({ model: "dated-2026-01-01" })).model).toBe("dated-2026-01-01");
    expect(readReply({ model: "x".repeat(5000) }).model).toHaveLength(512);
  });

  it("E165: the service tier stands beside the usage or in it", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    expect(readReply({ service_tier: "flex", usage }).usage?.serviceTier).toBe("flex");
    expect(readReply({ service_tier: "flex", usage: { ...usage, service_tier: "priority" } }).usage?.serviceTier).toBe("priority");
  });

  it("E166: searches are no tokens", () => {
    const usage = { input_tokens: 1, output_tokens: 1, server_tool_use: { web_search_requests: 3 } };
    expect(readReply({ type: "message", usage }).usage?.tokens).toEqual({ input: 1, output: 1, webSearches: 3 });
  });

  it("E167: an id may be missing, and stays the first one", () => {
    expect(readReply({ model: "m" }).id).toBeUndefined();
    expect(readingOf(data({ id: "a" }) + data({ id: "b" })).id).toBe("a");
  });

  it("E170: server-sent events under another content type", () => {
    const text = data({ usage: { prompt_tokens: 1, completion_tokens: 2 } });
    for (const contentType of ["text/plain", "application/json", ""])
      expect(meterOf(text, contentType).reading().usage?.tokens).toEqual({ input: 1, output: 2 });
  });

  it("speech and pictures are not searched", () => {
    expect(meterOf('{"usage":{"prompt_tokens":1}}', "audio/mpeg").reading()).toEqual({});
  });
});
