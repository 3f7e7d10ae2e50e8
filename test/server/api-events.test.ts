import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { EventHub, KEPT_EVENTS } from "../../src/server/observing/event-hub.ts";
import { EventListener } from "./event-listener.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";
const ALWAYS = { server: { host: "127.0.0.1", port: 0, auth: "always" } } as const;

function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

test("a call, a refusal and a note are told as they happen, each under an id, with nothing of what was said", async () => {
  await using gateway = await runningGateway();
  const { key, created } = await gateway.ledger.keys.create("house", { team: "a" });
  gateway.upstream.script({ text: "canary-answer" });
  await using listener = await EventListener.to(gateway.url);
  expect(listener.status).toBe(200);
  expect(listener.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(listener.headers["cache-control"]).toBe("no-store");
  const body = { ...CHAT, messages: [{ role: "user", content: "canary-prompt" }] };
  await gateway.post(PATH, body, { ...bearer(key), "x-tokenledger-request-id": "r-1" });
  await gateway.post(PATH, body, { ...bearer(key), "x-tokenledger-team": "b", "x-tokenledger-request-id": "r-2" });
  gateway.server.note({ level: "warn", kind: "start", message: `a note with ${key} in it` });
  const [call] = (await listener.until(() => listener.heard("call").length > 0 && listener.heard("call"))) ?? [];
  const [record] = await gateway.records("r-1");
  expect(call?.data).toMatchObject({
    ...{
      schema: "tokenledger.event/1",
      type: "call",
      request_id: "r-1",
      attempt: 1,
      provider: "openai",
      model: "gpt-4o",
      operation: "chat",
    },
    ...{ status: "ok", team: "a", key_id: created.id, stream: false, usage_source: "reported" },
    ...{ input_tokens: record?.tokens.input, output_tokens: record?.tokens.output },
  });
  const [refusal] = (await listener.until(() => listener.heard("refusal").length > 0 && listener.heard("refusal"))) ?? [];
  expect(refusal?.data).toMatchObject({ request_id: "r-2", status: 403, reason: "permission_denied", team: "a", key_id: created.id });
  const [note] = (await listener.until(() => listener.heard("note").length > 0 && listener.heard("note"))) ?? [];
  expect(note?.data).toMatchObject({ level: "warn", kind: "start" });
  const ids = listener.events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => id !== undefined)).toBe(true);
  for (const secret of ["canary", key, key.slice(-20), "sk-house"]) expect(JSON.stringify(listener.events)).not.toContain(secret);
});

test("guarantee G29: a listener hears what lies in its key's reach, and nothing of others", async () => {
  await using gateway = await runningGateway({ config: ALWAYS });
  const { keys } = gateway.ledger;
  const { key: callerA } = await keys.create("caller a", { team: "a" });
  const { key: callerB } = await keys.create("caller b", { team: "b" });
  const { key: otherA } = await keys.create("other a", { team: "a" });
  const listen = async (rules: Parameters<typeof keys.create>[1], name: string): Promise<EventListener> =>
    EventListener.to(gateway.url, bearer((await keys.create(name, rules)).key));
  await using all = await listen({ role: "viewer" }, "viewer of all");
  await using teamA = await listen({ role: "admin", team: "a" }, "admin of a");
  await using own = await EventListener.to(gateway.url, bearer(callerA));
  gateway.upstream.always({ text: "hello" });
  await gateway.post(PATH, CHAT, { ...bearer(callerB), "x-tokenledger-request-id": "of-b" });
  await gateway.post(PATH, CHAT, { ...bearer(otherA), "x-tokenledger-request-id": "of-other-a" });
  await gateway.post(PATH, CHAT, { authorization: "Bearer nobody" });
  gateway.server.note({ level: "info", kind: "start", message: "about the server" });
  await gateway.post(PATH, CHAT, { ...bearer(callerA), "x-tokenledger-request-id": "of-a" });
  const requests = (listener: EventListener): unknown[] => listener.heard("call").map(({ data }) => data.request_id);
  for (const listener of [all, teamA, own]) await listener.until(() => requests(listener).includes("of-a"));
  expect(requests(all)).toEqual(["of-b", "of-other-a", "of-a"]);
  expect(requests(teamA)).toEqual(["of-other-a", "of-a"]);
  expect(requests(own)).toEqual(["of-a"]);
  expect(all.heard("refusal")).toHaveLength(1);
  // Nor how many there were.
  expect(own.events[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  expect(all.heard("note")).toHaveLength(1);
  for (const listener of [teamA, own]) expect(listener.events.map(({ event }) => event)).not.toContain("note");
  for (const listener of [teamA, own]) expect(listener.heard("refusal")).toEqual([]);
});

test("who listens must be somebody", async () => {
  await using gateway = await runningGateway({ config: ALWAYS });
  await using nobody = await EventListener.to(gateway.url);
  expect(nobody.status).toBe(401);
  await using wrong = await EventListener.to(
    gateway.url,
    bearer((await gateway.ledger.keys.create("k", { role: "viewer" })).key),
    "/api/v1/events?type=prompt",
  );
  expect(wrong.status).toBe(400);
});

test("a client that comes back with the id of the last event hears what it missed, once, and then what comes", async () => {
  await using gateway = await runningGateway();
  gateway.upstream.always({ text: "hello" });
  await using first = await EventListener.to(gateway.url);
  await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "r-1" });
  const id = await first.until(() => first.events[0]?.id);
  await first[Symbol.asyncDispose]();
  await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "r-2" });
  await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "r-3" });
  await using second = await EventListener.to(gateway.url, { "last-event-id": id as string });
  await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "r-4" });
  await second.until(() => second.events.length >= 3);
  expect(second.events.map(({ event, data }) => [event, data.request_id])).toEqual([
    ["call", "r-2"],
    ["call", "r-3"],
    ["call", "r-4"],
  ]);
});

