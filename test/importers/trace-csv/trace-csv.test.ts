import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { recogniseFiles } from "../../../src/importers/pipeline/recognition.ts";
import { traceCsvImporter } from "../../../src/importers/sources/trace-csv/trace-csv-importer.ts";
import { withData } from "../../shared-data.ts";
import { PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";
import { type Outcome, type RunOptions, runImporter, runImporterOnFile } from "../run-importer.ts";

const AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens";
const BURST = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type";
const options = { provider: "openai", model: "gpt-4o", epochMs: Date.UTC(2026, 0, 1) };
const read = (text: string | Buffer, settings: RunOptions = { options }): Promise<Outcome> => runImporter(traceCsvImporter, text, settings);

/** Which source a file turns out to be of where none is named. */
const traceOf = async (path: string): Promise<string | undefined> => [...(await recogniseFiles([path])).byImporter.keys()][0]?.source;

testImporter({
  importer: traceCsvImporter,
  fileName: "trace.csv",
  options,
  write: (calls) =>
    `${BURST},note\n${Array.from({ length: calls }, (_, n) => `${n},ChatGPT,100,20,120,Conversation log,${PROMPT_TEXT}\n`).join("")}`,
  tokens: (calls) => ({ input: 100 * calls, output: 20 * calls }),
});

describe("Azure's trace", () => {
  test("each row is a call of the given model at its own time", async () => {
    const { records, problems } = await read(`${AZURE}\n2023-11-16 18:17:03.9799600,4808,10\n`, {
      options: { provider: "azure", model: "gpt-4o" },
    });
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: expect.any(String),
        timestampMs: Date.parse("2023-11-16T18:17:03.979Z"),
        provider: "azure",
        model: "gpt-4o",
        tokens: { input: 4808, output: 10 },
        source: "trace-csv",
        usageSource: "imported",
      },
    ]);
  });

  test("it names no model, so --model is needed", async () => {
    const { records, problems } = await read(`${AZURE}\n2023-11-16 18:17:03,4808,10\n`, { options: {} });
    expect(records).toEqual([]);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("--model") }]);
  });

  test("an epoch isn't needed, which is told", async () => {
    const { records, warnings } = await read(`${AZURE}\n2023-11-16 18:17:03,4808,10\n`);
    expect(records[0]?.timestampMs).toBe(Date.parse("2023-11-16T18:17:03Z"));
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining("--epoch was not needed") }]);
  });
});

describe("BurstGPT", () => {
  test("seconds count from the epoch, and models have their own names", async () => {
    const { records, problems } = await read(`${BURST}\n5,ChatGPT,472,18,490,Conversation log\n45.5,GPT-4,1087,230,1317,API log\n`, {
      options: { epochMs: options.epochMs },
    });
    expect(problems).toEqual([]);
    expect(
      records.map(({ timestampMs, provider, model, tokens, metadata }) => [
        timestampMs - options.epochMs,
        provider,
        model,
        tokens,
        metadata,
      ]),
    ).toEqual([
      [5000, "openai", "gpt-3.5-turbo", { input: 472, output: 18 }, { log_type: "Conversation log" }],
      [45_500, "openai", "gpt-4", { input: 1087, output: 230 }, { log_type: "API log" }],
    ]);
  });

  test("--model names one for all rows, whatever the trace calls them", async () => {
    const { records } = await read(`${BURST}\n5,ChatGPT,472,18,490,x\n`, {
      options: { epochMs: 0, provider: "azure", model: "openai/gpt-4o" },
    });
    expect(records[0]).toMatchObject({ provider: "azure", model: "openai/gpt-4o" });
  });

  test("sessions and durations are kept where the trace has them", async () => {
    const { records } = await read(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,7,1.25,GPT-4,1,2,3,API log\n",
    );
    expect(records[0]).toMatchObject({ sessionId: "7", latencyMs: 1250 });
  });

  test("without an epoch it is refused with a sentence", async () => {
    const { records, problems } = await read(`${BURST}\n5,ChatGPT,472,18,490,Conversation log\n`, { options: {} });
    expect(records).toEqual([]);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("--epoch") }]);
  });

  test("a bad row is a problem of its line", async () => {
    const { records, problems } = await read(`${BURST}\nsoon,GPT-4,1,2,3,x\n,GPT-4,1,2,3,x\n5,GPT-4,1,2,3,x\n6,GPT-4,many,2,3,x\n`);
    expect(records).toHaveLength(1);
    expect(problems.map((problem) => problem.line)).toEqual([2, 3, 5]);
  });
});

