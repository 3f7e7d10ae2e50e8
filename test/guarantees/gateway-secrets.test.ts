import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../../src/testing/index.ts";
import { ask, command, type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { until } from "./run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenledger-secrets-"));
const book = join(folder, "book.db");
const configPath = join(mkdtempSync(join(tmpdir(), "tokenledger-config-")), "gateway.yaml");
/** Each is a text that stands nowhere else. */
const canary = (name: string): string => `canary-${name}-${"0123456789abcdef".split("").reverse().join("")}`;
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
    `unpriced: allow\nserver: { auth: always }\nproviders:\n${provider("openai")}${provider("anthropic")}${provider("gemini")}` +
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
  gateway = await startGatewayProcess(folder, { book, config: configPath });
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
    gateway = await startGatewayProcess(folder, { book, config: configPath });
    for (const path of [
      "health",
      "ready",
      "metrics",
      "v1/models",
      ...["usage", "budgets", "keys", "alerts", "recommendations", "openapi.json"].map((one) => `api/v1/${one}`),
    ]) {
      const reply = await fetch(`${gateway.url}/${path}`, { headers: { authorization: `Bearer ${secrets.configured}` } });
      bodies.push(await reply.text());
    }
    const places: [string, string][] = [["HTTP", bodies.join("\n")]];
    for (const args of [
      ["keys", "list"],
      ["doctor"],
      ["export", "records"],
      ["report"],
      ["budget", "status"],
      ["budget", "list"],
      ["alerts", "list"],
      ["verify"],
      ["config", "show"],
    ]) {
      const { stdout, stderr } = command(folder, ...args, "--db", book, "--config", configPath);
      places.push([`tokenledger ${args.join(" ")}`, stdout + stderr]);
    }
    places.push(["the gateway's output", saidBefore + gateway.said()]);
    places.push(["the gateway's title", readFileSync(`/proc/${gateway.child.pid}/cmdline`, "latin1")]);
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, name);
      if (statSync(path).isFile()) places.push([name, readFileSync(path, "latin1")]);
    }
    expect(places.map(([place]) => place)).toContain("book.db");
    expect(places.map(([place]) => place)).toContain("book.db-wal");
    const hidden = { ...secrets, ...texts, made, madeSecret: made.slice(-30) };
    const hits = places.flatMap(([place, content]) =>
      Object.entries(hidden).flatMap(([name, text]) => (content.includes(text) ? [`${name} in ${place}: …${around(content, text)}…`] : [])),
    );
    expect(hits).toEqual([]);
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
      {},
      { webhook: expect.stringContaining(secrets.webhookPath), webhookSecret: secrets.webhookSecret },
    ]);
    await ledger.close();
  });
});

function around(content: string, text: string): string {
  const at = content.indexOf(text);
  return content.slice(Math.max(0, at - 60), at + 20).replaceAll(/[^ -~]/g, ".");
}
