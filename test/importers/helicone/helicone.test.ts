import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { heliconeImporter } from "../../../src/importers/sources/helicone/helicone-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, testImporter } from "../conformance.ts";
import { type Outcome, runImporter } from "../run-importer.ts";

const request = (fields: object = {}): object => ({
  request_id: "req-1",
  request_created_at: "2026-08-01T10:00:00.000Z",
  response_status: 200,
  request_model: "gpt-5",
  model_override: null,
  response_model: "gpt-5-2025-08-07",
  provider: "OPENAI",
  delay_ms: 900,
  prompt_tokens: 1000,
  prompt_cache_read_tokens: 400,
  prompt_cache_write_tokens: 0,
  completion_tokens: 200,
  prompt_audio_tokens: 0,
  completion_audio_tokens: 0,
  total_tokens: 1200,
  costUSD: 0.0125,
  request_user_id: "u1",
  properties: { "Helicone-Session-Id": "s1", app: "web" },
  cache_reference_id: "00000000-0000-0000-0000-000000000000",
  request_body: { messages: PROMPT_TEXT },
  ...fields,
});
const read = (value: unknown): Promise<Outcome> => runImporter(heliconeImporter, typeof value === "string" ? value : JSON.stringify(value));

testImporter({
  importer: heliconeImporter,
  fileName: "requests.json",
  write: (calls) => JSON.stringify({ data: Array.from({ length: calls }, (_, n) => request({ request_id: `req-${n}` })), error: null }),
  tokens: (calls) => ({ input: 1000 * calls, output: 200 * calls }),
});

describe("sources 3.8: Helicone", () => {
  test("a row is a call, priced by the model that answered", async () => {
    const { records, problems } = await read([request()]);
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: "req-1",
        timestampMs: Date.UTC(2026, 7, 1, 10),
        provider: "openai",
        model: "gpt-5-2025-08-07",
        requestedModel: "gpt-5",
        tokens: { input: 1000, output: 200, cacheRead: 400 },
        latencyMs: 900,
        reportedCostNanoUsd: 12_500_000,
        userId: "u1",
        sessionId: "s1",
        source: "helicone",
        usageSource: "imported",
        metadata: { "Helicone-Session-Id": "s1", app: "web" },
      },
    ]);
  });

  test("a reply from Helicone's own cache is no call", async () => {
    expect(await read([request({ cache_reference_id: "6f0e6f5e-1f3d-4a51-8b6c-2b1f2f7a9c01" })])).toMatchObject({
      records: [],
      skipped: 1,
      problems: [],
    });
  });

  test("total_tokens shows whether prompt tokens include cached ones", async () => {
    const beside = await read([request({ prompt_tokens: 1000, total_tokens: 1600 })]);
    expect(beside.records[0]?.tokens).toEqual({ input: 1400, output: 200, cacheRead: 400 });
    const more = await read([request({ prompt_tokens: 10, total_tokens: null })]);
    expect(more.records[0]?.tokens).toEqual({ input: 410, output: 200, cacheRead: 400 });
  });

  test("errors and replies that never came are told apart; without tokens they are nothing", async () => {
    const { records } = await read([request({ response_status: 500 }), request({ response_status: -3 })]);
    expect(records.map((record) => record.status)).toEqual(["error", "aborted"]);
    expect(
      await read([request({ response_status: 500, prompt_tokens: 0, prompt_cache_read_tokens: 0, completion_tokens: 0, costUSD: 0 })]),
    ).toMatchObject({
      records: [],
      skipped: 1,
    });
  });

  test("the CSV exporter's table, whose request_body is not read", async () => {
    const { records, problems } = await read(
      "response_id,response_created_at,response_status,request_created_at,request_body,request_properties,request_user_id,model,prompt_tokens,completion_tokens,latency,cost\n" +
        `resp-1,2026-08-01T10:00:01Z,200,2026-08-01T10:00:00Z,"{""messages"":""${PROMPT_TEXT}, with\nnewline""}","{""app"":""web""}",u1,gpt-5,10,2,900,0.5\n`,
    );
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      id: "resp-1",
      tokens: { input: 10, output: 2 },
      latencyMs: 900,
      reportedCostNanoUsd: 500_000_000,
      metadata: { app: "web" },
    });
    expect(JSON.stringify(records)).not.toContain(PROMPT_TEXT);
  });
});

withData("samples/helicone/export.csv-header.txt", (path) => {
  test("the exporter's own heading is accepted", async () => {
    const heading = readFileSync(join(path), "utf8").trim();
    expect(await read(`${heading}\n`)).toMatchObject({ records: [], problems: [] });
  });
});
