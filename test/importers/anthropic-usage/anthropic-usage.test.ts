import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { anthropicUsageImporter } from "../../../src/importers/sources/anthropic-usage/anthropic-usage-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, runImporter, runImporterOnFile } from "../run-importer.ts";

const result = (fields: object = {}): object => ({
  uncached_input_tokens: 1500,
  cache_creation: { ephemeral_1h_input_tokens: 1000, ephemeral_5m_input_tokens: 500 },
  cache_read_input_tokens: 200,
  output_tokens: 500,
  server_tool_use: { web_search_requests: 10 },
  api_key_id: "apikey_1",
  workspace_id: "wrkspc_1",
  model: "claude-sonnet-4-5-20250929",
  service_tier: "standard",
  context_window: "0-200k",
  inference_geo: "not_available",
  ...fields,
});
const amount = (fields: object = {}): object => ({
  currency: "USD",
  amount: "123.45",
  workspace_id: "wrkspc_1",
  description: "Claude Sonnet 4.5 Usage - Input Tokens",
  cost_type: "tokens",
  model: "claude-sonnet-4-5-20250929",
  service_tier: "standard",
  token_type: "uncached_input_tokens",
  ...fields,
});
const page = (days: object[][]): string =>
  JSON.stringify({
    data: days.map((results, day) => ({
      starting_at: `2026-08-0${day + 1}T00:00:00Z`,
      ending_at: `2026-08-0${day + 2}T00:00:00Z`,
      results,
    })),
    has_more: false,
    next_page: null,
  });
const read = (text: string): Promise<Outcome> => runImporter(anthropicUsageImporter, text);

testImporter({
  importer: anthropicUsageImporter,
  fileName: "usage_report.json",
  write: (calls) => page(Array.from({ length: calls }, () => [result({ note: PROMPT_TEXT })])),
  tokens: (calls) => ({ input: 3200 * calls, output: 500 * calls }),
});

describe("sources 3.8: Anthropic usage", () => {
  test("each result is one record with disjoint cache parts and its searches", async () => {
    const { records, problems } = await read(page([[result()]]));
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: expect.any(String),
        timestampMs: Date.UTC(2026, 7, 1),
        provider: "anthropic",
        model: "claude-sonnet-4-5-20250929",
        tokens: { input: 3200, output: 500, cacheRead: 200, cacheWrite5m: 500, cacheWrite1h: 1000, webSearches: 10 },
        key: "apikey_1",
        projectId: "wrkspc_1",
        source: "anthropic-usage",
        usageSource: "imported",
        serviceTier: "standard",
        requestInputTokens: 3200,
        metadata: { context_window: "0-200k", bucket_end: "2026-08-02T00:00:00Z" },
        replay: { rank: Number.MAX_SAFE_INTEGER - 3700 },
      },
    ]);
  });

  test("a sum over many short requests is not a long request, and a long one's is", async () => {
    const requestInput = async (context_window: string | null): Promise<number | undefined> =>
      (await read(page([[result({ uncached_input_tokens: 5_000_000, context_window })]]))).records[0]?.requestInputTokens;
    expect(await requestInput("0-200k")).toBe(200_000);
    expect(await requestInput("≤ 200k")).toBe(200_000);
    expect(await requestInput(null)).toBe(200_000);
    expect(await requestInput("200k-1M")).toBeGreaterThan(200_000);
    expect(await requestInput("> 200k")).toBeGreaterThan(200_000);
  });

  test("speed and place are kept where they mean something", async () => {
    const { records } = await read(
      page([[result({ speed: "fast", inference_geo: "us" }), result({ speed: "standard", inference_geo: "global" })]]),
    );
    expect(records.map(({ speed, inferenceGeo }) => [speed, inferenceGeo])).toEqual([
      ["fast", "us"],
      [undefined, undefined],
    ]);
  });

  test("the Console's usage export, old layout and new", async () => {
    const old =
      "usage_date_utc,model_version,api_key,workspace,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count";
    const first = await read(`${old}\n2025-06-01,claude-sonnet-4-20250514,my key,Default,standard,100,20,30,40,50,2\n`);
    expect(first.problems).toEqual([]);
    expect(first.records[0]).toMatchObject({
      timestampMs: Date.UTC(2025, 5, 1),
      model: "claude-sonnet-4-20250514",
      key: "my key",
      project: "Default",
      serviceTier: "standard",
      tokens: { input: 190, output: 50, cacheRead: 40, cacheWrite5m: 20, cacheWrite1h: 30, webSearches: 2 },
    });
    const second = await read(
      `${old.replace("usage_type,", "usage_type,context_window,")},inference_geo,speed\n2026-05-01,claude-opus-4-6,k,w,batch,> 200k,100,0,0,0,50,0,us,fast\n`,
    );
    expect(second.records[0]).toMatchObject({ serviceTier: "batch", speed: "fast", inferenceGeo: "us", requestInputTokens: 200_001 });
  });
});

describe("sources 3.8: Anthropic costs", () => {
  test("bad-input F191: amounts of the report are in cents", async () => {
    const { records, warnings, problems } = await read(page([[amount()]]));
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      reportedCostNanoUsd: 1_234_500_000,
      tokens: {},
      tags: ["cost-report"],
      model: "claude-sonnet-4-5-20250929",
    });
    expect(warnings).toHaveLength(1);
  });

  test("bad-input F191: credits are adjustments, other currencies refused", async () => {
    const { records, problems } = await read(
      page([[amount({ amount: "-50" }), amount({ currency: "EUR" }), amount({ amount: "1,234.5" })]]),
    );
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ reportedCostNanoUsd: -500_000_000, status: "adjustment" });
    expect(problems.map((problem) => problem.reason)).toEqual([expect.stringContaining('"EUR"'), expect.stringContaining('"1,234.5"')]);
  });

  test("kinds of tokens are amounts of their own", async () => {
    const { records } = await read(page([[amount(), amount({ token_type: "output_tokens" })]]));
    expect(new Set(records.map((record) => record.id)).size).toBe(2);
  });

  test("the Console's cost export is in USD, and names models for people", async () => {
    const { records, problems } = await read(
      "usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd\n2024-12-01,Claude Haiku 4.5,Default,k,message,input_no_cache,1.25\n",
    );
    expect(problems).toEqual([]);
    expect(records[0]).toMatchObject({ model: "claude-haiku-4-5", reportedCostNanoUsd: 1_250_000_000, project: "Default", key: "k" });
  });
});

withData("samples/anthropic-admin", (folder) => {
  test("acceptance H5: both samples", async () => {
    const usage = await runImporterOnFile(anthropicUsageImporter, join(folder, "usage_report_messages.constructed.json"));
    expect(usage.problems).toEqual([]);
    expect(usage.records.map((record) => record.tokens)).toEqual([
      { input: 3200, output: 500, cacheRead: 200, cacheWrite5m: 500, cacheWrite1h: 1000, webSearches: 10 },
    ]);
    const costs = await runImporterOnFile(anthropicUsageImporter, join(folder, "cost_report.constructed.json"));
    expect(costs.problems).toEqual([]);
    expect(costs.records.map((record) => record.reportedCostNanoUsd)).toEqual([1_234_500_000]);
  });
});
