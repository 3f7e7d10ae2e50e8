/**
 * The one small interface behind which either SQLite driver stands: Node's own where Node has it, else better-sqlite3.
 * Loading is synchronous, so that opening a book costs no extra turn of the event loop.
 */
import { createRequire } from "node:module";
import { DatabaseError } from "../../../errors.ts";
import { databaseError, sqliteCode } from "./failures.ts";

export type SqlValue = number | bigint | string | Uint8Array | null;
export type Row = Record<string, SqlValue>;

export interface Statement {
  /** How many rows were changed. */
  run(...values: SqlValue[]): number;
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
}

export interface Connection {
  readonly driver: "node:sqlite" | "better-sqlite3";
  exec(sql: string): void;
  /** @param bigint integers come as bigint, for sums that may pass 2^53 */
  prepare(sql: string, options?: { bigint?: boolean }): Statement;
  close(): void;
}

const MISSING =
  `this Node (${process.versions.node}) has no SQLite of its own and the optional package better-sqlite3 is not built; ` +
  "use Node 22.13 or newer, or run `npm install better-sqlite3@12.11.1` with install scripts allowed (`npm rebuild better-sqlite3` where it is already there)";

/** @throws DatabaseError where the file can't be opened, or no driver is there. */
export function connect(path: string, options: { readOnly?: boolean } = {}): Connection {
  const native = nodeSqlite();
  try {
    return native ? connectNode(native, path, options) : connectBetter(path, options);
  } catch (error) {
    throw databaseError(error, path);
  }
}

/** The part of `node:sqlite` that is used here; its types are younger than the oldest Node we run on. */
interface NodeSqlite {
  DatabaseSync: new (
    path: string,
    options: { readOnly: boolean },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): {
      run(...values: SqlValue[]): { changes: number | bigint };
      get(...values: SqlValue[]): Row | undefined;
      all(...values: SqlValue[]): Row[];
      setReadBigInts(enabled: boolean): void;
    };
    close(): void;
  };
}

interface BetterStatement {
  readonly reader: boolean;
  run(...values: SqlValue[]): { changes: number };
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  safeIntegers(enabled: boolean): void;
}

interface BetterOptions {
  readonly: boolean;
  fileMustExist: boolean;
}

type BetterSqlite = new (
  path: string,
  options: BetterOptions & { nativeBinding?: string },
) => {
  exec(sql: string): void;
  prepare(sql: string): BetterStatement;
  close(): void;
};

function nodeSqlite(): NodeSqlite | undefined {
  const emitWarning = process.emitWarning;
  // Only the notice that node:sqlite is experimental is kept quiet; everything else goes its way.
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes("SQLite is an experimental feature")) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule?.("node:sqlite") as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function connectNode(sqlite: NodeSqlite, path: string, options: { readOnly?: boolean }): Connection {
  const database = new sqlite.DatabaseSync(path, { readOnly: options.readOnly ?? false });
  let isOpen = true;
  return {
    driver: "node:sqlite",
    exec: (sql) => database.exec(sql),
    prepare(sql, { bigint = false } = {}) {
      const statement = database.prepare(sql);
      if (bigint) statement.setReadBigInts(true);
      return {
        run: (...values) => Number(statement.run(...values).changes),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    // Closed twice, better-sqlite3 says nothing; nor does this.
    close() {
      if (isOpen) database.close();
      isOpen = false;
    },
  };
}

function connectBetter(path: string, options: { readOnly?: boolean }): Connection {
  const database = openBetter(path, { readonly: options.readOnly ?? false, fileMustExist: options.readOnly ?? false });
  return {
    driver: "better-sqlite3",
    exec: (sql) => database.exec(sql),
    prepare(sql, { bigint = false } = {}) {
      const statement = database.prepare(sql);
      if (bigint) statement.safeIntegers(true);
      return {
        run: (...values) => statement.run(...values).changes,
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    close: () => database.close(),
  };
}

function openBetter(path: string, options: BetterOptions): InstanceType<BetterSqlite> {
  try {
    const require = createRequire(import.meta.url);
    const Database = require("better-sqlite3") as BetterSqlite;
    return new Database(path, { ...options, ...builtBinding(require) });
  } catch (error) {
    // SQLite was there to complain, or the path was refused: then the driver itself is all right.
    if (sqliteCode(error) !== undefined || error instanceof TypeError) throw error;
    throw new DatabaseError(`The book can't be opened: ${MISSING}.`, { cause: error });
  }
}

/** Where the driver's build usually puts it: told so, better-sqlite3 doesn't load the packages with which it would search. */
function builtBinding(require: NodeJS.Require): { nativeBinding?: string } {
  try {
    return { nativeBinding: require.resolve("better-sqlite3/build/Release/better_sqlite3.node") };
  } catch {
    return {};
  }
}
