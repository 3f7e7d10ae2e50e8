import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { BudgetPool } from "../../src/budget/index.ts";
import { BudgetExceeded, InvalidInput, ProviderError, UnpricedModel } from "../../src/errors.ts";
import { CallPaths } from "../../src/integrations/call-paths.ts";
import { withBudget } from "../../src/integrations/fetch.ts";
import { priceBook } from "../../src/pricing/index.ts";
import { type BudgetedProgram, startBudgetedProgram } from "./budgeted-program.ts";

const CHAT = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs?" }], max_tokens: 400 };
const MESSAGES = { model: "claude-sonnet-4-6", max_tokens: 400, messages: [{ role: "user", content: "How many springs?" }] };
const CONTENTS = { contents: [{ role: "user", parts: [{ text: "How many springs?" }] }], generationConfig: { maxOutputTokens: 400 } };

describe("any fetch with a budget", () => {
  let program: BudgetedProgram;
  let budgeted: typeof fetch;
  beforeAll(async () => {
    program = await startBudgetedProgram();
    budgeted = withBudget(fetch, program.budget);
  });
  afterAll(() => program[Symbol.asyncDispose]());

  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    budgeted(`${program.upstream.url}${path}`, { method: "POST", body: JSON.stringify(body), ...init });

  it.each([
    ["/v1/chat/completions", CHAT],
    ["/v1/completions", { model: "gpt-3.5-turbo-instruct", prompt: "How many springs?", max_tokens: 50 }],
    ["/v1/responses", { model: "gpt-5", input: "How many springs?" }],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "springs" }],
    ["/v1/messages", MESSAGES],
    ["/v1beta/models/gemini-2.5-flash:generateContent", CONTENTS],
  ])("%s: the bill is the book, to the nano-dollar", async (path, body) => {
    const reply = await post(path, body);
    expect([reply.status, reply.ok, reply.url]).toEqual([200, true, `${program.upstream.url}${path}`]);
    expect(reply.headers.get("content-type")).toContain("application/json");
    expect(typeof (await reply.json())).toBe("object");
    await program.expectBookEqualsBill();
  });

  it.each([
    ["/v1/chat/completions", { ...CHAT, stream: true }],
    ["/v1/completions", { model: "gpt-3.5-turbo-instruct", prompt: "How many springs?", max_tokens: 50, stream: true }],
    ["/v1/responses", { model: "gpt-5", input: "How many springs?", stream: true }],
    ["/v1/messages", { ...MESSAGES, stream: true }],
    ["/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", CONTENTS],
    ["/v1beta/models/gemini-2.5-flash:streamGenerateContent", CONTENTS],
  ])("%s, streamed: what the provider sends without a budget, and the bill is the book", async (path, body) => {
    const before = program.upstream.calls.length;
    const bare = await fetch(`${program.upstream.url}${path}`, { method: "POST", body: JSON.stringify(body) });
    const expected = withoutIds(await bare.text());
    (program.upstream.calls as unknown[]).length = before;
    const reply = await post(path, body);
    expect(reply.body).toBeInstanceOf(ReadableStream);
    expect(withoutIds(await reply.text())).toBe(expected);
    await program.expectBookEqualsBill();
  });

  it("takes what fetch takes: a request, a URL, bytes, a blob, a form", async () => {
    const address = `${program.upstream.url}/v1/chat/completions`;
    const text = JSON.stringify(CHAT);
    const method = "POST";
    const headers = { "content-type": "application/json", "x-test": "yes" };
    const replies = [
      await budgeted(new Request(address, { method, body: text, headers })),
      await budgeted(new Request(address, { method, body: "{}", headers }), { body: text }),
      await budgeted(new URL(address), { method, body: Buffer.from(text), headers }),
      await budgeted(address, { method, body: new Blob([text], { type: "application/json" }), headers: { "x-test": "yes" } }),
      await budgeted(address, { method, body: new TextEncoder().encode(text).buffer, headers: new Headers(headers) }),
    ];
    for (const reply of replies) expect(reply.status).toBe(200);
    for (const { headers: seen, json } of program.upstream.requests.slice(-5)) {
      expect(seen["x-test"]).toBe("yes");
      expect(json).toEqual(CHAT);
    }
    const form = new FormData();
    form.set("model", "gpt-4o-transcribe");
    form.set("file", new File([new Uint8Array(2000)], "springs.wav", { type: "audio/wav" }));
    const heard = await budgeted(`${program.upstream.url}/v1/audio/transcriptions`, { method, body: form });
    expect(heard.status).toBe(200);
    await program.expectBookEqualsBill();
  });

  it("a reply that was read whole can be read as any other", async () => {
    const reply = await post("/v1/chat/completions", CHAT);
    const copy = reply.clone();
    const blob = await reply.clone().blob();
    expect(blob.type).toContain("application/json");
    const bytes = new Uint8Array(await reply.clone().arrayBuffer());
    const text = await copy.text();
    expect(Buffer.from(bytes).toString()).toBe(text);
    expect(await blob.text()).toBe(text);
    expect(copy.bodyUsed).toBe(true);
    await expect(copy.text()).rejects.toBeInstanceOf(TypeError);
    expect(() => copy.clone()).toThrow(TypeError);
    let streamed = "";
    for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) streamed += Buffer.from(chunk).toString();
    expect(streamed).toBe(text);
    await expect(reply.json()).rejects.toBeInstanceOf(TypeError);
    expect(reply).toBeInstanceOf(Response);
    await program.expectBookEqualsBill();
  });

  it("a program that leaves is free at once, whatever it waits for, and the call is metered to its end", async () => {
    const slowly = { outputTokens: 100, eventDelayMs: 80 };
    program.upstream.script({ delayMs: 2000 }, slowly, slowly);
    const late = new AbortController();
    const waiting = post("/v1/chat/completions", CHAT, { signal: late.signal });
    waiting.catch(() => undefined);
    await expect.poll(() => program.upstream.inFlight).toBe(1);
    late.abort(new DOMException("The time is over.", "TimeoutError"));
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
    const stop = new AbortController();
    const reading = (await post("/v1/chat/completions", { ...CHAT, stream: true }, { signal: stop.signal })).text();
    setTimeout(() => stop.abort(), 20);
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    const reader = (await post("/v1/chat/completions", { ...CHAT, stream: true })).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    // None of the three has come to its end at the provider.
    expect(program.upstream.inFlight).toBe(3);
    await program.expectBookEqualsBill();
    await expect(post("/v1/chat/completions", CHAT, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    await program.expectBookEqualsBill();
  });

  it("a signal that serves for many calls is not listened to for longer than they last", async () => {
    const stop = new AbortController();
    const listening = new Set<unknown>();
    const { signal } = stop;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listening.add(given[1]);
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listening.delete(given[1]);
      removeEventListener.apply(signal, given);
    };
    await (await post("/v1/chat/completions", CHAT, { signal })).text();
    await (await post("/v1/chat/completions", { ...CHAT, stream: true }, { signal })).text();
    program.upstream.script({ resetAtByte: 0 });
    await post("/v1/chat/completions", CHAT, { signal }).catch(() => undefined);
    expect(listening.size).toBe(0);
  });

  it("a call that never left costs nothing; one that was not answered is charged as estimated", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const own = withBudget(fetch, { pool });
    const body = JSON.stringify(CHAT);
    const gone = await startBudgetedProgram();
    await gone[Symbol.asyncDispose]();
    await expect(own(`${gone.upstream.url}/v1/chat/completions`, { method: "POST", body })).rejects.toBeInstanceOf(TypeError);
    expect(pool.totals()).toMatchObject({ calls: 0, costNanoUsd: 0, reserved: { calls: 0 } });
    program.upstream.script({ resetAtByte: 0 });
    await expect(own(`${program.upstream.url}/v1/chat/completions`, { method: "POST", body })).rejects.toBeInstanceOf(TypeError);
    expect(pool.totals().calls).toBe(1);
    expect(pool.totals().costNanoUsd).toBeGreaterThanOrEqual(4_000_000);
  });

  it("a fetch that throws at once leaves nothing held", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const throwing = withBudget(
      () => {
        throw Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
      },
      { pool },
    );
    const init = { method: "POST", body: JSON.stringify(CHAT) };
    await expect(throwing("https://api.openai.com/v1/chat/completions", init)).rejects.toThrow("no such host");
    expect(pool.totals()).toMatchObject({ calls: 0, reserved: { calls: 0 } });
  });

  it("guarantee G1c: a provider that does not honour the limit is cut off, and what it has sent is charged", async () => {
    const pool = new BudgetPool({ maxCostUsd: 1 });
    const own = withBudget(fetch, { pool });
    program.upstream.script({ timesLimit: 30, eventDelayMs: 1 });
    const body = JSON.stringify({ ...CHAT, max_tokens: 10, stream: true });
    const reply = await own(`${program.upstream.url}/v1/chat/completions`, { method: "POST", body });
    await expect(reply.text()).rejects.toBeInstanceOf(ProviderError);
    expect(pool.totals()).toMatchObject({ calls: 1, reserved: { calls: 0 } });
    expect(pool.totals().outputTokens).toBeGreaterThan(10);
  });
});

