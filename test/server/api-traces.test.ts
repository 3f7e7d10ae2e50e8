import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readTraces } from "../../src/importers/index.ts";
import type { StoredRecord } from "../../src/ledger/index.ts";
import { type RunningGateway, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/traces";
const AT = "1770000000000000000";
const ALWAYS = { server: { host: "127.0.0.1", port: 0, auth: "always" } } as const;

type Attributes = Record<string, string | number>;

function spanOf(id: string, attributes: Attributes = {}, part: object = {}): object {
  const all = {
    ...{ "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o" },
    ...{ "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 34, "gen_ai.response.id": `resp-${id}` },
    ...attributes,
  };
  const list = Object.entries(all).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));
  return {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId: id,
    name: "chat gpt-4o",
    startTimeUnixNano: AT,
    endTimeUnixNano: AT,
    attributes: list,
    ...part,
  };
}

function documentOf(spans: readonly object[], service?: string): object {
  const attributes = service === undefined ? [] : [{ key: "service.name", value: { stringValue: service } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] };
}

async function withTraces(options: Parameters<typeof runningGateway>[0] = {}): Promise<RunningGateway> {
  return runningGateway({ ...options, server: { readTraces } });
}

function post(gateway: RunningGateway, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return gateway.post(PATH, body, headers);
}

async function recordsIn({ ledger }: RunningGateway): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ledger.query({})) records.push(record);
  return records;
}

function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

test("spans that count tokens become records, others are passed over, and the answer is OTLP's", async () => {
  await using gateway = await withTraces();
  const agent = spanOf("a1", { "gen_ai.operation.name": "invoke_agent" });
  const http = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "b2", name: "GET /", attributes: [] };
  const response = await post(gateway, documentOf([spanOf("c3", { "user.id": "ada" }), agent, http], "checkout"));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual({});
  const records = await recordsIn(gateway);
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    ...{ source: "otel", provider: "openai", model: "gpt-4o", project: "checkout", userId: "ada", timestampMs: 1_770_000_000_000 },
    tokens: { input: 12, output: 34 },
  });
});

test("the same spans again, and in another batch, are the same calls", async () => {
  await using gateway = await withTraces();
  const spans = [spanOf("a1"), spanOf("b2"), spanOf("c3")];
  for (const batch of [spans, spans, [spans[1] as object, spanOf("d4")]]) expect((await post(gateway, documentOf(batch))).status).toBe(200);
  expect(await recordsIn(gateway)).toHaveLength(4);
  expect((await gateway.ledger.verify()).differences).toEqual([]);
});

test("spans that can't be calls are told of in partialSuccess, and the others are taken", async () => {
  await using gateway = await withTraces();
  const broken = [
    spanOf("a1", { "gen_ai.usage.input_tokens": "many" }),
    spanOf("b2", {}, { startTimeUnixNano: null, endTimeUnixNano: null }),
  ];
  const response = await post(gateway, documentOf([...broken, spanOf("c3")]));
  expect(response.status).toBe(200);
  const { partialSuccess } = (await response.json()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } };
  expect(partialSuccess.rejectedSpans).toBe("2");
  expect(partialSuccess.errorMessage).toContain("input_tokens");
  expect(partialSuccess.errorMessage).toContain("no time");
  expect(await recordsIn(gateway)).toHaveLength(1);
});

