import { createServer } from "node:net";
import { expect, test } from "vitest";
import { DatabaseError } from "../../src/errors.ts";
import type { Ledger } from "../../src/ledger/index.ts";
import { budgetOf, CHAT, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

/** The ledger's methods fail while it says so, as if its disk or server were away. */
function failing(ledger: Ledger, isAway: () => boolean): void {
  const away = (): Promise<never> => Promise.reject(new DatabaseError("secret-host.internal: connection refused at /var/lib/secret.db"));
  const { reserve, sweep } = ledger;
  Object.assign(ledger, {
    reserve: (call: Parameters<Ledger["reserve"]>[0]) => (isAway() ? away() : reserve.call(ledger, call)),
    sweep: () => (isAway() ? away() : sweep.call(ledger)),
  });
  const { authenticate, revision } = ledger.keys;
  Object.assign(ledger.keys, {
    authenticate: (key: string) => (isAway() ? away() : authenticate.call(ledger.keys, key)),
    revision: () => (isAway() ? away() : revision.call(ledger.keys)),
  });
}

test("acceptance G19: a provider that answers 429, 500 or not at all gives way to the next, each attempt with its own record", async () => {
  for (const reply of [{ status: 429 }, { status: 500 }, { status: 503 }, { resetAtByte: 0 }]) {
    await using spare = await runningGateway();
    await using gateway = await runningGateway({
      providers: {
        openai: { api: "openai", apiKey: "sk-house", fallback: "spare" },
        spare: { api: "openai", apiKey: "sk-spare", baseUrl: spare.upstream.url, models: ["gpt-*"] },
      },
    });
    gateway.upstream.script(reply);
    const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "moves" });
    expect([reply, response.status]).toEqual([reply, 200]);
    await response.text();
    expect(spare.upstream.requests).toHaveLength(1);
    const records = await gateway.records("moves", 2);
    expect(records.map(({ attempt = 1, provider }) => [attempt, provider])).toEqual([
      [1, "openai"],
      [2, "spare"],
    ]);
    expect(gateway.log.some((line) => line.includes("spare"))).toBe(true);
  }
});

test("acceptance G19: a provider that is down costs nothing, is named in the log, and its caller goes to the next", async () => {
  const socket = createServer();
  await new Promise<void>((resolve) => socket.listen(0, "127.0.0.1", resolve));
  const { port } = socket.address() as { port: number };
  await new Promise((resolve) => socket.close(resolve));
  await using gateway = await runningGateway({
    providers: {
      openai: { api: "openai", baseUrl: `http://127.0.0.1:${port}`, apiKey: "sk-house", fallback: "spare" },
      spare: { api: "openai", apiKey: "sk-spare", models: ["gpt-*"] },
    },
  });
  const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "down" });
  expect(response.status).toBe(200);
  await response.text();
  const records = await gateway.records("down");
  expect(records.map(({ provider }) => provider)).toEqual(["spare"]);
});

test("guarantee G18: a provider that refuses the gateway's own key is 502, never the client's 401, and its words stay here", async () => {
  await using gateway = await runningGateway();
  for (const status of [401, 403, 402]) {
    gateway.upstream.script({ status, errorMessage: "Incorrect API key provided: sk-house" });
    const response = await gateway.post(PATH, CHAT);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("sk-house");
  }
  expect(gateway.log.join("\n")).not.toContain("sk-house");
});

test("guarantee G18: while the book is away calls are 503 with retry-after and nothing leaves, known keys stay known, and then all is well", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("member");
  const fresh = await gateway.ledger.keys.create("never shown");
  const authorization = `Bearer ${key}`;
  expect((await gateway.post(PATH, CHAT, { authorization })).status).toBe(200);
  let isAway = true;
  failing(gateway.ledger, () => isAway);
  for (const headers of [
    { authorization },
    { authorization: `Bearer ${fresh.key}` },
    {},
    { authorization: "Bearer tl_unknown_key_that_nobody_has" },
  ]) {
    const response = await gateway.post(PATH, CHAT, headers as Record<string, string>);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.text()).not.toMatch(/secret|connection refused/);
  }
  expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  expect(gateway.upstream.requests).toHaveLength(1);
  isAway = false;
  expect((await gateway.post(PATH, CHAT, { authorization })).status).toBe(200);
  expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
});

