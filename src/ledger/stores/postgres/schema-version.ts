/** Whether a schema is a book, and how far its tables are. */
import { DatabaseError } from "../../../errors.ts";
import type { Transaction } from "./transaction.ts";

/** The version that the last migration leads to. */
export const SCHEMA_VERSION = 3;

/** Marks the schema as a book, so that no other program's tables are ever taken for one. */
export const VERSION_SETTING = "tokenledger_version";

/** The version of the tables in the schema; 0 where there are none. @param book how messages name it */
export async function checkedVersion(transaction: Transaction, schema: string, book: string): Promise<number> {
  const [found] = await transaction.query(
    `SELECT count(c.oid) AS tables, bool_or(c.relname = 'settings') AS has_settings
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`,
    [schema],
  );
  if (!found?.tables) return 0;
  const version = found.has_settings ? await versionIn(transaction) : 0;
  if (version === 0) {
    throw new DatabaseError(
      `The schema ${JSON.stringify(schema)} of ${book} holds another program's tables, not a book of TokenLedger; name another one as ?schema=… in the address.`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new DatabaseError(
      `The book ${book} was written by a newer TokenLedger (tables version ${version}, this one knows ${SCHEMA_VERSION}); update TokenLedger to use it.`,
    );
  }
  return version;
}

async function versionIn(transaction: Transaction): Promise<number> {
  const columns = await transaction.query(
    "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = 'settings'::regclass AND attnum > 0",
  );
  if (!["name", "value"].every((name) => columns.some(({ attname }) => attname === name))) return 0;
  const [row] = await transaction.query("SELECT value::text FROM settings WHERE name::text = $1", [VERSION_SETTING]);
  return Number(row?.value ?? 0) || 0;
}
