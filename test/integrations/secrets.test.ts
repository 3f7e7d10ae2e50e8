/** What passes a wrapped client stands in no file of its book, in no error that is thrown, and in no span. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, streamText, wrapLanguageModel } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TokenLedgerError } from "../../src/errors.ts";
import { budgetMiddleware } from "../../src/integrations/ai-sdk.ts";
import { withBudget as withAnthropicBudget } from "../../src/integrations/anthropic.ts";
import { withBudget as withFetchBudget } from "../../src/integrations/fetch.ts";
import { withBudget as withOpenAiBudget } from "../../src/integrations/openai.ts";
import { canary, filesIn, foundIn, type Place } from "../guarantees/canaries.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";

const hidden = {
  openaiKey: canary("openai-key"),
  anthropicKey: canary("anthropic-key"),
  fetchKey: canary("fetch-key"),
  header: canary("header"),
  queryKey: canary("query-key"),
  system: canary("system"),
  prompt: canary("prompt"),
  answer: canary("answer"),
  tool: canary("tool-argument"),
  endUser: canary("end-user"),
  embedded: canary("embedded"),
  failure: canary("failure"),
};
const folder = mkdtempSync(join(tmpdir(), "tokenledger-wrapped-"));
let program: BudgetedProgram;

beforeAll(async () => {
  program = await startBudgetedProgram({ book: join(folder, "book.db") });
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

it("guarantees G30, G31: what passes wrapped clients stands in no file of the book, and in no error of ours", async () => {
  const { upstream, budget, ledger } = program;
  const errors: Place[] = [];
  const tried = async (what: string, call: () => PromiseLike<unknown>): Promise<void> => {
    try {
      await call();
    } catch (error) {
      // The provider's own errors are the client's; what is thrown by a budget is ours.
      if (error instanceof TokenLedgerError) errors.push([what, inspect(error, { depth: 10, showHidden: true })]);
    }
  };
  const headers = { "x-canary": hidden.header };
  const openai = new OpenAI({ apiKey: hidden.openaiKey, baseURL: `${upstream.url}/v1`, maxRetries: 0, defaultHeaders: headers });
  const anthropic = new Anthropic({ apiKey: hidden.anthropicKey, baseURL: upstream.url, maxRetries: 0, defaultHeaders: headers });
  const models = createOpenAI({ apiKey: hidden.openaiKey, baseURL: `${upstream.url}/v1`, headers });
  const claudes = createAnthropic({ apiKey: hidden.anthropicKey, baseURL: `${upstream.url}/v1`, headers });
  const messages = [
    { role: "system" as const, content: hidden.system },
    { role: "user" as const, content: hidden.prompt },
  ];
  const chat = { model: "gpt-4o", messages, max_tokens: 400, user: hidden.endUser };
  const message = { model: "claude-sonnet-4-6", max_tokens: 400, system: hidden.system, messages: [messages[1] as never] };
  const text = { prompt: hidden.prompt, system: hidden.system, maxOutputTokens: 400, maxRetries: 0 };
  const callAll = async (options: typeof budget): Promise<void> => {
    const client = withOpenAiBudget(openai, options);
    const claude = withAnthropicBudget(anthropic, options);
    const budgeted = withFetchBudget(fetch, options);
    const middleware = budgetMiddleware(options);
    const post = (body: unknown): RequestInit => ({
      method: "POST",
      headers: { authorization: `Bearer ${hidden.fetchKey}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    await tried("openai", () => client.chat.completions.create(chat));
    await tried("openai, streamed", async () => {
      for await (const _ of await client.chat.completions.create({ ...chat, stream: true }));
    });
    await tried("openai, left early", async () => {
      for await (const _ of await client.chat.completions.create({ ...chat, stream: true })) break;
    });
    await tried("openai, responses", () => client.responses.create({ model: "gpt-5", input: hidden.prompt, instructions: hidden.system }));
    await tried("openai, embeddings", () => client.embeddings.create({ model: "text-embedding-3-small", input: hidden.embedded }));
    // What can't be read is refused, and the refusal shows none of it.
    const unreadable: unknown[] = [{ messages: hidden.prompt }, { messages: [hidden.prompt], n: hidden.prompt }, { stream: hidden.prompt }];
    for (const part of unreadable) {
      await tried("openai, unreadable", () => client.chat.completions.create({ ...chat, ...(part as object) }));
      await tried("fetch, unreadable", () => budgeted(`${upstream.url}/v1/chat/completions`, post({ ...chat, ...(part as object) })));
    }
    await tried("openai, unknown model", () => client.chat.completions.create({ ...chat, model: "nobody-knows" }));
    await tried("anthropic", () => claude.messages.create(message));
    await tried("anthropic, streamed", () => claude.messages.stream(message).finalMessage());
    await tried("anthropic, unreadable", () => claude.messages.create({ ...message, max_tokens: hidden.prompt as never }));
    await tried("fetch, no JSON", () => budgeted(`${upstream.url}/v1/chat/completions`, post(`{"messages": ["${hidden.prompt}"`)));
    const generate = `${upstream.url}/v1beta/models/gemini-2.5-flash:generateContent?key=${hidden.queryKey}`;
    await tried("fetch, gemini", async () => (await budgeted(generate, post({ contents: [{ parts: [{ text: hidden.prompt }] }] }))).text());
    await tried("fetch, unreadable gemini", () => budgeted(generate, post({ contents: hidden.prompt })));
    for (const model of [models.chat("gpt-4o"), models.responses("gpt-5"), claudes("claude-sonnet-4-6")]) {
      const wrapped = wrapLanguageModel({ model, middleware });
      await tried("ai", () => generateText({ ...text, model: wrapped }));
      await tried("ai, streamed", () => streamText({ ...text, model: wrapped, onError: () => undefined }).text);
    }
  };
  upstream.always({ text: hidden.answer });
  await callAll(budget);
  upstream.always({ toolCall: { name: "f", arguments: { secret: hidden.tool } } });
  await callAll(budget);
  // Providers that repeat what they were sent, or break off in the middle.
  for (const reply of [
    { status: 401, errorMessage: `Incorrect API key provided: ${hidden.openaiKey} ${hidden.anthropicKey} ${hidden.failure}` },
    { status: 400, errorMessage: `Invalid prompt: ${hidden.prompt}` },
    { text: hidden.answer, resetAtByte: 60 },
    { errorAfterEvents: 1, errorMessage: hidden.failure },
  ]) {
    upstream.always(reply);
    await callAll(budget);
  }
  const seen = upstream.requests.length;
  const small = await startBudgetedProgram({ book: join(folder, "small.db"), amountNanoUsd: 1n });
  await callAll({ ...small.budget, pool: budget.pool });
  expect(upstream.requests.length).toBe(seen);
  expect(errors.filter(([, error]) => error.includes("BUDGET_EXCEEDED")).length).toBeGreaterThanOrEqual(10);
  expect(errors.filter(([what]) => what.includes("unreadable")).length).toBeGreaterThan(10);
  const files = filesIn(folder);
  await small[Symbol.asyncDispose]();
  expect(files.map(([name]) => name)).toEqual(expect.arrayContaining(["book.db", "book.db-wal", "small.db"]));
  const exported = JSON.stringify([await program.records(), await ledger.budgets.status()], (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  expect((await program.records()).length).toBeGreaterThan(40);
  expect(foundIn([...files, ...errors, ["the records", exported]], hidden)).toEqual([]);
  const passed = upstream.requests.map((request) => JSON.stringify([request.headers, Buffer.from(request.body).toString()])).join("\n");
  for (const name of ["openaiKey", "anthropicKey", "fetchKey", "header", "system", "prompt", "endUser", "embedded"] as const)
    expect(passed).toContain(hidden[name]);
});