test("a call that can't be settled while the book is away is answered, waits, and is settled when the book is back", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  let isAway = true;
  const { reserve } = gateway.ledger;
  Object.assign(gateway.ledger, {
    async reserve(call: Parameters<Ledger["reserve"]>[0]) {
      const hold = await reserve.call(gateway.ledger, call);
      const settle = hold.settle.bind(hold);
      Object.assign(hold, {
        settle: (...settled: Parameters<typeof settle>) => (isAway ? Promise.reject(new DatabaseError("away")) : settle(...settled)),
      });
      return hold;
    },
  });
  const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "waits" });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tokenledger-cost-usd")).toBeNull();
  expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
  isAway = false;
  expect(await gateway.records("waits")).toMatchObject([
    { status: "ok", usageSource: "reported", tokens: gateway.upstream.calls[0]?.tokens },
  ]);
  await expect.poll(async () => (await fetch(`${gateway.url}/ready`)).status).toBe(200);
});

test("security S21: an error inside the gateway refuses the call with a generic message and the request's id", async () => {
  await using gateway = await runningGateway();
  const { counting } = gateway.ledger.budgets;
  Object.assign(gateway.ledger.budgets, {
    counting: () => {
      throw new TypeError("cannot read /etc/secret of undefined");
    },
  });
  const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "breaks" });
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toMatch(/secret|undefined|at .*\.ts/);
  expect(text).toContain("breaks");
  expect(gateway.upstream.requests).toEqual([]);
  Object.assign(gateway.ledger.budgets, { counting });
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
});

test("security S7, guarantees G30, G31: neither keys nor prompts nor answers reach log or records", async () => {
  await using gateway = await runningGateway();
  const { key } = await gateway.ledger.keys.create("member");
  gateway.upstream.script({ text: "canary-answer" }, { status: 500, errorMessage: "canary-error" }, { resetAtByte: 300 });
  const body = { ...CHAT, messages: [{ role: "user", content: "canary-prompt" }] };
  for (const id of ["a", "b", "c"]) {
    const response = await gateway.post(
      PATH,
      { ...body, stream: id === "c" },
      { authorization: `Bearer ${key}`, "x-tokenledger-request-id": id },
    );
    await response.text().catch(() => undefined);
  }
  await gateway.post(PATH, "canary-broken{", { authorization: `Bearer ${key}` });
  const records = [...(await gateway.records("a")), ...(await gateway.records("b")), ...(await gateway.records("c"))];
  const all = JSON.stringify(records) + gateway.log.join("\n");
  expect(records).toHaveLength(3);
  for (const secret of ["canary", key, key.slice(-20), "sk-house"]) expect(all).not.toContain(secret);
});

