import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { streamText } from "ai";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { errorBody, type Operation, type StreamPlace, streamEnd, streamError } from "../../src/providers/index.ts";
import { OPENAI } from "../integrations/versions.ts";

const events = (...data: object[]): string => data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
const named = (...data: { type: string }[]): string => data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join("");
const usage = { input: 9, output: 4 };

/** How a stream of each format begins: the words that came before the cut. */
const BEGUN: Partial<Record<Operation, string>> = {
  chat: events({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { role: "assistant", content: "One two" }, finish_reason: null }],
  }),
  completions: events({
    id: "c1",
    object: "text_completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, text: "One two", finish_reason: null, logprobs: null }],
  }),
  messages: named(
    {
      type: "message_start",
      message: {
        id: "m1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    } as { type: string },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "One two" } } as { type: string },
  ),
  responses: named(
    {
      type: "response.created",
      sequence_number: 0,
      response: { id: "c1", object: "response", created_at: 1, model: "m", output: [], status: "in_progress" },
    } as { type: string },
    {
      type: "response.output_item.added",
      sequence_number: 1,
      output_index: 0,
      item: { type: "message", id: "i1", role: "assistant", status: "in_progress", content: [] },
    } as { type: string },
    {
      type: "response.content_part.added",
      sequence_number: 2,
      output_index: 0,
      item_id: "i1",
      content_index: 0,
      part: { type: "output_text", text: "", annotations: [] },
    } as { type: string },
    {
      type: "response.output_text.delta",
      sequence_number: 3,
      output_index: 0,
      item_id: "i1",
      content_index: 0,
      delta: "One two",
      logprobs: [],
    } as { type: string },
  ),
  generate: events({ candidates: [{ content: { role: "model", parts: [{ text: "One two" }] }, index: 0 }], modelVersion: "m" }),
};
const stream = (operation: Operation, end: Uint8Array): string => `${BEGUN[operation]}${Buffer.from(end).toString()}`;
const cut = (operation: Operation, place: Partial<StreamPlace> = {}): string =>
  stream(operation, streamEnd(operation, { model: "m", id: "c1", usage, ...place }));
const failed = (operation: Operation): string =>
  stream(
    operation,
    streamError(operation, { status: 502, code: "upstream_failed", message: "The provider's reply broke off.", requestId: "req_1" }),
  );
const answering =
  (body: string, status = 200, contentType = "text/event-stream") =>
  async (): Promise<Response> =>
    new Response(body, { status, headers: { "content-type": contentType } });
const openai = (body: string, status?: number, contentType?: string, Client: typeof OpenAI = OpenAI): OpenAI =>
  new Client({ apiKey: "k", maxRetries: 0, baseURL: "http://127.0.0.1:9/v1", fetch: answering(body, status, contentType) });
const anthropic = (body: string, status?: number, contentType?: string): Anthropic =>
  new Anthropic({ apiKey: "k", maxRetries: 0, baseURL: "http://127.0.0.1:9", fetch: answering(body, status, contentType) });
const messages = [{ role: "user" as const, content: "Hi" }];

/** Google's client takes no fetch of one's own. */
async function withGoogle<T>(body: string, status: number, ask: (client: GoogleGenAI) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": status === 200 ? "text/event-stream" : "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await ask(new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl } }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
const googleText = (client: GoogleGenAI): Promise<{ text: string; finishReason: unknown }> =>
  client.models.generateContentStream({ model: "m", contents: "Hi" }).then(async (chunks) => {
    const seen = { text: "", finishReason: undefined as unknown };
    for await (const chunk of chunks) {
      seen.text += chunk.text ?? "";
      seen.finishReason = chunk.candidates?.[0]?.finishReason ?? seen.finishReason;
    }
    return seen;
  });

describe("a stream that is cut ends as one that has reached its limit, for the vendors' own clients", () => {
  test("chat", async () => {
    const client = openai(cut("chat", { asksForUsage: true }));
    const completion = await client.chat.completions
      .stream({ model: "m", messages, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "One two" } });
    expect(completion.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 4 });
  });

  test("chat with several answers, and without a question for usage", async () => {
    const chunks = await openai(cut("chat", { choices: 3 })).chat.completions.create({ model: "m", messages, n: 3, stream: true });
    const ends: unknown[] = [];
    for await (const chunk of chunks) {
      expect(chunk).not.toHaveProperty("usage");
      for (const choice of chunk.choices) if (choice.finish_reason !== null) ends.push([choice.index, choice.finish_reason]);
    }
    expect(ends).toEqual([0, 1, 2].map((index) => [index, "length"]));
  });

  test("completions", async () => {
    const chunks = await openai(cut("completions")).completions.create({ model: "m", prompt: "Hi", stream: true });
    const seen: unknown[] = [];
    for await (const chunk of chunks) seen.push([chunk.choices[0]?.text, chunk.choices[0]?.finish_reason]);
    expect(seen).toEqual([
      ["One two", null],
      ["", "length"],
    ]);
  });

  test.each(OPENAI)("responses, read by $name", async ({ load, major }) => {
    const { default: Client } = await load();
    const body = cut("responses", { sequenceNumber: 3 });
    const chunks = await openai(body, undefined, undefined, Client).responses.create({ model: "m", input: "Hi", stream: true });
    const seen = [];
    for await (const chunk of chunks) seen.push(chunk);
    const last = seen.at(-1);
    expect(last).toMatchObject({
      type: "response.incomplete",
      sequence_number: 4,
      response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, usage: { output_tokens: 4 } },
    });
    const whole = await openai(body, undefined, undefined, Client).responses.stream({ model: "m", input: "Hi" }).finalResponse();
    // What was said has come in the events before; the last one does not repeat it.
    // The response that version 5 puts together takes no notice of any end but the usual one.
    const end = major > 5 ? { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } : { status: "in_progress" };
    expect(whole).toMatchObject(end);
  });

  test("messages", async () => {
    const message = await anthropic(cut("messages", { openBlocks: [0] }))
      .messages.stream({ model: "m", max_tokens: 9, messages })
      .finalMessage();
    expect(message).toMatchObject({ stop_reason: "max_tokens", content: [{ type: "text", text: "One two" }], usage: { output_tokens: 4 } });
  });

  test("generate", async () => {
    expect(await withGoogle(cut("generate"), 200, googleText)).toEqual({ text: "One two", finishReason: "MAX_TOKENS" });
  });

  test.each(["chat", "responses"] as const)("%s, read by the AI SDK", async (operation) => {
    const provider = createOpenAI({
      apiKey: "k",
      baseURL: "http://127.0.0.1:9/v1",
      fetch: answering(cut(operation, { sequenceNumber: 3 })),
    });
    const { text, finishReason } = streamText({
      model: operation === "chat" ? provider.chat("m") : provider.responses("m"),
      prompt: "Hi",
      maxRetries: 0,
    });
    expect(await text).toBe("One two");
    expect(await finishReason).toBe("length");
  });
});

