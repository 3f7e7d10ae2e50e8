/** The book's file: made private, opened for several processes at once, and watched so that a replaced one is noticed. */
import { closeSync, existsSync, mkdirSync, openSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseError, OutdatedBook, quoteValue } from "../../../errors.ts";
import { type Connection, connect } from "./driver.ts";
import { databaseError, sqliteCode } from "./failures.ts";
import { checkedVersion, SCHEMA_VERSION } from "./schema-version.ts";
import { PATIENCE_MS } from "./transaction.ts";

const IN_MEMORY = ":memory:";

/** File systems on which SQLite's locks don't hold or its shared memory can't be mapped. */
const NETWORK_FILE_SYSTEMS: Record<number, string> = { 26985: "NFS", 20859: "SMB", 4283649346: "CIFS", 4266872130: "SMB2" };

export interface BookFile {
  readonly connection: Connection;
  readonly isInMemory: boolean;
  /** @throws DatabaseError when it was opened for reading only. */
  assertWritable(): void;
  /** @throws DatabaseError when the file was deleted or replaced since it was opened: what is written now would be lost. */
  assertStillThere(): void;
  /** Does what waits for others in SQLite itself, with the event loop, and is on the disk when it is done: for what runs alone. */
  alone<T>(work: () => T): T;
  /** Brings all that the log holds into the book and to the disk; answers false where others still read the log. */
  emptyLog(): boolean;
}

/** Opens the book at `path`; unless `readOnly`, makes folder, file and tables where they are missing. */
export async function openBookFile(path: string, options: { readOnly?: boolean }): Promise<BookFile> {
  const readOnly = options.readOnly ?? false;
  if (path !== IN_MEMORY) prepareFile(path, readOnly);
  const connection = connect(path, { readOnly });
  try {
    connection.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    if (readOnly) assertUsable(connection, path);
    else {
      // Before anything is written: another program's database is left as it is.
      checkedVersion(connection, path);
      useWriteAheadLog(connection);
      connection.exec(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 67108864",
      );
      if (checkedVersion(connection, path) !== SCHEMA_VERSION) (await import("./migrations.ts")).migrate(connection, path);
      // From here on the log is synced apart, see LogFlush.
      connection.exec("PRAGMA synchronous = NORMAL");
    }
    connection.exec("PRAGMA busy_timeout = 0");
  } catch (error) {
    connection.close();
    throw databaseError(error, path);
  }
  const opened = path === IN_MEMORY ? undefined : fileIdentity(path);
  return {
    connection,
    isInMemory: path === IN_MEMORY,
    alone(work) {
      connection.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}; PRAGMA synchronous = FULL`);
      try {
        return work();
      } finally {
        connection.exec("PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL");
      }
    },
    emptyLog: () => connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0,
    assertWritable() {
      if (readOnly)
        throw new DatabaseError(`The book ${quoteValue(path, 300)} is open for reading only; open it for writing to change it.`);
    },
    assertStillThere() {
      if (opened !== undefined && fileIdentity(path) !== opened) {
        throw new DatabaseError(
          `The book ${quoteValue(path, 300)} was deleted or replaced while it was open; nothing was written, open it anew.`,
        );
      }
    },
  };
}

function prepareFile(path: string, readOnly: boolean): void {
  try {
    if (!readOnly && !existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // Spending is nobody else's business: only the owner may read what we create.
      closeSync(openSync(path, "a", 0o600));
    }
    if (statSync(path).isDirectory())
      throw new DatabaseError(`${quoteValue(path, 300)} is a folder; give the path of a file for the book.`);
    const network = readOnly ? undefined : NETWORK_FILE_SYSTEMS[statfsSync(dirname(path)).type];
    if (network) {
      throw new DatabaseError(
        `The book ${quoteValue(path, 300)} lies on a network file system (${network}), where SQLite can't lock it safely; put it on a local disk.`,
      );
    }
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError(`The book ${quoteValue(path, 300)} can't be opened: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return "no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EROFS":
      return "the disk is read-only";
    case "ENOSPC":
      return "the disk is full";
    case "ENOTDIR":
      return "a part of the path is not a folder";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function assertUsable(connection: Connection, path: string): void {
  const version = checkedVersion(connection, path);
  if (version === SCHEMA_VERSION) return;
  const what = version === 0 ? "is empty" : `has tables of version ${version}, older than this TokenLedger's ${SCHEMA_VERSION}`;
  throw new OutdatedBook(`The book ${quoteValue(path, 300)} ${what}; open it once for writing to bring it up to date.`);
}

/**
 * Readers and one writer at the same time. Changing the mode needs a moment without others, which SQLite does not wait for by
 * itself when two processes make the same new book; a file that already is in this mode changes nothing.
 */
function useWriteAheadLog(connection: Connection): void {
  const mode = connection.prepare("PRAGMA journal_mode").get()?.journal_mode;
  if (mode === "wal" || mode === "memory") return;
  const lock = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += 20) {
    try {
      connection.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (sqliteCode(error) !== "BUSY" || waitedMs >= PATIENCE_MS) throw error;
      Atomics.wait(lock, 0, 0, 20);
    }
  }
}

function fileIdentity(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status && `${status.dev}:${status.ino}`;
}
