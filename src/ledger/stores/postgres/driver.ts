/** The optional package `pg`, loaded when a book on PostgreSQL is first opened, and told to read integers exactly. */
import type { Pool, PoolConfig } from "pg";
import { DatabaseError } from "../../../errors.ts";

export type SqlValue = string | number | bigint | boolean | null | Uint8Array;
export type Row = Record<string, SqlValue>;

const CONNECT_TIMEOUT_MS = 10_000;
/** Exports and corrections hold one each while they run; the others wait for their turn. */
const MOST_CONNECTIONS = 10;

const MISSING = "A book on PostgreSQL needs the package pg, which is not installed; run `npm install pg@8.23.1`.";

/** @throws DatabaseError where the package is not installed */
export async function makePool(connectionString: string, connectTimeoutMs: number = CONNECT_TIMEOUT_MS): Promise<Pool> {
  const { default: pg } = await import("pg").catch((error: unknown) => {
    throw new DatabaseError(MISSING, { cause: error });
  });
  const config: PoolConfig = {
    connectionString,
    application_name: "tokenledger",
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // A program that forgets to close its book can end all the same.
    allowExitOnIdle: true,
    types: { getTypeParser: parserOf as NonNullable<PoolConfig["types"]>["getTypeParser"] },
  };
  const pool = new pg.Pool(config);
  // A connection that breaks while nobody uses it is replaced by the pool; whoever asks next learns more.
  pool.on("error", () => {});
  // One that breaks in use tells of it twice: the statement fails, and an event that nobody listened to would end the program.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** PostgreSQL's numbers of its types. */
const BOOLEAN = 16;
const BYTES = 17;
const BIGINT = 20;
const SMALLINT = 21;
const INTEGER = 23;
const DOUBLE = 701;
const NUMERIC = 1700;

/** All other types come as the text that PostgreSQL writes. */
function parserOf(type: number): (text: string) => SqlValue {
  switch (type) {
    case BOOLEAN:
      return (text) => text === "t";
    case BYTES:
      return (text) => Buffer.from(text.slice(2), "hex");
    case BIGINT:
      return exactInteger;
    case SMALLINT:
    case INTEGER:
    case DOUBLE:
      return Number;
    case NUMERIC:
      return BigInt;
    default:
      return (text) => text;
  }
}

/** A number where it is exact, else a bigint. */
function exactInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
