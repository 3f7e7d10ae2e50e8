import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { usageForm } from "../server/api-client.ts";
import { EventListener } from "../server/event-listener.ts";
import { canary, filesIn, foundIn, type Place } from "./canaries.ts";
import { ask, command, type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { until } from "./run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-secrets-"));
const book = join(folder, "book.db");
const configPath = join(mkdtempSync(join(tmpdir(), "tokenledger-config-")), "gateway.yaml");
const secrets = {
  openai: canary("openai-key"),
  anthropic: canary("anthropic-key"),
  gemini: canary("gemini-key"),
  configured: `tl_${canary("configured-virtual-key")}`,
  wrongKey: `tl_${canary("wrong-key")}`,
  cookie: canary("cookie"),
  adminTry: canary("basic-password"),
  webhookPath: canary("webhook-path"),
  webhookSecret: canary("webhook-secret"),
  postedWebhookPath: canary("posted-webhook-path"),
  postedWebhookSecret: canary("posted-webhook-secret"),
  changedWebhookSecret: canary("changed-webhook-secret"),
  refusedWebhookPath: canary("refused-webhook-path"),
  refusedWebhookUser: canary("refused-webhook-user"),
  misspelledSecret: canary("misspelled-secret"),
  wrongSessionKey: `tl_${canary("wrong-session-key")}`,
  wrongCookie: `tls_${canary("wrong-cookie")}`,
  cursor: canary("cursor"),
  spanHeader: canary("span-header"),
};
const texts = {
  prompt: canary("prompt"),
  system: canary("system"),
  answer: canary("answer"),
  thought: canary("thought"),
  toolArgument: canary("tool-argument"),
  endUser: canary("end-user-mail"),
  embedded: canary("embedded-text"),
  errorText: canary("upstream-error"),
  spanPrompt: canary("span-prompt"),
  spanAnswer: canary("span-answer"),
  spanEvent: canary("span-event"),
  metadataPrompt: canary("metadata-prompt"),
  brokenJson: canary("broken-json"),
};
let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
/** What a gateway that has ended said. */
let saidBefore = "";
let made = "";

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const provider = (api: "openai" | "anthropic" | "gemini", url = upstream.url): string =>
    `  ${api}: { api: ${api}, base_url: "${url}", api_key: "${secrets[api]}", models: ["*"], retries: 0 }\n`;
  writeFileSync(
    configPath,
    `unpriced: allow\nserver: { auth: always, log_calls: true }\nproviders:\n${provider("openai")}${provider("anthropic")}${provider("gemini")}` +
      `  down: { api: openai, base_url: "http://127.0.0.1:9", api_key: "${secrets.openai}", models: ["down-*"], retries: 0 }\n` +
      `virtual_keys:\n  - { name: configured, key: "${secrets.configured}", role: admin }\n` +
      `budgets:\n  - { name: all, amount: 100, period: monthly, alerts: [50], enforcement: block_requests, webhook: "${upstream.url}/hook" }\n` +
      // Passed at once, and posted to nobody who answers.
      `  - { name: told, amount: "0.000001", period: monthly, alerts: [1], webhook: "http://127.0.0.1:9/${secrets.webhookPath}", webhook_secret: "${secrets.webhookSecret}" }\n`,
  );
  made = (
    JSON.parse(command(folder, "keys", "create", "--name", "made", "--db", book, "--config", configPath, "--json").stdout) as {
      key: string;
    }
  ).key;
  gateway = await startGatewayProcess(folder, { book, config: configPath, options: ["--log", "json"] });
});
afterAll(async () => {
  await gateway?.kill("SIGKILL");
  await upstream?.close();
  rmSync(folder, { recursive: true });
  rmSync(join(configPath, ".."), { recursive: true });
});

