import { expect, test } from "vitest";
import { EventLog } from "../../src/server/observing/event-log.ts";
import type { CallEvent } from "../../src/server/observing/happenings.ts";
import { jsonLine, legible, withoutKeys } from "../../src/server/observing/legible.ts";
import { FakeClock } from "../../src/testing/index.ts";
import { CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";
const LOGS_CALLS = { server: { host: "127.0.0.1", port: 0, auth: "loopback", logsCalls: true } } as const;
const CALL: CallEvent = {
  ...{
    requestId: "r-1",
    attempt: 1,
    provider: "openai",
    model: "gpt-4o",
    requestedModel: "gpt-4o",
    operation: "chat",
    owner: { team: "a" },
  },
  ...{ keyId: "abcd1234", status: "ok", inputTokens: 10, outputTokens: 5, cacheReadTokens: 1, cacheWriteTokens: 2, reasoningTokens: 3 },
  ...{ costNanoUsd: 1_000, usageSource: "reported", latencyMs: 100, firstByteMs: 10, isStream: false },
};
/** All that a line of the log may have. */
const FIELDS = [
  ...["time", "level", "event", "kind", "message", "request_id", "attempt", "provider", "model", "requested_model", "operation", "status"],
  ...["reason", "org", "team", "user", "project", "key_id", "stream", "input_tokens", "output_tokens", "cache_read_tokens"],
  ...["cache_creation_tokens", "reasoning_tokens", "cost_usd", "usage_source", "latency_ms", "first_byte_ms"],
];
const HOSTILE = ['"}', "\n{}", "\r\n", "\u0000", "\u001b[2J", "\u0085", "\u2028", "\u202Egnp", "\uD83D", "\u200B", "\\", "ключ", "a b=c"];

test("with server.log: json every line is one object, with its time, its level, and listed fields only", async () => {
  await using gateway = await runningGateway({ config: LOGS_CALLS, server: { logFormat: "json" } });
  const { key, created } = await gateway.ledger.keys.create("house", { team: "a" });
  const headers = { authorization: `Bearer ${key}` };
  gateway.upstream.script({ text: "hello" }, { status: 503, errorMessage: "canary-error" }, { resetAtByte: 100 });
  for (const id of ["r-1", "r-2", "r-3"]) {
    const reply = await gateway.post(PATH, { ...CHAT, stream: id === "r-3" }, { ...headers, "x-tokenledger-request-id": id });
    await reply.text().catch(() => undefined);
  }
  await gateway.post(PATH, CHAT, { ...headers, "x-tokenledger-team": "other" });
  await gateway.records("r-3");
  gateway.server.note({ level: "info", kind: "end", message: "over" });
  const lines = gateway.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) {
    expect(Object.keys(line).filter((field) => !FIELDS.includes(field))).toEqual([]);
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(["info", "warn", "error"]).toContain(line.level);
  }
  expect(lines.filter(({ event }) => event === "call").map(({ request_id, status, key_id }) => [request_id, status, key_id])).toEqual([
    ["r-1", "ok", created.id],
    ["r-2", "error", created.id],
    ["r-3", "failed", created.id],
  ]);
  expect(lines.find(({ event }) => event === "refusal")).toMatchObject({
    level: "warn",
    status: 403,
    reason: "permission_denied",
    team: "a",
  });
  expect(lines.at(-1)).toMatchObject({ level: "info", event: "note", kind: "end", message: "over" });
});

test("a log that can't be written fails no call", async () => {
  await using gateway = await runningGateway({ config: LOGS_CALLS });
  gateway.log.push = () => {
    throw new Error("nobody reads");
  };
  const responses = await Promise.all(["r-1", "r-2"].map((id) => gateway.post(PATH, CHAT, { "x-tokenledger-request-id": id })));
  expect(responses.map(({ status }) => status)).toEqual([200, 200]);
  expect(await gateway.records("r-2")).toHaveLength(1);
});

