import { expect, test } from "vitest";
import { priceBook } from "../../src/index.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

async function spend(gateway: Awaited<ReturnType<typeof runningGateway>>, costUsd: string): Promise<void> {
  const hold = await gateway.ledger.reserve({ requestId: `spent-${costUsd}`, provider: "x", model: "y", estimate: { costUsd } });
  await hold.settle({ costUsd });
}

test("acceptance G12: notify_only passes and tells", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ amountNanoUsd: 1000n })] });
  await spend(gateway, "0.1");
  const response = await gateway.post(PATH, CHAT);
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tokenledger-notice")).toContain("all");
});

test("acceptance G12: rate_limit refuses with 429 and Retry-After", async () => {
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd: 1000n, enforcement: "rate_limit", period: "daily" })],
  });
  await spend(gateway, "0.1");
  const response = await gateway.post(PATH, CHAT);
  expect(response.status).toBe(429);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(gateway.upstream.requests).toEqual([]);
});

test("acceptance G12: block_requests refuses before the provider is called, with an error in the format of the path", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ amountNanoUsd: 1000n, enforcement: "block_requests", hard: true })] });
  const chat = await gateway.post(PATH, CHAT);
  expect([chat.status, chat.headers.get("x-should-retry")]).toEqual([402, "false"]);
  expect(await chat.json()).toMatchObject({ error: { message: expect.stringContaining("all"), code: "budget_exceeded" } });
  const message = await gateway.post("/v1/messages", { ...CHAT, model: "claude-sonnet-4-5" });
  expect(message.status).toBe(402);
  expect(await message.json()).toMatchObject({ type: "error", error: { message: expect.any(String) } });
  const content = await gateway.post("/v1beta/models/gemini-2.5-flash:generateContent", { contents: [{ parts: [{ text: "hello" }] }] });
  expect(content.status).toBe(402);
  expect(await content.json()).toMatchObject({ error: { code: 402, message: expect.any(String) } });
  expect(gateway.upstream.requests).toEqual([]);
});

test("acceptance G12: switch_provider calls the other provider with its model, and says so in the reply and the record", async () => {
  await using gateway = await runningGateway({
    providers: {
      openai: { api: "openai", apiKey: "sk-house" },
      spare: { api: "openai", apiKey: "sk-spare", models: ["gpt-4o-mini"], defaultModel: "gpt-4o-mini" },
    },
    budgets: [budgetOf({ amountNanoUsd: 1000n, enforcement: "switch_provider", switchTo: "spare", scope: { provider: "openai" } })],
    config: { unpriced: "allow" },
  });
  const hold = await gateway.ledger.reserve({ requestId: "before", provider: "openai", model: "gpt-4o", estimate: { costUsd: "0.1" } });
  await hold.settle({ costUsd: "0.1" });
  const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "moved" });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tokenledger-provider")).toBe("spare");
  expect(response.headers.get("x-tokenledger-model")).toBe("gpt-4o-mini");
  expect(gateway.upstream.requests[0]).toMatchObject({ model: "gpt-4o-mini", headers: { authorization: "Bearer sk-spare" } });
  const [record] = await gateway.records("moved");
  expect(record).toMatchObject({ provider: "spare", requestedModel: "gpt-4o" });
});

test("a clamping budget gives a call the output that fits, and no more", async () => {
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd: 3_000_000n, enforcement: "block_requests", hard: true, clamp: true })],
  });
  gateway.upstream.always({ outputTokens: 10_000 });
  const response = await gateway.post(PATH, { ...CHAT, max_tokens: 4000 }, { "x-tokenledger-request-id": "clamped" });
  expect(response.status).toBe(200);
  const sent = gateway.upstream.requests[0]?.json?.max_tokens as number;
  expect(sent).toBeGreaterThanOrEqual(16);
  expect(sent).toBeLessThan(300);
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.spentNanoUsd).toBeLessThanOrEqual(3_000_000n);
  expect(status?.overageNanoUsd).toBe(0n);
});

test("what is clamped below an answer's worth is refused instead", async () => {
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd: 1000n, enforcement: "block_requests", hard: true, clamp: true })],
  });
  expect((await gateway.post(PATH, CHAT)).status).toBe(402);
  expect(gateway.upstream.requests).toEqual([]);
});

test("guarantee G1c: a stream near the cap is let begin, extended, and cut with a proper end where no more can be held", async () => {
  const amountNanoUsd = 12_000_000n;
  await using gateway = await runningGateway({ budgets: [budgetOf({ amountNanoUsd, enforcement: "block_requests", hard: true })] });
  gateway.upstream.always({ outputTokens: 8000, text: "abcdefgh".repeat(2000), eventDelayMs: 0 });
  const response = await gateway.post(PATH, { ...CHAT, max_tokens: 16_000, stream: true }, { "x-tokenledger-request-id": "long" });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain('"finish_reason":"length"');
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  const [record] = await gateway.records("long");
  expect(record).toMatchObject({ status: "cut", usageSource: "estimated" });
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.reservedNanoUsd).toBe(0n);
  expect(status?.spentNanoUsd).toBeLessThanOrEqual(amountNanoUsd);
  await expect.poll(() => gateway.upstream.inFlight).toBe(0);
  const billed = gateway.upstream.calls[0];
  expect(billed?.isComplete).toBe(false);
  const bill = priceBook().cost({ provider: "openai", model: billed?.model ?? "", tokens: billed?.tokens ?? {} });
  expect("costNanoUsd" in bill && BigInt(bill.costNanoUsd)).toBeLessThanOrEqual(amountNanoUsd);
});

