import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { otelImporter } from "../../../src/importers/sources/otel/otel-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";
import { type Outcome, type RunOptions, runImporter, runImporterOnFile } from "../run-importer.ts";

type Attributes = Record<string, string | number>;
const CHAT: Attributes = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "aws.bedrock",
  "gen_ai.request.model": "claude-sonnet-4-5",
  "gen_ai.response.model": "claude-sonnet-4-5-20250929",
  "gen_ai.response.id": "msg_1",
  "gen_ai.conversation.id": "conv-1",
  "gen_ai.usage.input_tokens": 1000,
  "gen_ai.usage.output_tokens": 200,
  "gen_ai.usage.cache_read.input_tokens": 300,
  "gen_ai.usage.cache_creation.input_tokens": 100,
  "gen_ai.usage.reasoning.output_tokens": 50,
  "gen_ai.input.messages": PROMPT_TEXT,
};
const typed = (value: string | number): object => (typeof value === "number" ? { intValue: String(value) } : { stringValue: value });
const listed = (attributes: Attributes): object[] => Object.entries(attributes).map(([key, value]) => ({ key, value: typed(value) }));
const span = (spanId: string, attributes: Attributes = CHAT, fields: object = {}): object => ({
  traceId: "trace-1",
  spanId,
  parentSpanId: "",
  name: "chat claude-sonnet-4-5",
  startTimeUnixNano: "1785578400000000000",
  endTimeUnixNano: "1785578402100000000",
  attributes: listed(attributes),
  status: {},
  ...fields,
});
const otlp = (...spans: object[]): object => ({
  resourceSpans: [{ resource: { attributes: listed({ "service.name": "shop" }) }, scopeSpans: [{ scope: { name: "x" }, spans }] }],
});
const read = (value: unknown, settings: RunOptions = {}): Promise<Outcome> =>
  runImporter(otelImporter, typeof value === "string" ? value : JSON.stringify(value), settings);
const without = (...names: string[]): Attributes => Object.fromEntries(Object.entries(CHAT).filter(([name]) => !names.includes(name)));

testImporter({
  importer: otelImporter,
  fileName: "traces.jsonl",
  write: (calls) =>
    Array.from({ length: calls }, (_, n) => `${JSON.stringify(otlp(span(`s${n}`, { ...CHAT, "gen_ai.response.id": `msg_${n}` })))}\n`).join(
      "",
    ),
  tokens: (calls) => ({ input: 1000 * calls, output: 200 * calls }),
});

