import { describe, expect, it } from "vitest";
import { readReply, streamMeter } from "../../src/providers/index.ts";
import { cutAt, cutEvery, seededCuts } from "./chunks.ts";

describe("Amazon's event stream", () => {
  const converse = Buffer.concat([
    eventMessage({ ":event-type": "messageStart", ":message-type": "event" }, { role: "assistant" }),
    eventMessage({ ":event-type": "contentBlockDelta" }, { contentBlockIndex: 0, delta: { text: "Grüezi" } }),
    eventMessage({ ":event-type": "contentBlockDelta" }, { contentBlockIndex: 1, delta: { toolUse: { input: '{"a":1}' } } }),
    eventMessage({ ":event-type": "messageStop" }, { stopReason: "end_turn" }),
    eventMessage({ ":event-type": "metadata" }, { usage: { inputTokens: 15, outputTokens: 100, totalTokens: 115 } }),
  ]);

  function metered(chunks: readonly Buffer[]) {
    const meter = streamMeter({ contentType: "application/vnd.amazon.eventstream" });
    for (const chunk of chunks) meter.push(chunk);
    meter.end();
    return { reading: meter.reading(), seen: { ...meter.seen() } };
  }

  it("is read in chunks of any size", () => {
    const expected = {
      reading: { usage: { tokens: { input: 15, output: 100 }, providerTotalTokens: 115 } },
      seen: { outputBytes: 14, outputEvents: 2, isComplete: true, wasTooLong: false },
    };
    for (const cut of [cutEvery(converse.length), cutEvery(1), cutEvery(7), seededCuts(3, 90)])
      expect(metered(cut(converse))).toEqual(expected);
    for (let position = 0; position < converse.length; position++) expect(metered(cutAt(position)(converse))).toEqual(expected);
  });

  it("reads what an invoked model says inside, and its host's metrics where it says nothing", () => {
    const chunk = (value: unknown) =>
      eventMessage({ ":event-type": "chunk" }, { bytes: Buffer.from(JSON.stringify(value)).toString("base64") });
    const metrics = { inputTokenCount: 4, outputTokenCount: 10, cacheReadInputTokenCount: 1209, cacheWriteInputTokenCount: 0 };
    const stop = chunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": metrics });
    expect(readReply(stop).usage?.tokens).toEqual({ input: 1213, output: 10, cacheRead: 1209 });
    const start = chunk({
      type: "message_start",
      message: { model: "claude", usage: { input_tokens: 5, cache_read_input_tokens: 1209, output_tokens: 1 } },
    });
    expect(readReply(Buffer.concat([start, stop]))).toMatchObject({ model: "claude", usage: { tokens: { input: 1214, output: 1 } } });
  });

  it("an exception in the midst of it is an error", () => {
    const exception = eventMessage(
      { ":exception-type": "throttlingException", ":message-type": "exception" },
      { message: "Too many requests" },
    );
    const { reading, seen } = metered([converse.subarray(0, 0), exception]);
    expect(reading.error).toEqual({ type: "throttlingException", message: "Too many requests" });
    expect(seen.isComplete).toBe(true);
  });

  it("a length that can't be ends the reading, one that is too long is passed over", () => {
    const broken = Buffer.from(converse);
    broken.writeUInt32BE(3, 0);
    expect(metered([broken]).reading).toEqual({});
    const long = Buffer.alloc(17 * 1024 * 1024);
    long.writeUInt32BE(long.length, 0);
    for (const size of [long.length + converse.length, 1 << 20, 1000]) {
      const bytes = Buffer.concat([long, converse]);
      const { reading, seen } = metered(cutEvery(size)(bytes));
      expect(reading.usage?.tokens).toEqual({ input: 15, output: 100 });
      expect(seen).toMatchObject({ wasTooLong: true, outputBytes: long.length + 14 });
    }
  });
});

/** A message of Amazon's event stream, its checksums left empty: the meter does not ask for them. */
function eventMessage(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const headerBytes = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, bytes.length >> 8, bytes.length & 255]), bytes]);
    }),
  );
  const payloadBytes = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headerBytes.length + payloadBytes.length, 0);
  prelude.writeUInt32BE(headerBytes.length, 4);
  return Buffer.concat([prelude, headerBytes, payloadBytes, Buffer.alloc(4)]);
}
