import { describe, expect, test } from "vitest";
import { laterUsage, readReply, readRequest, streamMeter } from "../../src/providers/index.ts";

const read = (operation: "responses" | "chat", body: object) =>
  readRequest(operation, Buffer.from(JSON.stringify({ model: "gpt-5", ...body })), {});

describe("guarantee G29: what a request names of earlier calls", () => {
  test.each<[what: string, operation: "responses" | "chat", body: object, ids: string[] | undefined]>([
    ["nothing", "responses", { input: "hello" }, undefined],
    ["nothing, in words", "responses", { input: [{ role: "user", content: "previous_response_id: resp_1" }] }, undefined],
    ["the response before", "responses", { input: "go on", previous_response_id: "resp_1" }, ["resp_1"]],
    ["no response before", "responses", { input: "hello", previous_response_id: null, conversation: null }, undefined],
    ["a conversation", "responses", { input: "go on", conversation: "conv_1" }, ["conv_1"]],
    ["a conversation, as an object", "responses", { input: "go on", conversation: { id: "conv_1" } }, ["conv_1"]],
    [
      "items",
      "responses",
      { input: [{ type: "item_reference", id: "msg_1" }, { id: "rs_1" }, { id: "fc_1", type: null }] },
      ["msg_1", "rs_1", "fc_1"],
    ],
    [
      "an item twice",
      "responses",
      {
        input: [
          { type: "item_reference", id: "msg_1" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
      ["msg_1"],
    ],
    [
      "items that are told whole",
      "responses",
      {
        input: [
          { type: "message", id: "msg_1", role: "user", content: "hi" },
          { id: "msg_2", role: "user", content: "hi" },
        ],
      },
      undefined,
    ],
    [
      "what is no id",
      "responses",
      { input: [{ type: "item_reference", id: 5 }, { type: "item_reference" }], previous_response_id: ["resp_1"] },
      [""],
    ],
    ["a sound", "chat", { messages: [{ role: "assistant", audio: { id: "audio_1" } }] }, ["audio_1"]],
    ["no sound", "chat", { messages: [{ role: "user", content: "audio" }], audio: { voice: "alloy", format: "wav" } }, undefined],
  ])("is %s", (_what, operation, body, ids) => {
    const { storedIds } = read(operation, body);
    expect(storedIds === undefined ? undefined : [...storedIds].sort()).toEqual(ids?.sort());
  });

  test("is a thousand things at most", () => {
    const input = (count: number): object => ({
      input: Array.from({ length: count }, (_, index) => ({ type: "item_reference", id: `msg_${index}` })),
    });
    expect(read("responses", input(1000)).storedIds).toHaveLength(1000);
    expect(() => read("responses", input(1001))).toThrow(/^More than 1000 things of earlier calls are named/);
  });
});

test("a response is kept by its provider unless the request says that it is not", () => {
  expect(
    [{}, { store: null }, { store: true }, { store: false }].map((body) => read("responses", { input: "hi", ...body }).keepsReply),
  ).toEqual([...[true, true, true], undefined]);
  expect(read("chat", { messages: [{ role: "user", content: "hi" }] }).keepsReply).toBeUndefined();
});

describe("what a provider keeps of a reply under ids of its own", () => {
  const output = [
    { type: "reasoning", id: "rs_1", summary: [] },
    { type: "message", id: "msg_1", role: "assistant", content: [] },
  ];

  test("is the items of a response, whole or streamed", () => {
    const response = { id: "resp_1", object: "response", status: "completed", model: "gpt-5", output };
    expect(readReply(Buffer.from(JSON.stringify(response)), { operation: "responses" })).toMatchObject({
      id: "resp_1",
      keptIds: ["rs_1", "msg_1"],
    });
    const events = [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      ...output.map((item, index) => ({ type: "response.output_item.done", output_index: index, item })),
    ];
    const meter = streamMeter({ operation: "responses" });
    const push = (event: object): void => meter.push(Buffer.from(`event: x\ndata: ${JSON.stringify(event)}\n\n`));
    push(events[0] as object);
    expect(meter.reading()).toMatchObject({ id: "resp_1" });
    for (const event of events.slice(1)) push(event);
    expect(meter.reading().keptIds).toEqual(["rs_1", "msg_1"]);
    push({ type: "response.completed", response: { ...response, output: [...output, { type: "function_call", id: "fc_1" }] } });
    expect(meter.reading().keptIds).toEqual(["rs_1", "msg_1", "fc_1"]);
  });

  test("is the sound of a chat's answers, and nothing of other chats", () => {
    const chat = (message: object): object => ({
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "gpt-4o",
      choices: [{ index: 0, message }],
    });
    const read = (message: object) => readReply(Buffer.from(JSON.stringify(chat(message))), { operation: "chat" }).keptIds;
    expect(read({ role: "assistant", audio: { id: "audio_1", data: "" } })).toEqual(["audio_1"]);
    expect(read({ role: "assistant", content: "hi" })).toBeUndefined();
  });
});

test("work that ends after its reply is charged for every model that worked on it", () => {
  const prices = {
    estimatesUnknown: false,
    isKnown: () => true,
    cost: ({ model }: { model: string }, tokens: { output?: number }) => (tokens.output ?? 0) * (model === "dear" ? 100 : 1),
  };
  const usage = { tokens: { input: 10, output: 20 }, sidePasses: [{ model: "dear", tokens: { output: 3 } }] };
  const priced = { prices, provider: "openai", atMs: 0 };
  expect(laterUsage({ model: "cheap", usage }, priced)).toMatchObject({ outputTokens: 20, costUsd: "0.00000032" });
  expect(laterUsage({ model: "cheap", usage: { tokens: usage.tokens } }, priced)).not.toHaveProperty("costUsd");
  expect(laterUsage({ model: "cheap", usage: { ...usage, reportedCostNanoUsd: 7 } }, priced)).toMatchObject({ costUsd: "0.000000007" });
});