test("gzip is read; protobuf is 415 with the name of the setting that mends it", async () => {
  await using gateway = await withTraces();
  const packed = gzipSync(JSON.stringify(documentOf([spanOf("a1")])));
  const zipped = await fetch(`${gateway.url}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: packed,
  });
  expect(zipped.status).toBe(200);
  expect(await recordsIn(gateway)).toHaveLength(1);
  for (const type of ["application/x-protobuf", "text/plain", undefined]) {
    const response = await fetch(`${gateway.url}${PATH}`, {
      method: "POST",
      headers: type === undefined ? {} : { "content-type": type },
      body: Buffer.from([10, 3, 1, 2, 3]),
    });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain("OTEL_EXPORTER_OTLP_PROTOCOL=http/json");
  }
});

test("bad input H: bodies that are too large, burst, or are no trace export are refused, and nothing is recorded", async () => {
  await using gateway = await withTraces();
  const status = async (body: string | Buffer, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${gateway.url}${PATH}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body })).status;
  const large = JSON.stringify({ resourceSpans: [], more: "x".repeat(4_200_000) });
  expect(await status(large)).toBe(413);
  expect(await status(gzipSync(large), { "content-encoding": "gzip" })).toBe(413);
  expect(await status(gzipSync(Buffer.alloc(40_000_000)), { "content-encoding": "gzip" })).toBe(413);
  expect(await status("not gzip", { "content-encoding": "gzip" })).toBe(400);
  for (const body of ["", "null", "[]", "42", "{}", '{"resourceSpans":{}}', "{", '{"resourceSpans":[}', "\u00ff"])
    expect(await status(body), body).toBe(400);
  expect(await status("[".repeat(200_000))).toBe(400);
  expect(await recordsIn(gateway)).toEqual([]);
});

test("security S12: keys that would change every object change none, and nothing of them is kept", async () => {
  await using gateway = await withTraces();
  const polluted = JSON.stringify(documentOf([spanOf("a1", { constructor: "x", prototype: "y" })])).replace(
    '"attributes":[{"key":"gen_ai',
    '"attributes":[{"key":"__proto__","value":{"stringValue":"z","__proto__":{"polluted":true}}},{"__proto__":{"polluted":true},"key":{"toString":1,"valueOf":1},"value":null},{"key":"gen_ai',
  );
  expect(polluted).toContain("__proto__");
  for (const body of [
    polluted,
    '{"__proto__":{"polluted":true},"resourceSpans":[{"__proto__":{"polluted":true},"scopeSpans":[{"spans":[null,1,"x",[],{"spanId":{"a":1},"attributes":[]}]}]}]}',
  ]) {
    expect((await post(gateway, body)).status).toBe(200);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  const records = await recordsIn(gateway);
  expect(records).toHaveLength(1);
  expect(Object.keys(records[0]?.metadata ?? {})).toEqual(["operation"]);
});

test("guarantee G31: prompts and replies in attributes are not kept", async () => {
  await using gateway = await withTraces();
  const said = {
    ...{ "gen_ai.input.messages": '[{"content":"canary-prompt"}]', "gen_ai.output.messages": "canary-reply" },
    ...{ "gen_ai.prompt": "canary-prompt", "gen_ai.system_instructions": "canary-system", "gen_ai.tool.call.arguments": "canary-tool" },
  };
  const events = [{ name: "gen_ai.user.message", attributes: [{ key: "content", value: { stringValue: "canary-event" } }] }];
  expect((await post(gateway, documentOf([spanOf("a1", said, { events })]))).status).toBe(200);
  const records = await recordsIn(gateway);
  expect(records).toHaveLength(1);
  expect(JSON.stringify(records)).not.toContain("canary");
  expect(gateway.log.join("\n")).not.toContain("canary");
});

test("the names that a key is fixed to are the records'; spans that name another team or user are not taken", async () => {
  await using gateway = await withTraces({ config: ALWAYS });
  const { keys } = gateway.ledger;
  const { key } = await keys.create("collector", { org: "acme", team: "a", user: "ada", project: "checkout" });
  expect((await post(gateway, documentOf([spanOf("a1"), spanOf("b2", { "user.id": "ada" })], "some-service"), bearer(key))).status).toBe(
    200,
  );
  const response = await post(gateway, documentOf([spanOf("c3", { "user.id": "bob" }), spanOf("d4")]), bearer(key));
  const { partialSuccess } = (await response.json()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } };
  expect(partialSuccess.rejectedSpans).toBe("1");
  expect(partialSuccess.errorMessage).toContain("another user");
  const records = await recordsIn(gateway);
  expect(records).toHaveLength(3);
  for (const record of records) {
    expect(record).toMatchObject({ org: "acme", team: "a", user: "ada", project: "checkout", key: "collector" });
  }
});

test("guarantee G29: the same span posted with two teams' keys is two calls, and neither learns of the other", async () => {
  await using gateway = await withTraces({ config: ALWAYS });
  const { keys } = gateway.ledger;
  const a = await keys.create("a", { team: "a" });
  const b = await keys.create("b", { team: "b" });
  const answers: unknown[] = [];
  for (const [key, output] of [
    [a.key, 34],
    [b.key, 99],
    [b.key, 99],
    [a.key, 34],
  ] as const) {
    const response = await post(gateway, documentOf([spanOf("a1", { "gen_ai.usage.output_tokens": output })]), bearer(key));
    answers.push([response.status, await response.json()]);
  }
  expect(answers).toEqual(Array.from({ length: 4 }, () => [200, {}]));
  const records = await recordsIn(gateway);
  expect(records.map(({ team, tokens }) => [team, tokens.output]).sort()).toEqual([
    ["a", 34],
    ["b", 99],
  ]);
});

test("members and administrators may post traces, viewers and strangers may not", async () => {
  await using gateway = await withTraces({ config: ALWAYS });
  const { keys } = gateway.ledger;
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await post(gateway, documentOf([spanOf("a1")]), headers)).status;
  expect(await status({})).toBe(401);
  expect(await status(bearer((await keys.create("v", { role: "viewer" })).key))).toBe(403);
  expect(await recordsIn(gateway)).toEqual([]);
  expect(await status(bearer((await keys.create("m")).key))).toBe(200);
  expect(await status(bearer((await keys.create("admin", { role: "admin" })).key))).toBe(200);
});

test("a book that can't be written is 503, which senders try again", async () => {
  await using gateway = await withTraces();
  const { append } = gateway.ledger;
  const { DatabaseError } = await import("../../src/errors.ts");
  Object.assign(gateway.ledger, { append: () => Promise.reject(new DatabaseError("the disk is full")) });
  const response = await post(gateway, documentOf([spanOf("a1")]));
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.text()).not.toContain("disk");
  Object.assign(gateway.ledger, { append });
});

test("the gateway's own spans, which tell of calls in its book, are no second telling", async () => {
  await using gateway = await withTraces();
  const own = spanOf("b2", { "tokenledger.request_id": "r-1" }, { parentSpanId: "a1" });
  const client = spanOf("a1");
  expect(await (await post(gateway, documentOf([client, own]))).json()).toEqual({});
  expect(await recordsIn(gateway)).toEqual([]);
});
