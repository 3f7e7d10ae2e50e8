/** Calls that go elsewhere than was asked, or shorter: what bounds them there, and whose they may be. */
import { expect, test } from "vitest";
import type { ProviderConfig } from "../../src/config/index.ts";
import { priceBook } from "../../src/index.ts";
import { formatUsd } from "../../src/money.ts";
import { batchUsage } from "../../src/providers/index.ts";
import { GatewayPrices } from "../../src/server/gateway/admission/gateway-prices.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** The first provider has a small model only, the other one a large one. */
function twoProviders(fallback?: string): Record<string, ProviderConfig> {
  return {
    openai: {
      api: "openai",
      apiKey: "sk-house",
      models: ["gpt-3.5-turbo"],
      retries: 0,
      ...(fallback === undefined ? {} : { fallback }),
    },
    spare: { api: "openai", apiKey: "sk-spare", models: ["gpt-5"], defaultModel: "gpt-5", retries: 0 },
  };
}

const SMALL = { ...CHAT, model: "gpt-3.5-turbo", max_tokens: undefined };

test("security S22: a key's models hold for the model that a budget switches to, and for the one of a fallback", async () => {
  const switching = budgetOf({ amountNanoUsd: 1n, enforcement: "switch_provider", switchTo: "spare", scope: { provider: "openai" } });
  await using gateway = await runningGateway({ providers: twoProviders(), budgets: [switching], config: { unpriced: "allow" } });
  const { key } = await gateway.ledger.keys.create("small", { models: ["gpt-3.5-turbo"] });
  const any = await gateway.ledger.keys.create("any");
  const hold = await gateway.ledger.reserve({
    requestId: "before",
    provider: "openai",
    model: "gpt-3.5-turbo",
    estimate: { costUsd: "1" },
  });
  await hold.settle({ costUsd: "1" });
  expect((await gateway.post(PATH, SMALL, bearer(key))).status).toBe(402);
  expect(gateway.upstream.requests).toEqual([]);
  expect((await gateway.post(PATH, SMALL, bearer(any.key))).headers.get("x-tokenledger-model")).toBe("gpt-5");

  await using failing = await runningGateway({ providers: twoProviders("spare") });
  const small = await failing.ledger.keys.create("small", { models: ["gpt-3.5-turbo"] });
  failing.upstream.script({ status: 503 });
  expect((await failing.post(PATH, SMALL, bearer(small.key))).status).toBe(503);
  expect(failing.upstream.requests.map(({ model }) => model)).toEqual(["gpt-3.5-turbo"]);
});

test("guarantee G1c: a call that falls back on a model with longer answers is held for with that model's bound", async () => {
  const amountNanoUsd = 200_000_000n;
  await using gateway = await runningGateway({
    providers: twoProviders("spare"),
    budgets: [budgetOf({ amountNanoUsd, enforcement: "block_requests", hard: true })],
    config: { unpriced: "allow" },
  });
  gateway.upstream.script({ status: 503 });
  gateway.upstream.always({ outputTokens: 100_000 });
  // 128,000 tokens of gpt-5 may cost 1.28 dollars.
  expect((await gateway.post(PATH, SMALL)).status).toBe(402);
  expect(gateway.upstream.calls).toEqual([]);
});

test("security S22: a key's limit of output tokens is set for the model that answers, and again for each run of the model", async () => {
  await using gateway = await runningGateway({
    providers: { ...twoProviders("spare"), gemini: { api: "gemini", apiKey: "sk-house" } },
    budgets: [budgetOf({ amountNanoUsd: 6_000_000n, enforcement: "block_requests", hard: true, scope: { provider: "gemini" } })],
    config: { unpriced: "allow" },
  });
  const { key } = await gateway.ledger.keys.create("limited", { maxOutputTokens: 5000 });
  gateway.upstream.script({ status: 503 });
  expect((await gateway.post(PATH, SMALL, bearer(key))).status).toBe(200);
  const [small, large] = gateway.upstream.requests;
  expect(small?.json).not.toHaveProperty("max_tokens");
  expect(large?.json).toMatchObject({ model: "gpt-5", max_completion_tokens: 5000 });
  // Google may run the model eleven times, with 5,000 tokens each: 22,000 micro-dollars.
  const body = { contents: [{ parts: [{ text: "hi" }] }], tools: [{ codeExecution: {} }] };
  expect((await gateway.post("/v1beta/models/gemini-2.0-flash:generateContent", body, bearer(key))).status).toBe(402);
});

