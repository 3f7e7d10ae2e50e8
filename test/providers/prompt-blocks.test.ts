import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Operation } from "../../src/providers/index.ts";
import { PromptHasher, readRequest } from "../../src/providers/index.ts";
import type { CallFacts, PromptBlock } from "../../src/usage/index.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const OTHER_KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 11 + 1);
const HASHER = new PromptHasher(KEY);

type Message = { role: string; content: unknown };

const anthropic = (messages: readonly unknown[], more: object = {}): object => ({
  model: "claude-sonnet-4-5",
  max_tokens: 100,
  messages,
  ...more,
});
const chat = (messages: readonly unknown[], more: object = {}): object => ({ model: "gpt-4o", messages, ...more });

function factsOf(operation: Operation, body: unknown, hasher = HASHER): CallFacts {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const modelInPath = operation === "generate" ? "gemini-2.5-flash" : undefined;
  return readRequest(operation, Buffer.from(text), { hasher, modelInPath }).facts ?? {};
}

function blocksOf(operation: Operation, body: unknown, hasher = HASHER): readonly PromptBlock[] {
  return factsOf(operation, body, hasher).promptBlocks ?? [];
}

function hashesOf(operation: Operation, body: unknown, hasher = HASHER): string[] {
  return blocksOf(operation, body, hasher).map(({ hash }) => hash);
}

const words = fc.string({ minLength: 1, maxLength: 40 });
const drawnMessages = fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: words }), { minLength: 1, maxLength: 8 });

const FORMATS: readonly [name: string, operation: Operation, body: (messages: readonly Message[]) => object][] = [
  ["Anthropic's", "messages", (messages) => anthropic(messages, { system: "Be brief." })],
  ["OpenAI's chat", "chat", (messages) => chat(messages)],
  ["OpenAI's responses", "responses", (messages) => ({ model: "gpt-4o", input: messages, instructions: "Be brief." })],
  [
    "Google's",
    "generate",
    (messages) => ({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: messages.map(({ role, content }) => ({ role, parts: [{ text: content }] })),
    }),
  ],
];

describe.each(FORMATS)("blocks of %s prompts", (_name, operation, bodyOf) => {
  test("the same beginning has the same hashes, whatever follows it", () => {
    fc.assert(
      fc.property(drawnMessages, drawnMessages, (messages, more) => {
        const before = hashesOf(operation, bodyOf(messages));
        expect(hashesOf(operation, bodyOf([...messages, ...more])).slice(0, before.length)).toEqual(before);
      }),
    );
  });

  test("a change changes its block's hash and all after it, and none before", () => {
    fc.assert(
      fc.property(drawnMessages, fc.nat(), words, (messages, drawn, word) => {
        const place = drawn % messages.length;
        const changed = messages.map((message, index) =>
          index === place ? { ...message, content: `${message.content}${word}` } : message,
        );
        const before = hashesOf(operation, bodyOf(messages));
        const after = hashesOf(operation, bodyOf(changed));
        const first = before.length - messages.length + place;
        expect(after).toHaveLength(before.length);
        expect(after.slice(0, first)).toEqual(before.slice(0, first));
        for (let block = first; block < before.length; block++) expect(after[block]).not.toBe(before[block]);
      }),
    );
  });

  test("no hash of one book is found in another", () => {
    const other = new PromptHasher(OTHER_KEY);
    fc.assert(
      fc.property(drawnMessages, (messages) => {
        const hashes = new Set(hashesOf(operation, bodyOf(messages)));
        for (const hash of hashesOf(operation, bodyOf(messages), other)) expect(hashes.has(hash)).toBe(false);
      }),
    );
  });

  test("how the JSON is spaced changes nothing", () => {
    fc.assert(
      fc.property(drawnMessages, fc.integer({ min: 1, max: 8 }), (messages, spaces) => {
        const body = bodyOf(messages);
        expect(hashesOf(operation, JSON.stringify(body, null, spaces))).toEqual(hashesOf(operation, body));
      }),
    );
  });

  test("who says something is a part of it", () => {
    const said = (role: string): string[] => hashesOf(operation, bodyOf([{ role, content: "Hello" }]));
    expect(said("user").at(-1)).not.toBe(said("assistant").at(-1));
  });
});