test("guarantee G1c: a stream whose provider does not honour the limit is cut within an event, and the overage is told", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  gateway.upstream.always({ outputTokens: 100, timesLimit: 30, tokensPerEvent: 1 });
  const response = await gateway.post(PATH, { ...CHAT, stream: true }, { "x-tokenledger-request-id": "liar" });
  const events = (await response.text()).split("\n\n").length;
  expect(events).toBeLessThan(125);
  const [record] = await gateway.records("liar");
  expect(record?.status).toBe("cut");
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.overageNanoUsd).toBeGreaterThan(0n);
});

test("a soft budget never cuts: the call that crosses it finishes, and the next is refused", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ amountNanoUsd: 2_000_000n, enforcement: "rate_limit" })] });
  gateway.upstream.always({ outputTokens: 1000 });
  const first = await gateway.post(PATH, { ...CHAT, max_tokens: 2000, stream: true }, { "x-tokenledger-request-id": "crosses" });
  expect(await first.text()).toContain("[DONE]");
  const [record] = await gateway.records("crosses");
  expect(record).toMatchObject({ status: "ok", tokens: { output: 1000 } });
  expect((await gateway.post(PATH, CHAT)).status).toBe(429);
});

test("an unknown model is refused where a hard budget must know its price, and told as unpriced where none does", async () => {
  const providers = { openai: { api: "openai", apiKey: "sk-house", models: ["*"] } } as const;
  await using hard = await runningGateway({ providers, budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  const refused = await hard.post(PATH, { ...CHAT, model: "nobody-knows" });
  expect(refused.status).toBe(402);
  expect(hard.upstream.requests).toEqual([]);
  await using open = await runningGateway({ providers });
  expect((await open.post(PATH, { ...CHAT, model: "nobody-knows" }, { "x-tokenledger-request-id": "unpriced" })).status).toBe(200);
  const [record] = await open.records("unpriced");
  expect(record?.costNanoUsd).toBeNull();
});

test("unpriced: estimate holds and charges the dearest price that the provider has", async () => {
  const providers = { openai: { api: "openai", apiKey: "sk-house", models: ["*"] } } as const;
  await using gateway = await runningGateway({
    providers,
    config: { unpriced: "estimate" },
    budgets: [budgetOf({ amountNanoUsd: 900_000_000_000n, enforcement: "block_requests", hard: true })],
  });
  const response = await gateway.post(PATH, { ...CHAT, model: "nobody-knows" }, { "x-tokenledger-request-id": "dear" });
  expect(response.status).toBe(200);
  const [record] = await gateway.records("dear");
  const gpt4o = priceBook().cost({ provider: "openai", model: "gpt-4o", tokens: record?.tokens ?? {} });
  expect(record?.costNanoUsd).toBeGreaterThan("costNanoUsd" in gpt4o ? Number(gpt4o.costNanoUsd) : Number.POSITIVE_INFINITY);
});

test("guarantee G9: reply header, record and budget have the same integer, for every format", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  const calls: [string, unknown][] = [
    [PATH, CHAT],
    ["/v1/responses", { model: "gpt-4o", input: "hello", max_output_tokens: 64 }],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "hello" }],
    ["/v1/messages", { ...CHAT, model: "claude-sonnet-4-5" }],
    [
      "/v1beta/models/gemini-2.5-flash:generateContent",
      { contents: [{ parts: [{ text: "hello" }] }], generationConfig: { maxOutputTokens: 64 } },
    ],
  ];
  let sum = 0n;
  for (const [index, [path, body]] of calls.entries()) {
    const response = await gateway.post(path, body, { "x-tokenledger-request-id": `call-${index}` });
    expect([path, response.status]).toEqual([path, 200]);
    const [record] = await gateway.records(`call-${index}`);
    const { provider, model, tokens } = gateway.upstream.calls[index] as { provider?: string; model: string; tokens: object };
    const priced = priceBook().cost({ provider: record?.provider ?? provider ?? "", model, tokens });
    expect("costNanoUsd" in priced && Number(priced.costNanoUsd)).toBe(record?.costNanoUsd);
    expect(Math.round(Number(response.headers.get("x-tokenledger-cost-usd")) * 1e9)).toBe(record?.costNanoUsd);
    sum += BigInt(record?.costNanoUsd ?? 0);
  }
  const [status] = await gateway.ledger.budgets.status();
  expect([status?.spentNanoUsd, status?.reservedNanoUsd]).toEqual([sum, 0n]);
});
