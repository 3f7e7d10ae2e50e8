/** Logs of Claude Code and Codex that other projects published, as far as this machine has them. */
import { describe, expect, test } from "vitest";
import { type ImportResult, importUsage, loadImporter } from "../../../src/importers/index.ts";
import { dataPath, hasData, readData } from "../../shared-data.ts";
import { emptyMachine, expectSound, sumsOf } from "../conformance.ts";
import { importHome } from "../import-folder.ts";
import { MemoryBook } from "../memory-book.ts";

async function importPath(source: string, path: string): Promise<{ book: MemoryBook; result: ImportResult }> {
  const book = new MemoryBook();
  const result = await importUsage({ book, environment: emptyMachine(), sources: [source], paths: [dataPath(path)] });
  const importer = await loadImporter(source);
  for (const record of book.all) expectSound(record, importer);
  return { book, result };
}

describe.skipIf(!hasData("samples"))("published logs (need TOKENLEDGER_DATA)", () => {
  test.each([
    ["claude-code", "samples/claude-code/ccusage-fixture.jsonl", 3, 0],
    ["claude-code", "samples/claude-code/tokscale-stream-dup.jsonl", 2, 0],
    ["claude-code", "samples/claude-code/tokscale-stream-dup-3.jsonl", 1, 0],
    ["claude-code", "agent-logs/ryoppippi+ccusage/apps/ccusage/test/fixtures/claude", 5, 0],
    ["claude-code", "agent-logs/mag123c+toktrack/tests/fixtures/claude-sample.jsonl", 3, 1],
    ["claude-code", "agent-logs/daaain+claude-code-log/test/test_data", 5, 0],
    ["codex", "samples/codex/ccusage-fixture.jsonl", 2, 0],
    ["codex", "agent-logs/ryoppippi+ccusage/apps/ccusage/test/fixtures/codex", 2, 0],
    // One of its lines is not JSON, on purpose.
    ["codex", "agent-logs/mag123c+toktrack/tests/fixtures/codex/sample-session.jsonl", 2, 1],
  ])("%s: %s has %i calls and %i problems", async (source, path, calls, problems) => {
    const { book, result } = await importPath(source, path);
    expect({ calls: book.all.length, problems: result.problems.length, notes: result.notes }).toMatchObject({ calls, problems });
  });

  test("the advisor's call of the published message is counted beside it", async () => {
    const message = readData("samples/claude-code/advisor-iterations.json");
    const { records } = await importHome("claude-code", { ".claude/projects/-p/s1.jsonl": `${JSON.stringify(JSON.parse(message))}\n` });
    expect(sumsOf(records)).toEqual({ input: 2 + 7853 + 226_584 + 159_419, output: 491 + 7805 });
  });

  test("of a message that streams, the line with the largest output counts", async () => {
    const { book } = await importPath("claude-code", "samples/claude-code/tokscale-stream-dup-3.jsonl");
    expect(book.all.map(({ tokens }) => tokens.output)).toEqual([300]);
  });
});