test("an id of another process, or one that is too old, is answered with an event that tells of the gap", async () => {
  await using gateway = await runningGateway();
  await using stranger = await EventListener.to(gateway.url, { "last-event-id": "0123456789abcdef0123456789abcdef" });
  await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "r-1" });
  await stranger.until(() => stranger.events.length >= 2);
  expect(stranger.events.map(({ event }) => event)).toEqual(["gap", "call"]);
  await using tooLong = await EventListener.to(gateway.url, { "last-event-id": "x".repeat(65) });
  expect(tooLong.status).toBe(400);
});

test("of the last thousand events each can be told again, and none before", () => {
  const hub = new EventHub();
  for (let index = 1; index <= 2_500; index++) {
    hub.push({ type: "note", atMs: index, event: { level: "info", kind: "start", message: String(index) } });
  }
  const messages = (id: string): string[] => hub.since(id).events.map(([, happening]) => (happening.event as { message: string }).message);
  expect(messages(hub.idOf(2_499))).toEqual(["2500"]);
  expect(messages(hub.idOf(2_500))).toEqual([]);
  expect(hub.since(hub.idOf(2_500)).isGap).toBe(false);
  expect(messages(hub.idOf(1_500))).toHaveLength(KEPT_EVENTS);
  expect(hub.since(hub.idOf(1_500)).isGap).toBe(false);
  expect(messages(hub.idOf(1_499))).toHaveLength(KEPT_EVENTS);
  expect(hub.since(hub.idOf(1_499)).isGap).toBe(true);
  for (const id of ["", "-", "1", hub.idOf(2_501), `${hub.idOf(3)}x`, new EventHub().idOf(3), "__proto__"])
    expect(hub.since(id)).toEqual({ events: [], isGap: true });
});

test("an alert that another process raises is told, to those whose budget it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-events-"));
  const url = `sqlite://${join(folder, "book.db")}`;
  const budgets = [budgetOf({ name: "a's", scope: { team: "a" }, alerts: [50], amountNanoUsd: 1_000_000n })];
  const ledger = await openLedger(url, { config: { budgets } });
  try {
    await using gateway = await runningGateway({ ledger, budgets });
    const { keys } = ledger;
    await using all = await EventListener.to(gateway.url);
    await using ofA = await EventListener.to(gateway.url, bearer((await keys.create("a", { role: "viewer", team: "a" })).key));
    await using ofB = await EventListener.to(gateway.url, bearer((await keys.create("b", { role: "viewer", team: "b" })).key));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const other = await openLedger(url);
    const spent = {
      provider: "openai",
      model: "gpt-4o",
      team: "a",
      reportedCostNanoUsd: 600_000,
      source: "library",
      tokens: { input: 1, output: 1 },
    };
    await other.record({ ...spent, timestampMs: Date.now() });
    await other.close();
    for (const listener of [all, ofA]) {
      const [alert] = (await listener.until(() => listener.heard("alert").length > 0 && listener.heard("alert"))) ?? [];
      expect(alert?.data).toMatchObject({ type: "alert", budget: "a's", kind: "threshold", threshold: 50, spent_usd: "0.0006" });
    }
    expect(ofB.heard("alert")).toEqual([]);
  } finally {
    await ledger.close();
    rmSync(folder, { recursive: true });
  }
});

