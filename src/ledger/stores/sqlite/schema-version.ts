/** Whose file it is and how far its tables are: all that opening a book needs to know of them. */
import { DatabaseError, quoteValue } from "../../../errors.ts";
import type { Connection } from "./driver.ts";

/** "TkLg": marks the file as a book, so that no other program's database is ever taken for one. */
export const APPLICATION_ID = 0x546b4c67;

/** The version that the last migration leads to. */
export const SCHEMA_VERSION = 4;

/** In one look: between two of them another process might make the book. */
const LOOK = `SELECT version.user_version AS version, mark.application_id AS application, (SELECT count(*) FROM sqlite_schema) AS tables
  FROM pragma_user_version version, pragma_application_id mark`;

/** The version of the tables in the file; 0 for an empty file. */
export function checkedVersion(connection: Connection, path: string): number {
  const { version, application, tables } = connection.prepare(LOOK).get() as Record<"version" | "application" | "tables", number>;
  if (application === APPLICATION_ID) {
    if (version > SCHEMA_VERSION) {
      throw new DatabaseError(
        `The book ${quoteValue(path, 300)} was written by a newer TokenLedger (tables version ${version}, this one knows ${SCHEMA_VERSION}); update TokenLedger to use it.`,
      );
    }
    return version;
  }
  if (version !== 0 || application !== 0 || tables !== 0) {
    throw new DatabaseError(`${quoteValue(path, 300)} is another program's database, not a book of TokenLedger; give another path.`);
  }
  return 0;
}

/** Whether anything was ever made in the file. */
export function hasTables(connection: Connection): boolean {
  return Number(connection.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.count) > 0;
}
