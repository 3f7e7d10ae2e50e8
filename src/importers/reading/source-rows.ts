/** Rows of another program's database, a page at a time. */
import { InvalidInput } from "../../errors.ts";
import type { ImportContext, SourceDatabase, SourceFile } from "../importer.ts";

const PAGE_ROWS = 2000;

/** The table of a database that a source reads. */
export interface SourceTable {
  name: string;
  /** Orders the rows and tells pages apart: a column, or SQLite's own `rowid`. */
  key: string;
  required: readonly string[];
  /** Read where this version of the program has them. */
  optional?: readonly string[];
}

/**
 * Opens the file as a database, hands it to `read`, and closes it.
 *
 * @throws InvalidInput for whatever the database refuses: no database, locked, damaged, another version's tables. The file then
 * counts as unread, so that the next run tries it again.
 */
export function* readDatabase(
  file: SourceFile,
  context: ImportContext,
  read: (database: SourceDatabase) => Iterable<void>,
): Generator<{ offset: number }> {
  let database: SourceDatabase | undefined;
  try {
    database = context.environment.openDatabase(file.path);
    // Until the last page is read nothing is done: a run that is cut short starts again.
    for (const _page of read(database)) yield { offset: 0 };
  } catch (error) {
    throw new InvalidInput(`can't be read as a database: ${(error as Error).message}`, { cause: error });
  } finally {
    database?.close();
  }
  yield { offset: file.size };
}

/** The names of a table's columns; empty where there is no such table. */
export function columnsOf(database: SourceDatabase, table: string): Set<string> {
  return new Set(database.all(`PRAGMA table_info(${quoteName(table)})`).map((column) => String(column.name)));
}

/** The table's rows in the order of its key. */
export function* pagesOf(database: SourceDatabase, table: SourceTable): Generator<Record<string, unknown>[]> {
  const present = columnsOf(database, table.name);
  if (present.size === 0) throw new TypeError(`it has no table "${table.name}"`);
  const missing = [table.key, ...table.required].filter((column) => column !== "rowid" && !present.has(column));
  if (missing.length > 0) throw new TypeError(`its table "${table.name}" has no column ${missing.map((name) => `"${name}"`).join(", ")}`);
  const columns = [...table.required, ...(table.optional ?? []).filter((column) => present.has(column))];
  const key = quoteName(table.key);
  const select = `SELECT ${key} AS ${key}, ${columns.map(quoteName).join(", ")} FROM ${quoteName(table.name)}`;
  for (let after = `${key} IS NOT NULL`; ; ) {
    const rows = database.all(`${select} WHERE ${after} ORDER BY ${key} LIMIT ${PAGE_ROWS}`);
    yield rows;
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || !last) return;
    after = `${key} > ${literalOf(last[table.key])}`;
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literalOf(value: unknown): string {
  return typeof value === "number" || typeof value === "bigint" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}
