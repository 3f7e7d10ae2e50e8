import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { langfuseImporter } from "../../../src/importers/sources/langfuse/langfuse-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, runImporter, runImporterOnFile } from "../run-importer.ts";

const observation = (fields: object = {}): object => ({
  id: "obs-1",
  trace_id: "tr-1",
  project_id: "p1",
  environment: "default",
  type: "GENERATION",
  start_time: "2026-08-01 10:00:00.000",
  name: "chat",
  level: "DEFAULT",
  provided_model_name: "claude-sonnet-4-5-20250929",
  usage_details: { input: 300, cache_read_input_tokens: 1000, cache_creation_input_tokens: 200, output: 70, total: 1570 },
  cost_details: { input: 0.0009, total: 0.003 },
  total_cost: 0.003,
  latency: 2.1,
  input: PROMPT_TEXT,
  output: PROMPT_TEXT,
  metadata: { said: PROMPT_TEXT },
  ...fields,
});
const read = (value: unknown): Promise<Outcome> => runImporter(langfuseImporter, typeof value === "string" ? value : JSON.stringify(value));
const tokensOf = async (usage_details: unknown): Promise<unknown> => (await read([observation({ usage_details })])).records[0]?.tokens;

testImporter({
  importer: langfuseImporter,
  fileName: "observations.jsonl",
  write: (calls) => Array.from({ length: calls }, (_, n) => `${JSON.stringify(observation({ id: `obs-${n}` }))}\n`).join(""),
  tokens: (calls) => ({ input: 1500 * calls, output: 70 * calls }),
});

describe("sources 3.8: Langfuse", () => {
  test("a generation is a call whose usage is kept apart by kind", async () => {
    const { records, problems, warnings } = await read([observation()]);
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(records).toEqual([
      {
        id: "obs-1",
        timestampMs: Date.UTC(2026, 7, 1, 10),
        provider: "anthropic",
        model: "claude-sonnet-4-5-20250929",
        tokens: { input: 1500, output: 70, cacheRead: 1000, cacheWrite5m: 200 },
        latencyMs: 2100,
        reportedCostNanoUsd: 3_000_000,
        projectId: "p1",
        source: "langfuse",
        usageSource: "imported",
        metadata: { trace_id: "tr-1", environment: "default", name: "chat" },
      },
    ]);
  });

  test("only generations and embeddings are calls", async () => {
    const { records, skipped } = await read(
      ["SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "GENERATION", "EMBEDDING"].map((type) => observation({ type, id: type })),
    );
    expect(records.map((record) => record.id)).toEqual(["GENERATION", "EMBEDDING"]);
    expect(skipped).toBe(5);
  });

  test.each([
    [
      { input: 100, output: 20 },
      { input: 100, output: 20 },
    ],
    [
      { input: 100, input_cached_tokens: 40, output: 20, output_reasoning_tokens: 30, total: 190 },
      { input: 140, output: 50, cacheRead: 40, reasoning: 30 },
    ],
    [
      { input: 100, input_cached_tokens: 40, output: 20, output_reasoning_tokens: 5, total: 120 },
      { input: 100, output: 20, cacheRead: 40, reasoning: 5 },
    ],
    [
      { promptTokens: 7, completionTokens: 3, totalTokens: 10 },
      { input: 7, output: 3 },
    ],
    [
      { input: 1, input_cache_creation_1h: 10, input_cache_creation_5m: 20, output: 2 },
      { input: 31, output: 2, cacheWrite1h: 10, cacheWrite5m: 20 },
    ],
    [
      { input_tokens: 5, input_audio_tokens: 6, output_tokens: 7, output_audio_tokens: 8 },
      { input: 11, output: 15, audioInput: 6, audioOutput: 8 },
    ],
    ['{"input":"12","output":"3","unit":"TOKENS"}', { input: 12, output: 3 }],
  ])("usage %j", async (usage, tokens) => {
    expect(await tokensOf(usage)).toEqual(tokens);
  });

  test("a kind that is neither input nor output is told", async () => {
    const { warnings } = await read([observation({ usage_details: { input: 1, output: 1, images: 3 } })]);
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining('"images"') }]);
  });

  test("camel case, as the API answers, is the same call", async () => {
    const camel = {
      id: "obs-1",
      traceId: "tr-1",
      projectId: "p1",
      environment: "default",
      type: "GENERATION",
      startTime: "2026-08-01T10:00:00.000Z",
      name: "chat",
      level: "ERROR",
      model: "claude-sonnet-4-5-20250929",
      usageDetails: { input: 300, cache_read_input_tokens: 1000, cache_creation_input_tokens: 200, output: 70, total: 1570 },
      costDetails: { total: 0.003 },
      latency: 2.1,
    };
    const { records } = await read({ data: [camel], meta: { page: 1 } });
    expect(records).toEqual([{ ...(await read([observation()])).records[0], status: "error" }]);
  });

  test("the CSV export, with its JSON columns", async () => {
    const { records, problems } = await read(
      'id,type,start_time,provided_model_name,usage_details,total_cost,input\nobs-1,GENERATION,2026-08-01 10:00:00,gpt-5,"{""input"":10,""output"":2}",,"line one\nline two"\nobs-2,SPAN,2026-08-01 10:00:00,,{},,\n',
    );
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ provider: "openai", tokens: { input: 10, output: 2 } });
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("an export of traces is told apart", async () => {
    const { problems } = await read([{ id: "tr-1", timestamp: "2026-08-01T10:00:00Z" }]);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("is this an export of observations?") }]);
  });
});

withData("samples/langfuse", (folder) => {
  test("acceptance H5: the sample", async () => {
    const { records, problems } = await runImporterOnFile(langfuseImporter, join(folder, "observation.constructed.json"));
    expect(problems).toEqual([]);
    expect(records.map(({ tokens, reportedCostNanoUsd }) => [tokens, reportedCostNanoUsd])).toEqual([
      [{ input: 1500, output: 70, cacheRead: 1000, cacheWrite5m: 200 }, 3_000_000],
    ]);
  });
});
