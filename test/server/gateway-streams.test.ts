import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import type { ScriptedReply } from "../../src/testing/index.ts";
import { budgetOf, CHAT, type RunningGateway, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";

/** Reads so many bytes of the reply and then leaves. */
function abortedAfter(
  gateway: RunningGateway,
  requestId: string,
  bytes: number,
  body: unknown = { ...CHAT, stream: true },
  path = PATH,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const url = new URL(`${gateway.url}${path}`);
    const request = httpRequest(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-tokenledger-request-id": requestId },
    });
    let read = 0;
    const leave = (): void => {
      request.destroy();
      resolve();
    };
    request.on("response", (response) => {
      if (bytes === 0) return leave();
      response.on("data", (chunk: Buffer) => {
        read += chunk.length;
        if (read >= bytes) leave();
      });
      response.on("end", resolve);
      response.on("error", () => undefined);
    });
    request.on("error", (error) => (request.destroyed ? undefined : reject(error)));
    request.end(JSON.stringify(body));
  });
}

test("guarantee G10: streams that clients leave at any byte have one record each, exactly what the provider bills, and nothing stays reserved", async () => {
  await using gateway = await runningGateway({
    budgets: [budgetOf({ amountNanoUsd: 10_000_000_000n, enforcement: "block_requests", hard: true })],
  });
  gateway.upstream.always({ outputTokens: 40, eventDelayMs: 1 });
  const total = 60;
  for (let index = 0; index < total; index += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, offset) => abortedAfter(gateway, `abort-${index + offset}`, (index + offset) * 60)));
  }
  for (let index = 0; index < total; index++) {
    const records = await gateway.records(`abort-${index}`);
    expect(records).toHaveLength(1);
    expect(["ok", "aborted"]).toContain(records[0]?.status);
    expect(records[0]?.usageSource).toBe("reported");
    expect(records[0]?.tokens.output).toBe(40);
  }
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.reservedNanoUsd).toBe(0n);
  expect(status?.requests).toBe(total);
});

test("guarantee G10: a stream that goes on long after its client has left is given up, and charged by what was seen", async () => {
  await using gateway = await runningGateway();
  gateway.upstream.always({ outputTokens: 90, eventDelayMs: 400 });
  await abortedAfter(gateway, "slow", 200);
  const [record] = await gateway.records("slow");
  expect(record).toMatchObject({ status: "aborted", usageSource: "estimated" });
  expect(record?.tokens.output).toBeGreaterThan(0);
  expect(record?.tokens.output).toBeLessThanOrEqual(100);
  await expect.poll(() => gateway.upstream.inFlight).toBe(0);
});

const USAGE_OPTIONS: readonly (readonly [name: string, json: string])[] = [
  ["missing", ""],
  ["false", ',"stream_options":{"include_usage":false}'],
  ["true", ',"stream_options":{"include_usage":true}'],
  ["null", ',"stream_options":null'],
  ["empty", ',"stream_options":{}'],
  ["null inside", ',"stream_options":{"include_usage":null}'],
  ["others", ',"stream_options":{"include_obfuscation":false}'],
  ["others and false", ',"stream_options":{"include_obfuscation":false,"include_usage":false}'],
  ["spaced", ' , "stream_options" : { "include_usage" : false } '],
];

test.each(USAGE_OPTIONS)("guarantee G11: usage is metered with stream_options %s, and shown where it was asked for", async (name, json) => {
  await using gateway = await runningGateway();
  const body = `{"model":"gpt-4o","stream":true,"max_tokens":50,"messages":[{"role":"user","content":"hello"}]${json}}`;
  const response = await gateway.post(PATH, body, { "x-tokenledger-request-id": "metered" });
  const text = await response.text();
  expect([name, response.status]).toEqual([name, 200]);
  const [record] = await gateway.records("metered");
  expect(record).toMatchObject({ usageSource: "reported", tokens: gateway.upstream.calls[0]?.tokens });
  expect(text.includes('"prompt_tokens"')).toBe(name === "true");
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
});

test.each([
  [
    "twice the same key",
    '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"stream_options":{"include_usage":false},"messages":[]}',
  ],
  ["twice inside", '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true,"include_usage":false},"messages":[]}'],
  [
    "an escaped name",
    '{"model":"gpt-4o","stream":true,"stream_option\\u0073":{"include_usage":false},"messages":[{"role":"user","content":"x"}]}',
  ],
])("guarantee G11: a request with %s is metered or refused", async (_name, body) => {
  await using gateway = await runningGateway();
  const response = await gateway.post(PATH, body, { "x-tokenledger-request-id": "odd" });
  await response.text();
  if (response.status === 400) return expect(gateway.upstream.requests).toEqual([]);
  const [record] = await gateway.records("odd");
  expect(record).toMatchObject({ usageSource: "reported", tokens: gateway.upstream.calls[0]?.tokens });
});

