import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hideUsageEvent } from "../../src/providers/index.ts";
import { cutAt, cutEvery, seededCuts } from "./chunks.ts";

const USAGE = '{"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}';
const HI = '{"id":"c1","choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":null}';

function shown(stream: string | Buffer, chunks: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]): string {
  const hide = hideUsageEvent();
  const pieces = chunks(Buffer.from(stream)).map((chunk) => Buffer.from(hide.push(chunk)));
  return Buffer.concat([...pieces, hide.end()]).toString();
}

describe("the usage event that the gateway asked for is hidden again", () => {
  it("takes out exactly the event with usage and no choices", () => {
    expect(shown(`data: ${HI}\n\ndata: ${USAGE}\n\ndata: [DONE]\n\n`)).toBe(`data: ${HI}\n\ndata: [DONE]\n\n`);
  });

  it.each([
    ["a first chunk without choices and without usage (Azure's filter results)", 'data: {"choices":[],"prompt_filter_results":[]}\n\n'],
    ['"usage":null beside no choices', 'data: {"choices":[],"usage":null}\n\n'],
    ["usage beside choices", 'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}\n\n'],
    ["text that speaks of it", 'data: {"choices":[{"delta":{"content":"\\"choices\\":[],\\"usage\\":{}"}}]}\n\n'],
    ["an event without its end", 'data: {"choices":[{"delta":{"content":"Hi"}}]}'],
    ["comments, other fields and many blank lines", ": ping\n\n\n\nid: 7\nretry: 10\nevent: x\ndata: y\n\n"],
    ["what is no JSON", 'data: {"choices":[],"usage":{\n\n'],
  ])("lets pass %s", (_what, stream) => {
    expect(shown(stream)).toBe(stream);
    expect(shown(stream, cutEvery(1))).toBe(stream);
  });

  it("takes it out at the end of a stream, without its blank line", () => {
    expect(shown(`data: ${HI}\n\ndata: ${USAGE}`)).toBe(`data: ${HI}\n\n`);
  });

  it("knows it without the space after the colon, with other fields, with white space in it and over many lines of data", () => {
    for (const event of [
      `data:${USAGE}\n\n`,
      `id: 3\ndata: ${USAGE}\n\n`,
      'data: {"choices" : [ ], "usage" :\ndata:  {"prompt_tokens":1}}\n\n',
    ]) {
      expect(shown(`data: ${HI}\n\n${event}data: [DONE]\n\n`)).toBe(`data: ${HI}\n\ndata: [DONE]\n\n`);
    }
  });

  it("gives whole events at once and holds back only an unfinished one", () => {
    const hide = hideUsageEvent();
    expect(Buffer.from(hide.push(Buffer.from(`data: ${HI}\n\ndata: `))).toString()).toBe(`data: ${HI}\n\n`);
    expect(hide.push(Buffer.from(USAGE))).toHaveLength(0);
    expect(Buffer.from(hide.push(Buffer.from("\n\ndata: [DONE]\n\n"))).toString()).toBe("data: [DONE]\n\n");
    expect(hide.end()).toHaveLength(0);
  });

  it("holds back no event that is too long to be it, and finds the next one", () => {
    const long = `data: {"choices":[{"delta":{"content":"${"x".repeat(200_000)}"}}]}\n\n`;
    const stream = `${long}data: ${USAGE}\n\ndata: [DONE]\n\n`;
    const hide = hideUsageEvent();
    expect(hide.push(Buffer.from(long.slice(0, 150_000)))).toHaveLength(150_000);
    for (const cut of [long.length - 2, long.length - 1, long.length, long.length + 1]) {
      expect(shown(stream, cutAt(1000, 100_000, cut))).toBe(`${long}data: [DONE]\n\n`);
    }
  });

  it.each(["\n", "\r\n", "\r"])("in chunks cut anywhere all else is byte for byte what was sent, lines ending in %j", (lineEnd) => {
    const event = (data: string) => `data: ${data}${lineEnd}${lineEnd}`;
    const stream = Buffer.from(event(HI) + event('{"choices":[{"delta":{"content":"Grüezi 👋"}}]}') + event(USAGE) + event("[DONE]"));
    const expected = shown(stream);
    expect(expected).not.toContain("prompt_tokens");
    expect(expected.length).toBe(stream.toString().length - event(USAGE).length);
    for (let cut = 0; cut <= stream.length; cut++) expect(shown(stream, cutAt(cut))).toBe(expected);
    for (const size of [1, 2, 7]) expect(shown(stream, cutEvery(size))).toBe(expected);
  });

  it("is what a filter of whole events does, on any mix of events, line ends and chunks", () => {
    const piece = fc.constantFrom(`data: ${HI}`, `data: ${USAGE}`, `data:${USAGE}`, ": comment", "event: x", "data: [DONE]", "data: ü");
    const events = fc.array(fc.tuple(piece, fc.constantFrom("\n", "\r\n", "\r"), fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 12 });
    fc.assert(
      fc.property(events, fc.integer(), (parts, seed) => {
        // CR before LF is one line end, so such neighbours are no two.
        const kept = parts.filter(([, first, second]) => !(first === "\r" && second === "\n"));
        const stream = kept.map(([text, first, second]) => text + first + second).join("");
        const expected = kept.filter(([text]) => !text.includes("prompt_tokens")).map(([text, first, second]) => text + first + second);
        expect(shown(stream, seededCuts(seed, 20))).toBe(expected.join(""));
      }),
      { numRuns: 500 },
    );
  });
});
