/** Imports invented agent logs through the whole pipeline, into a book in memory. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ImportEnvironment, type ImportResult, importUsage, type SourceDatabase } from "../../src/importers/index.ts";
import type { UsageRecord } from "../../src/usage/index.ts";
import { emptyMachine, PROMPT_TEXT } from "./conformance.ts";
import { MemoryBook } from "./memory-book.ts";

interface Database {
  exec(sql: string): void;
  prepare(sql: string): { all(): Record<string, unknown>[] };
  serialize(): Buffer;
  close(): void;
}
const BetterSqlite = createRequire(import.meta.url)("better-sqlite3") as new (path: string, options?: { readonly: boolean }) => Database;

/** Text that fills more than a page, so that a database with one more row is a larger file. */
export const PAGE_OF_TEXT: string = PROMPT_TEXT.repeat(200);

/** The bytes of a database made by these statements. */
export function databaseBytes(...statements: string[]): Buffer {
  const database = new BetterSqlite(":memory:");
  for (const statement of statements) database.exec(statement);
  const bytes = database.serialize();
  database.close();
  return bytes;
}

/** `openDatabase` as the book's own driver does it. */
export function openTestDatabase(path: string): SourceDatabase {
  const database = new BetterSqlite(path, { readonly: true });
  return { all: (sql) => database.prepare(sql).all(), close: () => database.close() };
}

/** A value as SQL text. */
export function sqlText(value: unknown): string {
  return `'${String(typeof value === "object" ? JSON.stringify(value) : value).replaceAll("'", "''")}'`;
}

export interface ImportedAgent extends ImportResult {
  records: UsageRecord[];
  book: MemoryBook;
}

/** A folder of log files that can be imported, changed and imported again. */
export class AgentFiles {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tokenledger-agent-"));
  readonly book: MemoryBook = new MemoryBook();
  readonly #source: string;
  readonly #environment: Partial<ImportEnvironment>;
  #modifiedSeconds = Date.now() / 1000;

  constructor(source: string, environment: Partial<ImportEnvironment> = {}) {
    this.#source = source;
    this.#environment = environment;
  }

  put(name: string, content: string | Uint8Array): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    // Two writings may fall into one millisecond, and a file of the same size and time counts as unchanged.
    this.#modifiedSeconds++;
    utimesSync(path, this.#modifiedSeconds, this.#modifiedSeconds);
  }

  async import(): Promise<ImportedAgent> {
    const environment = emptyMachine({ openDatabase: openTestDatabase, homeDirectory: this.folder, ...this.#environment });
    const result = await importUsage({ book: this.book, environment, sources: [this.#source], paths: [this.folder] });
    return { ...result, records: this.book.all, book: this.book };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Imports these files once. */
export async function importAgent(
  source: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  environment: Partial<ImportEnvironment> = {},
): Promise<ImportedAgent> {
  const agent = new AgentFiles(source, environment);
  try {
    for (const [name, content] of Object.entries(files)) agent.put(name, content);
    return await agent.import();
  } finally {
    agent.remove();
  }
}

/** Imports files where they lie; without a source, by what they are recognised as. */
export async function importPaths(source: string | undefined, ...paths: string[]): Promise<ImportedAgent> {
  const book = new MemoryBook();
  const environment = emptyMachine({ openDatabase: openTestDatabase });
  const result = await importUsage({ book, environment, paths, ...(source !== undefined && { sources: [source] }) });
  return { ...result, records: book.all, book };
}

/** JSON lines. */
export function jsonLines(...values: unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
