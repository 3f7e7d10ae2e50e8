import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded, InvalidInput, UnpricedModel } from "../../src/errors.ts";
import { withBudget } from "../../src/integrations/openai.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";
import { chatVariedly } from "./varied-calls.ts";
import { OPENAI } from "./versions.ts";

const messages = [{ role: "user" as const, content: "How many springs are there?" }];
const chat = { model: "gpt-4o", messages, max_tokens: 400 };
const tools = [
  {
    type: "function" as const,
    function: { name: "count_springs", parameters: { type: "object", properties: { where: { type: "string" } } } },
  },
];

describe.each(OPENAI)("$name with a budget", async ({ load }) => {
  const { default: Client } = await load();
  let program: BudgetedProgram;
  let bare: OpenAI;
  let client: OpenAI;
  beforeAll(async () => {
    program = await startBudgetedProgram();
    bare = new Client({ apiKey: "sk-test", baseURL: `${program.upstream.url}/v1`, maxRetries: 2 });
    client = withBudget(bare, program.budget);
  });
  afterAll(() => program[Symbol.asyncDispose]());

  it("chats, and the record tells whose call it was", async () => {
    program.upstream.script({ text: "There are four springs.", cacheRead: 3, inputTokens: 12 });
    const { data, response } = await client.chat.completions.create(chat).withResponse();
    expect(data.choices[0]?.message.content).toBe("There are four springs.");
    expect(data.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 6 });
    expect(response.status).toBe(200);
    expect(response.url).toBe(`${program.upstream.url}/v1/chat/completions`);
    // Settled before the reply was handed over.
    const [record] = await program.records();
    expect(record).toMatchObject({ provider: "openai", source: "library", usageSource: "reported", status: "ok", team: "platform" });
    await program.expectBookEqualsBill();
  });

  it("is another client: the given one has no budget", async () => {
    const before = program.pool.totals().calls;
    const upstream = program.upstream.calls.length;
    expect(client).not.toBe(bare);
    expect(client).toBeInstanceOf(Client);
    await bare.moderations.create({ input: "x" }).catch(() => undefined);
    await bare.chat.completions.create(chat);
    expect(program.pool.totals().calls).toBe(before);
    expect(program.upstream.calls.length).toBe(upstream + 1);
    (program.upstream.calls as unknown[]).pop();
  });

  it("streams, and sees no usage that it did not ask for", async () => {
    program.upstream.script({ text: "There are four springs." });
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...chat, stream: true })) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk.usage ?? null).toBeNull();
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("There are four springs.");
    await program.expectBookEqualsBill();
  });

  it("streams with the usage that it asks for", async () => {
    const usages: unknown[] = [];
    const stream = await client.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
    expect(usages).toHaveLength(1);
    await program.expectBookEqualsBill();
  });

  it("calls tools, whole and streamed", async () => {
    const toolCall = { name: "count_springs", arguments: { where: "in the valley" } };
    program.upstream.script({ toolCall }, { toolCall });
    const whole = await client.chat.completions.create({ ...chat, tools });
    const called = whole.choices[0]?.message.tool_calls?.[0];
    expect(called?.type === "function" && JSON.parse(called.function.arguments)).toEqual(toolCall.arguments);
    const streamed = await client.chat.completions.stream({ ...chat, tools }).finalChatCompletion();
    const again = streamed.choices[0]?.message.tool_calls?.[0];
    expect(again?.type === "function" && JSON.parse(again.function.arguments)).toEqual(toolCall.arguments);
    await program.expectBookEqualsBill();
  });

  it("asks for several answers, reasoning and other tiers", async () => {
    await chatVariedly(client, program.upstream);
    await program.expectBookEqualsBill();
  });

  it("makes responses: whole, streamed, and in the background", async () => {
    program.upstream.script({ text: "Four." }, { text: "Four.", reasoningTokens: 5 }, { outputTokens: 30 });
    expect((await client.responses.create({ model: "gpt-5", input: "How many?" })).output_text).toBe("Four.");
    let text = "";
    for await (const event of await client.responses.create({ model: "gpt-5", input: "How many?", stream: true }))
      if (event.type === "response.output_text.delta") text += event.delta;
    expect(text).toBe("Four.");
    let job = await client.responses.create({ model: "gpt-5", input: "How many?", background: true });
    // Until its result is fetched, all that it may cost is set aside.
    expect(program.pool.totals().reserved.calls).toBe(1);
    for (let polls = 0; job.status !== "completed" && polls < 5; polls++) job = await client.responses.retrieve(job.id);
    expect(job.status).toBe("completed");
    // Asked once more, it is not counted once more.
    await client.responses.retrieve(job.id);
    await program.expectBookEqualsBill();
  });

  it("embeds, paints, and writes down what it hears", async () => {
    const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: ["one spring", "two springs"] });
    expect(data).toHaveLength(2);
    await client.images.generate({ model: "gpt-image-1", prompt: "a spring" });
    const file = new File([new Uint8Array(2000)], "springs.wav", { type: "audio/wav" });
    const { text } = await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file });
    expect(typeof text).toBe("string");
    await program.expectBookEqualsBill();
  });

  it("what costs nothing passes, and what no budget can hold for does not", async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids.length).toBeGreaterThan(0);
    const before = program.upstream.requests.length;
    const error = await client.batches
      .create({ input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInput);
    expect((error as Error).message).toContain("POST /v1/batches at 127.0.0.1 may cost money that can't be told beforehand");
    expect(program.upstream.requests.length).toBe(before);
  });

  it("a refusal is BudgetExceeded itself: nothing is sent, and nothing is tried again", async () => {
    const before = program.upstream.requests.length;
    let asked = 0;
    const counting: typeof fetch = (url, init) => {
      asked++;
      return fetch(url, init);
    };
    const counted = new Client({ apiKey: "sk-test", baseURL: `${program.upstream.url}/v1`, maxRetries: 3, fetch: counting });
    const poor = withBudget(counted, { pool: new BudgetPool({ maxCostUsd: "0.000000001" }) });
    for (const one of [
      poor,
      poor.withOptions({ timeout: 1000 }),
      poor.withOptions({ fetch }),
      poor.withOptions({ baseURL: `${program.upstream.url}/v1/` }),
    ]) {
      const error = await one.chat.completions.create(chat).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BudgetExceeded);
      expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", cap: "cost_usd" });
      await expect(one.chat.completions.create({ ...chat, stream: true })).rejects.toBeInstanceOf(BudgetExceeded);
      await expect(one.responses.create({ model: "gpt-5", input: "How many?" })).rejects.toBeInstanceOf(BudgetExceeded);
    }
    expect(asked).toBe(0);
    expect(program.upstream.requests.length).toBe(before);
  });

  it("a helper that reads a stream tells the refusal as the cause of its own error", async () => {
    const poor = withBudget(bare, { pool: new BudgetPool({ maxCostUsd: "0.000000001" }) });
    const error = await poor.chat.completions
      .stream(chat)
      .finalChatCompletion()
      .catch((thrown: unknown) => thrown);
    expect(error instanceof BudgetExceeded || (error as Error).cause instanceof BudgetExceeded).toBe(true);
  });

  it("a request that can't be read, or a model that nobody knows the price of, is refused", async () => {
    const before = program.upstream.requests.length;
    await expect(client.chat.completions.create({ ...chat, max_tokens: -1 })).rejects.toBeInstanceOf(InvalidInput);
    const pooled = withBudget(bare, { pool: new BudgetPool({ maxCostUsd: 1 }) });
    await expect(pooled.chat.completions.create({ ...chat, model: "nobody-knows" })).rejects.toBeInstanceOf(UnpricedModel);
    expect(program.upstream.requests.length).toBe(before);
  });

  it("the provider's own errors are the client's own, and cost nothing", async () => {
    program.upstream.script({ status: 429, errorMessage: "Slow down, please.", headers: { "x-should-retry": "false" } });
    const error = await client.chat.completions.create(chat).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Client.RateLimitError);
    expect((error as Error).message).toContain("Slow down, please.");
    await program.expectBookEqualsBill();
  });

  it("each attempt has a hold and a record of its own", async () => {
    const before = (await program.records()).length;
    program.upstream.script(
      { status: 500, headers: { "retry-after-ms": "1" } },
      { status: 503, headers: { "retry-after-ms": "1" } },
      { text: "Four." },
    );
    const { choices } = await client.chat.completions.create(chat);
    expect(choices[0]?.message.content).toBe("Four.");
    expect((await program.records()).length).toBe(before + 3);
  });

  it("an aborted stream frees the program at once, and is metered to its end", async () => {
    program.upstream.forget();
    const own = await startBudgetedProgram();
    const other = withBudget(new Client({ apiKey: "sk-test", baseURL: `${own.upstream.url}/v1` }), own.budget);
    own.upstream.script(
      { outputTokens: 200, eventDelayMs: 5 },
      { outputTokens: 200, eventDelayMs: 5 },
      { outputTokens: 30, delayMs: 1500 },
    );
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      const stream = await other.chat.completions.create({ ...chat, stream: true }, { signal: stop.signal });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stop.abort();
    };
    const thrown = await read().catch((error: unknown) => error);
    if (thrown !== undefined) expect(thrown).toBeInstanceOf(Client.APIUserAbortError);
    expect(own.upstream.inFlight).toBe(1);
    // And one that is simply left.
    for await (const chunk of await other.chat.completions.create({ ...chat, stream: true })) if (chunk.choices[0]?.delta.content) break;
    const early = new AbortController();
    const asked = other.chat.completions.create(chat, { signal: early.signal }).catch((error: unknown) => error);
    await expect.poll(() => own.upstream.requests.length).toBe(3);
    early.abort();
    expect(await asked).toBeInstanceOf(Client.APIUserAbortError);
    await own.expectBookEqualsBill();
    expect((await own.records()).map(({ status, usageSource }) => [status, usageSource])).toEqual([
      ["aborted", "reported"],
      ["aborted", "reported"],
      ["ok", "reported"],
    ]);
    await own[Symbol.asyncDispose]();
  });

  it("a provider that breaks off is an error of the connection, and its call is charged", async () => {
    const own = await startBudgetedProgram();
    const other = withBudget(new Client({ apiKey: "sk-test", baseURL: `${own.upstream.url}/v1`, maxRetries: 0 }), own.budget);
    own.upstream.script({ outputTokens: 200, resetAtByte: 3000 });
    const read = async (): Promise<void> => {
      for await (const _ of await other.chat.completions.create({ ...chat, stream: true }));
    };
    await expect(read()).rejects.toBeInstanceOf(Error);
    const [record] = await own.records();
    expect(record).toMatchObject({ status: "failed", usageSource: "estimated" });
    expect(record?.costNanoUsd).toBeGreaterThanOrEqual(own.pool.totals().costNanoUsd);
    await own[Symbol.asyncDispose]();
  });
});
