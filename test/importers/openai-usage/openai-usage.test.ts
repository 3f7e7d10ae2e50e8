import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openaiUsageImporter } from "../../../src/importers/sources/openai-usage/openai-usage-importer.ts";
import type { UsageRecord } from "../../../src/usage/index.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, runImporter, runImporterOnFile } from "../run-importer.ts";

const DAY = 1_777_593_600;
const result = (fields: object): object => ({
  object: "organization.usage.completions.result",
  input_tokens: 1000,
  input_cached_tokens: 400,
  output_tokens: 500,
  num_model_requests: 5,
  project_id: "proj_1",
  user_id: null,
  api_key_id: "key_1",
  model: "gpt-5-2025-08-07",
  batch: false,
  service_tier: "default",
  ...fields,
});
const page = (buckets: { start?: number; results: object[] }[]): string =>
  JSON.stringify({
    object: "page",
    data: buckets.map(({ start = DAY, results }) => ({ object: "bucket", start_time: start, end_time: start + 86_400, results })),
    has_more: false,
    next_page: null,
  });
const read = (text: string, name?: string): Promise<Outcome> => runImporter(openaiUsageImporter, text, name === undefined ? {} : { name });
const cost = (fields: object): object => ({
  object: "organization.costs.result",
  amount: { value: 0.06, currency: "usd" },
  line_item: "gpt-5-2025-08-07, cached input",
  project_id: "proj_1",
  api_key_id: null,
  quantity: 400,
  quantity_unit: "tokens",
  ...fields,
});

testImporter({
  importer: openaiUsageImporter,
  fileName: "usage.json",
  write: (calls) => page(Array.from({ length: calls }, (_, n) => ({ start: DAY + n * 86_400, results: [result({ note: PROMPT_TEXT })] }))),
  tokens: (calls) => ({ input: 1000 * calls, output: 500 * calls }),
});

describe("sources 3.8: OpenAI usage", () => {
  test("each result of a bucket is one record at the bucket's start", async () => {
    const { records, problems } = await read(
      page([{ results: [result({ input_cache_write_tokens: 100 }), result({ model: "gpt-5-mini" })] }]),
    );
    expect(problems).toEqual([]);
    expect(records).toHaveLength(2);
    expect(records[0]).toEqual({
      id: expect.any(String),
      timestampMs: DAY * 1000,
      provider: "openai",
      model: "gpt-5-2025-08-07",
      tokens: { input: 1000, output: 500, cacheRead: 400, cacheWrite5m: 100 },
      projectId: "proj_1",
      key: "key_1",
      source: "openai-usage",
      usageSource: "imported",
      serviceTier: "default",
      requestInputTokens: 200,
      metadata: { kind: "completions", requests: "5", bucket_end: "2026-05-02T00:00:00.000Z" },
      replay: { rank: Number.MAX_SAFE_INTEGER - 5 },
    });
  });

  test("a bucket that has grown is the same bucket, told apart by all that it is grouped by", async () => {
    const idOf = async (fields: object): Promise<string | undefined> => (await read(page([{ results: [result(fields)] }]))).records[0]?.id;
    const id = await idOf({});
    expect(await idOf({ output_tokens: 900, num_model_requests: 9 })).toBe(id);
    for (const other of [
      { model: "gpt-5-mini" },
      { project_id: "proj_2" },
      { user_id: "u" },
      { api_key_id: null },
      { batch: true },
      { service_tier: "flex" },
    ]) {
      expect(await idOf(other)).not.toBe(id);
    }
    const embeddings = await idOf({ object: "organization.usage.embeddings.result" });
    expect(embeddings).not.toBe(id);
  });

  test("batch usage is batch", async () => {
    const { records } = await read(page([{ results: [result({ batch: true })] }]));
    expect(records[0]?.serviceTier).toBe("batch");
  });

  test("audio tokens are parts of input and output", async () => {
    const { records } = await read(page([{ results: [result({ input_audio_tokens: 50, output_audio_tokens: 60 })] }]));
    expect(records[0]?.tokens).toEqual({ input: 1000, output: 500, cacheRead: 400, audioInput: 50, audioOutput: 60 });
  });

  test("embeddings count input only", async () => {
    const { records } = await read(
      page([
        {
          results: [
            { object: "organization.usage.embeddings.result", input_tokens: 16, num_model_requests: 2, model: "text-embedding-3-small" },
          ],
        },
      ]),
    );
    expect(records[0]?.tokens).toEqual({ input: 16, output: 0 });
  });

  test("usage that isn't counted in tokens is passed over and told once", async () => {
    const images = { object: "organization.usage.images.result", images: 2, size: "1024x1024" };
    const { records, skipped, warnings, problems } = await read(page([{ results: [images, images] }]));
    expect({ records, skipped, problems }).toEqual({ records: [], skipped: 2, problems: [] });
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining("usage of images is not counted in tokens") }]);
  });

  test("one broken result doesn't take its bucket with it", async () => {
    const { records, problems } = await read(
      page([
        {
          results: [
            result({ input_tokens: "many" }),
            result({ model: "gpt-5-mini" }),
            result({ num_model_requests: 0, input_tokens: 0, input_cached_tokens: 0, output_tokens: 0 }),
          ],
        },
      ]),
    );
    expect(records.map((record) => record.model)).toEqual(["gpt-5-mini"]);
    expect(problems).toEqual([{ line: 1, reason: 'input_tokens is "many", not a count of tokens' }]);
  });

  test("an answer that is no page is a problem", async () => {
    const { problems } = await read('{"error":{"message":"no admin key"}}');
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("no bucket of OpenAI's usage or costs") }]);
  });

  test("the exported table: empty days are nothing, floats and FALSE are read", async () => {
    const heading =
      "start_time\tend_time\tstart_time_iso\tend_time_iso\tproject_id\tnum_model_requests\tuser_id\tapi_key_id\tmodel\tbatch\tservice_tier\tinput_tokens\toutput_tokens\tinput_cached_tokens";
    const day = `${DAY}\t${DAY + 86_400}\t2026-05-01T00:00:00+00:00\t2026-05-02T00:00:00+00:00`;
    const { records, skipped, problems } = await read(
      `${heading}\n${day}\t\t\t\t\t\t\t\t\t\t\n${day}\tproj_1\t3.0\t\t\tgpt-5\tFALSE\tdefault\t1000.0\t20.0\t300.0\n`,
      "usage.tsv",
    );
    expect(problems).toEqual([]);
    expect(skipped).toBe(1);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      timestampMs: DAY * 1000,
      model: "gpt-5",
      tokens: { input: 1000, output: 20, cacheRead: 300 },
      serviceTier: "default",
    });
  });
});