describe("sources 3.8: OpenTelemetry", () => {
  test("an inference span is a call; input includes cached tokens", async () => {
    const { records, problems } = await read(otlp(span("s1")));
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: "trace-1:msg_1",
        timestampMs: Date.UTC(2026, 7, 1, 10),
        provider: "bedrock",
        model: "claude-sonnet-4-5-20250929",
        requestedModel: "claude-sonnet-4-5",
        tokens: { input: 1000, output: 200, cacheRead: 300, cacheWrite5m: 100, reasoning: 50 },
        latencyMs: 2100,
        project: "shop",
        sessionId: "conv-1",
        source: "otel",
        usageSource: "imported",
        metadata: { operation: "chat" },
        replay: { rank: 0 },
      },
    ]);
    expect(JSON.stringify(records)).not.toContain(PROMPT_TEXT);
  });

  test("agents, tools and frameworks' spans around a call don't count it again, whichever comes first", async () => {
    const agent = span("agent", { ...CHAT, "gen_ai.operation.name": "invoke_agent" });
    const framework = span("outer", without("gen_ai.response.id"), { parentSpanId: "agent" });
    const client = span("inner", CHAT, { parentSpanId: "outer" });
    const tool = span("tool", { "gen_ai.operation.name": "execute_tool" }, { parentSpanId: "agent" });
    const other = span("lone", { ...CHAT, "gen_ai.response.id": "msg_2" }, { parentSpanId: "agent" });
    const all = [agent, framework, client, tool, other];
    for (const text of [
      JSON.stringify(otlp(...all)),
      all
        .toReversed()
        .map((each) => JSON.stringify(otlp(each)))
        .join("\n"),
    ]) {
      const { records, skipped } = await read(text);
      expect(records.map((record) => record.id).toSorted()).toEqual(["trace-1:msg_1", "trace-1:msg_2"]);
      expect(skipped).toBe(3);
    }
  });

  test("a call is known by its trace and response id, or by its span", async () => {
    const { records } = await read(otlp(span("s1"), span("s2", without("gen_ai.response.id"))));
    expect(records.map((record) => record.id)).toEqual(["trace-1:msg_1", "trace-1:s2"]);
  });

  test("deprecated names are read", async () => {
    const { records } = await read(
      otlp(
        span("s1", {
          "gen_ai.system": "openai",
          "gen_ai.request.model": "gpt-4o",
          "gen_ai.usage.prompt_tokens": 9,
          "gen_ai.usage.completion_tokens": 4,
        }),
      ),
    );
    expect(records[0]).toMatchObject({ provider: "openai", model: "gpt-4o", tokens: { input: 9, output: 4 } });
  });

  test("service tier, error and user are kept", async () => {
    const { records } = await read(
      otlp(
        span(
          "s1",
          { ...CHAT, "openai.request.service_tier": "auto", "openai.response.service_tier": "flex", "user.id": "u1" },
          { status: { code: 2 } },
        ),
      ),
    );
    expect(records[0]).toMatchObject({ serviceTier: "flex", status: "error", userId: "u1" });
  });

  test("input that leaves cached tokens out is seen where it can be, and otherwise told", async () => {
    const few = await read(otlp(span("s1", { ...CHAT, "gen_ai.usage.input_tokens": 10 })));
    expect(few.records[0]?.tokens.input).toBe(410);
    const told = await read(otlp(span("s1")), { options: { inputExcludesCache: true } });
    expect(told.records[0]?.tokens.input).toBe(1400);
  });

  test("spans as other exporters write them, one a line; metrics and logs are passed over", async () => {
    const flat = {
      type: "span",
      traceId: "t",
      spanId: "s",
      startTime: [1785578400, 500_000_000],
      endTime: [1785578401, 0],
      attributes: CHAT,
    };
    const python = {
      name: "chat gpt",
      context: { trace_id: "0xt", span_id: "0xs" },
      parent_id: null,
      start_time: "2026-08-01T10:00:00.500000Z",
      end_time: "2026-08-01T10:00:01Z",
      status: { status_code: "ERROR" },
      attributes: without("gen_ai.response.id"),
      resource: { attributes: { "service.name": "shop" } },
    };
    const metric = { type: "metric", name: "gen_ai.client.token.usage" };
    const { records, skipped, problems } = await read(
      [flat, metric, python, { resourceMetrics: [] }].map((each) => JSON.stringify(each)).join("\n"),
    );
    expect(problems).toEqual([]);
    expect(skipped).toBe(2);
    expect(records.map(({ id, timestampMs, latencyMs, status, project }) => ({ id, timestampMs, latencyMs, status, project }))).toEqual([
      { id: "t:msg_1", timestampMs: 1_785_578_400_500, latencyMs: 500, status: undefined, project: undefined },
      { id: "0xt:0xs", timestampMs: 1_785_578_400_500, latencyMs: 500, status: "error", project: "shop" },
    ]);
  });

  test("a span without a start is one of its end; without either it is a problem", async () => {
    const bare = { startTimeUnixNano: undefined, endTimeUnixNano: undefined };
    const ended = await read(otlp(span("s1", CHAT, { ...bare, endTimeUnixNano: "1777627800250000000" })));
    expect(ended.records).toEqual([expect.objectContaining({ timestampMs: 1_777_627_800_250 })]);
    expect(ended.records[0]).not.toHaveProperty("latencyMs");
    const timeless = await read(otlp(span("s1", CHAT, bare)));
    expect(timeless.problems).toEqual([{ line: 1, reason: "span s1 has no time" }]);
  });

  test("a broken span doesn't take the others of its batch with it", async () => {
    const { records, problems } = await read(
      otlp(span("s1", { ...CHAT, "gen_ai.usage.input_tokens": "many" }), span("s2", { ...CHAT, "gen_ai.response.id": "msg_2" })),
    );
    expect(records).toHaveLength(1);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("not a count of tokens") }]);
  });
});

withData("samples/copilot", (folder) => {
  test("acceptance H5: flat spans of a real program", async () => {
    const { records, problems } = await runImporterOnFile(otelImporter, join(folder, "otel.jsonl"));
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(sumsOf(records)).toEqual({ input: 19_452, output: 281 });
    expect(records[0]?.tokens).toMatchObject({ cacheRead: 123, reasoning: 128 });
  });
});
