/**
 * What every importer promises, tested the same way for each. A source joins with one call in its own test file:
 *
 *     testImporter({ importer: qwenImporter, fileName: "chats/session.jsonl", write: (calls) => "…the file's text…" });
 *
 * `write(n)` is a log of n calls. Where files grow, `write(n + 1)` must begin with `write(n)`. Put PROMPT_TEXT wherever
 * the format holds what people or models wrote.
 */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ImportEnvironment,
  type Importer,
  type ImportOptions,
  type ImportResult,
  importSources,
  importUsage,
  loadImporter,
} from "../../src/importers/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { MemoryBook } from "./memory-book.ts";

export const PROMPT_TEXT = "nobody-may-keep-what-was-said";

export interface ImporterSpecimen {
  importer: Importer;
  /** Path of the file inside an empty folder, as the source would lay it out. */
  fileName: string;
  /** A log of `calls` calls: text, or bytes for binary formats. */
  write(calls: number): string | Uint8Array;
  /** What the sums over the first `calls` calls must be; left out, only that they grow with every call. */
  tokens?(calls: number): { input: number; output: number };
  options?: ImportOptions;
  environment?: Partial<ImportEnvironment>;
  /** Records that one call makes (default 1). */
  recordsPerCall?: number;
  /** False where a copy of the file is other usage, because nothing in it says which call is which. */
  copiesCountOnce?: boolean;
}

/** An invented machine with nothing on it. */
export function emptyMachine(changes: Partial<ImportEnvironment> = {}): ImportEnvironment {
  return {
    platform: "linux",
    homeDirectory: "/nonexistent-home",
    variables: {},
    openDatabase: (path) => {
      throw new Error(`no database was expected at ${path}`);
    },
    ...changes,
  };
}