describe("secrets and texts that pass a gateway", () => {
  it("guarantees G30, G31: stand in no file, no log, no page and no message, whatever happens", { timeout: 120_000 }, async () => {
    const bodies: string[] = [];
    const tell = async (key: string, path: string, body: object | string, headers: Record<string, string> = {}): Promise<void> => {
      const reply = await ask(gateway.url, key, body, { path, headers });
      // What the provider answers is the caller's; all else is the gateway's own.
      if (reply !== undefined && (reply.status >= 400 || reply.headers.get("x-tokenledger-request-id") === null)) bodies.push(reply.body);
      for (const [name, value] of reply?.headers ?? []) bodies.push(`${name}: ${value}`);
    };
    const messages = [
      { role: "system", content: texts.system },
      { role: "user", content: texts.prompt },
    ];
    const chat = { model: "gpt-4o", messages, user: texts.endUser };
    upstream.always({ text: texts.answer });
    for (const key of [secrets.configured, made]) {
      await tell(key, "/v1/chat/completions", chat);
      await tell(key, "/v1/chat/completions", { ...chat, stream: true });
      await tell(key, "/v1/responses", { model: "gpt-4o", input: texts.prompt, instructions: texts.system });
      await tell(key, "/v1/embeddings", { model: "text-embedding-3-small", input: texts.embedded });
      await tell(key, "/v1/messages", {
        model: "claude-sonnet-4-5",
        max_tokens: 20,
        messages: [messages[1]],
        metadata: { user_id: texts.endUser },
      });
      await tell(key, `/v1beta/models/gemini-2.5-flash:generateContent?key=${made}`, {
        contents: [{ role: "user", parts: [{ text: texts.prompt }] }],
      });
      await tell(key, "/v1/responses", { model: "gpt-4o", input: texts.prompt, background: true });
    }
    upstream.script({ toolCall: { name: "f", arguments: { secret: texts.toolArgument } } }, { text: texts.thought, reasoningTokens: 5 });
    await tell(made, "/v1/chat/completions", chat);
    await tell(made, "/v1/chat/completions", chat);
    // Where things go wrong, more is written down than elsewhere.
    upstream.script(
      { status: 500, errorMessage: "It broke." },
      { status: 401, errorMessage: `Incorrect API key provided: ${secrets.openai}` },
      { resetAtByte: 40, text: texts.answer },
      { body: "<html>", contentType: "text/html" },
      { errorAfterEvents: 1, errorMessage: "It broke." },
      { status: 302, headers: { location: `http://127.0.0.1:9/${secrets.cookie}`, "set-cookie": secrets.cookie } },
    );
    for (let fault = 0; fault < 6; fault++) await tell(made, "/v1/chat/completions", { ...chat, stream: fault % 2 === 0 });
    await tell(made, "/v1/chat/completions", { ...chat, model: "down-1" });
    await tell(secrets.wrongKey, "/v1/chat/completions", chat);
    await tell(made, "/v1/chat/completions", `{"model": "gpt-4o", "messages": [{"content": "${texts.prompt}"`);
    await tell(made, "/v1/chat/completions", { ...chat, max_tokens: "many" });
    for (const part of [{ messages: texts.prompt }, { messages: [texts.prompt] }, { stream: texts.prompt }, { n: texts.prompt }])
      await tell(made, "/v1/chat/completions", { ...chat, ...part });
    await tell(made, "/v1/chat/completions", [texts.prompt]);
    await tell(made, "/v1/chat/completions", { ...chat, api_key: secrets.adminTry, api_base: "http://127.0.0.1:9" });
    await tell(made, "/v1/unknown", chat, { cookie: secrets.cookie });
    await tell(made, "/v1/chat/completions", chat, { authorization: `Basic ${secrets.adminTry}` });
    // A crash in the middle of streams.
    upstream.always({ text: texts.answer.repeat(20), stallAfterEvents: 3 });
    const stalled = [1, 2, 3].map(() => tell(made, "/v1/chat/completions", { ...chat, stream: true }));
    expect(await until(() => upstream.inFlight === 3)).toBe(true);
    await gateway.kill("SIGKILL");
    await Promise.all(stalled);
    saidBefore = gateway.said();
    upstream.always({ text: texts.answer });
    gateway = await startGatewayProcess(folder, { book, config: configPath, options: ["--log", "json"] });
    const issued = await useApi(bodies);
    const places: Place[] = [["HTTP", bodies.join("\n")]];
    for (const args of [
      ["keys", "list"],
      ["keys", "list", "--json"],
      ["doctor"],
      ["doctor", "--json"],
      ["export", "records"],
      ["report"],
      ["budget", "status"],
      ["budget", "list"],
      ["budget", "list", "--json"],
      ["alerts", "list", "--json"],
      ["audit", "--json"],
      ["verify"],
      ["config", "show"],
    ]) {
      const { stdout, stderr } = command(folder, ...args, "--db", book, "--config", configPath);
      places.push([`tokenledger ${args.join(" ")}`, stdout + stderr]);
    }
    places.push(["the gateway's output", saidBefore + gateway.said()]);
    places.push(["the gateway's title", readFileSync(`/proc/${gateway.child.pid}/cmdline`, "latin1")]);
    // The key that seals the book's secrets is a file of its own, which holds nothing else.
    places.push(...filesIn(folder));
    expect(places.map(([place]) => place)).toContain("book.db");
    expect(places.map(([place]) => place)).toContain("book.db-wal");
    const hidden = { ...secrets, ...texts, made, madeSecret: made.slice(-30), ...issued };
    expect(foundIn(places, hidden)).toEqual([]);
    // The canaries have really passed: without that, nothing would have been shown.
    const passed = upstream.requests.map(({ body, headers }) => Buffer.from(body).toString() + JSON.stringify(headers)).join("\n");
    for (const text of [texts.prompt, texts.system, texts.embedded, secrets.openai, secrets.anthropic, secrets.gemini])
      expect(passed).toContain(text);
    for (const text of [made, secrets.configured, secrets.cookie]) expect(passed).not.toContain(text);
    const ledger = await openLedger(book, { readOnly: true });
    expect((await ledger.verify()).differences).toEqual([]);
    const [told] = await ledger.alerts.list({ budget: "told" });
    expect(told?.delivery?.lastError).toBe("no connection: ECONNREFUSED");
    const definitions = (await ledger.budgets.list()).map(({ definition }) => definition);
    expect(definitions).toMatchObject([
      { name: "all" },
      { webhook: expect.stringContaining(secrets.webhookPath), webhookSecret: secrets.webhookSecret },
      { webhook: expect.stringContaining(secrets.postedWebhookPath), webhookSecret: secrets.changedWebhookSecret },
      { webhook: expect.stringContaining(secrets.refusedWebhookPath) },
    ]);
    await ledger.close();
  });
});

