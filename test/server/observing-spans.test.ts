import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, expect, test } from "vitest";
import { readTraces } from "../../src/importers/index.ts";
import type { CallEvent } from "../../src/server/observing/happenings.ts";
import { openTracing } from "../../src/server/observing/tracing.ts";
import { CHAT, type RunningGateway, runningGateway } from "./running-gateway.ts";

const PATH = "/v1/chat/completions";
const TRACE = "5b8efff798038103d269b633813fc60c";
const CALLER = "eee19b7ec3c1b174";
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;
const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const ENDED: Omit<CallEvent, "provider" | "model" | "requestedModel" | "operation"> = {
  ...{ requestId: "r", attempt: 1, owner: {}, keyId: undefined, status: "ok", inputTokens: 12, outputTokens: 34, cacheReadTokens: 3 },
  ...{
    cacheWriteTokens: 4,
    reasoningTokens: 5,
    costNanoUsd: 1_000,
    usageSource: "reported",
    latencyMs: 1,
    firstByteMs: 1,
    isStream: false,
  },
};

afterEach(() => {
  trace.disable();
  context.disable();
});

/** A tracer for this process, as its owner would register one. */
function exporting(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  return exporter;
}

async function spansOf(exporter: InMemorySpanExporter, count: number): Promise<ReadableSpan[]> {
  for (let tries = 0; exporter.getFinishedSpans().length < count && tries < 1000; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return exporter.getFinishedSpans();
}

function sentHeader(gateway: RunningGateway, name: string, index = 0): string | undefined {
  const value = gateway.upstream.requests[index]?.headers[name];
  return Array.isArray(value) ? value.join() : value;
}

test("an attempt is a CLIENT span under the caller's, with the conventions' names and what it cost", async () => {
  const exporter = exporting();
  await using gateway = await runningGateway();
  gateway.upstream.script({ outputTokens: 12, cacheRead: 2, reasoningTokens: 4 });
  const headers = { traceparent: TRACEPARENT, tracestate: "vendor=1", "x-tokenledger-request-id": "r-1" };
  expect((await gateway.post(PATH, CHAT, headers)).status).toBe(200);
  const [span, ...others] = await spansOf(exporter, 1);
  expect(others).toEqual([]);
  const [record] = await gateway.records("r-1");
  expect(record?.costNanoUsd).toBeGreaterThan(0);
  expect(span).toMatchObject({ name: "chat gpt-4o", kind: SpanKind.CLIENT, parentSpanContext: { traceId: TRACE, spanId: CALLER } });
  expect(span?.attributes).toEqual({
    ...{ "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o" },
    ...{ "gen_ai.request.stream": false, "gen_ai.response.model": "gpt-4o", "gen_ai.response.id": record?.metadata?.provider_id },
    ...{ "gen_ai.usage.input_tokens": record?.tokens.input, "gen_ai.usage.output_tokens": record?.tokens.output },
    ...{ "gen_ai.usage.cache_read.input_tokens": 2, "gen_ai.usage.reasoning.output_tokens": 4 },
    ...{ "tokenledger.request_id": "r-1", "tokenledger.attempt": 1, "tokenledger.status": "ok" },
    "tokenledger.cost_usd": (record?.costNanoUsd as number) / 1e9,
  });
  expect(sentHeader(gateway, "traceparent")).toBe(`00-${TRACE}-${span?.spanContext().spanId}-01`);
  expect(sentHeader(gateway, "tracestate")).toBe("vendor=1");
});

test("a stream's span ends with its settlement, and tells when the first byte came", async () => {
  const exporter = exporting();
  await using gateway = await runningGateway();
  gateway.upstream.script({ text: "one two three" });
  await (await gateway.post(PATH, { ...CHAT, stream: true })).text();
  const [span] = await spansOf(exporter, 1);
  expect(span?.attributes["gen_ai.request.stream"]).toBe(true);
  expect(span?.attributes["gen_ai.response.time_to_first_chunk"]).toBeTypeOf("number");
  expect(span?.attributes["gen_ai.usage.output_tokens"]).toBe(gateway.upstream.calls[0]?.tokens?.output);
});

test("each attempt has a span of its own, and what failed says how", async () => {
  const exporter = exporting();
  await using gateway = await runningGateway({
    providers: { openai: { api: "openai", apiKey: "sk-house", retries: 1 } },
  });
  gateway.upstream.script({ status: 503, errorMessage: "canary-down" }, { text: "hello" }, { status: 429, errorMessage: "slow" });
  expect((await gateway.post(PATH, CHAT, { traceparent: TRACEPARENT })).status).toBe(200);
  const [failed, served] = await spansOf(exporter, 2);
  expect(failed?.attributes).toMatchObject({ "error.type": "503", "tokenledger.attempt": 1 });
  expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(served?.attributes).toMatchObject({ "tokenledger.attempt": 2 });
  expect(served?.attributes).not.toHaveProperty("error.type");
  expect(new Set([failed, served].map((span) => span?.spanContext().traceId))).toEqual(new Set([TRACE]));
  expect(JSON.stringify(exporter.getFinishedSpans().map(({ attributes, status }) => ({ attributes, status })))).not.toContain("canary");
});

test("a provider that can't be reached ends its span, too", async () => {
  const exporter = exporting();
  await using gateway = await runningGateway({
    providers: { openai: { api: "openai", apiKey: "sk-house", baseUrl: "http://127.0.0.1:9" } },
  });
  expect((await gateway.post(PATH, CHAT)).status).toBe(502);
  const [span] = await spansOf(exporter, 1);
  expect(span?.attributes).toMatchObject({ "error.type": "unreachable", "tokenledger.status": "unsent" });
  expect(span?.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
});

test("a tracer that fails fails no call", async () => {
  trace.setGlobalTracerProvider({
    getTracer() {
      throw new Error("no tracer");
    },
  });
  await using gateway = await runningGateway();
  expect((await gateway.post(PATH, CHAT)).status).toBe(200);
});

test("without a tracer the caller's traceparent goes on as it came; with one a malformed one begins a new trace", async () => {
  await using gateway = await runningGateway();
  gateway.upstream.always({ text: "hello" });
  await gateway.post(PATH, CHAT, { traceparent: TRACEPARENT, tracestate: "vendor=1" });
  expect(sentHeader(gateway, "traceparent")).toBe(TRACEPARENT);
  expect(sentHeader(gateway, "tracestate")).toBe("vendor=1");
  const exporter = exporting();
  const malformed = [
    `00-${"0".repeat(32)}-${CALLER}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `ff-${TRACE}-${CALLER}-01`,
    "nonsense",
    `00-${TRACE}-${CALLER}-01-more`,
  ];
  for (const [index, traceparent] of malformed.entries()) {
    await gateway.post(PATH, CHAT, { traceparent });
    expect(sentHeader(gateway, "traceparent", index + 1)).toMatch(VALID);
  }
  const spans = await spansOf(exporter, malformed.length);
  expect(spans).toHaveLength(malformed.length);
  for (const span of spans) expect(span.parentSpanContext).toBeUndefined();
});

test("a span that instrumentation has made of the request is the parent", async () => {
  const exporter = exporting();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracing = await openTracing("1");
  const server = trace.getTracer("http").startSpan("POST", {}, ROOT_CONTEXT);
  const begun = context.with(trace.setSpan(context.active(), server), () =>
    tracing?.begin({
      ...{ provider: "google", model: "gemini-2.5-pro", operation: "generate", isStream: false, requestId: "r", attempt: 1 },
      rawHeaders: ["traceparent", TRACEPARENT],
    }),
  );
  const headers = begun?.under(["accept", "x", "traceparent", TRACEPARENT, "tracestate", "old=1"]) ?? [];
  expect(headers.slice(0, 3)).toEqual(["accept", "x", "traceparent"]);
  expect(headers[3]).toMatch(new RegExp(`^00-${server.spanContext().traceId}-[0-9a-f]{16}-01$`));
  expect(headers).toHaveLength(4);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test("providers and operations have the conventions' names, which the importer reads back", async () => {
  const exporter = exporting();
  const tracing = await openTracing("1");
  for (const [provider, model, operation, name] of [
    ["google", "gemini-2.5-pro", "generate", "generate_content gemini-2.5-pro"],
    ["anthropic", "claude-sonnet-4-5", "messages", "chat claude-sonnet-4-5"],
    ["bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", "messages", "chat anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["mistral", "mistral-large-latest", "chat", "chat mistral-large-latest"],
    ["xai", "grok-4", "responses", "chat grok-4"],
    ["openai", "text-embedding-3-small", "embeddings", "embeddings text-embedding-3-small"],
  ] as const) {
    exporter.reset();
    const span = tracing?.begin({ provider, model, operation, isStream: false, requestId: "r", attempt: 1, rawHeaders: [] });
    span?.end({ ...ENDED, provider, model, requestedModel: model, operation }, undefined);
    const [exported] = exporter.getFinishedSpans();
    expect(exported?.name).toBe(name);
    const { "tokenledger.request_id": _own, ...told } = exported?.attributes ?? {};
    const attributes = Object.entries(told).map(([key, value]) => ({
      key,
      value: typeof value === "number" ? { doubleValue: value } : { stringValue: value },
    }));
    const spans = [{ traceId: TRACE, spanId: CALLER, startTimeUnixNano: "1770000000000000000", attributes }];
    const { records } = readTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    expect(records[0]).toMatchObject({ provider, model, tokens: { input: 12, cacheRead: 3, cacheWrite5m: 4, output: 34, reasoning: 5 } });
  }
});