describe("blocks of prompts", () => {
  test("a block is told by eight characters, and nothing of its text is in them", () => {
    const facts = factsOf("chat", chat([{ role: "user", content: "A very secret sentence." }]));
    expect(facts.promptBlocks).toHaveLength(1);
    expect(facts.promptBlocks?.[0]?.hash).toMatch(/^[\w-]{8}$/);
    expect(JSON.stringify(facts)).not.toContain("secret");
  });

  test("a hash is HMAC-SHA-256 over the hash before and the block", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { minLength: 1, maxLength: 4 }), (blocks) => {
        const hasher = new PromptHasher(KEY);
        hasher.begin();
        let before: Uint8Array = new Uint8Array(32);
        for (const block of blocks) {
          const cut = block.length >> 1;
          hasher.bytes(block, 0, cut);
          hasher.bytes(block, cut);
          before = createHmac("sha256", KEY).update(before).update(block).digest();
          expect(hasher.end()).toBe(Buffer.from(before).toString("base64url").slice(0, 8));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("tools, the system prompt and each message are blocks of their own, in this order", () => {
    const tool = { name: "look_up", input_schema: { type: "object", properties: { word: { type: "string" } } } };
    const messages = [{ role: "user", content: "Hi" }];
    const plain = hashesOf("messages", anthropic(messages));
    const withSystem = hashesOf("messages", anthropic(messages, { system: "Be brief." }));
    const withTools = hashesOf("messages", anthropic(messages, { system: "Be brief.", tools: [tool] }));
    expect([plain, withSystem, withTools].map(({ length }) => length)).toEqual([1, 2, 3]);
    const otherSystem = hashesOf("messages", anthropic(messages, { system: "Be long.", tools: [tool] }));
    expect(otherSystem[0]).toBe(withTools[0]);
    expect(otherSystem[1]).not.toBe(withTools[1]);
  });

  test("the order of a tool's fields is a part of it, as it is to the providers", () => {
    const messages = [{ role: "user", content: "Hi" }];
    const one = hashesOf("chat", chat(messages, { tools: [{ type: "function", function: { name: "a", description: "b" } }] }));
    const other = hashesOf("chat", chat(messages, { tools: [{ type: "function", function: { description: "b", name: "a" } }] }));
    expect(one[0]).not.toBe(other[0]);
  });

  test("the order of a message's role and content is none", () => {
    expect(hashesOf("chat", chat([{ role: "user", content: "Hi" }]))).toEqual(hashesOf("chat", chat([{ content: "Hi", role: "user" }])));
  });

  test("a text alone is the same as the only part of a list", () => {
    fc.assert(
      fc.property(drawnMessages, (messages) => {
        const listed = messages.map(({ role, content }) => ({ role, content: [{ type: "text", text: content }] }));
        expect(hashesOf("messages", anthropic(listed, { system: [{ type: "text", text: "S" }] }))).toEqual(
          hashesOf("messages", anthropic(messages, { system: "S" })),
        );
      }),
    );
  });

  test("where a program asks for caching is no part of the prompt", () => {
    const mark = { cache_control: { type: "ephemeral" } };
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "aGVsbG8=" } };
    const answer = (more: object): object => ({ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "42", ...more }] });
    const body = (more: object): object =>
      anthropic(
        [
          {
            role: "user",
            content: [
              { type: "text", text: "Look.", ...more },
              { ...image, ...more },
              { ...answer(more), ...more },
            ],
          },
        ],
        {
          tools: [{ name: "a", input_schema: { type: "object" }, ...more }],
          system: [{ type: "text", text: "Be brief.", ...more }],
        },
      );
    expect(hashesOf("messages", body(mark))).toEqual(hashesOf("messages", body({})));
    expect(hashesOf("messages", anthropic([{ role: "user", content: [{ type: "text", text: "Hi", ...mark }] }]))).toEqual(
      hashesOf("messages", anthropic([{ role: "user", content: "Hi" }])),
    );
  });

  test("no two prompts are written alike: what stands in a text can't look like another message", () => {
    fc.assert(
      fc.property(drawnMessages, drawnMessages, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(hashesOf("chat", chat(one)).at(-1)).not.toBe(hashesOf("chat", chat(other)).at(-1));
      }),
    );
  });

  test("a long part ends a block, so that what follows it may differ", () => {
    const document = { type: "text", text: "x ".repeat(2_000) };
    const asked = (question: string): string[] =>
      hashesOf("messages", anthropic([{ role: "user", content: [document, { type: "text", text: question }] }]));
    expect(asked("Who?")).toHaveLength(2);
    expect(asked("Who?")[0]).toBe(asked("When?")[0]);
    expect(asked("Who?")[1]).not.toBe(asked("When?")[1]);
  });

  test("tokens are about a quarter of the bytes, and a picture's bytes are none", () => {
    const [block] = blocksOf("chat", chat([{ role: "user", content: "four ".repeat(800) }]));
    expect(block?.tokens).toBeGreaterThan(900);
    expect(block?.tokens).toBeLessThan(1_100);
    const url = `data:image/png;base64,${"QUJD".repeat(50_000)}`;
    const [picture] = blocksOf("chat", chat([{ role: "user", content: [{ type: "image_url", image_url: { url } }] }]));
    expect(picture?.tokens).toBeGreaterThan(900);
    expect(picture?.tokens).toBeLessThan(1_200);
  });

  test.each([
    ["an earlier response", "responses", { model: "gpt-4o", input: "Go on.", previous_response_id: "resp_1" }],
    ["cached content", "generate", { contents: [{ parts: [{ text: "Go on." }] }], cachedContent: "cachedContents/1" }],
    ["tokens instead of a text", "completions", { model: "davinci-002", prompt: [[1, 2, 3]] }],
  ] as const)("a prompt that begins with %s has no blocks: nobody here knows its beginning", (_what, operation, body) => {
    expect(factsOf(operation, body).promptBlocks).toBeUndefined();
  });
});