describe("a stream that fails is an error to the vendors' own clients", () => {
  const drained = async (chunks: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of chunks);
  };

  test("chat, messages, generate", async () => {
    await expect(openai(failed("chat")).chat.completions.create({ model: "m", messages, stream: true }).then(drained)).rejects.toThrow(
      /broke off/,
    );
    await expect(
      anthropic(failed("messages")).messages.create({ model: "m", max_tokens: 9, messages, stream: true }).then(drained),
    ).rejects.toThrow(/broke off/);
    await expect(withGoogle(failed("generate"), 200, googleText)).rejects.toThrow(/broke off/);
  });

  test.each(OPENAI)("responses end with an error event, which $name hands on or throws", async ({ load, major }) => {
    const { default: Client } = await load();
    const chunks = await openai(failed("responses"), undefined, undefined, Client).responses.create({
      model: "m",
      input: "Hi",
      stream: true,
    });
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of chunks) seen.push(chunk);
    };
    const error = { code: "upstream_failed", message: "The provider's reply broke off." };
    if (major < 7) {
      await read();
      expect(seen.at(-1)).toMatchObject({ type: "error", ...error });
    } else await expect(read()).rejects.toMatchObject(error);
  });
});

describe("errors have the shapes that the vendors' own clients know", () => {
  const error = { status: 402, code: "budget_exceeded", message: 'The budget "team" is used up.', requestId: "req_1" };

  test("security S21: message, code, type and request id arrive", async () => {
    const asked = openai(errorBody("openai", error), 402, "application/json").chat.completions.create({ model: "m", messages });
    await expect(asked).rejects.toMatchObject({
      status: 402,
      code: "budget_exceeded",
      type: "insufficient_quota",
      message: expect.stringContaining("is used up"),
    });
    const other = anthropic(errorBody("anthropic", error), 402, "application/json").messages.create({
      model: "m",
      max_tokens: 9,
      messages,
    });
    await expect(other).rejects.toMatchObject({
      status: 402,
      error: { type: "error", error: { type: "billing_error", message: error.message }, request_id: "req_1" },
    });
    const third = withGoogle(errorBody("gemini", error), 402, (client) => client.models.generateContent({ model: "m", contents: "Hi" }));
    await expect(third).rejects.toMatchObject({ status: 402, message: expect.stringContaining("RESOURCE_EXHAUSTED") });
  });

  test("guarantee G18: each status has its own word, and trouble on this side names the request", () => {
    const typeOf = (status: number): unknown[] => [
      (JSON.parse(errorBody("openai", { ...error, status })) as { error: { type: string } }).error.type,
      (JSON.parse(errorBody("anthropic", { ...error, status })) as { error: { type: string } }).error.type,
      (JSON.parse(errorBody("gemini", { ...error, status })) as { error: { status: string } }).error.status,
    ];
    expect(typeOf(400)).toEqual(["invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"]);
    expect(typeOf(401)).toEqual(["authentication_error", "authentication_error", "UNAUTHENTICATED"]);
    expect(typeOf(429)).toEqual(["rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"]);
    expect(typeOf(503)).toEqual(["server_error", "overloaded_error", "UNAVAILABLE"]);
    expect(typeOf(504)).toEqual(["server_error", "timeout_error", "DEADLINE_EXCEEDED"]);
    expect(errorBody("openai", { ...error, status: 503 })).toContain("Request id: req_1.");
    expect(errorBody("openai", error)).not.toContain("req_1");
  });
});
