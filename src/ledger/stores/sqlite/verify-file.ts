/** The file itself: pages, indexes, and the tables' own definitions. */
import type { Differences } from "../../schema/differences.ts";
import { type Connection, connect } from "./driver.ts";
import { migrate } from "./migrations.ts";

export function verifyFile(connection: Connection, differences: Differences): void {
  for (const row of connection.prepare("PRAGMA integrity_check(100)").all()) {
    if (row.integrity_check !== "ok") differences.add("file", "integrity_check", "ok", row.integrity_check);
  }
  const expected = expectedSchema();
  const found = schemaOf(connection);
  for (const [name, sql] of expected) {
    if (found.get(name) !== sql) differences.add("schema", name, sql, found.get(name) ?? "missing");
  }
  for (const [name, sql] of found) if (!expected.has(name)) differences.add("schema", name, "nothing of this name", sql);
  const seed = connection.prepare("SELECT value FROM settings WHERE name = 'hash_seed'").get();
  if (seed === undefined) differences.add("settings", "hash_seed", "a number", "missing");
}

/** The definitions in a new book: name → SQL. */
export function expectedSchema(): Map<string, string> {
  const pristine = connect(":memory:");
  try {
    migrate(pristine, ":memory:");
    return schemaOf(pristine);
  } finally {
    pristine.close();
  }
}

function schemaOf(connection: Connection): Map<string, string> {
  // SQLite's own objects (sqlite_…) have no SQL, or come and go with ANALYZE.
  const rows = connection
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
    .all();
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]));
}
