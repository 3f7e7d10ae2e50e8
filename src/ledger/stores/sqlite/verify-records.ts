/** Every row of `usage_records`: its checksum, its figures, what it points to, and what its corrections make of it. */
import type { Differences } from "../../schema/differences.ts";
import { placeOf, reportMissingIdentity, verifyCorrection, verifyFamily, verifyOriginalRow, verifyRow } from "../../schema/row-checks.ts";
import { COLUMNS, DICTIONARY_COLUMNS, FIGURE_COLUMNS, type RecordRow } from "../../schema/rows.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection } from "./driver.ts";
import type { Identities } from "./identities.ts";
import type { RecordReader } from "./record-reader.ts";
import { identitiesOf } from "./verify-identities.ts";

const PAGE_ROWS = 10_000;

/** Answers the number of records: originals, not their corrections. */
export function verifyRecords(
  connection: Connection,
  dictionary: Dictionary,
  reader: RecordReader,
  identities: Identities,
  differences: Differences,
  progress: (records: number) => void,
): number {
  const unsafe = unsafeRows(connection, differences);
  const page = connection.prepare(
    `SELECT ${COLUMNS.join(", ")} FROM usage_records WHERE row > ? AND row NOT IN (${unsafe.join(", ")}) ORDER BY row LIMIT ${PAGE_ROWS}`,
  );
  let records = 0;
  for (let last = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = page.all(last) as unknown as RecordRow[];
    for (const row of rows) {
      if (row.corrects === null) records++;
      try {
        verifyRow(row, dictionary, differences);
        if (row.corrects === null) verifyOriginal(row, dictionary, reader, identities, differences);
        else verifyCorrection(row, reader.row(row.corrects as number), differences);
      } catch (error) {
        differences.add("unreadable", placeOf(row), "a record", error instanceof Error ? error.message : error);
      }
    }
    if (rows.length < PAGE_ROWS) break;
    last = (rows.at(-1) as RecordRow).row;
    progress(records);
  }
  for (const { row } of connection.prepare("SELECT DISTINCT corrects AS row FROM usage_records WHERE corrects IS NOT NULL").all()) {
    const original = reader.row(Number(row));
    if (original) verifyFamily([original, ...reader.corrections(original.row)], dictionary, differences);
  }
  return records;
}

/** Rows with integers that no record can have, and that can't even be read exactly. */
function unsafeRows(connection: Connection, differences: Differences): number[] {
  const columns = ["row", "time_ms", ...DICTIONARY_COLUMNS, ...FIGURE_COLUMNS, "corrects", "checksum"];
  const isUnsafe = columns.map((column) => `${column} NOT BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`).join(" OR ");
  const rows = connection.prepare(`SELECT row FROM usage_records WHERE ${isUnsafe} LIMIT 1000`, { bigint: true }).all();
  for (const { row } of rows) differences.add("value", `usage_records row ${row}`, "integers up to 2^53", "a larger one");
  return rows.map(({ row }) => Number(row));
}

function verifyOriginal(
  row: RecordRow,
  dictionary: Dictionary,
  reader: RecordReader,
  identities: Identities,
  differences: Differences,
): void {
  if (!verifyOriginalRow(row, dictionary, differences)) return;
  for (const identity of identitiesOf(row, reader)) {
    if (identities.slotOf(identity, row.row) === undefined) reportMissingIdentity(row, identity.kind, differences);
  }
}
