import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KeyRules } from "../../src/budget/index.ts";
import { EMPTY_CONFIG, type ServerConfig } from "../../src/config/config.ts";
import type { ProviderConfig } from "../../src/config/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { startServer } from "../../src/server/index.ts";
import { emptyBookUrl, hasPostgres } from "../ledger/postgres-server.ts";
import { CHAT, type RunningGateway, runningGateway } from "../server/running-gateway.ts";

/** Every way to ask for what an earlier call has made, with the kinds of work that have it. */
const POLLS: readonly [method: string, path: (id: string) => string, kinds: readonly Kind[]][] = [
  ["GET", (id) => `/v1/responses/${id}`, ["response", "stream", "background"]],
  ["GET", (id) => `/v1/responses/${id}/input_items`, ["response", "stream", "background"]],
  ["POST", (id) => `/v1/responses/${id}/cancel`, ["response", "background"]],
  ["DELETE", (id) => `/v1/responses/${id}`, ["response", "stream", "background"]],
  ["GET", (id) => `/v1/messages/batches/${id}`, ["batch"]],
  ["GET", (id) => `/v1/messages/batches/${id}/results`, ["batch"]],
  ["POST", (id) => `/v1/messages/batches/${id}/cancel`, ["batch"]],
  ["DELETE", (id) => `/v1/messages/batches/${id}`, ["batch"]],
];

type Kind = "response" | "stream" | "background" | "batch";

const RESPONSE = { model: "gpt-4o", input: "hello", max_output_tokens: 50 };
const BATCH = {
  requests: [{ custom_id: "a", params: { model: "claude-sonnet-4-5", max_tokens: 50, messages: [{ role: "user", content: "hello" }] } }],
};

const ALWAYS: ServerConfig = { host: "127.0.0.1", port: 0, auth: "always" };

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

async function keyOf(gateway: RunningGateway, name: string, rules: KeyRules): Promise<string> {
  return (await gateway.ledger.keys.create(name, rules)).key;
}

/** Makes work of a kind and answers its id. */
async function made(gateway: RunningGateway, kind: Kind, key: string): Promise<string> {
  const [path, body] =
    kind === "batch"
      ? ["/v1/messages/batches", BATCH]
      : ["/v1/responses", { ...RESPONSE, stream: kind === "stream", ...(kind === "background" && { background: true }) }];
  const reply = await gateway.post(path, body, bearer(key));
  expect(reply.status).toBe(200);
  const text = await reply.text();
  return /"id":"((?:resp|msgbatch)_[A-Za-z0-9_]+)"/.exec(text)?.[1] as string;
}

interface Asked {
  status: number;
  /** Without what tells one request from another. */
  said: string;
}

async function ask(gateway: RunningGateway, method: string, path: string, key: string | undefined): Promise<Asked> {
  const reply = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { ...(key === undefined ? {} : bearer(key)), ...(method === "POST" && { "content-type": "application/json" }) },
    ...(method === "POST" && { body: "{}" }),
  });
  const requestId = reply.headers.get("x-tokenledger-request-id") ?? "";
  const body = (await reply.text()).replaceAll(requestId, "ID");
  const headers = [...reply.headers].filter(([name]) => name !== "date" && name !== "x-tokenledger-request-id");
  return { status: reply.status, said: JSON.stringify([headers, body]) };
}

const BOOKS: [name: string, url: () => Promise<string>][] = [
  ["SQLite", async () => "sqlite::memory:"],
  ...(hasPostgres ? ([["PostgreSQL", emptyBookUrl]] satisfies [string, () => Promise<string>][]) : []),
];

