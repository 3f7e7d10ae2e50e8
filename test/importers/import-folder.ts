/** A folder of files made for one test, and what importing it gives. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ImportResult, importUsage } from "../../src/importers/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyMachine } from "./conformance.ts";
import { MemoryBook } from "./memory-book.ts";

export interface Imported {
  result: ImportResult;
  records: UsageRecord[];
  /** Input and output together, over all records. */
  tokens: number;
}

/** Writes `files` (path → content) below a home of their own and imports the source from there. */
export async function importHome(
  source: string,
  files: Record<string, string | Uint8Array>,
  book: MemoryBook = new MemoryBook(),
): Promise<Imported> {
  const home = mkdtempSync(join(tmpdir(), "tokenledger-home-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), content);
    }
    return await importFrom(source, home, book);
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** Imports the source as it lies in an existing home. */
export async function importFrom(source: string, homeDirectory: string, book: MemoryBook = new MemoryBook()): Promise<Imported> {
  const result = await importUsage({ book, environment: emptyMachine({ homeDirectory }), sources: [source] });
  const tokens = book.all.reduce((sum, { tokens: { input = 0, output = 0 } }) => sum + input + output, 0);
  return { result, records: book.all, tokens };
}
