import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedBody, type Operation, type RequestChanges, readRequest } from "../../src/providers/index.ts";

const change = (operation: Operation, text: string, changes: RequestChanges, options = {}): string => {
  const body = Buffer.from(text);
  return Buffer.from(changedBody(body, readRequest(operation, body, options), changes)).toString();
};
/** JSON with blanks of any kind in it, which a program that parses and writes anew would lose. */
const spaced = (value: unknown): string => JSON.stringify(value, null, "\t").replaceAll("\n", " \r\n");
/** What is the same at both ends, and what has become of the middle. */
const difference = (before: string, after: string): { removed: string; added: string } => {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { removed: before.slice(start, before.length - end), added: after.slice(start, after.length - end) };
};

describe("changing a request", () => {
  const others = fc.dictionary(
    fc
      .string({ unit: "grapheme" })
      .filter(
        (name) =>
          !/^(?:__proto__|model|messages|stream|stream_options|n|tools|functions|audio|models|fallbacks|prediction|plugins|service_tier|web_search_options|search_parameters|reasoning|thinking|max_tokens|max_completion_tokens)$/.test(
            name,
          ),
      ),
    fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }),
    { maxKeys: 5 },
  );
  const limits = fc.constantFrom(
    {},
    { max_tokens: 5 },
    { max_completion_tokens: 5 },
    { max_tokens: null },
    { max_tokens: 5, max_completion_tokens: 5 },
  );
  const streams = fc.constantFrom(
    {},
    { stream: true },
    { stream: true, stream_options: null },
    { stream: true, stream_options: {} },
    { stream: true, stream_options: { include_usage: false } },
    { stream: true, stream_options: { include_usage: null, other: 1 } },
    { stream: true, stream_options: { other: [1] } },
    { stream: true, stream_options: { include_usage: true } },
  );

  test("guarantee G11: what was asked for changes, and nothing else, whatever the body looks like", () => {
    const bodies = fc.tuple(others, limits, streams, fc.boolean());
    const changes = fc.record(
      { model: fc.constantFrom("gpt-4.1", 'odd "name"'), maxOutputTokens: fc.integer({ min: 1 }), includeUsage: fc.boolean() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(bodies, changes, ([more, limit, stream, isLast], wanted) => {
        const own = { model: "gpt-4o", messages: [{ role: "user", content: "é" }], ...limit, ...stream };
        const original = isLast ? { ...more, ...own } : { ...own, ...more };
        const text = spaced(original);
        const expected: Record<string, unknown> = JSON.parse(text) as Record<string, unknown>;
        if (wanted.model !== undefined) expected.model = wanted.model;
        if (wanted.maxOutputTokens !== undefined) {
          const present = ["max_tokens", "max_completion_tokens"].filter((name) => name in limit);
          for (const name of present.length > 0 ? present : ["max_tokens"]) expected[name] = wanted.maxOutputTokens;
        }
        if (wanted.includeUsage && expected.stream === true) {
          expected.stream_options = { ...(expected.stream_options as object | null), include_usage: true };
        }
        expect(JSON.parse(change("chat", text, wanted))).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("guarantee G11: bytes around a change stay as they are", () => {
    const text =
      '{ "messages" : [ {"role":"user","content":"\\u00e9 é\\/"} ],\r\n\t"model":"gpt-4o" , "max_tokens" :1e2,"stream":true, "x":1.0 }';
    expect(difference(text, change("chat", text, { model: "gpt-4.1" }))).toEqual({ removed: "o", added: ".1" });
    expect(change("chat", text, { maxOutputTokens: 64 })).toBe(text.replace("1e2", "64"));
    expect(change("chat", text, { includeUsage: true })).toBe(`{"stream_options":{"include_usage":true},${text.slice(1)}`);
    expect(change("chat", text, {})).toBe(text);
  });

  test("guarantee G11: twelve ways not to ask for usage all ask for it, and a stream that asks stays as it is", () => {
    const start = '{"model":"m","messages":[{}],"stream":true';
    const options = [
      "",
      ',"stream_options":null',
      ',"stream_options":{}',
      ',"stream_options":{ }',
      ',"stream_options":{"include_usage":false}',
      ',"stream_options":{"include_usage":null}',
      ',"stream_options":{"x":1}',
      ',"stream_options":{"x":1,"include_usage":false}',
      ',"stream_options":{"include_usage":false,"x":1}',
      ',"stream_\\u006fptions":{"include_usage":false}',
      ',"stream_options":{"include\\u005fusage":false}',
      ',"stream_options" : { "include_usage" : false } ',
    ];
    for (const option of options) {
      const changed = JSON.parse(change("chat", `${start}${option}}`, { includeUsage: true })) as { stream_options: object };
      expect(changed.stream_options, option).toMatchObject({ include_usage: true });
      expect(readRequest("chat", Buffer.from(`${start}${option}}`)).asksForUsage).toBe(false);
    }
    const asking = `${start},"stream_options":{"include_usage":true}}`;
    expect(change("chat", asking, { includeUsage: true })).toBe(asking);
    expect(readRequest("chat", Buffer.from(asking)).asksForUsage).toBe(true);
  });

  test("each format's own limit is the one that changes", () => {
    const set = (operation: Operation, body: object, options = {}): unknown =>
      JSON.parse(change(operation, JSON.stringify(body), { maxOutputTokens: 16 }, options));
    const messages = [{ role: "user", content: "Hi" }];
    expect(set("chat", { model: "gpt-5", messages })).toMatchObject({ max_completion_tokens: 16 });
    expect(set("chat", { model: "gpt-4o", messages })).toMatchObject({ max_tokens: 16 });
    expect(set("completions", { model: "m", prompt: "Hi" })).toMatchObject({ max_tokens: 16 });
    expect(set("responses", { model: "m", input: "Hi" })).toMatchObject({ max_output_tokens: 16 });
    expect(set("messages", { model: "m", messages, max_tokens: 50 })).toMatchObject({ max_tokens: 16 });
    const contents = [{ parts: [{ text: "Hi" }] }];
    const path = { modelInPath: "gemini-2.5-pro" };
    for (const config of [undefined, null, {}, { temperature: 1 }, { maxOutputTokens: 50 }]) {
      expect(set("generate", { contents, generationConfig: config }, path)).toMatchObject({ generationConfig: { maxOutputTokens: 16 } });
    }
    expect(set("generate", { contents, generation_config: { max_output_tokens: 50 } }, path)).toMatchObject({
      generation_config: { max_output_tokens: 16 },
    });
    expect(() => set("embeddings", { model: "m", input: "Hi" })).toThrow(
      "A request of embeddings has no limit of output tokens to change.",
    );
  });

  test("a form's model changes between its boundaries, a batch's in all its requests", () => {
    const form =
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nwhisper-1\u0000\r\n--b--\r\n';
    const changed = change("transcription", form, { model: "gpt-4o-transcribe" }, { contentType: "multipart/form-data; boundary=b" });
    expect(changed).toBe(form.replace("whisper-1", "gpt-4o-transcribe"));
    const params = { model: "claude-sonnet-4-5", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] };
    const batch = JSON.stringify({
      requests: [
        { custom_id: "a", params },
        { custom_id: "b", params },
      ],
    });
    expect(change("message_batches", batch, { model: "claude-haiku-4-5" })).toBe(batch.replaceAll("claude-sonnet-4-5", "claude-haiku-4-5"));
  });
});
