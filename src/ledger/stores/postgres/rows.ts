/** Rows of `usage_records` as PostgreSQL takes and gives them: a column is one array, whatever the number of rows. */
import { COLUMNS, type RecordRow } from "../../schema/rows.ts";
import type { Row, SqlValue } from "./driver.ts";
import { arrayOf, givenText, type Transaction, textArrayOf } from "./transaction.ts";

/** One INSERT takes this many, so that what it is made of stays small beside the rows. */
const ROWS_AT_ONCE = 5000;

const TEXT_COLUMNS: ReadonlySet<string> = new Set<keyof RecordRow>(["id", "request_id", "metadata"]);

function quoted(column: string): string {
  return `"${column}"`;
}

/** All columns, in the order of `COLUMNS`. */
export const COLUMN_SQL: string = COLUMNS.map(quoted).join(", ");

const INSERT_SQL = `INSERT INTO usage_records (${COLUMN_SQL}) SELECT * FROM unnest(${COLUMNS.map(
  (column, i) => `$${i + 1}::${TEXT_COLUMNS.has(column) ? "text" : "bigint"}[]`,
).join(", ")})`;

/** Ids are kept as texts, so that people can look for them in SQL. */
export function storedId(id: string): string {
  return id;
}

export async function insertRows(transaction: Transaction, rows: readonly RecordRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    const values = COLUMNS.map(
      (column): SqlValue =>
        TEXT_COLUMNS.has(column)
          ? textArrayOf(some.map((row) => row[column] as string | null))
          : arrayOf(some.map((row) => row[column] as number | null)),
    );
    await transaction.run(INSERT_SQL, values);
  }
}

/** The row as it was given, NUL characters included. */
export function rowOf(row: Row): RecordRow {
  for (const column of TEXT_COLUMNS) {
    const text = row[column];
    if (typeof text === "string") row[column] = givenText(text);
  }
  return row as unknown as RecordRow;
}
