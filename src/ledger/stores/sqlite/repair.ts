/** Rebuilds what follows from the records: indexes, rollups, identities, counters. The records themselves are never touched. */

import type { Differences } from "../../schema/differences.ts";
import { expectedColumns } from "../../schema/rollup-checks.ts";
import { COLUMNS, type RecordRow } from "../../schema/rows.ts";
import { MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Desk } from "./desk.ts";
import type { Connection } from "./driver.ts";
import type { Identities } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";
import { expectedSchema } from "./verify-file.ts";
import { identitiesOf } from "./verify-identities.ts";

const PAGE_ROWS = 10_000;

/** To be called in the write transaction in which the differences were found. Answers what was rebuilt. */
export function repairBook(desk: Desk, differences: Differences): string[] {
  const { connection, reader, identities } = desk;
  const rebuilt: string[] = [];
  const rebuild = (what: string, isNeeded: boolean, work: () => void): void => {
    if (!isNeeded) return;
    work();
    rebuilt.push(what);
  };
  const missing = missingParts(differences);
  rebuild("schema", missing.length > 0, () => makeMissing(connection, missing));
  rebuild("indexes", differences.has("file"), () => connection.exec("REINDEX"));
  rebuild("rollups", differences.has("rollup"), () => rebuildRollups(connection));
  rebuild("identities", differences.has("identity"), () => rebuildIdentities(connection, reader, identities));
  // What a budget that can't be read has counted stays as it is: nobody knows what it counts.
  rebuild("counters", differences.has("counter") && !differences.has("budget"), () => rebuildCounters(desk));
  return rebuilt;
}

/** Indexes, and what keeps the audit log as it is: by their type and name. */
function missingParts(differences: Differences): string[] {
  const missing = differences.list().filter(({ kind, found }) => kind === "schema" && found === "missing");
  return missing.map(({ where }) => where).filter((where) => where.startsWith("index ") || where.startsWith("trigger "));
}

function makeMissing(connection: Connection, missing: readonly string[]): void {
  const schema = expectedSchema();
  for (const part of missing) connection.exec(schema.get(part) as string);
}

function rebuildRollups(connection: Connection): void {
  connection.exec("DELETE FROM rollups");
  for (const dimension of Object.keys(ROLLUPS) as RollupDimension[]) {
    connection.exec(
      `INSERT INTO rollups (dimension, hour, value, ${MEASURES.join(", ")})
       SELECT ${ROLLUPS[dimension]}, ${expectedColumns(dimension)} FROM usage_records GROUP BY 2, 3`,
    );
  }
}

function rebuildCounters({ connection, budgets }: Desk): void {
  budgets.reload();
  connection.exec("DELETE FROM budget_counters WHERE budget NOT IN (SELECT id FROM budgets)");
  for (const budget of budgets.budgets) budgets.recount(budget);
}

function rebuildIdentities(connection: Connection, reader: RecordReader, identities: Identities): void {
  connection.exec("DELETE FROM identities");
  const page = connection.prepare(
    `SELECT ${COLUMNS.join(", ")} FROM usage_records WHERE row > ? AND corrects IS NULL ORDER BY row LIMIT ${PAGE_ROWS}`,
  );
  for (let last = 0; ; ) {
    const rows = page.all(last) as unknown as RecordRow[];
    for (const row of rows) {
      for (const identity of identitiesOf(row, reader)) identities.claim(identity, identities.hashOf(identity), row.row, row.row);
    }
    if (rows.length < PAGE_ROWS) return;
    last = (rows.at(-1) as RecordRow).row;
  }
}
