import type { AnthropicProvider } from "@ai-sdk/anthropic";
import type { OpenAIProvider } from "@ai-sdk/openai";
import type { EmbeddingModelMiddleware as EmbeddingMiddleware7, LanguageModel, LanguageModelMiddleware as Middleware7 } from "ai";
import type { LanguageModelMiddleware as Middleware5 } from "ai-5";
import type { EmbeddingModelMiddleware as EmbeddingMiddleware6, LanguageModelMiddleware as Middleware6 } from "ai-6";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded, InvalidInput } from "../../src/errors.ts";
import { budgetMiddleware } from "../../src/integrations/ai-sdk.ts";
import { until } from "../guarantees/run-program.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";
import { AI_SDK } from "./versions.ts";

const prompt = "How many springs are there?";

describe.each(AI_SDK)("$name with a budget", async ({ load, major }) => {
  const { ai, openai, anthropic } = await load();
  const { generateObject, generateText, jsonSchema, stepCountIs, streamText, tool, wrapLanguageModel } = ai;
  type Model = Exclude<LanguageModel, string>;
  let program: BudgetedProgram;
  let openaiModels: OpenAIProvider;
  let anthropicModels: AnthropicProvider;
  let chat: Model;
  let responses: Model;
  let claude: Model;
  beforeAll(async () => {
    program = await startBudgetedProgram();
    openaiModels = openai.createOpenAI({ apiKey: "sk-test", baseURL: `${program.upstream.url}/v1` });
    anthropicModels = anthropic.createAnthropic({ apiKey: "sk-test", baseURL: `${program.upstream.url}/v1` });
    const middleware = budgetMiddleware(program.budget);
    const wrapped = (model: Parameters<typeof wrapLanguageModel>[0]["model"]) => wrapLanguageModel({ model, middleware });
    chat = wrapped(openaiModels.chat("gpt-4o"));
    responses = wrapped(openaiModels.responses("gpt-5"));
    claude = wrapped(anthropicModels("claude-sonnet-4-6"));
  });
  afterAll(() => program[Symbol.asyncDispose]());
  const call = { prompt, maxOutputTokens: 400, maxRetries: 0 };
  const count = tool({
    inputSchema: jsonSchema<{ where: string }>({ type: "object", properties: { where: { type: "string" } } }),
    execute: async ({ where }) => `4 in the "${where}"`,
  });

  it("generates text, by every format", async () => {
    program.upstream.script(
      { text: "There are four.", inputTokens: 90, cacheRead: 60 },
      { text: "There are four.", reasoningTokens: 7 },
      { text: "There are four.", inputTokens: 9000, cacheRead: 5000, cacheWrite5m: 2000, cacheWrite1h: 1000 },
    );
    for (const model of [chat, responses, claude]) expect((await generateText({ ...call, model })).text).toBe("There are four.");
    const [record] = await program.records();
    expect(record).toMatchObject({
      provider: "openai",
      model: "gpt-4o",
      source: "library",
      usageSource: "reported",
      status: "ok",
      team: "platform",
      tokens: { input: 90, output: 4, cacheRead: 60 },
    });
    await program.expectBookEqualsBill();
  });

  it("streams text, by every format, and shows the provider's own events only where they are asked for", async () => {
    const reply = { text: "There are four springs.", inputTokens: 9000, cacheRead: 5000, cacheWrite5m: 2000, cacheWrite1h: 1000 };
    for (const model of [chat, responses, claude]) {
      program.upstream.script(reply, reply);
      const plain = streamText({ ...call, model });
      const kinds = new Set<string>();
      for await (const part of plain.fullStream) kinds.add(part.type);
      expect(kinds.has("raw")).toBe(false);
      expect(await plain.text).toBe("There are four springs.");
      const raw = streamText({ ...call, model, includeRawChunks: true });
      for await (const part of raw.fullStream) kinds.add(part.type);
      expect(kinds.has("raw")).toBe(true);
    }
    await program.expectBookEqualsBill();
  });

  it("settles at the tier that served, which the package does not tell", async () => {
    program.upstream.script({ serviceTier: "flex" }, { serviceTier: "priority" }, { serviceTier: "flex" });
    const model = wrapLanguageModel({ model: openaiModels.chat("gpt-5"), middleware: budgetMiddleware(program.budget) });
    await generateText({ ...call, model });
    await generateText({ ...call, model, providerOptions: { openai: { serviceTier: "priority" } } });
    await streamText({ ...call, model }).text;
    await program.expectBookEqualsBill();
  });

  it("each step of a loop with tools is a call of its own", async () => {
    const before = (await program.records()).length;
    for (const model of [chat, responses, claude]) {
      program.upstream.script({ toolCall: { name: "count", arguments: { where: "valley" } } }, { text: "Four." });
      const { text, steps } = await generateText({ ...call, model, tools: { count }, stopWhen: stepCountIs(3) });
      expect([text, steps.length]).toEqual(["Four.", 2]);
      program.upstream.script({ toolCall: { name: "count", arguments: { where: "valley" } } }, { text: "Four." });
      const streamed = streamText({ ...call, model, tools: { count }, stopWhen: stepCountIs(3) });
      expect(await streamed.text).toBe("Four.");
    }
    expect((await program.records()).length - before).toBe(12);
    await program.expectBookEqualsBill();
  });

  it("makes objects", async () => {
    program.upstream.script({ text: '{"springs":4}' }, { text: '{"springs":4}' });
    const schema = jsonSchema<{ springs: number }>({
      type: "object",
      properties: { springs: { type: "number" } },
      required: ["springs"],
      additionalProperties: false,
    });
    for (const model of [chat, responses]) expect((await generateObject({ ...call, model, schema })).object).toEqual({ springs: 4 });
    await program.expectBookEqualsBill();
  });

  it("searches of the vendor's own tools are charged", async () => {
    program.upstream.script({ webSearches: 2 });
    const search = anthropicModels.tools.webSearch_20250305({ maxUses: 3 });
    await generateText({ ...call, model: claude, tools: { web_search: search } });
    await program.expectBookEqualsBill();
    expect((await program.records()).at(-1)?.tokens.webSearches).toBe(2);
  });

  it("refusals of the provider cost nothing, and are the package's own errors", async () => {
    program.upstream.script({ status: 400, errorMessage: "No." }, { status: 429, errorMessage: "Slow down, please." });
    const refused = await generateText({ ...call, model: chat }).catch((error: unknown) => error);
    expect(ai.APICallError.isInstance(refused)).toBe(true);
    const limited = await generateText({ ...call, model: claude }).catch((error: unknown) => error);
    expect(limited).toMatchObject({ statusCode: 429, message: "Slow down, please." });
    const errors: unknown[] = [];
    program.upstream.script({ status: 500 });
    await streamText({ ...call, model: chat, onError: ({ error }) => void errors.push(error) }).consumeStream();
    expect(errors).toHaveLength(1);
    await program.expectBookEqualsBill();
    expect((await program.records()).slice(-3).map(({ status, costNanoUsd }) => [status, costNanoUsd])).toEqual([
      ["error", 0],
      ["rate_limited", 0],
      ["error", 0],
    ]);
  });

  it("each retry of the package is held for and charged by itself", async () => {
    program.upstream.script({ status: 503, headers: { "retry-after-ms": "1" } }, { text: "Four." });
    expect((await generateText({ ...call, maxRetries: 1, model: chat })).text).toBe("Four.");
    await program.expectBookEqualsBill();
  });

  it("a provider that breaks off is charged all that was held", async () => {
    await using broken = await startBudgetedProgram();
    const models = openai.createOpenAI({ apiKey: "sk-test", baseURL: `${broken.upstream.url}/v1` });
    const model = wrapLanguageModel({ model: models.chat("gpt-4o"), middleware: budgetMiddleware(broken.budget) });
    broken.upstream.script({ outputTokens: 200, resetAtByte: 3000 });
    const read = async (): Promise<void> => {
      for await (const part of streamText({ ...call, model }).fullStream) if (part.type === "error") throw part.error;
    };
    await expect(read()).rejects.toThrow();
    await until(async () => (await broken.records()).length > 0, 60_000);
    expect(await broken.records()).toMatchObject([{ usageSource: "estimated", status: "failed", tokens: { output: 400 } }]);
    expect(broken.pool.totals().costNanoUsd).toBeGreaterThanOrEqual(broken.billNanoUsd());
  });

  it("an aborted stream frees the program at once, and is metered to its end", async () => {
    for (const model of [chat, responses, claude]) {
      program.upstream.script({ outputTokens: 200, eventDelayMs: 2 });
      const stop = new AbortController();
      const result = streamText({ ...call, model, abortSignal: stop.signal });
      const kinds: string[] = [];
      for await (const part of result.fullStream) {
        kinds.push(part.type);
        if (part.type === "text-delta") stop.abort();
      }
      expect(kinds.at(-1)).toBe("abort");
      await program.expectBookEqualsBill();
      expect((await program.records()).at(-1)).toMatchObject({ status: "aborted", usageSource: "reported", tokens: { output: 200 } });
    }
  });

  it("a stream that is read no further is metered to its end", async () => {
    program.upstream.script({ outputTokens: 200, eventDelayMs: 1 });
    const model = chat as unknown as { doStream(options: object): Promise<{ stream: ReadableStream<{ type: string }> }> };
    const { stream } = await model.doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: prompt }] }],
      maxOutputTokens: 400,
    });
    for await (const part of stream) if (part.type === "text-delta") break;
    await program.expectBookEqualsBill();
    expect((await program.records()).at(-1)).toMatchObject({ status: "aborted", usageSource: "reported", tokens: { output: 200 } });
  });

  it("an aborted call frees the program at once; the answer that comes is charged", async () => {
    program.upstream.script({ delayMs: 2000, outputTokens: 60 });
    const stop = new AbortController();
    const asked = generateText({ ...call, model: chat, abortSignal: stop.signal }).catch((error: unknown) => error);
    await expect.poll(() => program.upstream.inFlight).toBe(1);
    stop.abort();
    expect(await asked).toMatchObject({ name: "AbortError" });
    expect(program.upstream.inFlight).toBe(1);
    await program.expectBookEqualsBill();
    expect((await program.records()).at(-1)).toMatchObject({ usageSource: "reported", tokens: { output: 60 } });
  });

  it("what was aborted before it began costs nothing and asks nobody", async () => {
    const before = program.upstream.requests.length;
    const signal = AbortSignal.abort();
    await expect(generateText({ ...call, model: chat, abortSignal: signal })).rejects.toThrow();
    expect(program.upstream.requests.length).toBe(before);
    await program.expectBookEqualsBill();
  });

  it("a call that does not fit is BudgetExceeded itself, asked of nobody and tried once", async () => {
    const pool = new BudgetPool({ maxCostUsd: 0.000001 });
    const model = wrapLanguageModel({ model: openaiModels.chat("gpt-4o"), middleware: budgetMiddleware({ pool }) });
    const before = program.upstream.requests.length;
    const refused = await generateText({ prompt, model, maxRetries: 3 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BudgetExceeded);
    expect(refused).toMatchObject({ code: "BUDGET_EXCEEDED", cap: "cost_usd" });
    const errors: unknown[] = [];
    await streamText({ prompt, model, maxRetries: 3, onError: ({ error }) => void errors.push(error) }).consumeStream();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(BudgetExceeded);
    expect(program.upstream.requests.length).toBe(before);
    expect(pool.totals()).toMatchObject({ calls: 0, reserved: { calls: 0 } });
  });

  it("a retry that no longer fits is told with the failure before it", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const model = wrapLanguageModel({ model: openaiModels.chat("gpt-4o"), middleware: budgetMiddleware({ pool }) });
    // Spent by somebody else between the first attempt and the second.
    program.upstream.always(() => {
      setTimeout(() => pool.record({ costUsd: 0.999 }), 100);
      return { status: 503, headers: { "retry-after-ms": "1500" } };
    });
    const refused = await generateText({ ...call, model, maxRetries: 2 }).catch((error: unknown) => error);
    program.upstream.always({});
    expect(ai.RetryError.isInstance(refused) && refused.lastError).toBeInstanceOf(BudgetExceeded);
  });

  it("what could not be sent costs nothing", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const middleware = budgetMiddleware({ pool });
    const gone = await startBudgetedProgram();
    await gone[Symbol.asyncDispose]();
    const unreachable = openai.createOpenAI({ apiKey: "sk-test", baseURL: `${gone.upstream.url}/v1` }).chat("gpt-4o");
    await expect(generateText({ ...call, model: wrapLanguageModel({ model: unreachable, middleware }) })).rejects.toThrow(/connect/);
    const film = { type: "file" as const, data: new Uint8Array(9), mediaType: "video/mp4" };
    const model = wrapLanguageModel({ model: openaiModels.chat("gpt-4o"), middleware });
    const messages = [{ role: "user" as const, content: [film] }];
    await expect(generateText({ model, messages, maxOutputTokens: 9, maxRetries: 0 })).rejects.toThrow(/not supported/);
    expect(pool.totals()).toMatchObject({ calls: 0, costNanoUsd: 0, reserved: { calls: 0 } });
  });

  it("guarantee: of 200 calls at once on a pool of one dollar, the provider never bills more", async () => {
    await using crowd = await startBudgetedProgram({ maxCostUsd: 1 });
    crowd.upstream.always(({ number }) => ({ outputTokens: 500 + (number % 1500) }));
    const middleware = budgetMiddleware({ pool: crowd.pool });
    const settings = { apiKey: "sk-test", baseURL: `${crowd.upstream.url}/v1` };
    const models = [openai.createOpenAI(settings).chat("gpt-4o"), anthropic.createAnthropic(settings)("claude-sonnet-4-6")].map((model) =>
      wrapLanguageModel({ model, middleware }),
    );
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, async (_, index) => {
        const model = models[index % 2] as Model;
        if (index % 3 === 0) return (await generateText({ ...call, maxOutputTokens: 2000, model })).text;
        const result = streamText({ ...call, maxOutputTokens: 2000, model, onError: () => undefined });
        return result.text;
      }),
    );
    await until(() => crowd.upstream.inFlight === 0 && crowd.pool.totals().reserved.calls === 0, 60_000);
    expect(crowd.billNanoUsd()).toBeLessThanOrEqual(1_000_000_000);
    expect(crowd.pool.totals()).toMatchObject({ costNanoUsd: crowd.billNanoUsd(), reserved: { calls: 0 } });
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
  });

  it.runIf(major > 5)("embeds, held for and settled", async () => {
    const middleware = budgetMiddleware(program.budget);
    const model = ai.wrapEmbeddingModel({ model: openaiModels.embedding("text-embedding-3-small"), middleware });
    const { embeddings } = await ai.embedMany({ model, values: ["one spring", "two springs"] });
    expect(embeddings).toHaveLength(2);
    await program.expectBookEqualsBill();
  });
});

describe("budgetMiddleware", () => {
  it("fits the types of every version, for texts and for embeddings", () => {
    const middleware = budgetMiddleware({ pool: new BudgetPool() });
    const forTexts: readonly [Middleware5, Middleware6, Middleware7] = [middleware, middleware, middleware];
    const forEmbeddings: readonly [EmbeddingMiddleware6, EmbeddingMiddleware7] = [middleware, middleware];
    expect(forTexts.every(({ wrapGenerate, wrapStream }) => wrapGenerate !== undefined && wrapStream !== undefined)).toBe(true);
    expect(forEmbeddings.every(({ wrapEmbed }) => wrapEmbed !== undefined)).toBe(true);
  });

  it("wants a budget", () => {
    expect(() => budgetMiddleware({})).toThrow(InvalidInput);
  });
});
