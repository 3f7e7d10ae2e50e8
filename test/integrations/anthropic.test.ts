import type Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded, InvalidInput } from "../../src/errors.ts";
import { withBudget } from "../../src/integrations/anthropic.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";
import { messageVariedly } from "./varied-calls.ts";
import { ANTHROPIC } from "./versions.ts";

const messages = [{ role: "user" as const, content: "How many springs are there?" }];
const call = { model: "claude-sonnet-4-6", max_tokens: 400, messages };
const tools = [{ name: "count_springs", input_schema: { type: "object" as const, properties: { where: { type: "string" } } } }];

describe.each(ANTHROPIC)("$name with a budget", async ({ load }) => {
  const { default: Client } = await load();
  let program: BudgetedProgram;
  let bare: Anthropic;
  let client: Anthropic;
  beforeAll(async () => {
    program = await startBudgetedProgram();
    bare = new Client({ apiKey: "sk-test", baseURL: program.upstream.url, maxRetries: 2 });
    client = withBudget(bare, program.budget);
  });
  afterAll(() => program[Symbol.asyncDispose]());

  it("sends messages, with caches of both lives, thoughts and searches", async () => {
    program.upstream.script({ text: "There are four springs." });
    const message = await client.messages.create(call);
    expect(message.content).toMatchObject([{ type: "text", text: "There are four springs." }]);
    const [record] = await program.records();
    expect(record).toMatchObject({ provider: "anthropic", source: "library", usageSource: "reported", status: "ok", team: "platform" });
    await messageVariedly(client, program.upstream);
    await program.expectBookEqualsBill();
  });

  it("streams", async () => {
    program.upstream.script({ text: "There are four springs.", inputTokens: 500, cacheRead: 400, reasoningTokens: 20 });
    const message = await client.messages.stream(call).finalMessage();
    expect(message.content.at(-1)).toMatchObject({ type: "text", text: "There are four springs." });
    let text = "";
    for await (const event of await client.messages.create({ ...call, stream: true }))
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
    expect(text).not.toBe("");
    await program.expectBookEqualsBill();
  });

  it("uses tools, whole and streamed", async () => {
    const toolCall = { name: "count_springs", arguments: { where: "in the valley" } };
    program.upstream.script({ toolCall }, { toolCall });
    const expected = [{ type: "tool_use", name: "count_springs", input: toolCall.arguments }];
    expect((await client.messages.create({ ...call, tools })).content).toMatchObject(expected);
    expect((await client.messages.stream({ ...call, tools }).finalMessage()).content).toMatchObject(expected);
    await program.expectBookEqualsBill();
  });

  it("counts tokens for nothing", async () => {
    const before = program.pool.totals().calls;
    expect((await client.messages.countTokens({ model: call.model, messages })).input_tokens).toBeGreaterThan(0);
    expect(program.pool.totals().calls).toBe(before);
  });

  it("guarantee G14: a batch is held for until its results are fetched, and settled once, at the batch price", async () => {
    const own = await startBudgetedProgram();
    const other = withBudget(new Client({ apiKey: "sk-test", baseURL: own.upstream.url }), own.budget);
    const requests = [1, 2, 3].map((number) => ({ custom_id: `call-${number}`, params: { ...call, max_tokens: 20 * number } }));
    let batch = await other.messages.batches.create({ requests });
    expect(own.pool.totals().reserved.calls).toBe(1);
    for (let polls = 0; batch.processing_status !== "ended" && polls < 5; polls++) batch = await other.messages.batches.retrieve(batch.id);
    expect(own.pool.totals().reserved.calls).toBe(1);
    const found: string[] = [];
    for await (const { custom_id } of await other.messages.batches.results(batch.id)) found.push(custom_id);
    expect(found).toEqual(["call-1", "call-2", "call-3"]);
    for await (const _ of await other.messages.batches.results(batch.id));
    const billed = own.billNanoUsd();
    expect(billed).toBeGreaterThan(0);
    expect(own.pool.totals()).toMatchObject({ calls: 1, costNanoUsd: billed, reserved: { calls: 0 } });
    expect((await own.records()).map(({ costNanoUsd, serviceTier }) => [costNanoUsd, serviceTier])).toEqual([[billed, "batch"]]);
    await own[Symbol.asyncDispose]();
  });

  it("a refusal is BudgetExceeded itself: nothing is sent, and nothing is tried again", async () => {
    const before = program.upstream.requests.length;
    const poor = withBudget(bare, { pool: new BudgetPool({ maxCostUsd: "0.000000001" }) });
    for (const one of [
      poor,
      poor.withOptions({ timeout: 1000 }),
      poor.withOptions({ fetch }),
      poor.withOptions({ baseURL: `${program.upstream.url}/` }),
    ]) {
      const error = await one.messages.create(call).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BudgetExceeded);
      expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", cap: "cost_usd" });
      await expect(one.messages.create({ ...call, stream: true })).rejects.toBeInstanceOf(BudgetExceeded);
    }
    const helped = await poor.messages
      .stream(call)
      .finalMessage()
      .catch((thrown: unknown) => thrown);
    expect(helped instanceof BudgetExceeded || (helped as Error).cause instanceof BudgetExceeded).toBe(true);
    expect(program.upstream.requests.length).toBe(before);
    expect(client).toBeInstanceOf(Client);
  });

  it("a request that can't be read is refused", async () => {
    const before = program.upstream.requests.length;
    await expect(client.messages.create({ ...call, max_tokens: -1 })).rejects.toBeInstanceOf(InvalidInput);
    expect(program.upstream.requests.length).toBe(before);
  });

  it("the provider's own errors are the client's own, and each attempt is metered", async () => {
    program.upstream.script(
      { status: 529, headers: { "retry-after-ms": "1" } },
      { status: 429, errorMessage: "Slow down, please.", headers: { "x-should-retry": "false" } },
    );
    const error = await client.messages.create(call).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Client.RateLimitError);
    expect((error as Error).message).toContain("Slow down, please.");
    expect((await program.records()).slice(-2).map(({ status, costNanoUsd }) => [status, costNanoUsd])).toEqual([
      ["error", 0],
      ["rate_limited", 0],
    ]);
    await program.expectBookEqualsBill();
  });

  it("an aborted stream frees the program at once, and is metered to its end", async () => {
    const own = await startBudgetedProgram();
    const other = withBudget(new Client({ apiKey: "sk-test", baseURL: own.upstream.url }), own.budget);
    own.upstream.script({ outputTokens: 200, eventDelayMs: 5 }, { outputTokens: 200, eventDelayMs: 5 });
    const stream = other.messages.stream(call);
    stream.on("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Client.APIUserAbortError);
    expect(own.upstream.inFlight).toBe(1);
    for await (const event of await other.messages.create({ ...call, stream: true })) if (event.type === "content_block_delta") break;
    await own.expectBookEqualsBill();
    expect((await own.records()).map(({ status, usageSource }) => [status, usageSource])).toEqual([
      ["aborted", "reported"],
      ["aborted", "reported"],
    ]);
    await own[Symbol.asyncDispose]();
  });
});
