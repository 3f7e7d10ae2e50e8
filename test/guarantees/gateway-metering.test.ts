import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BudgetDefinition } from "../../src/budget/index.ts";
import { type Ledger, openLedger, type StoredRecord } from "../../src/ledger/index.ts";
import { Chance, FakeClock, type ScriptedReply } from "../../src/testing/index.ts";
import { WATCHING } from "../clients/local-gateway.ts";
import { isFull, report } from "./figures.ts";
import { gatewayFolder } from "./gateway-folder.ts";
import { ask, command, type GatewayProcess, isQuiet, prepareBook, recordsOf, startGatewayProcess } from "./gateway-process.ts";
import { until } from "./run-program.ts";

const { folder, upstream, config } = await gatewayFolder();
const book = join(folder, "book.db");
const chance = new Chance(5);
let gateway: GatewayProcess;
let ledger: Ledger;
let key = "";

const spent: BudgetDefinition = { ...WATCHING, name: "spent", scope: { team: "spent" }, amountNanoUsd: 1n };

beforeAll(async () => {
  [key = ""] = await prepareBook(book, { budgets: [WATCHING, spent], keys: [{ name: "tests" }] });
  gateway = await startGatewayProcess(folder, { book, config });
  ledger = await openLedger(book, { readOnly: true });
});
afterAll(async () => {
  await gateway?.kill("SIGTERM");
  await ledger?.close();
});

const chat = { model: "gpt-4o", messages: [{ role: "user", content: "How many springs are there?" }] };

/** guarantee G36: what is left when a test is over is a healthy book and a gateway that admits. */
async function expectHealthy(): Promise<void> {
  expect(await isQuiet(ledger, upstream)).toBe(true);
  upstream.forget();
  upstream.always({});
  expect((await ask(gateway.url, key, chat))?.status).toBe(200);
  expect((await ledger.verify()).differences).toEqual([]);
}