test("two equal rows are two calls, and the same rows in a gzipped copy are the same calls", async () => {
  const text = `${AZURE}\n${"2023-11-16 18:17:03,4808,10\n".repeat(2)}`;
  const plain = await read(text);
  expect(new Set(plain.records.map((record) => record.id)).size).toBe(2);
  const packed = await read(gzipSync(text), { options, name: "copy.csv.gz" });
  expect(packed.records).toEqual(plain.records);
});

describe("Mooncake", () => {
  const line = (timestamp: unknown, input = 6758, output = 500): string =>
    `${JSON.stringify({ timestamp, input_length: input, output_length: output, hash_ids: [0, 1, 2] })}\n`;

  test("milliseconds count from the epoch; shared blocks are no cache reads", async () => {
    const { records, problems } = await read(line(0) + line(1881, 7, 8), { options: { model: "gpt-4o", epochMs: options.epochMs } });
    expect(problems).toEqual([]);
    expect(records).toEqual([
      expect.objectContaining({ timestampMs: options.epochMs, provider: "openai", model: "gpt-4o", tokens: { input: 6758, output: 500 } }),
      expect.objectContaining({ timestampMs: options.epochMs + 1881, tokens: { input: 7, output: 8 } }),
    ]);
  });

  test("its prompts' blocks are kept as what tells prompts apart, the last one with what is left", async () => {
    const { records, problems, warnings } = await read(line(0, 1100, 5) + line(1, 512, 5) + line(2, 600, 0));
    expect([problems, warnings]).toEqual([[], []]);
    expect(records.map(({ metadata }) => metadata)).toEqual([
      { prompt_blocks: "00000000:512 00000001:512 00000002:76" },
      { prompt_blocks: "00000000:512" },
      { prompt_blocks: "00000000:512 00000001:88" },
    ]);
  });

  test("blocks that can't be read are left out of their call, which is told", async () => {
    const row = (hashes: unknown): string => `${JSON.stringify({ timestamp: 0, input_length: 600, output_length: 1, hash_ids: hashes })}\n`;
    const { records, problems, warnings } = await read(row("0 1") + row([0, -1]) + row(null) + row([]));
    expect(problems).toEqual([]);
    expect(records.map(({ metadata }) => metadata)).toEqual([undefined, undefined, undefined, undefined]);
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining("hash_ids") }]);
  });

  test("the provider is the one that makes the model", async () => {
    const { records } = await read(line(0), { options: { epochMs: 0, model: "kimi-k2" } });
    expect(records[0]?.provider).toBe("moonshot");
  });

  test.each([
    [{ model: "gpt-4o" }, "--epoch"],
    [{ epochMs: 0 }, "--model"],
  ])("with only %j it is refused in one sentence that names %s", async (given, missing) => {
    const { records, problems, skipped } = await read(line(0).repeat(500), { options: given });
    expect([records.length, skipped]).toEqual([0, 0]);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining(missing) }]);
  });

  test("a bad line is a problem of its own, and mending it makes no other call of those after it", async () => {
    const broken = await read(line(0) + line("soon") + line(-1) + line(1e15) + line(9));
    expect(broken.problems.map((problem) => problem.line)).toEqual([2, 3, 4]);
    const mended = await read(line(0) + line(3) + line(4) + line(5) + line(9));
    expect(mended.records.at(-1)).toEqual(broken.records.at(-1));
  });

  test("an array of calls is the same calls", async () => {
    const lines = await read(line(0) + line(9));
    const array = await read(`[${line(0)},${line(9)}]`, { options, name: "trace.json" });
    expect(array.records).toEqual(lines.records);
  });
});

