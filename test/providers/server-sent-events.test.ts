import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventSink, Framing } from "../../src/providers/streams/framing.ts";
import { JsonArrayElements, JsonLines } from "../../src/providers/streams/json-streams.ts";
import { ServerSentEvents } from "../../src/providers/streams/server-sent-events.ts";
import { type Cut, cutAt, cutEvery, seededCuts } from "./chunks.ts";

interface Cutout {
  data: string;
  name: string | undefined;
}

function eventsOf(make: (sink: EventSink) => Framing, bytes: Buffer, cut: Cut = (whole) => [whole]): { events: Cutout[]; tooLong: number } {
  const found = { events: [] as Cutout[], tooLong: 0 };
  const framing = make({
    event: (data, name) => found.events.push({ data, name }),
    tooLong: (length) => {
      found.tooLong += length;
    },
  });
  for (const chunk of cut(bytes)) framing.push(Buffer.from(chunk));
  framing.end();
  return found;
}

const sse = (sink: EventSink) => new ServerSentEvents(sink);

/** The HTML standard, word for word, over the whole text at once. */
function naiveEvents(bytes: Buffer): Cutout[] {
  const events: Cutout[] = [];
  let data: string[] = [];
  let name: string | undefined;
  const dispatch = () => {
    if (data.length > 0) events.push({ data: data.join("\n"), name });
    data = [];
    name = undefined;
  };
  const text = bytes.toString().replace(/^\uFEFF/, "");
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") dispatch();
    const [, field, value = ""] = /^([^:]*)(?::(?: ?)(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "event") name = value;
  }
  dispatch();
  return events;
}

const LINE_ENDS = ["\n", "\r\n", "\r"] as const;