/**
 * Everything the API does. The bodies are collected, but for those that hand out a secret once: these are answered.
 */
async function useApi(bodies: string[]): Promise<Record<string, string>> {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> => {
    const reply = await fetch(gateway.url + path, {
      method,
      headers: {
        ...("cookie" in headers ? {} : { authorization: `Bearer ${secrets.configured}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return reply;
  };
  const told = async (expected: number, ...asked: Parameters<typeof call>): Promise<void> => {
    const reply = await call(...asked);
    const text = await reply.text();
    bodies.push(text, ...[...reply.headers].map(([name, value]) => `${name}: ${value}`));
    expect([asked[0], asked[1], reply.status, reply.status === expected ? "" : text]).toEqual([asked[0], asked[1], expected, ""]);
  };
  await using events = await EventListener.to(gateway.url, { authorization: `Bearer ${secrets.configured}` });
  // Handed out once, to who asked.
  const created = (await (await call("POST", "/api/v1/keys", { name: "of-the-api", role: "admin" })).json()) as { key: string; id: string };
  const rotated = (await (await call("POST", `/api/v1/keys/${created.id}/rotate`, {})).json()) as { key: string };
  const session = await call("POST", "/api/v1/session", { key: rotated.key }, { origin: gateway.url });
  const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] as string;
  bodies.push(await session.text());
  const byCookie = { cookie, origin: gateway.url };
  await told(200, "GET", "/api/v1/session", undefined, byCookie);
  await told(401, "POST", "/api/v1/session", { key: secrets.wrongSessionKey }, { origin: gateway.url });
  for (const body of [
    { key: [secrets.wrongSessionKey] },
    { key: `${secrets.wrongSessionKey}${"x".repeat(512)}` },
    [secrets.wrongSessionKey],
  ])
    await told(400, "POST", "/api/v1/session", body, { origin: gateway.url });
  await told(400, "POST", "/api/v1/session", JSON.stringify(secrets.wrongSessionKey), { origin: gateway.url });
  await told(401, "GET", "/api/v1/keys", undefined, { cookie: `__Host-tokenledger=${secrets.wrongCookie}` });
  const posted = {
    ...{ name: "posted", amount_usd: "0.000001", period: "monthly", alerts: [1] },
    ...{ webhook: `https://nobody.invalid/${secrets.postedWebhookPath}`, webhook_secret: secrets.postedWebhookSecret },
  };
  await told(201, "POST", "/api/v1/budgets", posted, byCookie);
  await told(200, "PUT", "/api/v1/budgets/posted", { ...posted, webhook_secret: secrets.changedWebhookSecret }, byCookie);
  for (const webhook of [
    `ftp://example.org/${secrets.refusedWebhookPath}`,
    `https://${secrets.refusedWebhookUser}:pass@example.org/`,
    `//${secrets.refusedWebhookPath}`,
    [secrets.refusedWebhookPath],
  ])
    await told(400, "POST", "/api/v1/budgets", { ...posted, name: "refused", webhook });
  // Taken, and never gone to: it is an address of this machine.
  await told(201, "POST", "/api/v1/budgets", { ...posted, name: "inside", webhook: `https://127.0.0.1/${secrets.refusedWebhookPath}` });
  await told(400, "POST", "/api/v1/budgets", { ...posted, name: "refused", webhook_secret: { is: secrets.misspelledSecret } });
  await told(400, "POST", "/api/v1/budgets", { ...posted, name: "refused", webhook_secrets: secrets.misspelledSecret });
  await told(400, "POST", "/api/v1/budgets", `{"name": "refused", "webhook_secret": "${secrets.misspelledSecret}"`);
  const tooLong = { webhook: `https://example.org/${secrets.refusedWebhookPath}${"x".repeat(2_048)}` };
  await told(400, "POST", "/api/v1/budgets", { ...posted, name: "refused", ...tooLong });
  await told(400, "GET", `/api/v1/keys?cursor=${secrets.cursor}`);
  const metadata = { note: "kept", prompt: texts.metadataPrompt, messages: texts.metadataPrompt };
  await told(200, "POST", "/api/v1/usage", { records: [usageForm(1, { metadata }), usageForm(2, { prompt: texts.metadataPrompt })] });
  await told(400, "POST", "/api/v1/usage", `{"records": [{"prompt": "${texts.brokenJson}"`);
  await told(200, "POST", "/v1/traces", promptBearingTrace(), { traceparent: secrets.spanHeader });
  await told(400, "POST", "/v1/traces", `{"resourceSpans": [{"prompt": "${texts.brokenJson}"`);
  await told(404, "POST", "/api/v1/unknown", { prompt: texts.prompt });
  expect(await until(() => events.events.length > 0)).toBe(true);
  for (const path of ["health", "ready", "metrics", "v1/models"]) await told(200, "GET", `/${path}`);
  for (const path of ["usage", "budgets", "budgets/posted", "keys", "alerts", "audit", "session", "costs/aggregate", "analysis"])
    await told(200, "GET", `/api/v1/${path}`);
  for (const path of ["forecast", "explain", "recommendations", "openapi.json"]) await told(200, "GET", `/api/v1/${path}`);
  bodies.push(JSON.stringify(events.events));
  return {
    created: created.key,
    rotated: rotated.key,
    createdSecret: created.key.slice(-30),
    rotatedSecret: rotated.key.slice(-30),
    cookie,
  };
}

/** As instrumentations send it that are told to record what was said. */
function promptBearingTrace(): object {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const attributes = [
    ...[text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "gpt-4o")],
    ...["input", "output"].map((side) => ({ key: `gen_ai.usage.${side}_tokens`, value: { intValue: "12" } })),
    ...["gen_ai.input.messages", "gen_ai.prompt.0.content", "gen_ai.system_instructions", "input.value"].map((key) =>
      text(key, `[{"role": "user", "content": "${texts.spanPrompt}"}]`),
    ),
    ...["gen_ai.output.messages", "gen_ai.completion.0.content", "output.value"].map((key) => text(key, texts.spanAnswer)),
  ];
  const times = { startTimeUnixNano: "1770000000000000000", endTimeUnixNano: "1770000001000000000" };
  const events = [{ name: "gen_ai.user.message", timeUnixNano: times.startTimeUnixNano, attributes: [text("content", texts.spanEvent)] }];
  const part = { traceId: "5b8efff798038103d269b633813fc60c", name: "chat gpt-4o", ...times, events };
  const broken = [...attributes, text("gen_ai.usage.input_tokens", "many")];
  const spans = [
    { ...part, spanId: "eee19b7ec3c1b174", attributes },
    { ...part, spanId: "eee19b7ec3c1b175", attributes: broken, status: { code: 2, message: texts.spanEvent } },
  ];
  const resource = { attributes: [text("process.command_args", texts.spanPrompt)] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: texts.spanEvent }, spans }] }] };
}
