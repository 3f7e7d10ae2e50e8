import { expect, test } from "vitest";
import { budgetMiddleware } from "../../src/integrations/ai-sdk.ts";
import { withBudget } from "../../src/integrations/fetch.ts";
import { type Ledger, openLedger } from "../../src/ledger/index.ts";
import { startScriptedUpstream } from "../../src/testing/index.ts";
import { type CallFacts, factsInMetadata } from "../../src/usage/index.ts";

async function factsOf(ledger: Ledger): Promise<(CallFacts | undefined)[]> {
  const facts: (CallFacts | undefined)[] = [];
  for await (const { metadata } of ledger.query({})) facts.push(factsInMetadata(metadata ?? {}));
  return facts;
}

const CHAT = { model: "gpt-4o", max_tokens: 5, temperature: 0, messages: [{ role: "user", content: "Say hello." }] };

test("records of a wrapped fetch tell prompts apart, as the gateway's do", async () => {
  const upstream = await startScriptedUpstream();
  const ledger = await openLedger("sqlite::memory:");
  const budgeted = withBudget(fetch, { ledger });
  upstream.script({ outputTokens: 50 }, { outputTokens: 2 });
  const longer = [...CHAT.messages, { role: "assistant", content: "Hello." }];
  for (const messages of [CHAT.messages, longer])
    await (await budgeted(`${upstream.url}/v1/chat/completions`, { method: "POST", body: JSON.stringify({ ...CHAT, messages }) })).text();
  const [first, second] = await factsOf(ledger);
  expect(first).toMatchObject({ isStream: false, tools: 0, turns: 1, temperature: 0, isTruncated: true });
  expect(second?.turns).toBe(2);
  expect(second?.promptBlocks?.[0]).toEqual(first?.promptBlocks?.[0]);
  await ledger.close();
  await upstream.close();
});

test("a program that wants none has none", async () => {
  const upstream = await startScriptedUpstream();
  const ledger = await openLedger("sqlite::memory:");
  const budgeted = withBudget(fetch, { ledger, promptHashes: false });
  await (await budgeted(`${upstream.url}/v1/chat/completions`, { method: "POST", body: JSON.stringify(CHAT) })).text();
  expect(await factsOf(ledger)).toEqual([undefined]);
  await ledger.close();
  await upstream.close();
});

test("a book whose key can't be had makes no call fail", async () => {
  const upstream = await startScriptedUpstream();
  const ledger = await openLedger("sqlite::memory:");
  const broken: Ledger = { ...ledger, promptKey: () => Promise.reject(new Error("no key")) };
  const reply = await withBudget(fetch, { ledger: broken })(`${upstream.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify(CHAT),
  });
  expect(reply.status).toBe(200);
  await ledger.close();
  await upstream.close();
});

test("calls of the AI SDK have blocks of the prompt as the program hands it over", async () => {
  const ledger = await openLedger("sqlite::memory:");
  const middleware = budgetMiddleware({ ledger });
  const answer = { content: [], usage: { inputTokens: 3, outputTokens: 5 }, finishReason: "length" };
  const model = { specificationVersion: "v2", provider: "openai.chat", modelId: "gpt-4o", doGenerate: async () => answer };
  const part = (text: string, more: object = {}): { type: string; text: string } => ({ type: "text", text, ...more });
  const asked = (more: object): { role: string; content: { type: string; text: string }[] } => ({
    role: "user",
    content: [part("Hi", more)],
  });
  const marked = { providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } };
  const file = { role: "user", content: [{ type: "file", mediaType: "image/png", data: new Uint8Array(90_000) }] };
  for (const prompt of [[asked({})], [asked(marked), file]])
    await middleware.wrapGenerate({ doGenerate: model.doGenerate, params: { prompt, temperature: 0 }, model });
  const [first, second] = await factsOf(ledger);
  expect(first).toMatchObject({ isStream: false, turns: 1, tools: 0, temperature: 0, isTruncated: true });
  expect(second?.promptBlocks).toHaveLength(2);
  expect(second?.promptBlocks?.[0]).toEqual(first?.promptBlocks?.[0]);
  expect(second?.promptBlocks?.[1]?.tokens).toBeLessThan(1_200);
  await ledger.close();
});