const ODD_STREAMS: readonly (readonly [name: string, reply: ScriptedReply, expected: object])[] = [
  ["no usage", { usage: "none" }, { usageSource: "estimated", status: "unmetered" }],
  ["usage twice", { usage: "twice" }, { usageSource: "reported", status: "ok" }],
  ["usage after the end", { usage: "late" }, { status: "ok" }],
  ["no end", { ends: false }, { status: "ok" }],
  ["gzip", { isGzip: true }, { usageSource: "reported", status: "ok" }],
  ["bytes one by one", { chunkBytes: 1 }, { usageSource: "reported", status: "ok" }],
  ["another content type", { contentType: "text/plain" }, { usageSource: "reported", status: "ok" }],
  ["an error in the middle", { errorAfterEvents: 2, outputTokens: 40 }, { usageSource: "estimated" }],
  ["a reset in the middle", { resetAtByte: 700, outputTokens: 40 }, { usageSource: "estimated", status: "failed" }],
];

test.each(ODD_STREAMS)("bad input E: a stream with %s has one record, and nothing stays reserved", async (name, reply, expected) => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  gateway.upstream.script(reply);
  const response = await gateway.post(PATH, { ...CHAT, stream: true }, { "x-tokenledger-request-id": "odd" });
  await response.text().catch(() => undefined);
  const records = await gateway.records("odd");
  expect([name, records.length]).toEqual([name, 1]);
  expect(records[0]).toMatchObject(expected);
  const [status] = await gateway.ledger.budgets.status();
  expect(status?.reservedNanoUsd).toBe(0n);
});

const ODD_REPLIES: readonly (readonly [name: string, reply: ScriptedReply, status: number, expected: object])[] = [
  ["empty", { body: "" }, 200, { status: "unmetered", usageSource: "estimated" }],
  ["HTML", { body: "<html><body>sorry</body></html>", contentType: "text/html" }, 200, { status: "unmetered", usageSource: "estimated" }],
  ["an array", { body: "[]" }, 200, { status: "unmetered" }],
  ["no usage", { usage: "none" }, 200, { status: "unmetered", usageSource: "estimated" }],
  ["usage null", { usage: "null" }, 200, { status: "unmetered", usageSource: "estimated" }],
  ["gzip", { isGzip: true }, 200, { status: "ok", usageSource: "reported" }],
  ["an error with status 200", { body: '{"error":{"message":"no","type":"server_error"}}' }, 200, { status: "error", costNanoUsd: 0 }],
  ["status 400", { status: 400, errorMessage: "bad" }, 400, { status: "error", costNanoUsd: 0 }],
  ["status 429", { status: 429 }, 429, { status: "rate_limited", costNanoUsd: 0 }],
  ["status 500 though it is billed", { status: 500, billsError: true }, 500, { status: "error" }],
  ["a reset before its head", { resetAtByte: 0 }, 502, { status: "failed", usageSource: "estimated" }],
];

test.each(ODD_REPLIES)(
  "bad input E: a reply that is %s has one record, and nothing stays reserved",
  async (name, reply, httpStatus, expected) => {
    await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
    gateway.upstream.script(reply);
    const response = await gateway.post(PATH, CHAT, { "x-tokenledger-request-id": "odd" });
    await response.text();
    expect([name, response.status]).toEqual([name, httpStatus]);
    const records = await gateway.records("odd");
    expect([name, records.length]).toEqual([name, 1]);
    expect(records[0]).toMatchObject(expected);
    const [status] = await gateway.ledger.budgets.status();
    expect(status?.reservedNanoUsd).toBe(0n);
  },
);

test("guarantee G14: a background response holds until it is asked for and final, and is settled once", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  const body = { model: "gpt-4o", input: "hello", background: true, max_output_tokens: 200 };
  const response = await gateway.post("/v1/responses", body, { "x-tokenledger-request-id": "later" });
  const { id } = (await response.json()) as { id: string };
  expect(await gateway.ledger.budgets.status()).toMatchObject([{ spentNanoUsd: 0n }]);
  expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBeGreaterThan(0n);
  for (let poll = 0; poll < 4; poll++) await (await fetch(`${gateway.url}/v1/responses/${id}`)).json();
  const records = await gateway.records("later");
  expect(records).toHaveLength(1);
  expect(records[0]?.tokens).toMatchObject(gateway.upstream.calls[0]?.tokens ?? { input: -1 });
  expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
});

test("guarantee G14: a batch of messages holds until its results are read, and is settled with their sum", async () => {
  await using gateway = await runningGateway({ budgets: [budgetOf({ enforcement: "block_requests", hard: true })] });
  const requests = ["a", "b"].map((custom_id) => ({
    custom_id,
    params: { model: "claude-sonnet-4-5", max_tokens: 50, messages: [{ role: "user", content: "hello" }] },
  }));
  const response = await gateway.post("/v1/messages/batches", { requests }, { "x-tokenledger-request-id": "batch" });
  expect(response.status).toBe(200);
  const { id } = (await response.json()) as { id: string };
  expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBeGreaterThan(0n);
  for (let poll = 0; poll < 3; poll++) await (await fetch(`${gateway.url}/v1/messages/batches/${id}`)).json();
  await (await fetch(`${gateway.url}/v1/messages/batches/${id}/results`)).text();
  const records = await gateway.records("batch");
  expect(records).toHaveLength(1);
  const billed = gateway.upstream.calls.reduce((sum, { tokens }) => sum + (tokens.output ?? 0), 0);
  expect(records[0]).toMatchObject({ serviceTier: "batch", tokens: { output: billed } });
  expect((await gateway.ledger.budgets.status())[0]?.reservedNanoUsd).toBe(0n);
});