/** Two calls of the same kind differ in nothing else; services that are asked for usage say in each chunk that there is none yet. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/(chatcmpl-|cmpl-|resp_|msg_|gen-|call_|toolu_|item_|rs_)[\w-]+/g, "$1")
    .replaceAll(/"created(?:_at)?":\d+/g, "")
    .replaceAll(',"usage":null', "");
}

test("with soft budgets a call is held for with what such calls use, and passes beyond", async () => {
  await using program = await startBudgetedProgram();
  await program.ledger.budgets.put({
    name: "hard",
    scope: { team: "platform" },
    period: "daily",
    amountNanoUsd: 1_000_000n,
    alerts: [],
    enforcement: "notify_only",
    hard: false,
  });
  const { ledger, scope } = program.budget;
  const budgeted = withBudget(fetch, { ledger, scope });
  program.upstream.always({ delayMs: 1000 });
  const body = JSON.stringify({ ...CHAT, max_tokens: undefined });
  const reply = budgeted(`${program.upstream.url}/v1/chat/completions`, { method: "POST", body });
  await expect.poll(() => program.upstream.inFlight).toBe(1);
  const [standing] = await ledger.budgets.status();
  // A thousand tokens of 16,384.
  expect(Number(standing?.reservedNanoUsd)).toBeGreaterThan(10_000_000 - 1);
  expect(Number(standing?.reservedNanoUsd)).toBeLessThan(11_000_000);
  expect((await reply).status).toBe(200);
});

test("what nobody knows the price of is refused, held like the dearest, or let pass", async () => {
  await using program = await startBudgetedProgram();
  const body = JSON.stringify({ ...CHAT, model: "nobody-knows" });
  const call = (options: Omit<Parameters<typeof withBudget>[1], "pool">, pool = new BudgetPool({ maxCostUsd: 10 })): Promise<number> =>
    withBudget(fetch, { pool, ...options })(`${program.upstream.url}/v1/chat/completions`, { method: "POST", body }).then(
      () => pool.totals().costNanoUsd,
    );
  await expect(call({})).rejects.toBeInstanceOf(UnpricedModel);
  expect(program.upstream.requests).toEqual([]);
  expect(await call({ unpriced: "estimate" })).toBeGreaterThan(0);
  expect(await call({ unpriced: "allow" })).toBe(0);
  expect(await call({}, new BudgetPool({ maxTotalTokens: 100_000 }))).toBe(0);
  const rates = { input: 1_000_000_000, output: 1_000_000_000 };
  const prices = [{ provider: "openai", model: "nobody-knows", rates, sources: [] }];
  expect(await call({ prices })).toBeGreaterThan(0);
  expect(await call({ prices: priceBook().with(prices) })).toBeGreaterThan(0);
});

test("both a pool and a ledger must allow a call, and neither holds anything of one that is refused", async () => {
  await using poor = await startBudgetedProgram({ amountNanoUsd: 1n });
  const address = `${poor.upstream.url}/v1/chat/completions`;
  const init = { method: "POST", body: JSON.stringify(CHAT) };
  await expect(withBudget(fetch, poor.budget)(address, init)).rejects.toBeInstanceOf(BudgetExceeded);
  await using rich = await startBudgetedProgram({ maxCostUsd: 0 });
  await expect(withBudget(fetch, rich.budget)(address, init)).rejects.toBeInstanceOf(BudgetExceeded);
  expect(poor.upstream.requests).toEqual([]);
  for (const { pool, ledger } of [poor, rich]) {
    expect(pool.totals()).toMatchObject({ calls: 0, reserved: { calls: 0 } });
    expect((await ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
  }
});

test("work that one process has begun is settled by another that fetches its result", async () => {
  await using program = await startBudgetedProgram();
  const { ledger, scope } = program.budget;
  const address = `${program.upstream.url}/v1/responses`;
  const body = JSON.stringify({ model: "gpt-5", input: "How many springs?", background: true });
  const begun = await withBudget(fetch, { ledger, scope })(address, { method: "POST", body });
  const { id } = (await begun.json()) as { id: string };
  const other = withBudget(fetch, { ledger, scope });
  for (let polls = 0; polls < 3; polls++) await other(`${address}/${id}`);
  expect((await program.records()).map(({ costNanoUsd }) => costNanoUsd)).toEqual([program.billNanoUsd()]);
  expect((await ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
});

const calls = new CallPaths({});

test.each([
  ["POST", "https://api.openai.com/v1/chat/completions", "chat", "openai"],
  ["POST", "https://eu.api.openai.com/v1/responses", "responses", "openai"],
  ["POST", "https://api.groq.com/openai/v1/chat/completions", "chat", "groq"],
  ["POST", "https://api.deepseek.com/chat/completions", "chat", "deepseek"],
  ["POST", "https://openrouter.ai/api/v1/chat/completions", "chat", "openrouter"],
  ["POST", "https://acme.openai.azure.com/openai/deployments/four/chat/completions?api-version=2025-01-01", "chat", "azure"],
  ["POST", "https://acme.openai.azure.com/openai/v1/responses", "responses", "azure"],
  ["POST", "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", "chat", "gemini"],
  ["POST", "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent", "generate", "gemini"],
  [
    "POST",
    "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
    "generate",
    "vertex",
  ],
  ["POST", "https://api.anthropic.com/v1/messages?beta=true", "messages", "anthropic"],
  ["POST", "https://api.anthropic.com/v1/messages/batches", "message_batches", "anthropic"],
  ["POST", "https://proxy.example/somewhere/v1/messages", "messages", "anthropic"],
])("%s %s is a call of %s at %s", (method, address, operation, provider) => {
  expect(calls.of(method, address)).toMatchObject({ kind: "call", operation, provider });
});

test.each([
  ["GET", "https://api.openai.com/v1/models"],
  ["GET", "https://api.openai.com/v1/batches/batch_1"],
  ["DELETE", "https://api.openai.com/v1/files/file-1"],
  ["POST", "https://api.openai.com/v1/moderations"],
  ["POST", "https://api.openai.com/v1/files"],
  ["POST", "https://api.openai.com/v1/uploads/upload_1/parts"],
  ["POST", "https://api.openai.com/v1/batches/batch_1/cancel"],
  ["POST", "https://api.anthropic.com/v1/messages/count_tokens"],
  ["POST", "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:countTokens"],
  ["POST", "https://example.com/api/messages"],
  ["POST", "https://example.com/v1/threads/thread_1/messages"],
  ["PUT", "https://example.com/v1/responses"],
])("%s %s passes", (method, address) => {
  expect(calls.of(method, address)).toEqual({ kind: "free" });
});

test.each([
  ["POST", "https://api.openai.com/v1/batches"],
  ["POST", "https://api.openai.com/v1/fine_tuning/jobs"],
  ["POST", "https://api.openai.com/v1/videos"],
  ["POST", "https://api.openai.com/v1/realtime/client_secrets"],
  ["POST", "https://api.openai.com/v1/threads/thread_1/runs"],
  ["POST", "https://api.openai.com/v1/vector_stores"],
  ["POST", "https://api.openai.com/v1/something/new"],
  ["POST", "https://generativelanguage.googleapis.com/v1beta/models/veo-3:predictLongRunning"],
  ["POST", "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/invoke"],
])("guarantee G12: %s %s may cost money that can't be told, so it is refused", async (method, address) => {
  expect(calls.of(method, address)).toMatchObject({ kind: "refused" });
  const never: typeof fetch = () => Promise.reject(new Error("It was sent."));
  const refused = withBudget(never, { pool: new BudgetPool({ maxCostUsd: 1 }) })(address, { method, body: "{}" });
  await expect(refused).rejects.toThrow(InvalidInput);
});

test("arguments are checked at the door", () => {
  const pool = new BudgetPool({ maxCostUsd: 1 });
  const said = (...given: unknown[]): string => {
    try {
      (withBudget as (...all: unknown[]) => unknown)(...given);
      return "";
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      return (error as Error).message;
    }
  };
  expect(said("fetch", { pool })).toBe('fetch: "fetch" is no function; give fetch, or what is called like it.');
  expect(said(fetch, {})).toBe("options: there is no budget in them; give ledger (of openLedger), pool (a BudgetPool), or both.");
  expect(said(fetch, { pol: pool })).toBe('options: "pol" is not known; did you mean pool?');
  expect(said(fetch, { pool: {} })).toBe('pool: an object of "Object" is no pool; give a BudgetPool of tokenledger.');
  expect(said(fetch, { ledger: "sqlite::memory:" })).toBe(
    'ledger: "sqlite::memory:" is no open book; give what openLedger of tokenledger/ledger resolves to.',
  );
  expect(said(fetch, { pool, scope: { team: "a" } })).toBe("scope: a pool counts every call alike; scope goes with a ledger.");
  expect(said(fetch, { pool, scope: { teem: "a" } })).toBe('scope: "teem" is not known; did you mean team?');
  expect(said(fetch, { pool, provider: "" })).toBe('provider: "" is not a name; give a text of at most 500 characters.');
  expect(said(fetch, { pool, unpriced: "no" })).toBe('unpriced: "no" is not known; give block, estimate or allow.');
  expect(said(fetch, { pool, prices: 3 })).toBe("prices: 3 is no price book; give a PriceBook or a list of price entries.");
  expect(said(fetch, { pool, requestId: "x" })).toBe('requestId: "x" is no function; give one that names each request anew.');
});