test("security S22: what can't be given a limit of output tokens is refused to a key that has one, and holds nothing", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true, maxTokens: 100_000 })] });
  const { key } = await gateway.ledger.keys.create("limited", { maxOutputTokens: 500 });
  const picture = await gateway.post("/v1/images/generations", { model: "gpt-image-1", prompt: "a cat" }, bearer(key));
  expect(picture.status).toBe(400);
  expect(await picture.text()).toContain("500");
  const [status] = await gateway.ledger.budgets.status();
  expect([status?.reservedNanoUsd, status?.reservedTokens]).toEqual([0n, 0n]);
});

test("guarantee G1c: a clamped call is so short that all its runs fit, and never longer than was asked", async () => {
  const amountNanoUsd = 1_900_000_000n;
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd, enforcement: "block_requests", hard: true, clamp: true })],
  });
  const model = "claude-3-5-haiku-20241022";
  const servers = [{ type: "url", url: "https://tools.example", name: "tools" }];
  const body = { ...CHAT, model, max_tokens: 8192, mcp_servers: servers };
  expect((await gateway.post("/v1/messages", body)).status).toBe(200);
  const asked = gateway.upstream.requests[0]?.json;
  const limit = Number((asked as { max_tokens: number }).max_tokens);
  expect(limit).toBeGreaterThan(1000);
  // Eleven runs, each with a whole window of input.
  const dearest = priceBook().cost({ provider: "anthropic", model, tokens: { input: 11 * 200_000, output: 11 * limit } });
  expect("costNanoUsd" in dearest && BigInt(dearest.costNanoUsd)).toBeLessThanOrEqual(amountNanoUsd);
});

test("peers B: a call whose own budget has room soon does not wait behind calls that wait for another's", async () => {
  const budgets = ["a", "b"].map((team) =>
    budgetOf({ name: team, scope: { team }, amountNanoUsd: 20_000_000n, enforcement: "block_requests", hard: true }),
  );
  await using gateway = await runningGateway({ budgets });
  const ask = (team: string): Promise<Response> =>
    gateway.post(PATH, { ...CHAT, max_tokens: 1000, user: team }, { "x-tokenledger-team": team });
  gateway.upstream.always((request) => ({ delayMs: (request.json as { user: string }).user === "a" ? 6000 : 50, outputTokens: 5 }));
  const others = Array.from({ length: 30 }, () => ask("a"));
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  const own = await Promise.all([ask("b"), ask("b"), ask("b")]);
  expect(own.map(({ status }) => status)).toEqual([200, 200, 200]);
  const statuses = (await Promise.all(others)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test("traps 1: side passes in the results of a batch are billed", () => {
  const prices = new GatewayPrices({ list: async () => [] } as never, { estimatesUnknown: false });
  const iterations = [
    { type: "compaction", input_tokens: 90_000, output_tokens: 500 },
    { type: "message", input_tokens: 100, output_tokens: 10 },
  ];
  const usage = { input_tokens: 100, output_tokens: 10, iterations };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [], usage };
  const body = Buffer.from(`${JSON.stringify({ custom_id: "one", result: { type: "succeeded", message } })}\n`);
  // Half of 3 and 15 dollars a million.
  const costUsd = formatUsd(90_100 * 1500 + 510 * 7500);
  expect(batchUsage(body, "anthropic", prices, Date.UTC(2026, 4, 1))).toMatchObject({ inputTokens: 90_100, outputTokens: 510, costUsd });
});

test("security S22: a batch may have more requests than a call may have answers", async () => {
  await using gateway = await runningGateway();
  const requests = Array.from({ length: 129 }, (_, index) => ({ custom_id: `c${index}`, params: { ...CHAT, model: "claude-sonnet-4-5" } }));
  expect((await gateway.post("/v1/messages/batches", { requests })).status).toBe(200);
});

test("guarantee G3: counting tokens under the id of a call leaves that call's hold alone", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  const body = { ...CHAT, model: "claude-sonnet-4-5" };
  const id = { "x-tokenledger-request-id": "mine" };
  gateway.upstream.script({ delayMs: 1500, outputTokens: 10 });
  const call = gateway.post("/v1/messages", body, id);
  await expect.poll(() => gateway.upstream.inFlight).toBe(1);
  expect((await gateway.post("/v1/messages/count_tokens", { ...body, max_tokens: undefined }, id)).status).toBe(200);
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.reservedNanoUsd).toBeGreaterThan(0n);
  expect((await call).status).toBe(200);
});

test("traps 11: an answer under another content type is metered by what it says", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  for (const [index, contentType] of ["application/octet-stream", "audio/mpeg", "text/html", "text/plain"].entries()) {
    gateway.upstream.script({ contentType, outputTokens: 10 });
    const requestId = `typed-${index}`;
    expect((await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": requestId })).status).toBe(200);
    expect(await gateway.records(requestId)).toMatchObject([{ usageSource: "reported", tokens: { output: 10 } }]);
  }
});