describe.each(BOOKS)("guarantee G29: what providers keep of a call, with a book on %s,", (_name, bookUrl) => {
  test("is asked for by its owner and nobody else, by every way to ask; for others it is as if it did not exist", async () => {
    await using gateway = await runningGateway({ ledger: await openLedger(await bookUrl()), config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const mate = await keyOf(gateway, "mate", { team: "blue" });
    const red = await keyOf(gateway, "red", { team: "red" });
    const alone = await keyOf(gateway, "alone", {});
    const foreign = await keyOf(gateway, "foreign", { org: "elsewhere", team: "blue" });
    const redAdmin = await keyOf(gateway, "red-admin", { role: "admin", team: "red" });
    const blueAdmin = await keyOf(gateway, "blue-admin", { role: "admin", team: "blue" });
    const admin = await keyOf(gateway, "admin", { role: "admin" });
    for (const [method, path, kinds] of POLLS) {
      const unknownId = path("").includes("batches") ? "msgbatch_nobodys" : "resp_nobodys";
      for (const kind of kinds) {
        const id = await made(gateway, kind, blue);
        const seen = gateway.upstream.requests.length;
        const unknown = await ask(gateway, method, path(unknownId), red);
        expect([kind, unknown.status]).toEqual([kind, 404]);
        const others = await Promise.all([red, alone, foreign, redAdmin].map((key) => ask(gateway, method, path(id), key)));
        for (const other of others) expect([kind, other]).toEqual([kind, unknown]);
        expect([kind, gateway.upstream.requests.length - seen]).toEqual([kind, 0]);
        for (const [count, key] of [blue, mate, blueAdmin, admin].entries()) {
          await ask(gateway, method, path(id), key);
          expect([method, kind, gateway.upstream.requests.length - seen]).toEqual([method, kind, count + 1]);
        }
      }
    }
  }, 120_000);

  test("is its owner's also after the end, in another gateway, and where the key was replaced by a newer one", async () => {
    const url = await bookUrl();
    await using gateway = await runningGateway({ ledger: await openLedger(url), config: { server: ALWAYS } });
    const alone = await keyOf(gateway, "alone", {});
    const other = await keyOf(gateway, "other", {});
    const ids = [await made(gateway, "response", alone), await made(gateway, "stream", alone), await made(gateway, "batch", alone)];
    const { key: newer } = await gateway.ledger.keys.rotate("alone");
    const baseUrl = gateway.upstream.url;
    const providers = new Map<string, ProviderConfig>([
      ["openai", { api: "openai", baseUrl, apiKey: "sk-house" }],
      ["anthropic", { api: "anthropic", baseUrl, apiKey: "sk-house" }],
    ]);
    const config = { ...EMPTY_CONFIG, providers, server: ALWAYS };
    const second = await startServer({ ledger: gateway.ledger, config, host: "127.0.0.1", port: 0, log: () => undefined });
    try {
      const there = { ...gateway, url: second.url };
      for (const id of ids) {
        const path = id.startsWith("resp") ? `/v1/responses/${id}` : `/v1/messages/batches/${id}`;
        const seen = gateway.upstream.requests.length;
        expect((await ask(there, "GET", path, other)).status).toBe(404);
        expect((await ask(there, "GET", path, alone)).status).toBe(401);
        expect(gateway.upstream.requests.length - seen).toBe(0);
        await ask(there, "GET", path, newer);
        expect(gateway.upstream.requests.length - seen).toBe(1);
      }
    } finally {
      await second.close();
    }
  }, 120_000);

  test("is named in a request by its owner alone: as what it follows, as a conversation, as an item or a sound", async () => {
    await using gateway = await runningGateway({ ledger: await openLedger(await bookUrl()), config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const red = await keyOf(gateway, "red", { team: "red" });
    const admin = await keyOf(gateway, "admin", { role: "admin" });
    gateway.upstream.script({
      body: JSON.stringify({
        ...{ id: "chatcmpl-1", object: "chat.completion", model: "gpt-4o", usage: { prompt_tokens: 5, completion_tokens: 5 } },
        choices: [
          { index: 0, message: { role: "assistant", audio: { id: "audio_of_blue", data: "", transcript: "hi" } }, finish_reason: "stop" },
        ],
      }),
      contentType: "application/json",
    });
    expect((await gateway.post("/v1/chat/completions", CHAT, bearer(blue))).status).toBe(200);
    const id = await made(gateway, "response", blue);
    const streamed = await made(gateway, "stream", blue);
    const user = { role: "user", content: "and then?" };
    const named: [what: string, path: string, body: object][] = [
      ["what it follows", "/v1/responses", { ...RESPONSE, previous_response_id: id }],
      ["what it follows, streamed", "/v1/responses", { ...RESPONSE, previous_response_id: streamed, stream: true }],
      ["an item", "/v1/responses", { ...RESPONSE, input: [{ type: "item_reference", id: `msg_${id}` }, user] }],
      ["an item of a stream", "/v1/responses", { ...RESPONSE, input: [user, { type: "item_reference", id: `msg_${streamed}` }] }],
      ["an item without a type", "/v1/responses", { ...RESPONSE, input: [{ id: `msg_${id}` }, user] }],
      ["an item whose type is null", "/v1/responses", { ...RESPONSE, input: [{ id: `msg_${id}`, type: null }, user] }],
      ["a sound", "/v1/chat/completions", { ...CHAT, messages: [user, { role: "assistant", audio: { id: "audio_of_blue" } }, user] }],
    ];
    for (const [what, path, body] of named) {
      const seen = gateway.upstream.requests.length;
      const unknown = await gateway.post(
        path,
        JSON.stringify(body).replace(/(msg_)?resp_[A-Za-z0-9_]+|audio_of_blue/, "nobodys"),
        bearer(red),
      );
      const other = await gateway.post(path, body, bearer(red));
      expect([what, other.status, unknown.status]).toEqual([what, 404, 404]);
      const scrubbed = async (reply: Response): Promise<string> =>
        (await reply.text()).replaceAll(reply.headers.get("x-tokenledger-request-id") ?? "", "ID");
      expect(await scrubbed(other)).toBe(await scrubbed(unknown));
      expect([what, gateway.upstream.requests.length - seen]).toEqual([what, 0]);
      for (const key of [blue, admin]) expect([what, (await gateway.post(path, body, bearer(key))).status]).toEqual([what, 200]);
    }
    // Conversations are made past the gateway: nobody knows whose they are.
    for (const conversation of ["conv_1", { id: "conv_1" }]) {
      const body = { ...RESPONSE, conversation };
      const statuses = [];
      for (const key of [blue, red, admin]) statuses.push((await gateway.post("/v1/responses", body, bearer(key))).status);
      expect(statuses).toEqual([404, 404, 200]);
    }
    for (const bad of [5, {}, [id], { id: null }, { id: 5 }, ""]) {
      const reply = await gateway.post("/v1/responses", { ...RESPONSE, previous_response_id: bad }, bearer(red));
      expect([bad, reply.status]).toEqual([bad, 404]);
    }
    expect((await gateway.post("/v1/responses", { ...RESPONSE, previous_response_id: null, conversation: null }, bearer(red))).status).toBe(
      200,
    );
  }, 120_000);
});

describe("guarantee G29: what providers keep of a call", () => {
  test("is its owner's as soon as the client can know of it, while its stream still goes on", async () => {
    await using gateway = await runningGateway({ config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const red = await keyOf(gateway, "red", { team: "red" });
    gateway.upstream.script({ outputTokens: 40, eventDelayMs: 100 });
    const reply = await gateway.post("/v1/responses", { ...RESPONSE, stream: true }, bearer(blue));
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
    const first = Buffer.from((await reader.read()).value as Uint8Array).toString();
    const id = /"id":"(resp_[A-Za-z0-9_]+)"/.exec(first)?.[1];
    const seen = gateway.upstream.requests.length;
    expect((await ask(gateway, "GET", `/v1/responses/${id}`, red)).status).toBe(404);
    expect(gateway.upstream.requests.length - seen).toBe(0);
    await ask(gateway, "GET", `/v1/responses/${id}`, blue);
    expect(gateway.upstream.requests.length - seen).toBe(1);
    await reader.cancel();
  });

  test("can be followed at once when its last event has come, again and again", async () => {
    await using gateway = await runningGateway({ config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", {});
    let id = await made(gateway, "stream", blue);
    for (let turn = 0; turn < 20; turn++) {
      const reply = await gateway.post("/v1/responses", { ...RESPONSE, stream: true, previous_response_id: id }, bearer(blue));
      expect(reply.status).toBe(200);
      id = /"id":"(resp_[A-Za-z0-9_]+)"/.exec(await reply.text())?.[1] as string;
    }
  });

  test("another gateway of the same book may have told the client of it a moment ago: it is looked for again", async () => {
    await using gateway = await runningGateway({ config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const asked = ask(gateway, "GET", "/v1/responses/resp_elsewhere", blue);
    await sleep(50);
    const elsewhere = await gateway.ledger.reserve({
      ...{ requestId: "elsewhere", provider: "openai", model: "gpt-4o", scope: { team: "blue", key: "mate" }, estimate: { costUsd: 0 } },
    });
    await elsewhere.settle({ costUsd: 0 }, { externalIds: ["openai:resp_elsewhere"] });
    await asked;
    expect(gateway.upstream.requests.map(({ path }) => path)).toEqual(["/v1/responses/resp_elsewhere"]);
  });

  test("takes no other time to be refused than what nobody has", async () => {
    await using gateway = await runningGateway({ config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const red = await keyOf(gateway, "red", { team: "red" });
    const id = await made(gateway, "response", blue);
    const timeOf = async (path: string): Promise<number> => {
      const startedMs = performance.now();
      await ask(gateway, "GET", path, red);
      return performance.now() - startedMs;
    };
    const times: [foreign: number[], unknown: number[]] = [[], []];
    for (let round = 0; round < 15; round++) {
      times[0].push(await timeOf(`/v1/responses/${id}`));
      times[1].push(await timeOf("/v1/responses/resp_nobodys"));
    }
    // The least of each: what else runs on the machine only adds to it.
    const [foreign, unknown] = times.map((list) => Math.min(...list)) as [number, number];
    expect(Math.abs(foreign - unknown)).toBeLessThan(25);
  });

  test("is anybody's at this machine, where no key is needed, and what is not known there goes to the provider", async () => {
    await using gateway = await runningGateway();
    const blue = await keyOf(gateway, "blue", { team: "blue" });
    const id = await made(gateway, "response", blue);
    for (const asked of [id, "resp_made_elsewhere"]) await ask(gateway, "GET", `/v1/responses/${asked}`, undefined);
    expect((await gateway.post("/v1/responses", { ...RESPONSE, previous_response_id: "resp_made_elsewhere" })).status).toBe(200);
    expect(gateway.upstream.requests).toHaveLength(4);
  });

  test("is not noted where the request says that nothing is to be kept", async () => {
    await using gateway = await runningGateway({ config: { server: ALWAYS } });
    const blue = await keyOf(gateway, "blue", {});
    const reply = await gateway.post("/v1/responses", { ...RESPONSE, store: false }, bearer(blue));
    const { id } = (await reply.json()) as { id: string };
    expect(await gateway.ledger.ownerOf(`openai:${id}`)).toBeUndefined();
  });
});