/** Registers the suite for one importer. */
export function testImporter(specimen: ImporterSpecimen): void {
  const { importer } = specimen;
  const perCall = specimen.recordsPerCall ?? 1;

  describe(`importer conformance: ${importer.source}`, () => {
    let folder: string;
    let path: string;
    let book: MemoryBook;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "tokenledger-import-"));
      path = join(folder, specimen.fileName);
      mkdirSync(dirname(path), { recursive: true });
      book = new MemoryBook();
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    /** The same file in another folder beside the first. */
    const elsewhere = (word: string): string => {
      const other = join(folder, word, specimen.fileName);
      mkdirSync(dirname(other), { recursive: true });
      return other;
    };
    const put = (calls: number, at: string = path): void => writeFileSync(at, specimen.write(calls));
    const run = (dryRun = false): Promise<ImportResult> =>
      importUsage({
        book,
        environment: emptyMachine(specimen.environment),
        sources: [importer.source],
        paths: [folder],
        dryRun,
        ...(specimen.options !== undefined && { options: specimen.options }),
      });
    const tallyOf = async (dryRun = false): Promise<ImportResult["sources"][number]> => {
      const { sources } = await run(dryRun);
      expect(sources).toHaveLength(1);
      return sources[0] as ImportResult["sources"][number];
    };

    test("stands in the catalogue under its own name", async () => {
      expect(importSources).toContain(importer.source);
      expect(await loadImporter(importer.source)).toBe(importer);
    });

    test("knows its own file, and knows its places on every system without looking at ours", () => {
      expect(importer.accepts(path)).toBe(true);
      for (const platform of ["linux", "darwin", "win32"] as const) {
        for (const root of importer.roots(emptyMachine({ platform }))) expect(root).not.toContain("undefined");
      }
    });

    test("every call becomes a record, once, with sums that fit and no problem", async () => {
      put(5);
      const { sources, problems, problemCount } = await run();
      expect(problems).toEqual([]);
      expect(problemCount).toBe(0);
      const tally = sources[0] as ImportResult["sources"][number];
      expect(tally).toMatchObject({ source: importer.source, files: 1, new: 5 * perCall });
      expect(tally.read).toBe(tally.new + tally.duplicate + tally.skipped);
      expect(book.all).toHaveLength(5 * perCall);
      for (const record of book.all) expectSound(record, importer);
      if (specimen.tokens) expect(sumsOf(book.all)).toEqual(specimen.tokens(5));
    });

    test("guarantee G2: a second import reads nothing and adds nothing", async () => {
      put(4);
      await run();
      expect(await tallyOf()).toMatchObject({ files: 1, read: 0, new: 0, bytes: 0 });
      expect(book.all).toHaveLength(4 * perCall);
    });

    test("acceptance H5: one more call adds exactly one", async () => {
      put(3);
      await run();
      put(4);
      expect((await tallyOf()).new).toBe(perCall);
      if (specimen.tokens) expect(sumsOf(book.all)).toEqual(specimen.tokens(4));
    });

    test.skipIf(specimen.copiesCountOnce === false)("bad-input F177: copied, renamed and rotated files count once", async () => {
      put(3);
      await run();
      copyFileSync(path, elsewhere("copy"));
      expect(await tallyOf()).toMatchObject({ new: 0, duplicate: 3 * perCall });
      renameSync(path, elsewhere("older"));
      put(4);
      expect((await tallyOf()).new).toBe(perCall);
      expect(book.all).toHaveLength(4 * perCall);
    });

    test("what is in the book outlives its log", async () => {
      put(3);
      await run();
      rmSync(path);
      expect(await tallyOf()).toMatchObject({ files: 0, new: 0 });
      expect(book.all).toHaveLength(3 * perCall);
    });

    test("bad-input F171 and F172: an empty file and empty lines are nothing", async () => {
      writeFileSync(path, "");
      writeFileSync(elsewhere("blank"), "\n\n");
      expect((await tallyOf()).new).toBe(0);
    });

    test("a dry run tells what would come and changes nothing", async () => {
      put(3);
      expect((await tallyOf(true)).new).toBe(3 * perCall);
      expect(book.all).toEqual([]);
      expect(book.files.size).toBe(0);
      await run();
      put(4);
      expect((await tallyOf(true)).new).toBe(perCall);
      expect(book.all).toHaveLength(3 * perCall);
    });

    test("bad-input F194: no text that people or models wrote is kept", async () => {
      put(3);
      await run();
      expect(Buffer.from(specimen.write(3)).toString("latin1")).toContain(PROMPT_TEXT);
      expect(JSON.stringify([book.all, [...book.files]])).not.toContain(PROMPT_TEXT);
    });

    test("bad-input F193: a run that is killed before it stores is made good by the next", async () => {
      put(4);
      book.failAtAppend = 1;
      await expect(run()).rejects.toThrow("killed");
      expect(book.all).toEqual([]);
      expect((await tallyOf()).new).toBe(4 * perCall);
    });

    test("damage is reported, never thrown, and never counted twice", async () => {
      const whole = Buffer.from(specimen.write(4));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
          fc.nat(whole.length),
          async (flips, cut) => {
            const damaged = Buffer.from(whole.subarray(0, Math.max(1, cut)));
            for (const [at, byte] of flips) if (at < damaged.length) damaged[at] = byte;
            book = new MemoryBook();
            writeFileSync(path, damaged);
            const tally = await tallyOf();
            expect(tally.read).toBe(tally.new + tally.duplicate + tally.skipped);
            for (const record of book.all) expectSound(record, importer);
            const count = book.records.size;
            book.files.clear();
            expect((await tallyOf()).new).toBe(0);
            expect(book.records.size).toBe(count);
          },
        ),
        { numRuns: 60 },
      );
    });

    if (importer.growth === "append") {
      const lines = (calls: number): string => Buffer.from(specimen.write(calls)).toString();

      test("only what was appended is read", async () => {
        put(3);
        const first = await tallyOf();
        put(4);
        const second = await tallyOf();
        expect(second.bytes).toBe(Buffer.byteLength(lines(4)) - Buffer.byteLength(lines(3)));
        expect(first.bytes + second.bytes).toBe(Buffer.byteLength(lines(4)));
      });

      test("bad-input F173: a last line that is still being written waits until it is whole", async () => {
        const text = lines(4);
        writeFileSync(path, text.slice(0, -20));
        const { problems, sources } = await run();
        expect(problems).toEqual([]);
        expect(sources[0]?.new).toBe(3 * perCall);
        appendFileSync(path, text.slice(-20));
        expect((await tallyOf()).new).toBe(perCall);
      });

      test("a last line that is whole counts, newline or not, and counts once", async () => {
        writeFileSync(path, lines(4).trimEnd());
        expect((await tallyOf()).new).toBe(4 * perCall);
        appendFileSync(path, "\n");
        expect((await tallyOf()).new).toBe(0);
        expect(book.all).toHaveLength(4 * perCall);
      });

      test("bad-input F175: a byte-order mark and carriage returns change nothing", async () => {
        writeFileSync(path, `\ufeff${lines(4).replaceAll("\n", "\r\n")}`);
        expect((await tallyOf()).new).toBe(4 * perCall);
        if (specimen.tokens) expect(sumsOf(book.all)).toEqual(specimen.tokens(4));
      });

      test("bad-input F176: a line that can't be read is named and the others count", async () => {
        const text = lines(2);
        writeFileSync(path, `${text}this is not JSON\n${lines(4).slice(text.length)}`);
        const { problems, sources } = await run();
        expect(sources[0]?.new).toBe(4 * perCall);
        expect(problems).toEqual([{ file: path, line: text.split("\n").length, reason: expect.any(String) }]);
      });

      test("a file that was written anew is read anew, and a shorter one too", async () => {
        put(4);
        await run();
        writeFileSync(path, `{}\n${lines(5)}`);
        expect((await tallyOf()).new).toBe(perCall);
        truncateSync(path, Buffer.byteLength("{}\n"));
        expect((await tallyOf()).new).toBe(0);
        expect(book.all).toHaveLength(5 * perCall);
      });

      test("bad-input F177: a gzipped copy counts once", async () => {
        put(4);
        await run();
        writeFileSync(`${path}.gz`, gzipSync(specimen.write(5)));
        expect((await tallyOf()).new).toBe(perCall);
      });
    }

    test.skipIf(process.platform === "win32")("bad-input F184: links that make a loop end, and lead to each file once", async () => {
      put(3);
      symlinkSync(folder, join(dirname(path), "loop"));
      symlinkSync(path, elsewhere("link"));
      expect(await tallyOf()).toMatchObject({ files: 1, new: 3 * perCall });
    });
  });
}

/** Holds for any record, from whichever source. */
export function expectSound(record: UsageRecord, importer: Importer): void {
  expect(record.source).toBe(importer.source);
  expect(record.provider).not.toBe("");
  expect(record.model).not.toBe("");
  expect(Number.isSafeInteger(record.timestampMs) && record.timestampMs >= 0).toBe(true);
  const { input = 0, output = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, reasoning = 0 } = record.tokens;
  for (const count of Object.values(record.tokens)) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
  expect(cacheRead + cacheWrite5m + cacheWrite1h).toBeLessThanOrEqual(input);
  expect(reasoning).toBeLessThanOrEqual(output);
  if (record.reportedCostNanoUsd !== undefined) expect(Number.isSafeInteger(record.reportedCostNanoUsd)).toBe(true);
}

export function sumsOf(records: readonly UsageRecord[]): { input: number; output: number } {
  return {
    input: records.reduce((sum, { tokens }) => sum + (tokens.input ?? 0), 0),
    output: records.reduce((sum, { tokens }) => sum + (tokens.output ?? 0), 0),
  };
}