describe("sources 3.8: OpenAI costs", () => {
  const amounts = (records: UsageRecord[]): unknown[] => records.map((record) => record.reportedCostNanoUsd);

  test("each amount is a record of money without tokens, tagged, and told about once", async () => {
    const { records, warnings } = await read(
      page([{ results: [cost({}), cost({ line_item: "web search tool calls", amount: { value: 1.1, currency: "usd" } })] }]),
    );
    expect(records[0]).toEqual({
      id: expect.any(String),
      timestampMs: DAY * 1000,
      provider: "openai",
      model: "gpt-5-2025-08-07",
      tokens: {},
      reportedCostNanoUsd: 60_000_000,
      projectId: "proj_1",
      source: "openai-usage",
      usageSource: "imported",
      tags: ["cost-report"],
      metadata: { line_item: "gpt-5-2025-08-07, cached input", quantity: "400", quantity_unit: "tokens" },
      replay: { rank: Number.MAX_SAFE_INTEGER - 60_000_000 },
    });
    expect(amounts(records)).toEqual([60_000_000, 1_100_000_000]);
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining("counts twice") }]);
  });

  test("bad-input F191: another currency is refused, a credit is an adjustment, nothing is nothing", async () => {
    const { records, problems, skipped } = await read(
      page([
        {
          results: [
            cost({ amount: { value: 1, currency: "eur" } }),
            cost({ amount: { value: -0.5, currency: "usd" } }),
            cost({ amount: { value: 0, currency: "usd" } }),
          ],
        },
      ]),
    );
    expect(problems).toEqual([{ line: 1, reason: 'the amount is in "eur"; only USD can be recorded' }]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ reportedCostNanoUsd: -500_000_000, status: "adjustment" });
    expect(skipped).toBe(1);
  });

  test("the exported table", async () => {
    const { records, problems, skipped } = await read(
      "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n" +
        `${DAY}.0,${DAY + 86_400}.0,2026-05-01T00:00:00,2026-05-02T00:00:00,1.25e-05,usd,"gpt-5, input",proj_1,org-1,Example\n` +
        `${DAY}.0,${DAY + 86_400}.0,2026-05-01T00:00:00,2026-05-02T00:00:00,,,,,,\n`,
      "costs.csv",
    );
    expect(problems).toEqual([]);
    expect(skipped).toBe(1);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ model: "gpt-5", reportedCostNanoUsd: 12_500, org: "Example", orgId: "org-1" });
  });
});

withData("samples/openai-admin", (folder) => {
  test("acceptance H5: both samples", async () => {
    const usage = await runImporterOnFile(openaiUsageImporter, join(folder, "usage-completions.json"));
    expect(usage.problems).toEqual([]);
    expect(usage.records).toHaveLength(1);
    expect(usage.records[0]?.tokens).toEqual({
      input: 1000,
      output: 500,
      cacheRead: 400,
      cacheWrite5m: 100,
      audioInput: 50,
      audioOutput: 50,
    });
    expect(usage.warnings).toEqual([{ line: expect.any(Number), reason: expect.stringContaining("not grouped by model") }]);
    const costs = await runImporterOnFile(openaiUsageImporter, join(folder, "costs.json"));
    expect(costs.problems).toEqual([]);
    expect(costs.records).toHaveLength(1);
    expect(costs.records[0]).toMatchObject({ timestampMs: 1_730_419_200_000, reportedCostNanoUsd: 60_000_000 });
  });
});