describe("facts of calls", () => {
  test.each([
    ["messages", anthropic([{ role: "user", content: "a" }], { temperature: 0, stream: true, tools: [{ name: "t", input_schema: {} }] })],
    [
      "chat",
      chat([{ role: "user", content: "a" }], { temperature: 0, stream: true, tools: [{ type: "function", function: { name: "t" } }] }),
    ],
  ] as const)("tools, turns, temperature and stream of %s are told", (operation, body) => {
    const { promptBlocks, ...others } = factsOf(operation, body);
    expect(others).toEqual({ isStream: true, tools: 1, turns: 1, temperature: 0 });
    expect(promptBlocks).toHaveLength(2);
  });

  test("Google's are told, too", () => {
    const body = {
      contents: [
        { role: "user", parts: [{ text: "a" }] },
        { role: "model", parts: [{ text: "b" }] },
      ],
      tools: [{ functionDeclarations: [{ name: "a" }, { name: "b" }] }],
      generationConfig: { temperature: 0.5 },
    };
    const { promptBlocks, ...others } = factsOf("generate", body);
    expect(others).toEqual({ isStream: false, tools: 2, turns: 2, temperature: 0.5 });
    expect(promptBlocks).toHaveLength(3);
  });

  test("what is not asked for is not told", () => {
    expect(readRequest("chat", Buffer.from(JSON.stringify(chat([{ role: "user", content: "a" }])))).facts).toBeUndefined();
    expect(factsOf("embeddings", { model: "text-embedding-3-small", input: "a" })).toEqual({});
    expect(factsOf("count_tokens", anthropic([{ role: "user", content: "a" }]))).toEqual({});
  });
});
