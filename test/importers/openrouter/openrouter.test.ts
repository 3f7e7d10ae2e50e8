import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openrouterImporter } from "../../../src/importers/sources/openrouter/openrouter-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, runImporter, runImporterOnFile } from "../run-importer.ts";

const HEADING =
  "generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_disabled,api_key_name,app_name";
const row = (id: string, app = "app"): string =>
  `${id},2026-02-06 18:54:30.040,0.0123,0,0,0,0.5,1000,200,50,300,openai/gpt-oss-120b,DeepInfra,standard,false,true,ada,stop,stop,1200,250,false,key-1,${app}`;
const read = (text: string): Promise<Outcome> => runImporter(openrouterImporter, text);

testImporter({
  importer: openrouterImporter,
  fileName: "activity.csv",
  write: (calls) => `${HEADING},note\n${Array.from({ length: calls }, (_, n) => `${row(`gen-${n}`)},${PROMPT_TEXT}\n`).join("")}`,
  tokens: (calls) => ({ input: 1000 * calls, output: 200 * calls }),
});

describe("sources 3.8: OpenRouter", () => {
  test("a row of the activity export is a call, at a time in UTC", async () => {
    const { records, problems } = await read(`${HEADING}\n${row("gen-1")}\n`);
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: "gen-1",
        timestampMs: Date.parse("2026-02-06T18:54:30.040Z"),
        provider: "openrouter",
        model: "openai/gpt-oss-120b",
        tokens: { input: 1000, output: 200, cacheRead: 300, reasoning: 50 },
        latencyMs: 1200,
        reportedCostNanoUsd: 12_300_000,
        user: "ada",
        key: "key-1",
        source: "openrouter",
        usageSource: "imported",
        metadata: { upstream_provider: "DeepInfra", variant: "standard", app: "app", finish_reason: "stop", byok_usd: "0.5" },
      },
    ]);
  });

  test("a cancelled call is aborted, and a free one costs nothing", async () => {
    const { records } = await read(`${HEADING}\n${row("gen-1").replace("false,true", "true,true").replace("0.0123", "0")}\n`);
    expect(records[0]).toMatchObject({ status: "aborted", reportedCostNanoUsd: 0 });
  });

  test("a day of the activity API is one record that a later answer may overtake", async () => {
    const day = {
      date: "2025-08-24",
      model: "openai/gpt-4.1",
      model_permaslug: "openai/gpt-4.1-2025-04-14",
      endpoint_id: "e-1",
      provider_name: "OpenAI",
      usage: 0.015,
      byok_usage_inference: 0,
      requests: 5,
      prompt_tokens: 50,
      completion_tokens: 125,
      reasoning_tokens: 25,
    };
    const { records } = await read(JSON.stringify({ data: [day, { ...day, requests: 6, completion_tokens: 130 }] }));
    expect(records[0]).toMatchObject({
      timestampMs: Date.UTC(2025, 7, 24),
      model: "openai/gpt-4.1-2025-04-14",
      tokens: { input: 50, output: 125, reasoning: 25 },
      reportedCostNanoUsd: 15_000_000,
      requestInputTokens: 10,
      metadata: { requests: "5", upstream_provider: "OpenAI" },
    });
    expect(records[1]?.id).toBe(records[0]?.id);
    expect(records.map((record) => record.replay?.rank)).toEqual([Number.MAX_SAFE_INTEGER - 5, Number.MAX_SAFE_INTEGER - 6]);
  });

  test("the daily export", async () => {
    const { records } = await read(
      "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n2026-02-06,openai/gpt-4.1,0.015,0,5,50,125,25\n",
    );
    expect(records[0]).toMatchObject({ timestampMs: Date.UTC(2026, 1, 6), tokens: { input: 50, output: 125, reasoning: 25 } });
  });

  test("a generation is counted by the model's own tokenizer", async () => {
    const { records, problems } = await read(
      JSON.stringify({
        data: {
          id: "gen-2",
          created_at: "2026-02-06T18:54:30.04Z",
          model: "anthropic/claude-sonnet-4.5",
          total_cost: 0.01,
          tokens_prompt: 90,
          tokens_completion: 9,
          native_tokens_prompt: 100,
          native_tokens_completion: 10,
          native_tokens_reasoning: 4,
          native_tokens_cached: 40,
          generation_time: 900,
        },
      }),
    );
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      id: "gen-2",
      tokens: { input: 100, output: 10, cacheRead: 40, reasoning: 4 },
      reportedCostNanoUsd: 10_000_000,
      latencyMs: 900,
    });
  });

  test("a negative cost is refused by line", async () => {
    const { records, problems } = await read(`${HEADING}\n${row("gen-1")}\n${row("gen-2").replace("0.0123", "-1")}\n`);
    expect(records).toHaveLength(1);
    expect(problems).toEqual([{ line: 3, reason: expect.stringContaining("can't be negative") }]);
  });

  test("another table is refused", async () => {
    const { problems } = await read("a,b\n1,2\n");
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("no activity export of OpenRouter") }]);
  });
});

withData("samples/openrouter", (folder) => {
  test("acceptance H5: both samples", async () => {
    const csv = await runImporterOnFile(openrouterImporter, join(folder, "activity-export.csv"));
    expect(csv.problems).toEqual([]);
    expect(csv.records.map(({ tokens, reportedCostNanoUsd }) => [tokens, reportedCostNanoUsd])).toEqual([
      [{ input: 10_389, output: 137 }, 12_300_000],
    ]);
    const api = await runImporterOnFile(openrouterImporter, join(folder, "activity-api.json"));
    expect(api.problems).toEqual([]);
    expect(api.records.map(({ tokens, reportedCostNanoUsd }) => [tokens, reportedCostNanoUsd])).toEqual([
      [{ input: 50, output: 125, reasoning: 25 }, 15_000_000],
    ]);
  });
});