test("bad input C: bodies that are none are 400 in the format's own shape, and nothing leaves", async () => {
  await using gateway = await runningGateway();
  const chat = JSON.stringify(CHAT);
  const bodies: [string, string][] = [
    ["71 none", ""],
    ["72 null", "null"],
    ["72 a list", "[]"],
    ["72 a text", '"x"'],
    ["72 a number", "42"],
    ["73 a trailing comma", `${chat.slice(0, -1)},}`],
    ["73 NaN", chat.replace("100", "NaN")],
    ["73 cut off", chat.slice(0, -5)],
    ["74 a doubled key", chat.replace('"max_tokens":100', '"max_tokens":100,"max_tokens":5')],
    ["76 too deep", `{"model":"gpt-4o","messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["80 no model", '{"messages":[]}'],
    ["80 an empty model", chat.replace("gpt-4o", "")],
    ["80 a model that is a number", chat.replace('"gpt-4o"', "4")],
    ["82 a negative limit", chat.replace("100", "-1")],
    ["82 a broken limit", chat.replace("100", "1.5")],
    ["82 a limit that is a text", chat.replace("100", '"100"')],
    ["82 an infinite limit", chat.replace("100", "1e400")],
    ["84 no answers", chat.replace('"max_tokens"', '"n":0,"max_tokens"')],
    ["84 a thousand answers", chat.replace('"max_tokens"', '"n":1000,"max_tokens"')],
    ["86 a stream that is a text", chat.replace('"max_tokens"', '"stream":"true","max_tokens"')],
  ];
  for (const [name, body] of bodies) {
    const response = await gateway.post(PATH, body);
    expect([name, response.status]).toEqual([name, 400]);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  }
  expect(gateway.upstream.requests).toEqual([]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
});

test("bad input C81: a model that no provider lists is 404 in the format's own shape", async () => {
  await using gateway = await runningGateway();
  for (const model of ["nobody-knows", "gpt-4o ", "../gpt-4o", "gрt-4o", "x".repeat(10_000)]) {
    const response = await gateway.post(PATH, { ...CHAT, model });
    expect([400, 404]).toContain(response.status);
    expect((await response.text()).length).toBeLessThan(2000);
  }
  expect(gateway.upstream.requests).toEqual([]);
});

test("guarantee G7: closing lets calls under way end, takes no more, and leaves nothing reserved", async () => {
  const gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  try {
    // Long enough for all of them to be under way at once.
    gateway.upstream.always({ delayMs: 1500 });
    const calls = Array.from({ length: 5 }, (_, index) => gateway.post(PATH, CHAT, { "x-tokenledger-request-id": `drains-${index}` }));
    await expect.poll(() => gateway.upstream.inFlight).toBe(5);
    const closing = gateway.server.close();
    const answers = await Promise.all(calls.map(async (call) => [(await call).status, (await (await call).text()).length > 0]));
    expect(answers).toEqual(Array.from({ length: 5 }, () => [200, true]));
    await closing;
    await expect(fetch(`${gateway.url}/health`)).rejects.toThrow();
    for (let index = 0; index < 5; index++) expect(await gateway.records(`drains-${index}`)).toHaveLength(1);
    expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
});

test("guarantee G7: a second close does not wait, and what was under way is settled by what was seen", async () => {
  const gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  try {
    gateway.upstream.always({ stallAfterEvents: 3 });
    const response = await gateway.post(PATH, { ...CHAT, stream: true }, { "x-tokenledger-request-id": "stuck" });
    const reading = response.text().catch(() => "broken off");
    await expect.poll(() => gateway.upstream.inFlight).toBe(1);
    const startedMs = performance.now();
    const closing = gateway.server.close();
    await Promise.all([gateway.server.close(), closing, reading]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(await gateway.records("stuck")).toMatchObject([{ usageSource: "estimated" }]);
    expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
});

test("a provider that says nothing is 504 after its time, charged as estimated; a stream that stalls ends with an error", async () => {
  await using gateway = await runningGateway({
    providers: { openai: { api: "openai", apiKey: "sk-house", timeoutMs: 1000, idleTimeoutMs: 1000 } },
  });
  gateway.upstream.script({ delayMs: 5000 }, { stallAfterEvents: 2 });
  const silent = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "silent" });
  expect(silent.status).toBe(504);
  expect(await gateway.records("silent")).toMatchObject([{ status: "failed", usageSource: "estimated" }]);
  const stalled = await gateway.post(PATH, { ...CHAT, stream: true }, { "x-tokenledger-request-id": "stalled" });
  expect(await stalled.text()).toContain('"error"');
  expect(await gateway.records("stalled")).toMatchObject([{ status: "failed", usageSource: "estimated" }]);
});