async function inParallel(count: number, width: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

describe("a gateway of the built package", () => {
  it("guarantee G9: header, book, report, CSV and export tell the same integer", { timeout: 120_000 }, async () => {
    const count = isFull ? 2000 : 600;
    const models = ["gpt-4o", "gpt-5", "gpt-4.1-mini", "o4-mini", "gpt-4o-mini"];
    upstream.always(({ number }) => ({
      outputTokens: 1 + ((number * 37) % 300),
      inputTokens: 1000 + ((number * 7919) % 9000),
      cacheRead: (number % 3) * 333,
      reasoningTokens: number % 5,
      ...(number % 11 === 0 ? { serviceTier: "flex" } : {}),
    }));
    const shown = new Map<string, string>();
    await inParallel(count, 16, async (index) => {
      const reply = await ask(
        gateway.url,
        key,
        { ...chat, model: models[index % models.length], n: 1 + (index % 2) },
        {
          headers: { "x-tokenledger-request-id": `g9-${index}`, "x-tokenledger-project": "g9" },
        },
      );
      expect(reply?.status).toBe(200);
      shown.set(reply?.headers.get("x-tokenledger-request-id") ?? "", reply?.headers.get("x-tokenledger-cost-usd") ?? "");
    });
    expect(shown.size).toBe(count);
    const exported = command(folder, "export", "records", "--db", book, "--config", config);
    const rows = exported.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { request_id?: string; cost_usd: string });
    const inExport = new Map(rows.map(({ request_id, cost_usd }) => [request_id, cost_usd]));
    const inBook = new Map((await recordsOf(ledger)).map(({ requestId, costNanoUsd }) => [requestId, costNanoUsd]));
    const different = [...shown].filter(
      ([id, costUsd]) => costUsd !== inExport.get(id) || Math.round(Number(costUsd) * 1e9) !== inBook.get(id),
    );
    expect(different).toEqual([]);
    const sum = [...shown.values()].reduce((total, costUsd) => total + BigInt(Math.round(Number(costUsd) * 1e9)), 0n);
    const asked = ["report", "--db", book, "--config", config, "--project", "g9", "--tz", "UTC"];
    const told = JSON.parse(command(folder, ...asked, "--json").stdout) as { totals: { cost_usd: string; requests: number } };
    expect(BigInt(Math.round(Number(told.totals.cost_usd) * 1e9))).toBe(sum);
    expect(told.totals.requests).toBe(count);
    const csv = command(folder, ...asked, "--group-by", "project", "--format", "csv").stdout;
    expect(csv).toContain(told.totals.cost_usd);
    report("G9, header, book, export, report, CSV", { calls: count, differences: different.length });
    await expectHealthy();
  });

  it("guarantee G11: no caller can opt out of metering", async () => {
    const stream = `"model":"gpt-4o","messages":[{"role":"user","content":"springs"}],"stream":true`;
    const variants: [string, boolean | undefined][] = [
      [`{${stream}}`, false],
      [`{${stream},"stream_options":null}`, undefined],
      [`{${stream},"stream_options":{}}`, false],
      [`{${stream},"stream_options":{"include_usage":false}}`, false],
      [`{${stream},"stream_options":{"include_usage":null}}`, undefined],
      [`{${stream},"stream_options":{"include_usage":true}}`, true],
      [`{${stream},"stream_options":{"include_usage":true,"include_obfuscation":false}}`, true],
      [`{${stream},"stream_options":{"include_usage":true,"include_usage":false}}`, undefined],
      [`{${stream},"stream_options":{"include_usage":true},"stream_options":{"include_usage":false}}`, undefined],
      [`{${stream},"stream_options":"no"}`, undefined],
      [`{${stream},"stream_options":{"include_usage":"no"}}`, undefined],
      [`{ ${stream} , "stream_options" : { "include\\u005fusage" : false } }`, false],
      [`{${stream},"usage":{"include":false}}`, false],
    ];
    const unmetered: string[] = [];
    for (const [body, showsUsage] of variants) {
      upstream.forget();
      upstream.always({});
      const id = `g11-${unmetered.length}-${variants.findIndex(([variant]) => variant === body)}`;
      const reply = await ask(gateway.url, key, body, { headers: { "x-tokenledger-request-id": id } });
      // A body that can't be understood is refused, which is no way out either.
      if (reply?.status === 400 && upstream.requests.length === 0 && showsUsage === undefined) continue;
      if (reply?.status !== 200) {
        unmetered.push(`${body} was answered ${reply?.status}`);
        continue;
      }
      let record: StoredRecord | undefined;
      await until(async () => {
        record = (await recordsOf(ledger)).find(({ requestId }) => requestId === id);
        return record !== undefined;
      }, 30_000);
      const [call] = upstream.calls;
      if (record?.usageSource !== "reported" || record.tokens.output !== call?.tokens.output || record.tokens.input !== call?.tokens.input)
        unmetered.push(`${body} is ${JSON.stringify(record?.tokens)} ${record?.usageSource}, billed ${JSON.stringify(call?.tokens)}`);
      if (showsUsage !== undefined && reply.body.includes('"usage":{') !== showsUsage)
        unmetered.push(`${body} shows usage: ${!showsUsage}`);
      if (!reply.body.endsWith("data: [DONE]\n\n")) unmetered.push(`${body} has no end`);
    }
    expect(unmetered).toEqual([]);
    await expectHealthy();
  });

  it("guarantee G12: with a spent budget nothing that could cost money reaches a provider, on any route", {
    timeout: 180_000,
  }, async () => {
    const writer = await openLedger(book);
    const { key: poor } = await writer.keys.create("poor", { team: "spent" });
    await writer.close();
    const paths = [
      ...["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/messages/batches"],
      ...["/v1/images/generations", "/v1/images/edits", "/v1/images/variations", "/v1/audio/speech", "/v1/audio/transcriptions"],
      ...["/v1/audio/translations", "/v1/batches", "/v1/files", "/v1/fine_tuning/jobs", "/v1/moderations", "/v1/assistants", "/v1/threads"],
      ...[
        "/v1/threads/t/runs",
        "/v1/threads/runs",
        "/v1/vector_stores",
        "/v1/realtime",
        "/v1/realtime/sessions",
        "/v1/rerank",
        "/v2/rerank",
      ],
      ...["/v1/conversations", "/v1/videos", "/v1/containers", "/v1/evals", "/v1/uploads", "/v1/complete", "/v1/skills", "/v1/ocr"],
      ...[
        "/chat/completions",
        "/embeddings",
        "/responses",
        "/messages",
        "/completions",
        "/openai/v1/chat/completions",
        "/api/v1/chat/completions",
      ],
      ...[
        "/openai/deployments/d/chat/completions",
        "/anthropic/v1/messages",
        "/v1/projects/p/locations/l/publishers/google/models/m:generateContent",
      ],
      ...[
        "generateContent",
        "streamGenerateContent",
        "embedContent",
        "batchEmbedContents",
        "asyncBatchEmbedContent",
        "batchGenerateContent",
      ].map((verb) => `/v1beta/models/gemini-2.5-flash:${verb}`),
      ...["predict", "predictLongRunning", "generateAnswer", "generateText", "generateMessage", "embedText", "bidiGenerateContent"].map(
        (verb) => `/v1beta/models/gemini-2.5-flash:${verb}`,
      ),
      ...["/v1beta/cachedContents", "/v1beta/interactions", "/v1beta/tunedModels", "/v1/models/gemini-2.5-flash:generateContent"],
      ...["/V1/chat/completions", "/v1/chat/completions/", "//v1/chat/completions", "/v1/./chat/completions", "/v1/x/../chat/completions"],
      ...[
        "/v1/%63hat/completions",
        "/v1/chat%2fcompletions",
        "/v1/chat/completions;x",
        "/v1/chat/completions%00",
        "/v1/chat/completions?x=1",
      ],
      ...[
        "/model/m/invoke",
        "/model/m/converse",
        "/model/m/invoke-with-response-stream",
        "/api/chat",
        "/api/generate",
        "/passthrough/v1/x",
      ],
    ];
    const everything = {
      ...chat,
      max_tokens: 50,
      input: "springs",
      prompt: "springs",
      contents: [{ role: "user", parts: [{ text: "springs" }] }],
      content: { parts: [{ text: "springs" }] },
      requests: [{ custom_id: "a", params: { ...chat, model: "claude-sonnet-4-5", max_tokens: 5 } }],
    };
    expect(paths.length).toBeGreaterThanOrEqual(60);
    upstream.forget();
    const wrong: string[] = [];
    for (const path of paths)
      for (const method of ["POST", "PUT", "PATCH"])
        for (const stream of [false, true]) {
          const model = path === "/v1/messages" ? "claude-sonnet-4-5" : "gpt-4o";
          const status = await raw(gateway.url, method, path, poor, JSON.stringify({ ...everything, model, stream }));
          if (![400, 402, 404, 405, 415, 422].includes(status)) wrong.push(`${method} ${path}: ${status}`);
        }
    expect(wrong).toEqual([]);
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    const refused = await ask(gateway.url, poor, chat);
    expect([refused?.status, refused?.headers.get("x-should-retry")]).toEqual([402, "false"]);
    await expectHealthy();
  });

  it("guarantee G10: streams aborted at every kind of byte, by client, provider and gateway, are one record each", {
    timeout: 180_000,
  }, async () => {
    const count = isFull ? 1000 : 240;
    const before = (await recordsOf(ledger)).length;
    const told = { outputTokens: 60, tokensPerEvent: 2 };
    upstream.forget();
    upstream.always({ ...told });
    const length =
      (await ask(gateway.url, key, { ...chat, stream: true }, { headers: { "x-tokenledger-request-id": "g10-length" } }))?.body.length ?? 0;
    const ids = new Map<string, { by: "client" | "upstream"; prompt: string }>();
    const replies = new Map<string, ScriptedReply>();
    upstream.always(({ json }) => replies.get(promptOf(json)) ?? told);
    await inParallel(count, 12, async (index) => {
      const id = `g10-${index}`;
      const prompt = `springs ${index}`;
      const at = chance.whole(0, length);
      const by = index % 2 === 0 ? "client" : "upstream";
      ids.set(id, { by, prompt });
      replies.set(prompt, by === "upstream" ? { ...told, resetAtByte: at } : told);
      await cutAfter(gateway.url, key, id, prompt, by === "client" ? at : undefined);
    });
    expect(await isQuiet(ledger, upstream)).toBe(true);
    const records = (await recordsOf(ledger)).slice(before);
    const complaints: string[] = [];
    for (const [id, { by, prompt }] of ids) {
      const found = records.filter(({ requestId }) => requestId === id);
      const billed = upstream.calls.filter(({ requestNumber }) =>
        upstream.requests.some(({ number, json }) => number === requestNumber && promptOf(json) === prompt),
      );
      const [record] = found;
      if (billed.length === 0 && found.length === 0) continue;
      if (found.length !== 1 || record === undefined) complaints.push(`${id}: ${found.length} records, billed ${billed.length} times`);
      else if (by === "client" && record.tokens.output !== billed[0]?.tokens.output)
        complaints.push(
          `${id}: ${record.tokens.output} tokens (${record.usageSource}, ${record.status}), billed ${billed[0]?.tokens.output}`,
        );
      else if (record.usageSource === "estimated" && (record.tokens.output ?? 0) < (billed[0]?.tokens.output ?? 0))
        complaints.push(`${id}: estimated at ${record.tokens.output}, billed ${billed[0]?.tokens.output}`);
    }
    expect(complaints).toEqual([]);
    report("G10, streams aborted", { streams: count, complaints: complaints.length });
    await expectHealthy();
  });

  it("guarantees G3, G10: streams under way in a gateway that is killed are charged at their estimate by their time, once", {
    timeout: 180_000,
  }, async () => {
    upstream.forget();
    upstream.always({ outputTokens: 60, stallAfterEvents: 4 });
    const ids = Array.from({ length: 20 }, (_, index) => `killed-${index}`);
    const calls = ids.map((id) =>
      ask(gateway.url, key, { ...chat, max_tokens: 100, stream: true }, { headers: { "x-tokenledger-request-id": id } }),
    );
    expect(await until(() => upstream.inFlight === ids.length)).toBe(true);
    await gateway.kill("SIGKILL");
    await Promise.all(calls);
    upstream.always({});
    gateway = await startGatewayProcess(folder, { book, config });
    expect((await ask(gateway.url, key, chat))?.status).toBe(200);
    // Another program that looks when their time is over; the gateway itself would do the same then.
    const later = await openLedger(book, { clock: new FakeClock(Date.now() + 11 * 60_000) });
    expect((await later.sweep()).charged).toBe(ids.length);
    expect((await later.budgets.status()).reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0n)).toBe(0n);
    await later.close();
    const records = (await recordsOf(ledger)).filter(({ requestId }) => ids.includes(requestId ?? ""));
    expect(records.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
    expect(records.every(({ usageSource }) => usageSource === "estimated")).toBe(true);
    const output = upstream.calls.map(({ tokens }) => tokens.output ?? 0);
    expect(Math.min(...records.map(({ tokens }) => tokens.output ?? 0))).toBeGreaterThanOrEqual(Math.max(...output));
    await expectHealthy();
  });

  it("guarantee G14: work in the background keeps its money set aside, also through a crash, until what it cost is known", {
    timeout: 180_000,
  }, async () => {
    upstream.forget();
    upstream.script({ outputTokens: 77, donePoll: 3 });
    const background = { model: "gpt-4o", input: "How many springs?", max_output_tokens: 100, background: true };
    const started = await ask(gateway.url, key, background, { path: "/v1/responses", headers: { "x-tokenledger-request-id": "g14" } });
    expect(started?.status).toBe(200);
    const { id } = JSON.parse(started?.body ?? "{}") as { id: string };
    const reserved = async (): Promise<bigint> =>
      (await ledger.budgets.status()).reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0n);
    expect(await reserved()).toBeGreaterThan(0n);
    await gateway.kill("SIGKILL");
    gateway = await startGatewayProcess(folder, { book, config });
    const poll = async (): Promise<string> => {
      const reply = await fetch(`${gateway.url}/v1/responses/${id}`, { headers: { authorization: `Bearer ${key}` } });
      return ((await reply.json()) as { status: string }).status;
    };
    expect(await poll()).toBe("in_progress");
    expect(await reserved()).toBeGreaterThan(0n);
    expect(await until(async () => (await poll()) === "completed")).toBe(true);
    await poll();
    expect(await isQuiet(ledger, upstream)).toBe(true);
    const records = (await recordsOf(ledger)).filter(({ requestId }) => requestId === "g14");
    expect(records).toHaveLength(1);
    expect(records[0]?.tokens.output).toBe(77);
    expect(upstream.calls).toHaveLength(1);
    await expectHealthy();
  });
});