describe("bad input E154: server-sent events are cut as the HTML standard says", () => {
  it.each<[string, string, Cutout[]]>([
    ["CRLF, LF and CR mixed", "data: a\r\n\ndata: b\r\rdata: c\n\r\n", [one("a"), one("b"), one("c")]],
    ["no space after the colon, two spaces, no colon", "data:a\n\ndata:  b\n\ndata\n\n", [one("a"), one(" b"), one("")]],
    ["many lines of data", "data: a\ndata: b\n\n", [one("a\nb")]],
    ["comments, retry, id and unknown fields", ": hi\nretry: 1\nid: 2\ndatas: no\nevents: no\ndata: a\n\n", [one("a")]],
    ["a mark of the byte order", "\uFEFFdata: a\n\n", [one("a")]],
    ["names of events", "event: x\ndata: a\n\ndata: b\n\nevent: y\n\n", [{ data: "a", name: "x" }, one("b")]],
    ["two events in one chunk and blank lines between", "\n\ndata: a\n\n\n\ndata: b\n\n", [one("a"), one("b")]],
    ["a last event without its blank line, or even its line end", "data: a\n\ndata: b", [one("a"), one("b")]],
  ])("%s", (_what, text, events) => {
    const bytes = Buffer.from(text);
    expect(naiveEvents(bytes)).toEqual(events);
    for (let cut = 0; cut <= bytes.length; cut++) expect(eventsOf(sse, bytes, cutAt(cut)).events).toEqual(events);
    expect(eventsOf(sse, bytes, cutEvery(1)).events).toEqual(events);
  });

  it("UTF-8 is cut at every byte and stays whole", () => {
    const bytes = Buffer.from('data: {"text":"Grüße 👋🏽 漢字"}\n\ndata: é\n\n');
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(eventsOf(sse, bytes, cutAt(cut)).events.map(({ data }) => data)).toEqual(['{"text":"Grüße 👋🏽 漢字"}', "é"]);
    }
  });

  it("any text in any chunks gives the events of a naive reader of the whole", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "data: a",
        "data:b",
        "data",
        "data:",
        "data:  c",
        "event: x",
        "event:y",
        ": z",
        "id: 1",
        "dataset: 1",
        "ü",
        "\uFEFF",
        ":",
        " data: no",
      ),
      fc.string({ maxLength: 5 }),
      fc.string({ unit: "grapheme", maxLength: 5 }).map((text) => `data: ${text}`),
    );
    const line = fc.tuple(piece, fc.constantFrom(...LINE_ENDS, "\n\n", "\r\n\r\n", "\r\r"));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.constantFrom("", "data: rest", "event: e"), fc.integer(), (lines, rest, seed) => {
        const bytes = Buffer.from(lines.map(([text, end]) => text + end).join("") + rest);
        expect(eventsOf(sse, bytes, seededCuts(seed, 9)).events).toEqual(naiveEvents(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("any bytes, also those that are no text, in any chunks give the same events", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer(), (random, seed) => {
        const bytes = Buffer.concat([Buffer.from("data: x"), random, Buffer.from("\n\ndata: y\n\n")]);
        expect(eventsOf(sse, bytes, seededCuts(seed, 9))).toEqual(eventsOf(sse, bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it("a line of 10 MB is an event like others; one that is too long is passed over and told, and the next one is read", () => {
    const long = "x".repeat(10 * 1024 * 1024);
    const bytes = Buffer.from(`data: ${long}\n\ndata: after\n\n`);
    const { events } = eventsOf(sse, bytes, cutEvery(65_536));
    expect(events.map(({ data }) => data.length)).toEqual([long.length, 5]);
    for (const size of [1, 7, 50, 4096]) {
      for (const end of LINE_ENDS) {
        const short = Buffer.from(`data: before${end}${end}data: ${"y".repeat(200)}${end}${end}data: after${end}${end}`);
        const cut = eventsOf((sink) => new ServerSentEvents(sink, 100), short, cutEvery(size));
        expect(cut).toEqual({ events: [one("before"), one("after")], tooLong: 206 });
      }
    }
  });

  it("many lines of data that together are too long are passed over too", () => {
    const bytes = Buffer.from(`${"data: 0123456789\n".repeat(20)}\ndata: after\n\n`);
    const { events, tooLong } = eventsOf((sink) => new ServerSentEvents(sink, 100), bytes, cutEvery(5));
    expect(events).toEqual([one("after")]);
    expect(tooLong).toBeGreaterThan(90);
  });
});

describe("lines of JSON and arrays of JSON", () => {
  it("lines are events, whatever ends them, the last one without an end too", () => {
    const bytes = Buffer.from('{"a":1}\r\n\n{"b":"ü"}\r{"c":2}');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { events } = eventsOf((sink) => new JsonLines(sink), bytes, cutAt(cut));
      expect(events.map(({ data }) => data)).toEqual(['{"a":1}', '{"b":"ü"}', '{"c":2}']);
    }
  });

  it("elements of an array are events as soon as they end, in any chunks", () => {
    const element = fc.record({
      text: fc.string({ unit: "grapheme" }),
      nested: fc.jsonValue(),
      quotes: fc.constantFrom('"', '\\"', "\\", "]}", "[{"),
    });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), fc.constantFrom(0, 2), fc.integer(), (elements, indent, seed) => {
        const bytes = Buffer.from(JSON.stringify(elements, undefined, indent));
        const { events } = eventsOf((sink) => new JsonArrayElements(sink), bytes, seededCuts(seed, 12));
        expect(events.map(({ data }) => JSON.parse(data))).toEqual(JSON.parse(bytes.toString()));
      }),
      { numRuns: 1000 },
    );
  });

  it("an element that is too long is passed over and told", () => {
    const bytes = Buffer.from(`[{"a":1},{"b":"${"x".repeat(300)}"},{"c":3}]`);
    for (const size of [1, 7, 1000]) {
      const { events, tooLong } = eventsOf((sink) => new JsonArrayElements(sink, 100), bytes, cutEvery(size));
      expect(events.map(({ data }) => data)).toEqual(['{"a":1}', '{"c":3}']);
      expect(tooLong).toBe(308);
    }
  });
});

function one(data: string): Cutout {
  return { data, name: undefined };
}