describe("Claude Code sessions", () => {
  const call = (changes: object): string =>
    `${JSON.stringify({
      session_id: "s-1",
      turn_index: 0,
      request_arrival_delta_s: 0.126,
      model_id: "claude-opus-4-7",
      input_tokens: 32_701,
      output_tokens: 161,
      api_time_s: 6.625,
      ttft_s: 4.667,
      ...changes,
    })}\n`;

  test("each session begins at the epoch, which is told; all context is input", async () => {
    const { records, problems, warnings } = await read(
      call({}) + call({ turn_index: 1, request_arrival_delta_s: 17.9 }) + call({ session_id: "s-2", request_arrival_delta_s: 0 }),
      { options: { epochMs: options.epochMs } },
    );
    expect(problems).toEqual([]);
    expect(records.map(({ timestampMs, sessionId }) => [timestampMs - options.epochMs, sessionId])).toEqual([
      [126, "s-1"],
      [17_900, "s-1"],
      [0, "s-2"],
    ]);
    expect(records[0]).toEqual({
      id: expect.any(String),
      timestampMs: options.epochMs + 126,
      provider: "anthropic",
      model: "claude-opus-4-7",
      tokens: { input: 32_701, output: 161 },
      latencyMs: 6625,
      sessionId: "s-1",
      source: "trace-csv",
      usageSource: "imported",
    });
    expect(warnings).toEqual([{ line: 1, reason: expect.stringContaining("each is taken to begin at --epoch") }]);
  });

  test("first calls that are alike, but of two sessions in two files, are two", async () => {
    const [one, two] = [await read(call({})), await read(call({ session_id: "s-2" }))];
    expect(one.records[0]?.id).not.toBe(two.records[0]?.id);
  });

  test("the trace's own model goes before --model, which another trace may need; who served it, --provider tells", async () => {
    const given = { ...options, provider: "bedrock", model: "gpt-4o" };
    const { records } = await read(call({}) + call({ model_id: null }), { options: given });
    expect(records.map(({ provider, model }) => [provider, model])).toEqual([
      ["bedrock", "claude-opus-4-7"],
      ["bedrock", "gpt-4o"],
    ]);
  });

  test("a call without any model is a problem of its line", async () => {
    const { records, problems } = await read(call({}) + call({ model_id: "" }), { options: { epochMs: 0 } });
    expect(records).toHaveLength(1);
    expect(problems).toEqual([{ line: 2, reason: "model_id is empty" }]);
  });

  test("without an epoch it is refused in one sentence", async () => {
    const { problems } = await read(call({}).repeat(50), { options: {} });
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("--epoch") }]);
  });
});

describe("Exgentic agent calls", () => {
  const call = (changes: object = {}): string =>
    `${JSON.stringify({
      start_time_iso: "2026-04-19T10:29:02.456822+00:00",
      end_time_iso: "2026-04-19T10:29:12.262686+00:00",
      duration_ms: 9805.86,
      session_id: "e3bf",
      request_model: "azure/DeepSeek-V3.2",
      response_model: "azure/DeepSeek-V3.2",
      input_tokens: 18_621,
      output_tokens: 88,
      is_error: false,
      harness: "claude_code",
      benchmark: "swebench",
      ...changes,
    })}\n`;

  test("a call has its own time, model and session, and the provider before the slash", async () => {
    const { records, problems } = await read(call(), { options: {} });
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        id: expect.any(String),
        timestampMs: Date.parse("2026-04-19T10:29:02.456Z"),
        provider: "azure",
        model: "azure/DeepSeek-V3.2",
        tokens: { input: 18_621, output: 88 },
        latencyMs: 9806,
        sessionId: "e3bf",
        source: "trace-csv",
        usageSource: "imported",
        metadata: { harness: "claude_code", benchmark: "swebench" },
      },
    ]);
  });

  test("the trace's own provider goes before --provider, as its model before --model", async () => {
    const { records } = await read(call());
    expect(records[0]).toMatchObject({ provider: "azure", model: "azure/DeepSeek-V3.2" });
  });

  test("times that name no zone are UTC like the others, whatever the reader's zone", async () => {
    const { records } = await read(call({ start_time_iso: "2026-04-19T11:20:28.623130" }), { options: { timeZone: "Europe/Berlin" } });
    expect(records[0]?.timestampMs).toBe(Date.parse("2026-04-19T11:20:28.623Z"));
  });

  test("an error that was billed is told as one; without tokens it is nothing", async () => {
    const { records, skipped } = await read(call({ is_error: true }) + call({ is_error: true, input_tokens: 0, output_tokens: 0 }), {
      options: {},
    });
    expect(records.map((record) => record.status)).toEqual(["error"]);
    expect(skipped).toBe(1);
  });

  test("where another model answered than was asked for, both are kept; without a duration the times tell", async () => {
    const { records } = await read(call({ response_model: "azure/Kimi-K2.5", duration_ms: undefined }), { options: {} });
    expect(records[0]).toMatchObject({ model: "azure/Kimi-K2.5", requestedModel: "azure/DeepSeek-V3.2", latencyMs: 9806 });
  });
});

