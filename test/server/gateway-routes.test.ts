import { expect, test } from "vitest";
import { routeOf } from "../../src/server/gateway/routes.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

/** Every path that the formats' providers know and that makes something, or could. */
const COSTLY: readonly [method: string, path: string, body: unknown][] = [
  ["POST", "/v1/chat/completions", CHAT],
  ["POST", "/v1/chat/completions", { ...CHAT, stream: true }],
  ["POST", "/v1/completions", { model: "gpt-3.5-turbo-instruct", prompt: "Say hello", max_tokens: 10 }],
  ["POST", "/v1/embeddings", { model: "text-embedding-3-small", input: "hello" }],
  ["POST", "/v1/responses", { model: "gpt-4o", input: "hello", max_output_tokens: 50 }],
  ["POST", "/v1/responses", { model: "gpt-4o", input: "hello", background: true }],
  ["POST", "/v1/images/generations", { model: "gpt-image-1", prompt: "a cat" }],
  ["POST", "/v1/audio/speech", { model: "gpt-4o-mini-tts", input: "hello", voice: "alloy" }],
  ["POST", "/v1/messages", { model: "claude-sonnet-4-5", max_tokens: 50, messages: [{ role: "user", content: "hello" }] }],
  ["POST", "/v1/messages/count_tokens", { model: "claude-sonnet-4-5", messages: [{ role: "user", content: "hello" }] }],
  [
    "POST",
    "/v1/messages/batches",
    {
      requests: [
        { custom_id: "a", params: { model: "claude-sonnet-4-5", max_tokens: 50, messages: [{ role: "user", content: "hello" }] } },
      ],
    },
  ],
  ["POST", "/v1beta/models/gemini-2.5-flash:generateContent", { contents: [{ role: "user", parts: [{ text: "hello" }] }] }],
  ["POST", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", { contents: [{ role: "user", parts: [{ text: "hello" }] }] }],
  ["POST", "/v1beta/models/gemini-embedding-001:embedContent", { content: { parts: [{ text: "hello" }] } }],
  ["POST", "/v1beta/models/gemini-2.5-flash:countTokens", { contents: [{ role: "user", parts: [{ text: "hello" }] }] }],
  ["GET", "/v1/responses/resp_1", undefined],
  ["DELETE", "/v1/responses/resp_1", undefined],
  ["POST", "/v1/responses/resp_1/cancel", {}],
  ["GET", "/v1/messages/batches/msgbatch_1", undefined],
  ["GET", "/v1/messages/batches/msgbatch_1/results", undefined],
  ["POST", "/v1/messages/batches/msgbatch_1/cancel", {}],
];

/** Paths of providers that the gateway does not serve, and other ways to write those that it does. */
const UNKNOWN: readonly [method: string, path: string][] = [
  ...[
    "/v1/realtime",
    "/v1/realtime/sessions",
    "/v1/files",
    "/v1/uploads",
    "/v1/batches",
    "/v1/fine_tuning/jobs",
    "/v1/assistants",
    "/v1/threads",
    "/v1/threads/runs",
    "/v1/vector_stores",
    "/v1/containers",
    "/v1/evals",
    "/v1/moderations",
    "/v1/images/edits",
    "/v1/images/variations",
    "/v1/audio/translations",
    "/v1/videos",
    "/v1/rerank",
    "/v1/responses/compact/now",
    "/v1/conversations",
    "/v1/organization/admin_api_keys",
    "/v1/chat/completions/",
    "/v1/chat/completions/chatcmpl-1",
    "/V1/chat/completions",
    "/chat/completions",
    "/openai/v1/chat/completions",
    "/v1/engines/gpt-4o/completions",
    "/openai/deployments/gpt-4o/chat/completions",
    "/v1/complete",
    "/v1/messages/batches/a/b",
    "/v1beta/models/gemini-2.5-flash:predict",
    "/v1beta/models/gemini-2.5-flash:predictLongRunning",
    "/v1beta/models/gemini-2.5-flash:batchGenerateContent",
    "/v1beta/models/gemini-2.5-flash:bidiGenerateContent",
    "/v1beta/models/gemini-2.5-flash",
    "/v1beta/cachedContents",
    "/v1beta/files",
    "/v1beta/tunedModels/x:generateContent",
    "/v1beta/models/a/b:generateContent",
    "/v1alpha/models/gemini-2.5-flash:generateContent",
    "/model/anthropic.claude/invoke",
    "/model/anthropic.claude/converse",
    "/api/chat",
    "/api/generate",
  ].map((path): [string, string] => ["POST", path]),
];

test("guarantee G12: an exhausted budget keeps every route that can cost money from the provider", async () => {
  await using gateway = await runningGateway({
    providers: {
      openai: { api: "openai", apiKey: "sk-house", models: ["*"] },
      anthropic: { api: "anthropic", apiKey: "sk-house" },
      gemini: { api: "gemini", apiKey: "sk-house", models: ["*"] },
    },
    budgets: [budgetOf({ amountNanoUsd: 0n, hard: true, enforcement: "block_requests" })],
  });
  for (const [method, path, body] of COSTLY) {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    expect([path, response.status]).toEqual([path, 402]);
    expect(response.headers.get("x-should-retry")).toBe("false");
    await response.text();
  }
  expect(gateway.upstream.requests).toEqual([]);
});

test("guarantee G12: what is not on the list of routes is not passed on, whatever is spelled", async () => {
  await using gateway = await runningGateway();
  for (const [method, path] of UNKNOWN) {
    const response = await fetch(`${gateway.url}${path}`, { method, body: "{}", headers: { "content-type": "application/json" } });
    expect([path, response.status]).toEqual([path, 404]);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  }
  expect(gateway.upstream.requests).toEqual([]);
});

test("a known path with another method is 405 and says which it takes", async () => {
  await using gateway = await runningGateway();
  const response = await fetch(`${gateway.url}/v1/chat/completions`);
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
});

test("routes are found by the raw path alone", () => {
  expect(routeOf("POST", "/v1/messages")).toMatchObject({ kind: "call", operation: "messages", format: "anthropic" });
  expect(routeOf("POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent")).toMatchObject({ model: "gemini-2.5-pro", isStream: true });
  expect(routeOf("POST", "/v1beta/models/%67emini:generateContent")).toBeUndefined();
  expect(routeOf("POST", "/v1beta/models/a:constructor")).toBeUndefined();
  expect(routeOf("__proto__", "/v1/messages")).toEqual({ allowed: "POST" });
  expect(routeOf("constructor", "/v1/messages")).toEqual({ allowed: "POST" });
});

test("GET /v1/models lists what the key may call, without asking a provider", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("few", { models: ["gpt-4o*"] });
  const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const { data } = (await response.json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toContain("gpt-4o-mini");
  expect(data.every(({ id }) => id.startsWith("gpt-4o"))).toBe(true);
  const one = await fetch(`${gateway.url}/v1/models/gpt-4o`, { headers: { authorization: `Bearer ${key}` } });
  expect(await one.json()).toMatchObject({ id: "gpt-4o", owned_by: "openai" });
  const other = await fetch(`${gateway.url}/v1/models/o1`, { headers: { authorization: `Bearer ${key}` } });
  expect(other.status).toBe(404);
  expect(gateway.upstream.requests).toEqual([]);
});

test("security S5: where calls go is not the caller's to say", async () => {
  await using gateway = await runningGateway();
  await using other = await runningGateway();
  const address = other.upstream.url;
  const headers: Record<string, string>[] = [
    { "x-forwarded-host": address },
    { "x-original-url": `${address}/v1/chat/completions` },
    { forwarded: `host=${address}` },
    { "openai-organization": "org-evil", "openai-project": "evil" },
    { "x-base-url": address, "x-portkey-custom-host": address, "helicone-target-url": address },
    { cookie: "a=b", "x-stainless-helper": "x" },
  ];
  const { key } = await gateway.ledger.keys.create("caller");
  const authorization = `Bearer ${key}`;
  for (const more of headers) expect((await gateway.post("/v1/chat/completions", CHAT, { ...more, authorization })).status).toBe(200);
  for (const field of ["api_base", "base_url", "api_key", "organization", "extra_headers", "extra_body"]) {
    const response = await gateway.post("/v1/chat/completions", { ...CHAT, [field]: address });
    expect([field, response.status]).toEqual([field, 400]);
  }
  for (const { headers: seen, query } of gateway.upstream.requests) {
    expect(seen.authorization).toBe("Bearer sk-house");
    for (const name of ["x-forwarded-host", "x-original-url", "forwarded", "openai-organization", "x-base-url", "cookie"]) {
      expect(seen[name]).toBeUndefined();
    }
    expect(query.get("key")).toBeNull();
  }
  expect(gateway.upstream.requests).toHaveLength(headers.length);
  expect(other.upstream.requests).toEqual([]);
});
