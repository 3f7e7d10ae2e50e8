import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billedPasses, type Reading, readReply, type Seen, streamMeter } from "../../src/providers/index.ts";
import { root } from "../house/repository.ts";
import { type Cut, cutAt, cutEvery, seededCuts } from "./chunks.ts";

interface Expected extends Omit<Reading, "usage"> {
  usage?: Reading["usage"] | null;
}

interface Fixtures {
  whole: { name: string; body: unknown; headers?: Record<string, string>; reading: Expected }[];
  streams: { name: string; contentType: string; lines: string[]; headers?: Record<string, string>; reading: Expected; seen?: Seen }[];
}

const fixtures = JSON.parse(readFileSync(join(root, "test/providers/fixtures/replies.json"), "utf8")) as Fixtures;

function metered(bytes: Buffer, cut: Cut, options: { contentType?: string; headers?: Record<string, string> } = {}) {
  const meter = streamMeter(options);
  for (const chunk of cut(bytes)) meter.push(Buffer.from(chunk));
  meter.end();
  return { reading: meter.reading(), seen: { ...meter.seen() } };
}

function withoutNull({ usage, ...rest }: Expected): Reading {
  return usage ? { ...rest, usage } : rest;
}

describe("usage of whole replies, by what the reply shows", () => {
  it.each(fixtures.whole.map((fixture) => [fixture.name, fixture] as const))("%s", (_name, { body, headers, reading }) => {
    const options = headers ? { headers } : {};
    expect(readReply(body, options)).toEqual(withoutNull(reading));
    for (const text of [JSON.stringify(body), JSON.stringify(body, undefined, 2), `\n ${JSON.stringify(body)}\r\n`]) {
      const bytes = Buffer.from(text);
      expect(readReply(bytes, options)).toEqual(withoutNull(reading));
      for (const cut of [cutEvery(1), cutEvery(7), seededCuts(bytes.length, 30)]) {
        expect(metered(bytes, cut, { contentType: "application/json", ...options }).reading).toEqual(withoutNull(reading));
      }
    }
  });
});

describe("usage of streams, in chunks of any size", () => {
  it.each(fixtures.streams.map((fixture) => [fixture.name, fixture] as const))(
    "%s",
    (_name, { lines, contentType, headers, reading, seen }) => {
      const options = headers ? { contentType, headers } : { contentType };
      for (const lineEnd of ["\n", "\r\n"]) {
        const bytes = Buffer.from(lines.join(lineEnd));
        expect(readReply(bytes, options)).toEqual(withoutNull(reading));
        const cuts = [cutEvery(bytes.length), cutEvery(1), cutEvery(7), seededCuts(1, 30), seededCuts(2, 300)];
        // A connection may end a chunk anywhere.
        const anywhere = Array.from({ length: bytes.length }, (_, position) => cutAt(position));
        for (const cut of [...cuts, ...anywhere]) {
          const found = metered(bytes, cut, options);
          expect(found.reading).toEqual(withoutNull(reading));
          if (seen) expect(found.seen).toEqual(seen);
        }
        // The content type may be wrong (bad input E170).
        expect(metered(bytes, cutEvery(11), { ...options, contentType: "text/plain" }).reading).toEqual(withoutNull(reading));
      }
    },
  );

  it("what was seen grows with the chunks, also before an event has its end", () => {
    const meter = streamMeter({ contentType: "text/event-stream" });
    meter.push(Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n'));
    expect(meter.seen().outputBytes).toBe(0);
    meter.push(Buffer.from("\ndata: "));
    expect(meter.seen()).toMatchObject({ outputBytes: 2, outputEvents: 1, isComplete: false });
    expect(meter.reading().usage).toBeUndefined();
    meter.push(Buffer.from("[DONE]\n\n"));
    expect(meter.seen().isComplete).toBe(true);
  });

  it("events that are like one before count as if each were parsed alone", () => {
    const word = fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.constantFrom('"', "\\", "\n", "é", "👋", "", '"content":"'));
    const event = fc.record({
      kind: fc.constantFrom("content", "reasoning_content", "reasoning", "refusal", "text"),
      word,
      more: fc.constantFrom(
        {},
        { obfuscation: "xyz" },
        { usage: null },
        { usage: { prompt_tokens: 1, completion_tokens: 2 } },
        { model: "b" },
      ),
      index: fc.constantFrom(0, 0, 0, 1),
      sequence: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (events, isAscii) => {
        const texts = events.map(({ kind, word: content, more, index, sequence }) => {
          const text = JSON.stringify({
            id: "c",
            model: "a",
            sequence_number: sequence,
            choices: [{ index, ...(kind === "text" ? { text: content } : { delta: { [kind]: content } }) }],
            ...more,
          });
          // Services of Python write other characters as escapes.
          return isAscii ? text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`) : text;
        });
        const { seen, reading } = metered(Buffer.from(texts.map((text) => `data: ${text}\n\n`).join("")), cutEvery(50));
        expect(seen.outputBytes).toBe(events.reduce((sum, { word: content }) => sum + Buffer.byteLength(content), 0));
        expect(seen.outputEvents).toBe(events.filter(({ word: content }) => content !== "").length);
        expect(seen.sequenceNumber).toBe(events.at(-1)?.sequence);
        expect(reading.model).toBe(events.length === 0 ? undefined : "model" in (events.at(-1)?.more ?? {}) ? "b" : "a");
        expect(reading.usage !== undefined).toBe(events.some(({ more }) => "usage" in more && more.usage !== null));
      }),
      { numRuns: 500 },
    );
  });
});

describe("what a reply bills, as records can hold it", () => {
  it("adds up passes by model, the answering one first", () => {
    const tokens = { input: 10, output: 1 };
    const sidePasses = [{ model: "b", tokens }, { tokens }, { model: "b", tokens: { input: 5, output: 0, cacheRead: 2 } }];
    expect(billedPasses({ model: "a", usage: { tokens, sidePasses } })).toEqual([
      { model: "a", tokens: { input: 20, output: 2 } },
      { model: "b", tokens: { input: 15, output: 1, cacheRead: 2 } },
    ]);
  });

  it("raises input to its parts, where a provider tells more of them", () => {
    const tokens = { input: 10, output: 1, cacheRead: 161, cacheWrite5m: 2, cacheWrite1h: 3 };
    expect(billedPasses({ usage: { tokens } })).toEqual([{ tokens: { ...tokens, input: 166 } }]);
  });

  it("is nothing without usage", () => {
    expect(billedPasses({ model: "a" })).toEqual([]);
  });
});
