/** The book's schema: found or made, brought up to date, and never another program's. */
import { DatabaseError, NoBookYet, OutdatedBook } from "../../../errors.ts";
import { BookConnection, type ConnectionOptions } from "./connection.ts";
import { migrate } from "./migrations.ts";
import { checkedVersion, SCHEMA_VERSION } from "./schema-version.ts";
import { serverAddress } from "./server-address.ts";
import type { Transaction } from "./transaction.ts";

/** The first version with all that is used here. */
const OLDEST_SERVER = 130_000;
/** "TkLg": our half of the key of the lock under which tables are made. */
const LOCK = 0x546b4c67;

/** Connects to the book at `url`; unless `readOnly`, makes schema and tables where they are missing. */
export async function openBookSchema(url: string, options: ConnectionOptions): Promise<BookConnection> {
  const { readOnly = false } = options;
  const connection = await BookConnection.open(serverAddress(url), options);
  try {
    await connection.migrate(async (transaction) => {
      await assertServer(transaction, connection.book);
      const found = await checkedVersion(transaction, connection.schemaName, connection.book);
      if (found === SCHEMA_VERSION) return;
      if (readOnly) throw notYet(found, connection.book);
      await makeTables(transaction, connection);
    });
    // Marks are asked for within seconds; those of connections that ended long ago stay behind.
    if (!readOnly)
      await connection.call(`DELETE FROM ${connection.schema}.write_marks WHERE marked_at < now() - interval '1 day'`, [], {
        repeatable: true,
      });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function notYet(version: number, book: string): DatabaseError {
  if (version === 0) return new NoBookYet(`There is no book in ${book} yet; open it once for writing to make one.`);
  return new OutdatedBook(
    `The book ${book} has tables of version ${version}, older than this TokenLedger's ${SCHEMA_VERSION}; open it once for writing to bring it up to date.`,
  );
}

async function assertServer(transaction: Transaction, book: string): Promise<void> {
  const [row] = await transaction.query(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version, current_setting('server_encoding') AS encoding",
  );
  if (Number(row?.number) < OLDEST_SERVER)
    throw new DatabaseError(`The server of ${book} is PostgreSQL ${row?.version}; TokenLedger needs version 13 or newer.`);
  if (row?.encoding !== "UTF8") {
    throw new DatabaseError(
      `The database of ${book} keeps texts as ${row?.encoding}, in which not every name can be written; make one with \`createdb --encoding=UTF8 --template=template0\`.`,
    );
  }
}

async function makeTables(transaction: Transaction, { schema, schemaName, book }: BookConnection): Promise<void> {
  await transaction.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [LOCK, schemaName]);
  // Asked anew with the lock held: another process may have made them meanwhile.
  const found = await checkedVersion(transaction, schemaName, book);
  if (found === SCHEMA_VERSION) return;
  const [existing] = await transaction.query("SELECT 1 AS one FROM pg_catalog.pg_namespace WHERE nspname = $1", [schemaName]);
  if (!existing) await transaction.execute(`CREATE SCHEMA ${schema}`);
  await migrate(transaction, found, schema);
}