test("calls are written where server.log_calls says so, and not by default", async () => {
  await using silent = await runningGateway();
  await silent.post(PATH, CHAT);
  expect(silent.log).toEqual([]);
  await using telling = await runningGateway({ config: LOGS_CALLS });
  await telling.post(PATH, CHAT, { "x-tokenledger-request-id": "r-1", "x-tokenledger-team": "the team" });
  expect(telling.log).toHaveLength(1);
  expect(telling.log[0]).toMatch(/^call request_id=r-1 attempt=1 provider=openai model=gpt-4o operation=chat status=ok team="the team" /);
});

test("guarantees G30, G31, security S7: neither keys, headers, prompts nor answers are in any line, metric or event", async () => {
  for (const logFormat of ["text", "json"] as const) {
    await using gateway = await runningGateway({ config: LOGS_CALLS, server: { logFormat } });
    const { key } = await gateway.ledger.keys.create("house");
    gateway.upstream.script({ text: "canary-answer" }, { status: 500, errorMessage: `canary-error sk-house ${key}` }, { resetAtByte: 10 });
    const body = { ...CHAT, messages: [{ role: "user", content: "canary-prompt" }], metadata: { note: "canary-metadata" } };
    const headers = {
      authorization: `Bearer ${key}`,
      "user-agent": "canary-agent",
      "x-request-id": "canary-header",
      cookie: "canary-cookie",
    };
    for (const stream of [false, false, true]) await (await gateway.post(PATH, { ...body, stream }, headers)).text().catch(() => undefined);
    await gateway.post(`${PATH}?key=tl_canary-query`, body, headers);
    await gateway.post(PATH, "canary-broken{", headers);
    await gateway.post(PATH, body, { authorization: "Bearer tl_canary-unknown-key-0123456789" });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    const all = gateway.log.join("\n") + metrics;
    expect(gateway.log.length).toBeGreaterThan(4);
    for (const secret of ["canary", key, key.slice(-20), "sk-house", "Bearer"]) expect(all).not.toContain(secret);
  }
});

test("no name breaks a line, hides in it or looks like another", () => {
  for (const format of ["text", "json"] as const) {
    const lines: string[] = [];
    const log = new EventLog({ clock: new FakeClock(0), format, logsCalls: true, write: (line) => lines.push(line) });
    for (const name of HOSTILE) {
      log.call({ ...CALL, model: name, requestId: name, owner: { org: name, team: name, user: name, project: name } });
      log.refusal({ requestId: name, status: 400, reason: "x", owner: { team: name } });
      log.note({ level: "warn", kind: "provider", message: name, provider: name });
    }
    expect(lines).toHaveLength(3 * HOSTILE.length);
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    if (format === "text") continue;
    const teams = lines.map((line) => JSON.parse(line)).flatMap(({ event, team }) => (event === "call" ? [team] : []));
    expect(teams).toEqual(HOSTILE);
  }
});

test("a value in a line of text ends where its quotes end", () => {
  const lines: string[] = [];
  const log = new EventLog({ clock: new FakeClock(0), format: "text", logsCalls: true, write: (line) => lines.push(line) });
  log.call({ ...CALL, owner: { team: 'a" status=forged' } });
  expect(lines[0]).toContain(' team="a\\" status=forged" ');
});

test("what looks like a key is masked wherever it stands", () => {
  const key = "tl_abcd1234_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG_abc";
  expect(withoutKeys(`it said "${key}" twice: ${key}`)).toBe('it said "tl_***" twice: tl_***');
  expect(withoutKeys("sk-proj-0123456789abcdef and sk-ant-api03-0123456789")).toBe("sk-*** and sk-***");
  expect(withoutKeys("the task-force of tl_dr")).toBe("the task-force of tl_dr");
});

test("legible text stays what it is, and JSON means the same", () => {
  expect(legible("Zürich: 10 €, 東京")).toBe("Zürich: 10 €, 東京");
  for (const text of HOSTILE) expect(JSON.parse(jsonLine({ text }))).toEqual({ text });
});