test.each([
  ["rates.csv", "window_start_s,client,req_per_s,cv,arrival_pattern\n0,1,0.1,0.9,Gamma\n", "request rates per time window"],
  ["windows.csv", "model,client,window_start_s,field,mean,p50,p95\nm,0,0,input_tokens,4,2,4\n", "token averages per time window"],
  ["other.csv", "a,b\n1,2\n1,2\n", "ContextTokens"],
  ["other.jsonl", '{"a":1}\n{"a":2}\n', "request_arrival_delta_s"],
  ["other.json", "[1,2,3]", "is no trace"],
])("what is no list of calls is refused in one sentence: %s", async (name, text, reason) => {
  const { records, problems, skipped } = await read(text, { options, name });
  expect([records.length, skipped]).toEqual([0, 0]);
  expect(problems).toEqual([{ line: 1, reason: expect.stringContaining(reason) }]);
});

withData("traces", (folder) => {
  // Rows, input and output tokens, summed with a few lines of Python.
  test.each([
    ["azure2023_code.csv.gz", 4409, 8_997_785, 121_331],
    ["azure2023_conv.csv.gz", 9683, 11_977_495, 2_148_721],
    ["mooncake_conversation.jsonl.gz", 6015, 76_878_216, 2_085_843],
    ["mooncake_synthetic.jsonl.gz", 1996, 24_642_234, 382_672],
    ["claude_code_sessions.jsonl.gz", 2801, 914_017_890, 1_252_003],
    // 1147 rows, of which 50 are errors without tokens.
    ["exgentic_agent_calls.jsonl.gz", 1097, 37_259_229, 251_798],
  ])("acceptance H5: every call of %s", async (name, calls, input, output) => {
    const path = join(folder, name);
    expect(await traceOf(path)).toBe("trace-csv");
    const { records, problems } = await runImporterOnFile(traceCsvImporter, path, { options });
    expect(problems).toEqual([]);
    expect(records).toHaveLength(calls);
    expect(new Set(records.map((record) => record.id)).size).toBe(calls);
    expect(sumsOf(records)).toEqual({ input, output });
    const copy = await read(gunzipSync(readFileSync(path)), { options, name: name.replace(".gz", "") });
    expect(copy.records).toEqual(records);
  });

  test("latencies, sessions and times of the agents' traces", async () => {
    const of = async (name: string): Promise<Outcome["records"]> =>
      (await runImporterOnFile(traceCsvImporter, join(folder, name), { options: { epochMs: options.epochMs } })).records;
    const latency = (records: Outcome["records"]): number => records.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0);
    const sessions = await of("claude_code_sessions.jsonl.gz");
    expect(latency(sessions)).toBe(26_565_019);
    expect(new Set(sessions.map((record) => record.sessionId)).size).toBe(10);
    expect(Math.max(...sessions.map((record) => record.timestampMs)) - options.epochMs).toBe(1_126_884_888);
    const calls = await of("exgentic_agent_calls.jsonl.gz");
    expect(latency(calls)).toBe(19_516_364);
    expect(new Set(calls.map((record) => record.provider))).toEqual(new Set(["azure"]));
  });

  test("tables of rates and averages are refused in one sentence each", async () => {
    const names = readdirSync(folder).filter((name) => name.startsWith("servegen"));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(await traceOf(join(folder, name))).toBe("trace-csv");
      const { records, problems } = await runImporterOnFile(traceCsvImporter, join(folder, name), { options });
      expect(records).toEqual([]);
      expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("(ServeGen), not a list of calls") }]);
    }
  });
});
