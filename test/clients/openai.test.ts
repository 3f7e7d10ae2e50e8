import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatVariedly } from "../integrations/varied-calls.ts";
import { OPENAI } from "../integrations/versions.ts";
import { expectBookEqualsBill, type LocalGateway, startLocalGateway, WATCHING } from "./local-gateway.ts";

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocalGateway({
    budgets: [WATCHING, { ...WATCHING, name: "poor", scope: { user: "poor" }, amountNanoUsd: 1n }],
  });
});
afterAll(() => gateway.close());

const messages = [{ role: "user" as const, content: "How many springs are there?" }];
const chat = { model: "gpt-4o", messages };
const tools = [
  {
    type: "function" as const,
    function: { name: "count_springs", parameters: { type: "object", properties: { where: { type: "string" } } } },
  },
];

describe.each(OPENAI)("$name, with another base URL and key", async ({ load }) => {
  const { default: OpenAI, APIConnectionError, APIUserAbortError, AuthenticationError, BadRequestError, RateLimitError } = await load();
  let client: OpenAI;
  beforeAll(async () => {
    client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 3 });
    await gateway.forget();
  });

  it("chats", async () => {
    gateway.upstream.script({ text: "There are four springs.", cacheRead: 3, inputTokens: 12 });
    const { data, response } = await client.chat.completions.create(chat).withResponse();
    expect(data.choices[0]?.message.content).toBe("There are four springs.");
    expect(data.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 6, prompt_tokens_details: { cached_tokens: 3 } });
    expect(response.headers.get("x-tokenledger-request-id")).toBeTruthy();
    const record = (await gateway.records()).find(({ requestId }) => requestId === response.headers.get("x-tokenledger-request-id"));
    expect(record).toMatchObject({ provider: "openai", source: "gateway", usageSource: "reported", status: "ok", team: "platform" });
    const shown = response.headers.get("x-tokenledger-cost-usd") ?? "";
    expect(Math.round(Number(shown) * 1e9)).toBe(record?.costNanoUsd);
    await expectBookEqualsBill(gateway);
  });

  it("streams, and sees no usage that it did not ask for", async () => {
    gateway.upstream.script({ text: "There are four springs." });
    let text = "";
    const usages: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({ ...chat, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      expect(chunk.choices).toHaveLength(1);
      if (chunk.usage) usages.push(chunk.usage);
    }
    expect(text).toBe("There are four springs.");
    expect(usages).toEqual([]);
    await expectBookEqualsBill(gateway);
  });

  it("streams with the usage that it asks for", async () => {
    const usages: unknown[] = [];
    const stream = await client.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
    expect(usages).toHaveLength(1);
    await expectBookEqualsBill(gateway);
  });

  it("calls tools, whole and streamed", async () => {
    const toolCall = { name: "count_springs", arguments: { where: "in the valley" } };
    gateway.upstream.script({ toolCall }, { toolCall });
    const whole = await client.chat.completions.create({ ...chat, tools });
    const called = whole.choices[0]?.message.tool_calls?.[0];
    expect(called?.type === "function" && JSON.parse(called.function.arguments)).toEqual(toolCall.arguments);
    const streamed = await client.chat.completions.stream({ ...chat, tools }).finalChatCompletion();
    const again = streamed.choices[0]?.message.tool_calls?.[0];
    expect(again?.type === "function" && JSON.parse(again.function.arguments)).toEqual(toolCall.arguments);
    await expectBookEqualsBill(gateway);
  });

  it("asks for several answers, reasoning and other tiers", async () => {
    await chatVariedly(client, gateway.upstream);
    await expectBookEqualsBill(gateway);
  });

  it("makes responses: whole, streamed, and in the background", async () => {
    gateway.upstream.script({ text: "Four." }, { text: "Four.", reasoningTokens: 5 }, { outputTokens: 30 });
    expect((await client.responses.create({ model: "gpt-5", input: "How many?" })).output_text).toBe("Four.");
    let text = "";
    for await (const event of await client.responses.create({ model: "gpt-5", input: "How many?", stream: true }))
      if (event.type === "response.output_text.delta") text += event.delta;
    expect(text).toBe("Four.");
    let job = await client.responses.create({ model: "gpt-5", input: "How many?", background: true });
    for (let polls = 0; job.status !== "completed" && polls < 5; polls++) job = await client.responses.retrieve(job.id);
    expect(job.status).toBe("completed");
    // Asked once more, it is not billed once more.
    await client.responses.retrieve(job.id);
    await expectBookEqualsBill(gateway);
  });

  it("embeds", async () => {
    const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: ["one spring", "two springs"] });
    expect(data).toHaveLength(2);
    expect(data[0]?.embedding).toHaveLength(8);
    await expectBookEqualsBill(gateway);
  });

  it("lists models", async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids.length).toBeGreaterThan(0);
  });

  it("a budget that is spent is its 402, asked exactly once", async () => {
    const before = gateway.upstream.requests.length;
    let asked = 0;
    const counted = new OpenAI({
      apiKey: gateway.key,
      baseURL: `${gateway.url}/v1`,
      maxRetries: 3,
      defaultHeaders: { "x-tokenledger-user": "poor" },
      fetch: (url, init) => {
        asked++;
        return fetch(url, init);
      },
    });
    const error = await counted.chat.completions.create(chat).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ status: 402 });
    expect((error as InstanceType<typeof OpenAI.APIError>).message).toContain("budget");
    expect(asked).toBe(1);
    expect(gateway.upstream.requests.length).toBe(before);
  });

  it("an unknown key is its AuthenticationError; a wrong request its BadRequestError", async () => {
    const stranger = new OpenAI({ apiKey: "tl_nobody", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    await expect(stranger.chat.completions.create(chat)).rejects.toBeInstanceOf(AuthenticationError);
    await expect(client.chat.completions.create({ ...chat, max_tokens: -1 })).rejects.toBeInstanceOf(BadRequestError);
  });

  it("the provider's own rate limit is its RateLimitError, with the provider's words", async () => {
    gateway.upstream.always({ status: 429, errorMessage: "Slow down, please.", headers: { "retry-after-ms": "1" } });
    const impatient = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const error = await impatient.chat.completions.create(chat).catch((thrown: unknown) => thrown);
    gateway.upstream.always({});
    expect(error).toBeInstanceOf(RateLimitError);
    expect((error as Error).message).toContain("Slow down, please.");
    await expectBookEqualsBill(gateway);
  });

  it("an aborted stream is its APIUserAbortError, and is metered to its end", async () => {
    gateway.upstream.script({ outputTokens: 200, eventDelayMs: 2 });
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      const stream = await client.chat.completions.create({ ...chat, stream: true }, { signal: stop.signal });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stop.abort();
    };
    const thrown = await read().catch((error: unknown) => error);
    if (thrown !== undefined) expect(thrown).toBeInstanceOf(APIUserAbortError);
    await expectBookEqualsBill(gateway);
    expect((await gateway.records()).at(-1)).toMatchObject({ status: "aborted", usageSource: "reported" });
  });

  it("a provider that breaks off is an error of the connection, not an answer", async () => {
    gateway.upstream.script({ outputTokens: 200, resetAtByte: 3000 });
    const read = async (): Promise<void> => {
      for await (const _ of await client.chat.completions.create({ ...chat, stream: true }, { maxRetries: 0 }));
    };
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error instanceof APIConnectionError || error instanceof Error).toBe(true);
    expect(await gateway.isQuiet()).toBe(true);
  });
});
