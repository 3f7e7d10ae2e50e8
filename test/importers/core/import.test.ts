import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ImportProgress, type ImportRequest, type ImportResult, importUsage } from "../../../src/importers/index.ts";
import { assistantLine, USAGE } from "../claude-code/lines.ts";
import { sessionMeta, tokenCount, turnContext } from "../codex/lines.ts";
import { emptyMachine } from "../conformance.ts";
import { MemoryBook } from "../memory-book.ts";

describe("importUsage", () => {
  let home: string;
  let book: MemoryBook;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "tokenledger-home-"));
    book = new MemoryBook();
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const put = (name: string, text: string): string => {
    const path = join(home, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const run = (request: Partial<ImportRequest> = {}): Promise<ImportResult> =>
    importUsage({ book, environment: emptyMachine({ homeDirectory: home }), ...request });
  const claudeLog = (...ids: string[]): string => ids.map((id) => `${assistantLine({ id })}\n`).join("");
  const codexLog = [sessionMeta(), turnContext(), tokenCount({ total: [10, 0, 5], last: [10, 0, 5] })].map((line) => `${line}\n`).join("");

  test("without a source every agent that left logs is found, the others are not named", async () => {
    put(".claude/projects/-p/s.jsonl", claudeLog("msg_1"));
    put(".codex/sessions/2026/05/01/rollout-x.jsonl", codexLog);
    const { sources } = await run();
    expect(sources.map(({ source, new: added }) => [source, added])).toEqual([
      ["claude-code", 1],
      ["codex", 1],
    ]);
  });

  test("paths without a source are told apart by what is in them, and what nobody knows is a problem", async () => {
    const folder = join(home, "copied");
    put("copied/one.jsonl", claudeLog("msg_1"));
    put("copied/two.ndjson", codexLog);
    const { sources, problems } = await run({ paths: [folder, put("copied/three.text", "hello\n")] });
    expect(new Set(sources.map(({ source }) => source))).toEqual(new Set(["claude-code", "codex"]));
    expect(problems).toEqual([{ file: join(home, "copied/three.text"), line: 0, reason: "of no source that is known; name the SOURCE" }]);
  });

  test("bad-input F181: times that can't be right are kept and told once a file, whatever the source", async () => {
    const claude = put(
      ".claude/projects/-p/s.jsonl",
      ["2036-05-01T00:00:00Z", "2036-05-02T00:00:00Z", "2001-05-01T00:00:00Z", "2026-05-01T00:00:00Z"]
        .map((time, n) => `${assistantLine({ id: `msg_${n}`, time })}\n`)
        .join(""),
    );
    const row = (timestamp: string): string =>
      `${JSON.stringify({ timestamp, provider: "openai", model: "gpt-4o", input_tokens: 1, output_tokens: 1 })}\n`;
    const later = put("later.jsonl", row("2026-06-03T00:00:00Z").repeat(3));
    const sameDay = put("same-day.jsonl", row("2026-06-01T20:00:00Z"));
    const agesAgo = put("mtime-is-lost.jsonl", row("2026-05-01T00:00:00Z"));
    for (const path of [claude, later, sameDay]) utimesSync(path, 0, Date.UTC(2026, 5, 1) / 1000);
    utimesSync(agesAgo, 0, 0);
    const { notes, sources } = await run({ paths: [claude, later, sameDay, agesAgo] });
    expect(sources.map((tally) => [tally.source, tally.read])).toEqual([
      ["claude-code", 4],
      ["jsonl", 5],
    ]);
    expect(notes).toEqual([
      { file: claude, line: 1, reason: expect.stringContaining("more than a day after the file was written") },
      { file: claude, line: 3, reason: expect.stringContaining("before 2015") },
      { file: later, line: 1, reason: expect.stringContaining("more than a day after the file was written") },
    ]);
  });

  test("a trace's times may lie after its file was written where --epoch puts them there", async () => {
    const path = put("trace.jsonl", '{"timestamp":0,"input_length":5,"output_length":6}\n');
    const { notes, sources } = await run({ paths: [path], options: { model: "gpt-4o", epochMs: Date.UTC(2050, 0, 1) } });
    expect(sources.map((tally) => [tally.source, tally.new])).toEqual([["trace-csv", 1]]);
    expect(notes).toEqual([]);
  });

  test("a named source takes the files that are given, whatever they are called", async () => {
    await run({ sources: ["claude-code"], paths: [put("log.txt", claudeLog("msg_1"))] });
    expect(book.all).toHaveLength(1);
  });

  test("an unknown source or a path that isn't there is refused before anything is read", async () => {
    await expect(run({ sources: ["claude-cod"] })).rejects.toThrow('"claude-cod" is not a source; give one of');
    await expect(run({ sources: ["claude-code"], paths: [put("a.jsonl", claudeLog("msg_1")), join(home, "b")] })).rejects.toThrow(
      "does not exist",
    );
    expect(book.appends).toBe(0);
  });

  test("bad-input F186: a log that is cut off or taken away while others are read stops nobody", async () => {
    const first = put(".claude/projects/-p/a.jsonl", claudeLog("msg_1"));
    put(".claude/projects/-p/b.jsonl", claudeLog("msg_2"));
    put(".claude/projects/-p/c.jsonl", claudeLog("msg_3"));
    let isFirst = true;
    const { sources, notes, problems } = await run({
      onProgress: () => {
        if (!isFirst) return;
        isFirst = false;
        truncateSync(first, 0);
        truncateSync(join(home, ".claude/projects/-p/b.jsonl"), 0);
        rmSync(join(home, ".claude/projects/-p/c.jsonl"));
      },
    });
    expect(sources[0]?.new).toBe(1);
    expect(problems).toEqual([]);
    expect(notes).toEqual([{ file: join(home, ".claude/projects/-p/c.jsonl"), line: 0, reason: "it is gone" }]);
  });

  test("bad-input F186: a log that grows while it is read is read on from where that ended", async () => {
    put(".claude/projects/-p/a.jsonl", claudeLog("msg_0"));
    const path = put(".claude/projects/-p/b.jsonl", claudeLog("msg_1"));
    let hasGrown = false;
    const grow = (): void => {
      if (!hasGrown) appendFileSync(path, claudeLog("msg_2"));
      hasGrown = true;
    };
    expect((await run({ onProgress: grow })).sources[0]).toMatchObject({ new: 3 });
    expect((await run()).sources[0]).toMatchObject({ read: 0, bytes: 0 });
    appendFileSync(path, claudeLog("msg_3"));
    expect((await run()).sources[0]).toMatchObject({ read: 1, new: 1 });
  });

  test("after a run that found only a part of a line, a log is read on, not anew", async () => {
    const path = put(".claude/projects/-p/s.jsonl", claudeLog("msg_1"));
    await run();
    const [beginning, end] = [claudeLog("msg_2").slice(0, 50), claudeLog("msg_2").slice(50)];
    appendFileSync(path, beginning);
    await run();
    appendFileSync(path, end);
    expect((await run()).sources[0]).toMatchObject({ read: 1, new: 1 });
  });

  test("problems name their line, also after an incremental read", async () => {
    const path = put(".claude/projects/-p/s.jsonl", claudeLog("msg_1", "msg_2"));
    await run();
    appendFileSync(path, `broken\n${claudeLog("msg_3")}`);
    const { sources, problems } = await run();
    expect(problems).toEqual([{ file: path, line: 3, reason: "not JSON" }]);
    expect(sources[0]).toMatchObject({ read: 2, new: 1, duplicate: 0, skipped: 1 });
  });

  test("bad-input F193: killed between two batches, the next run goes on where the book stopped", async () => {
    const ids = Array.from({ length: 25_000 }, (_, index) => `msg_${index}`);
    put(".claude/projects/-p/s.jsonl", claudeLog(...ids));
    book.failAtAppend = 2;
    await expect(run()).rejects.toThrow("killed");
    const kept = book.all.length;
    expect(kept).toBeGreaterThan(0);
    const { sources } = await run();
    expect(sources[0]?.new).toBe(25_000 - kept);
    expect(sources[0]?.bytes).toBeLessThan(25_000 * 600);
    expect(book.all).toHaveLength(25_000);
  });

  test("a dry run over a book that can't tell still counts a call once", async () => {
    put(".claude/projects/-p/s.jsonl", claudeLog("msg_1"));
    put(".claude/projects/-p/t.jsonl", claudeLog("msg_1", "msg_2"));
    const blind = { importFiles: book.importFiles.bind(book), append: () => Promise.reject(new Error("a dry run stores nothing")) };
    const { sources } = await run({ book: blind, dryRun: true });
    expect(sources[0]).toMatchObject({ read: 3, new: 2, duplicate: 1 });
  });

  test("progress reaches its own totals, and unchanged files are not among them", async () => {
    put(".claude/projects/-p/s.jsonl", claudeLog("msg_1"));
    await run();
    const text = claudeLog("msg_2", "msg_3");
    put(".claude/projects/-p/t.jsonl", text);
    const seen: ImportProgress[] = [];
    await run({ onProgress: (progress) => seen.push({ ...progress }) });
    expect(seen.at(-1)).toMatchObject({
      title: "Claude Code",
      filesDone: 1,
      filesTotal: 1,
      bytesDone: text.length,
      bytesTotal: text.length,
    });
  });

  test("a streamed message that is finished after the first import is corrected, not added", async () => {
    const path = put(".claude/projects/-p/s.jsonl", `${assistantLine({ usage: { ...USAGE, output_tokens: 1 } })}\n`);
    await run();
    appendFileSync(path, `${assistantLine()}\n`);
    const { sources } = await run();
    expect(sources[0]).toMatchObject({ read: 1, new: 0, duplicate: 1, corrected: 1 });
    expect(book.all.map(({ tokens }) => tokens.output)).toEqual([50]);
  });
});
