import type Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageVariedly } from "../integrations/varied-calls.ts";
import { ANTHROPIC } from "../integrations/versions.ts";
import { expectBookEqualsBill, type LocalGateway, startLocalGateway, WATCHING } from "./local-gateway.ts";

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocalGateway({
    budgets: [WATCHING, { ...WATCHING, name: "poor", scope: { user: "poor" }, amountNanoUsd: 1n }],
  });
});
afterAll(() => gateway.close());

const messages = [{ role: "user" as const, content: "How many springs are there?" }];
const call = { model: "claude-sonnet-4-6", max_tokens: 400, messages };
const tools = [{ name: "count_springs", input_schema: { type: "object" as const, properties: { where: { type: "string" } } } }];

describe.each(ANTHROPIC)("$name, with another base URL and key", async ({ load }) => {
  const { default: Anthropic, APIUserAbortError, AuthenticationError, BadRequestError, RateLimitError } = await load();
  let client: Anthropic;
  beforeAll(async () => {
    client = new Anthropic({ apiKey: gateway.key, baseURL: gateway.url, maxRetries: 3 });
    await gateway.forget();
  });

  it("sends messages, with caches of both lives, thoughts and searches", async () => {
    gateway.upstream.script({ text: "There are four springs." });
    const message = await client.messages.create(call);
    expect(message.content).toMatchObject([{ type: "text", text: "There are four springs." }]);
    const cached = await messageVariedly(client, gateway.upstream);
    expect(cached.usage).toMatchObject({ input_tokens: 1000, cache_read_input_tokens: 5000 });
    await expectBookEqualsBill(gateway);
  });

  it("streams", async () => {
    gateway.upstream.script({ text: "There are four springs.", inputTokens: 500, cacheRead: 400, reasoningTokens: 20 });
    const message = await client.messages.stream(call).finalMessage();
    expect(message.content.at(-1)).toMatchObject({ type: "text", text: "There are four springs." });
    expect(message.usage).toMatchObject({ input_tokens: 100, cache_read_input_tokens: 400, output_tokens: 26 });
    await expectBookEqualsBill(gateway);
  });

  it("uses tools, whole and streamed", async () => {
    const toolCall = { name: "count_springs", arguments: { where: "in the valley" } };
    gateway.upstream.script({ toolCall }, { toolCall });
    const expected = [{ type: "tool_use", name: "count_springs", input: toolCall.arguments }];
    expect((await client.messages.create({ ...call, tools })).content).toMatchObject(expected);
    expect((await client.messages.stream({ ...call, tools }).finalMessage()).content).toMatchObject(expected);
    await expectBookEqualsBill(gateway);
  });

  it("counts tokens for nothing", async () => {
    const before = (await gateway.records()).length;
    expect((await client.messages.countTokens({ model: "claude-sonnet-4-6", messages })).input_tokens).toBeGreaterThan(0);
    expect((await gateway.records()).slice(before).every(({ costNanoUsd }) => !costNanoUsd)).toBe(true);
    await expectBookEqualsBill(gateway);
  });

  it("guarantee G14: a batch is settled when its results are known, at the batch price, once", async () => {
    const requests = [1, 2, 3].map((number) => ({ custom_id: `call-${number}`, params: { ...call, max_tokens: 20 * number } }));
    let batch = await client.messages.batches.create({ requests });
    for (let polls = 0; batch.processing_status !== "ended" && polls < 5; polls++) batch = await client.messages.batches.retrieve(batch.id);
    expect(batch.processing_status).toBe("ended");
    const found: string[] = [];
    for await (const { custom_id } of await client.messages.batches.results(batch.id)) found.push(custom_id);
    expect(found).toEqual(["call-1", "call-2", "call-3"]);
    for await (const _ of await client.messages.batches.results(batch.id));
    expect(await gateway.isQuiet()).toBe(true);
    const billedTokens = gateway.upstream.calls.filter(({ serviceTier }) => serviceTier === "batch");
    expect(billedTokens).toHaveLength(3);
    const records = (await gateway.records()).filter(({ serviceTier }) => serviceTier === "batch");
    const sum = (counts: readonly (number | undefined)[]): number => counts.reduce<number>((total, count) => total + (count ?? 0), 0);
    expect(sum(records.map(({ tokens }) => tokens.output))).toBe(sum(billedTokens.map(({ tokens }) => tokens.output)));
    expect(sum(records.map(({ tokens }) => tokens.input))).toBe(sum(billedTokens.map(({ tokens }) => tokens.input)));
    await gateway.forget();
  });

  it("a budget that is spent is an APIError of 402, asked exactly once", async () => {
    let asked = 0;
    const counted = new Anthropic({
      apiKey: gateway.key,
      baseURL: gateway.url,
      maxRetries: 3,
      defaultHeaders: { "x-tokenledger-user": "poor" },
      fetch: (url, init) => {
        asked++;
        return fetch(url, init);
      },
    });
    const before = gateway.upstream.requests.length;
    const error = await counted.messages.create(call).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status: 402, error: { type: "error" } });
    expect(asked).toBe(1);
    expect(gateway.upstream.requests.length).toBe(before);
  });

  it("an unknown key is its AuthenticationError; a wrong request its BadRequestError", async () => {
    const stranger = new Anthropic({ apiKey: "tl_nobody", baseURL: gateway.url, maxRetries: 0 });
    await expect(stranger.messages.create(call)).rejects.toBeInstanceOf(AuthenticationError);
    await expect(client.messages.create({ ...call, max_tokens: -1 })).rejects.toBeInstanceOf(BadRequestError);
  });

  it("the provider's own rate limit is its RateLimitError", async () => {
    gateway.upstream.always({ status: 429, errorMessage: "Slow down, please.", headers: { "retry-after-ms": "1" } });
    const impatient = new Anthropic({ apiKey: gateway.key, baseURL: gateway.url, maxRetries: 0 });
    const error = await impatient.messages.create(call).catch((thrown: unknown) => thrown);
    gateway.upstream.always({});
    expect(error).toBeInstanceOf(RateLimitError);
    expect((error as Error).message).toContain("Slow down, please.");
  });

  it("an aborted stream is metered to its end", async () => {
    await gateway.forget();
    gateway.upstream.script({ outputTokens: 200, eventDelayMs: 2 });
    const stream = client.messages.stream({ ...call, max_tokens: 1000 });
    stream.on("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIUserAbortError);
    expect(await gateway.isQuiet()).toBe(true);
    const [record] = await gateway.records();
    expect(record).toMatchObject({ status: "aborted", usageSource: "reported", tokens: { output: 200 } });
  });
});
