import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { traceCsvImporter } from "../../../src/importers/trace-csv/trace-csv-importer.ts";
import { PROMPT_TEXT, sumsOf, testImporter } from "../conformance.ts";
import { type Outcome, type RunOptions, runImporter, runImporterOnFile } from "../run-importer.ts";
import { withData } from "../samples.ts";

const AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens";
const BURST = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type";
const options = { provider: "openai", model: "gpt-4o", epochMs: Date.UTC(2026, 0, 1) };
const read = (text: string | Buffer, settings: RunOptions = { options }): Promise<Outcome> => runImporter(traceCsvImporter, text, settings);

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

test("a table that is no trace is refused with what would be one", async () => {
  const { problems } = await read("window_start_s,client,req_per_s\n0,1,0.1\n");
  expect(problems).toEqual([{ line: 1, reason: expect.stringContaining("ContextTokens") }]);
});

withData("traces", (folder) => {
  test.each(["azure2023_code.csv.gz", "azure2023_conv.csv.gz"])(
    "acceptance H5: every row of %s, summed by a second reader",
    async (name) => {
      const rows = gunzipSync(readFileSync(join(folder, name)))
        .toString()
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",").slice(1).map(Number));
      const { records, problems } = await runImporterOnFile(traceCsvImporter, join(folder, name), { options });
      expect(problems).toEqual([]);
      expect(records).toHaveLength(rows.length);
      expect(sumsOf(records)).toEqual({
        input: rows.reduce((sum, [context = 0]) => sum + context, 0),
        output: rows.reduce((sum, [, generated = 0]) => sum + generated, 0),
      });
    },
  );

  test("a table of rates is no trace of calls", async () => {
    const { records, problems } = await runImporterOnFile(traceCsvImporter, join(folder, "servegen_token_windows.csv.gz"), { options });
    expect(records).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});
