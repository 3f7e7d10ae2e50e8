import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ImportOptions, importUsage } from "../../../src/importers/index.ts";
import { priceBook } from "../../../src/pricing/index.ts";
import { emptyMachine } from "../conformance.ts";
import { MemoryBook } from "../memory-book.ts";

let folder: string;
let book: MemoryBook;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenledger-options-"));
  book = new MemoryBook();
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const run = (sources: string[], options?: ImportOptions) =>
  importUsage({ book, environment: emptyMachine(), sources, paths: [folder], ...(options && { options }) });

test("an unchanged file is read again where the option that it lacked is added", async () => {
  put(
    "usage.jsonl",
    '{"timestamp":"2026-05-01T10:00:00Z","provider":"anthropic","model":"m","input_tokens":1,"output_tokens":1,"cache_read_tokens":9}\n',
  );
  const first = await run(["jsonl"]);
  expect(first.problems).toHaveLength(1);
  const second = await run(["jsonl"], { inputExcludesCache: true });
  expect(second.problems).toEqual([]);
  expect(second.sources[0]?.new).toBe(1);
  expect(await run(["jsonl"], { inputExcludesCache: true })).toMatchObject({ sources: [{ read: 0, new: 0 }] });
});

test("a trace without its model, and a table without its columns, are read once they are named", async () => {
  put("trace.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,4808,10\n");
  expect((await run(["trace-csv"])).problems).toHaveLength(1);
  expect((await run(["trace-csv"], { model: "gpt-4o" })).sources[0]?.new).toBe(1);
  rmSync(join(folder, "trace.csv"));
  put("usage.csv", "Zeit,provider,model,input_tokens,output_tokens\n2026-05-01T10:00:00Z,openai,gpt-5,1,2\n");
  expect((await run(["csv"])).problems).toHaveLength(1);
  expect((await run(["csv"], { columns: { timestamp: "Zeit" } })).sources[0]?.new).toBe(1);
});

test("files of exports are recognised by what they hold", async () => {
  put("a.json", '{"data":[{"starting_at":"2026-08-01T00:00:00Z","ending_at":"2026-08-02T00:00:00Z","results":[]}]}');
  put(
    "b.json",
    '{"object":"page","data":[{"object":"bucket","start_time":1,"end_time":2,"results":[{"object":"organization.usage.completions.result"}]}]}',
  );
  put("c.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n");
  put("d.jsonl", '{"timestamp":"2026-05-01T10:00:00Z","provider":"openai","model":"m","input_tokens":1,"output_tokens":1}\n');
  const { sources } = await importUsage({ book, environment: emptyMachine(), paths: [folder] });
  expect(sources.map(({ source }) => source).toSorted()).toEqual(["anthropic-usage", "jsonl", "openai-usage", "trace-csv"]);
});

test("a sum of many short requests is not priced as a long one", () => {
  const tokens = { input: 1_000_000, output: 0 };
  const call = { provider: "anthropic", model: "claude-sonnet-4-5", timestampMs: Date.UTC(2026, 0, 1), tokens };
  expect(priceBook().recordCostNanoUsd({ ...call, requestInputTokens: 200_000 })).toBe(3_000_000_000);
  expect(priceBook().recordCostNanoUsd({ ...call, requestInputTokens: 200_001 })).toBe(6_000_000_000);
  expect(priceBook().recordCostNanoUsd(call)).toBe(6_000_000_000);
});
