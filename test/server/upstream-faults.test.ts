/** What providers do wrong: each attempt is one record all the same, never at less than it may be billed, and nothing stays set aside. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StoredRecord } from "../../src/ledger/index.ts";
import type { BilledCall, ScriptedReply, UsageTelling } from "../../src/testing/index.ts";
import { billed, type LocalGateway, startLocalGateway, WATCHING } from "../clients/local-gateway.ts";

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocalGateway({ budgets: [WATCHING] });
});
beforeEach(() => gateway.forget());
afterAll(() => gateway.close());

interface Reply {
  /** 0: the connection broke before a head came. */
  status: number;
  headers: Headers;
  /** As far as it came. */
  body: string;
  isBroken: boolean;
}

async function post(path: string, body: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
  let seen = "";
  let reply: Response | undefined;
  try {
    reply = await fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const decoder = new TextDecoder();
    for await (const chunk of reply.body ?? []) seen += decoder.decode(chunk as Uint8Array, { stream: true });
    return { status: reply.status, headers: reply.headers, body: seen, isBroken: false };
  } catch {
    return { status: reply?.status ?? 0, headers: reply?.headers ?? new Headers(), body: seen, isBroken: true };
  }
}

const messages = [{ role: "user", content: "How many springs are there?" }];
const limit = 60;
const CALLS: Readonly<Record<string, (isStream: boolean) => [string, object]>> = {
  chat: (stream) => ["/v1/chat/completions", { model: "gpt-4o", messages, max_tokens: limit, stream }],
  responses: (stream) => ["/v1/responses", { model: "gpt-4o", input: "How many?", max_output_tokens: limit, stream }],
  messages: (stream) => ["/v1/messages", { model: "claude-sonnet-4-6", messages, max_tokens: limit, stream }],
  gemini: (isStream) => [
    `/v1beta/models/gemini-2.5-flash:${isStream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    { contents: [{ role: "user", parts: [{ text: "How many?" }] }], generationConfig: { maxOutputTokens: limit } },
  ],
};

/** The attempts' records, once nothing is under way. */
async function settled(): Promise<StoredRecord[]> {
  expect(await gateway.isQuiet()).toBe(true);
  return gateway.records();
}

function billNanoUsd(): number {
  return gateway.upstream.calls.reduce((sum, call) => sum + (billed(call).costNanoUsd ?? 0), 0);
}

function costOf(records: readonly StoredRecord[]): number {
  return records.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
}

/** As many records as the provider had attempts, none below its bill. */
async function expectCovered(): Promise<StoredRecord[]> {
  const records = await settled();
  const attempts = gateway.upstream.requests.filter(({ operation }) => operation !== undefined).length;
  expect(records).toHaveLength(attempts);
  expect(costOf(records)).toBeGreaterThanOrEqual(billNanoUsd());
  expect((await gateway.ledger.verify()).differences).toEqual([]);
  return records;
}

describe("usage in the replies of each format, whole and streamed", () => {
  const tellings: UsageTelling[] = ["asked", "none", "null", "zero", "twice", "late"];
  const matrix = Object.keys(CALLS).flatMap((format) =>
    [false, true].flatMap((isStream) => tellings.map((usage) => [format, isStream ? "streamed" : "whole", usage] as const)),
  );

  it.each(matrix)("bad input E144 to E146: %s, %s, usage %s", async (format, form, usage) => {
    const isStream = form === "streamed";
    gateway.upstream.script({ usage, outputTokens: 37 });
    const [path, body] = (CALLS[format] as (isStream: boolean) => [string, object])(isStream);
    const reply = await post(path, body);
    expect(reply.status).toBe(200);
    const [record, ...others] = await settled();
    expect(others).toEqual([]);
    const due = billed(gateway.upstream.calls[0] as BilledCall);
    if (usage === "asked" || usage === "twice") {
      expect(record).toMatchObject({ usageSource: "reported", status: "ok", costNanoUsd: due.costNanoUsd });
      // A whole reply has it twice nowhere, so all that is told is the same either way.
      expect(record?.tokens).toMatchObject(due.tokens);
    } else if (usage === "zero") {
      // A provider that says 0 has said it.
      expect([record?.usageSource, record?.costNanoUsd]).toEqual(["reported", 0]);
    } else if (record?.usageSource === "estimated") {
      expect(record.costNanoUsd).toBeGreaterThanOrEqual(due.costNanoUsd ?? 0);
    } else expect(record).toMatchObject({ usageSource: "reported", costNanoUsd: due.costNanoUsd });
  });

  it.each(["whole", "streamed"])("bad input E145: counts that are none, %s, are no usage and break nothing", async (form) => {
    const wrong = ["12", -1, 1.5, 2 ** 53, null, {}, [], true, 1e308];
    for (const count of wrong) {
      await gateway.forget();
      const usage = { prompt_tokens: count, completion_tokens: count, total_tokens: 5 };
      const choices = [{ index: 0, message: { role: "assistant", content: "Four." }, delta: { content: "Four." }, finish_reason: "stop" }];
      const document = JSON.stringify({ id: "x", object: "chat.completion", model: "gpt-4o", choices, usage });
      const isStream = form === "streamed";
      gateway.upstream.script(
        isStream ? { body: `data: ${document}\n\ndata: [DONE]\n\n`, contentType: "text/event-stream" } : { body: document },
      );
      const [path, body] = (CALLS.chat as (isStream: boolean) => [string, object])(isStream);
      expect((await post(path, body)).status).toBe(200);
      const [record] = await expectCovered();
      expect(Number.isSafeInteger(record?.costNanoUsd)).toBe(true);
      expect(record?.costNanoUsd).toBeGreaterThan(0);
    }
  });
});

describe("replies that are none", () => {
  const chat = (isStream: boolean): Promise<Reply> => {
    const [path, body] = (CALLS.chat as (isStream: boolean) => [string, object])(isStream);
    return post(path, body);
  };
  const bodies: [string, ScriptedReply][] = [
    ["E141: nothing", { body: "" }],
    ["E142: a page of HTML", { body: "<html><body>Welcome!</body></html>", contentType: "text/html" }],
    ["E143: a list", { body: "[1,2,3]" }],
    ["E143: a text", { body: '"four"' }],
    ["E143: half an object", { body: '{"id":"x","choices":[{"message":{"content":"Fo' }],
    ["E159: an error with status 200", { body: '{"error":{"message":"It broke.","type":"server_error"}}' }],
    ["E168: gzip that is cut", { isGzip: true, resetAtByte: 60 }],
    ["E168: a length that is a lie", { body: '{"id":"x"}', headers: { "content-length": "5000" }, resetAtByte: 10 }],
    ["E169: 100 kB of headers", { headers: { "x-filler": "x".repeat(100_000) } }],
  ];

  it.each(bodies)("bad input %s", async (_, script) => {
    for (const isStream of [false, true]) {
      await gateway.forget();
      gateway.upstream.always(script);
      await chat(isStream);
      gateway.upstream.always({});
      await expectCovered();
      expect((await chat(isStream)).status).toBe(200);
    }
  });

  it("bad input E170: a stream under another type is metered as a stream", async () => {
    for (const contentType of ["text/plain", "application/json"]) {
      await gateway.forget();
      gateway.upstream.script({ contentType, outputTokens: 30 });
      expect((await chat(true)).status).toBe(200);
      const [record] = await expectCovered();
      expect([record?.usageSource, record?.tokens.output]).toEqual(["reported", 30]);
    }
  });

  it("bad input E153, E156: a stream without its end, or with an error in it", async () => {
    for (const format of Object.keys(CALLS)) {
      await gateway.forget();
      const [path, body] = (CALLS[format] as (isStream: boolean) => [string, object])(true);
      gateway.upstream.script({ ends: false, outputTokens: 30 }, { errorAfterEvents: 6, outputTokens: 30 });
      await post(path, body);
      const broken = await post(path, body);
      expect(broken.body).toContain("error");
      await expectCovered();
    }
  });

  it("bad input E157: a connection that is reset at any byte of a stream", { timeout: 60_000 }, async () => {
    gateway.upstream.script({ outputTokens: 40 });
    const length = Buffer.byteLength((await chat(true)).body);
    const step = 53;
    for (let at = 0; at < length; at += step) {
      await gateway.forget();
      gateway.upstream.always({ outputTokens: 40, resetAtByte: at });
      const reply = await chat(true);
      // Never an end that the provider did not send: half an answer must not pass for a whole one.
      if (reply.status === 200 && !reply.isBroken && !reply.body.includes("[DONE]")) expect(reply.body).toContain("error");
      await expectCovered();
    }
  });

  it("bad input E160: 429, 503 and 529 with every kind of retry-after are told on or tried again, never hung on", async () => {
    const afters = [undefined, "0", "-5", "1000000000", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "0.5"];
    for (const status of [429, 503, 529])
      for (const after of afters) {
        await gateway.forget();
        gateway.upstream.always({ status, ...(after === undefined ? {} : { headers: { "retry-after": after } }) });
        const reply = await chat(false);
        expect([status, 429, 502, 503, 529]).toContain(reply.status);
        const records = await expectCovered();
        expect(costOf(records)).toBe(0);
        expect(records.map(({ attempt }) => attempt ?? 1)).toEqual(records.map((_, index) => index + 1));
      }
    gateway.upstream.always({});
  });

  it("bad input E162: a call that works at the second try is two attempts, of which one is billed", async () => {
    gateway.upstream.script({ status: 503, headers: { "retry-after": "0" } }, { outputTokens: 20 });
    const reply = await chat(false);
    const records = await expectCovered();
    if (reply.status === 200)
      expect(records.map(({ status, tokens }) => [status, tokens.output ?? 0])).toEqual([
        ["error", 0],
        ["ok", 20],
      ]);
    gateway.upstream.forget();
  });

  it("bad input E164, E165, E167: another model, another tier, the same id twice", async () => {
    gateway.upstream.script(
      { model: "gpt-4o-2024-08-06", id: "same" },
      { serviceTier: "priority", id: "same" },
      { model: "gpt-4o-mini", outputTokens: 50 },
    );
    for (let calls = 0; calls < 3; calls++) expect((await chat(false)).status).toBe(200);
    const records = await expectCovered();
    expect(costOf(records)).toBe(billNanoUsd());
    expect(records.map(({ model }) => model)).toEqual(["gpt-4o-2024-08-06", "gpt-4o", "gpt-4o-mini"]);
  });

  it("bad input D139: a redirect is not followed and not told on", async () => {
    gateway.upstream.always({ status: 302, headers: { location: `${gateway.upstream.url}/v1/chat/completions?again` } });
    const reply = await chat(false);
    gateway.upstream.always({});
    expect(reply.status).toBe(502);
    expect(reply.headers.get("location")).toBe(null);
    expect(gateway.upstream.requests.every(({ query }) => !query.has("again"))).toBe(true);
  });
});