test("security S2: a stream ends within five seconds of its key's revocation", async () => {
  await using gateway = await runningGateway({ config: ALWAYS });
  const { key, created } = await gateway.ledger.keys.create("short-lived", { role: "viewer" });
  await using listener = await EventListener.to(gateway.url, bearer(key));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(listener.hasEnded).toBe(false);
  const startedMs = performance.now();
  await gateway.ledger.keys.revoke(created.id);
  expect(await listener.until(() => listener.hasEnded)).toBe(true);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(listener.heard("end")).toHaveLength(1);
});

test("closing the server ends the streams, and takes no twenty seconds", async () => {
  await using gateway = await runningGateway();
  await using listener = await EventListener.to(gateway.url);
  const startedMs = performance.now();
  await gateway.server.close();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(await listener.until(() => listener.hasEnded)).toBe(true);
  expect(listener.heard("end").map(({ data }) => data.message)).toEqual(["The server closes."]);
});

test("a listener that takes nothing is dropped, and the others hear on", async () => {
  await using gateway = await runningGateway();
  await using slow = await EventListener.to(gateway.url);
  await using keen = await EventListener.to(gateway.url);
  slow.pause();
  const message = "x".repeat(60_000);
  for (let index = 0; index < 400; index++) {
    gateway.server.note({ level: "info", kind: "start", message: `${index} ${message}` });
    // Who reads keeps up, however slow the machine is.
    if (index % 10 === 0) await keen.until(() => keen.heard("note").length > index);
  }
  expect(await keen.until(() => keen.heard("note").length === 400)).toBe(true);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(text).toContain("\ntokenledger_event_listeners 1\n");
});

test("a key has at most twenty listeners, and the server two hundred", async () => {
  await using gateway = await runningGateway({ config: ALWAYS });
  const listeners: EventListener[] = [];
  try {
    for (let index = 0; index < 11; index++) {
      const { key } = await gateway.ledger.keys.create(`listener ${index}`, { role: "viewer" });
      for (let each = 0; each < 21; each++) listeners.push(await EventListener.to(gateway.url, bearer(key)));
    }
    const statuses = listeners.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(200);
    expect(statuses[20]).toBe(429);
    expect(statuses.at(-1)).toBe(503);
    expect(listeners.at(-1)?.headers["retry-after"]).toBe("30");
    const [first] = listeners;
    await first?.[Symbol.asyncDispose]();
    const { key } = await gateway.ledger.keys.create("late", { role: "viewer" });
    const late = async (): Promise<number> => {
      const listener = await EventListener.to(gateway.url, bearer(key));
      listeners.push(listener);
      return listener.status;
    };
    let status = await late();
    for (let tries = 0; status !== 200 && tries < 50; tries++) status = await late();
    expect(status).toBe(200);
  } finally {
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  }
});

test("changes of budgets and keys through the API are told to those who may see them, without the key", async () => {
  await using gateway = await runningGateway({ config: ALWAYS });
  const { keys } = gateway.ledger;
  const admin = bearer((await keys.create("admin", { role: "admin" })).key);
  await using all = await EventListener.to(gateway.url, admin);
  await using ofB = await EventListener.to(gateway.url, bearer((await keys.create("b", { role: "viewer", team: "b" })).key));
  const post = (path: string, body: object): Promise<Response> => gateway.post(`/api/v1/${path}`, body, admin);
  expect((await post("budgets", { name: "a's", scope: { team: "a" }, amount_usd: "5", period: "monthly" })).status).toBe(201);
  const made = (await (await post("keys", { name: "made", team: "a" })).json()) as { id: string; key: string };
  await post("keys", { name: "of b", team: "b" });
  await all.until(() => all.heard("key").length >= 2);
  expect(all.heard("budget").map(({ data }) => [data.action, data.name])).toEqual([["created", "a's"]]);
  expect(all.heard("key").map(({ data }) => [data.action, data.name])).toEqual([
    ["created", "made"],
    ["created", "of b"],
  ]);
  expect(all.heard("key")[0]?.data).toMatchObject({ key_id: made.id, actor: expect.stringMatching(/^key:/) });
  expect(made.key).toMatch(/^tl_/);
  expect(JSON.stringify(all.events)).not.toContain(made.key.slice(-20));
  await ofB.until(() => ofB.heard("key").length >= 1);
  expect(ofB.events.map(({ event, data }) => [event, data.name])).toEqual([["key", "of b"]]);
});

test("HEAD is told what a listener would be, and listens to nothing", async () => {
  await using gateway = await runningGateway();
  const { status, headers } = await fetch(`${gateway.url}/api/v1/events`, { method: "HEAD", signal: AbortSignal.timeout(5_000) });
  expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
});
