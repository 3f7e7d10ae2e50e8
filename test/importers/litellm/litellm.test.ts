import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { litellmImporter } from "../../../src/importers/sources/litellm/litellm-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, type RunOptions, runImporter, runImporterOnFile } from "../run-importer.ts";

const log = (fields: object = {}): object => ({
  request_id: "chatcmpl-1",
  call_type: "acompletion",
  api_key: "88dc28",
  spend: 0.00354,
  total_tokens: 1570,
  prompt_tokens: 1500,
  completion_tokens: 70,
  startTime: "2026-08-01T10:00:00.000Z",
  endTime: "2026-08-01T10:00:02.100Z",
  model: "claude-sonnet-4-5-20250929",
  model_group: "sonnet",
  custom_llm_provider: "vertex_ai",
  user: "u1",
  metadata: {
    user_api_key_alias: "team-a-key",
    user_api_key_team_alias: "Team A",
    additional_usage_values: {
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 200,
      cache_creation_token_details: { ephemeral_1h_input_tokens: 50 },
      completion_tokens_details: { reasoning_tokens: 30 },
    },
  },
  cache_hit: "False",
  request_tags: ["a", "b"],
  team_id: "team-a",
  organization_id: "org-1",
  end_user: "customer-7",
  session_id: "s1",
  status: "success",
  messages: [{ role: "user", content: PROMPT_TEXT }],
  ...fields,
});
const read = (value: unknown, settings: RunOptions = {}): Promise<Outcome> =>
  runImporter(litellmImporter, typeof value === "string" ? value : JSON.stringify(value), settings);

testImporter({
  importer: litellmImporter,
  fileName: "spend_logs.jsonl",
  write: (calls) => Array.from({ length: calls }, (_, n) => `${JSON.stringify(log({ request_id: `r${n}` }))}\n`).join(""),
  tokens: (calls) => ({ input: 1500 * calls, output: 70 * calls }),
});

describe("sources 3.8: LiteLLM", () => {
  test("a spend log is a call; prompt_tokens includes cached ones", async () => {
    const { records, problems } = await read([log()]);
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: "chatcmpl-1",
        timestampMs: Date.UTC(2026, 7, 1, 10),
        provider: "vertex",
        model: "claude-sonnet-4-5-20250929",
        requestedModel: "sonnet",
        tokens: { input: 1500, output: 70, cacheRead: 1000, cacheWrite5m: 150, cacheWrite1h: 50, reasoning: 30 },
        latencyMs: 2100,
        reportedCostNanoUsd: 3_540_000,
        orgId: "org-1",
        team: "Team A",
        teamId: "team-a",
        userId: "u1",
        key: "team-a-key",
        sessionId: "s1",
        tags: ["a", "b"],
        source: "litellm",
        usageSource: "imported",
        metadata: { call_type: "acompletion", end_user: "customer-7" },
      },
    ]);
  });

  test("OpenAI's spelling of cached tokens is read where the other is absent", async () => {
    const { records } = await read([log({ metadata: { usage_object: { prompt_tokens_details: { cached_tokens: 700 } } } })]);
    expect(records[0]?.tokens).toEqual({ input: 1500, output: 70, cacheRead: 700 });
  });

  test("--input-excludes-cache reads prompt_tokens that leave cached ones out", async () => {
    const { records } = await read([log({ prompt_tokens: 300 })], { options: { inputExcludesCache: true } });
    expect(records[0]?.tokens.input).toBe(1500);
  });

  test("an answer from LiteLLM's own cache is no call", async () => {
    for (const cache_hit of ["True", true])
      expect(await read([log({ cache_hit, spend: 0 })])).toMatchObject({ records: [], skipped: 1, problems: [] });
  });

  test("a spend of 0 for used tokens is no price, so the book's own applies", async () => {
    const { records } = await read([log({ spend: 0 })]);
    expect(records[0]).not.toHaveProperty("reportedCostNanoUsd");
  });

  test("a failed call without tokens is nothing, one with tokens an error", async () => {
    expect(await read([log({ status: "failure", spend: 0, prompt_tokens: 0, completion_tokens: 0, metadata: {} })])).toMatchObject({
      records: [],
      skipped: 1,
    });
    expect((await read([log({ status: "failure" })])).records[0]?.status).toBe("error");
  });

  test("the table as CSV, with its JSON columns", async () => {
    const { records, problems } = await read(
      "request_id,model,custom_llm_provider,spend,prompt_tokens,completion_tokens,startTime,endTime,metadata,request_tags,cache_hit\n" +
        `r1,gpt-5,openai,0.5,100,20,2026-08-01 10:00:00.5,2026-08-01 10:00:01,"{""usage_object"":{""prompt_tokens_details"":{""cached_tokens"":40}}}","[""x""]",False\n`,
      { options: { timeZone: "America/New_York" } },
    );
    expect(problems).toEqual([]);
    expect(records[0]).toMatchObject({
      timestampMs: Date.parse("2026-08-01T14:00:00.500Z"),
      latencyMs: 500,
      tokens: { input: 100, output: 20, cacheRead: 40 },
      tags: ["x"],
    });
  });

  test("a row of a daily table is a sum that grows", async () => {
    const { records } = await read([
      {
        id: "d1",
        user_id: "u1",
        date: "2026-08-01",
        api_key: "k",
        model: "gpt-5",
        custom_llm_provider: "openai",
        prompt_tokens: 1000,
        completion_tokens: 10,
        cache_read_input_tokens: 600,
        cache_creation_input_tokens: 0,
        spend: 0.1,
        api_requests: 4,
      },
    ]);
    expect(records[0]).toMatchObject({
      timestampMs: Date.UTC(2026, 7, 1),
      tokens: { input: 1000, output: 10, cacheRead: 600 },
      requestInputTokens: 250,
      replay: { rank: Number.MAX_SAFE_INTEGER - 4 },
    });
  });

  test("a log without a model is a problem of its line, and the next is read", async () => {
    const { records, problems } = await read(`${JSON.stringify(log({ model: "" }))}\n${JSON.stringify(log())}\n`);
    expect(records).toHaveLength(1);
    expect(problems).toEqual([{ line: 1, reason: "model is missing" }]);
  });
});

withData("samples/litellm", (folder) => {
  test("acceptance H5: the sample", async () => {
    const { records, problems } = await runImporterOnFile(litellmImporter, join(folder, "spendlog.constructed.json"));
    expect(problems).toEqual([]);
    expect(records.map(({ tokens, reportedCostNanoUsd }) => [tokens, reportedCostNanoUsd])).toEqual([
      [{ input: 1500, output: 70, cacheRead: 1000, cacheWrite5m: 200 }, 3_540_000],
    ]);
  });
});