function promptOf(json: Readonly<Record<string, unknown>> | undefined): string {
  return (json?.messages as { content: string }[] | undefined)?.[0]?.content ?? "";
}

/** A request byte for byte: fetch would tidy its path. */
function raw(url: string, method: string, path: string, key: string, body: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ hostname, port, method, path, headers }, (reply) => {
      reply.resume();
      reply.on("end", () => resolve(reply.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A stream that its client cuts after so many bytes of it; without a number it is read to its end, whatever that is. */
function cutAfter(url: string, key: string, id: string, prompt: string, bytes: number | undefined): Promise<void> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ ...chat, messages: [{ role: "user", content: prompt }], stream: true });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "x-tokenledger-request-id": id };
  return new Promise((resolve) => {
    let seen = 0;
    const sent = request({ hostname, port, method: "POST", path: "/v1/chat/completions", headers, agent: false }, (reply) => {
      const look = (chunk: Buffer): void => {
        seen += chunk.length;
        if (bytes !== undefined && seen >= bytes) sent.destroy();
      };
      reply.on("data", look);
      reply.on("error", () => resolve());
      reply.on("close", () => resolve());
    });
    sent.on("error", () => resolve());
    sent.on("close", () => resolve());
    sent.end(body, () => bytes === 0 && sent.destroy());
  });
}
