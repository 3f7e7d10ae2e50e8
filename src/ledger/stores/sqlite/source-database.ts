/** Other programs' SQLite files, read without changing a byte of their folders. */
import { constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type Row } from "./driver.ts";
import { databaseError } from "./failures.ts";

/** A SQLite file of another program, read-only. */
export interface SourceDatabase {
  all(sql: string): Row[];
  close(): void;
}

const ATTEMPTS = 5;

/**
 * Opens a copy: SQLite makes files beside a database in write-ahead mode even to read it, and can't read one in a folder that is
 * read-only. The copy goes when it is closed.
 *
 * @throws DatabaseError when there is no such file or it is no database.
 */
export function openSourceDatabase(path: string): SourceDatabase {
  const folder = mkdtempSync(join(tmpdir(), "tokenledger-"));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "source.db");
    // The program may be writing: a copy that was made while something changed is made again.
    for (let attempt = 1; ; attempt++) {
      const before = stateOf(path);
      copyFiles(path, copy);
      if (attempt === ATTEMPTS || stateOf(path) === before) break;
    }
    return readCopy(connect(copy), path, discard);
  } catch (error) {
    discard();
    throw databaseError(error, path);
  }
}

/** What was written last may still be in a log or journal beside the file. */
const COMPANIONS = ["-wal", "-journal"];

function copyFiles(path: string, copy: string): void {
  copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  for (const suffix of COMPANIONS) {
    rmSync(copy + suffix, { force: true });
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  }
}

function stateOf(path: string): string {
  const stateOfFile = (name: string): string => {
    const status = statSync(name, { throwIfNoEntry: false });
    return status ? `${status.ino}:${status.size}:${status.mtimeMs}` : "-";
  };
  return [path, ...COMPANIONS.map((suffix) => path + suffix)].map(stateOfFile).join(" ");
}

function readCopy(connection: Connection, path: string, discard: () => void): SourceDatabase {
  return {
    all(sql) {
      try {
        return connection.prepare(sql).all();
      } catch (error) {
        throw databaseError(error, path);
      }
    },
    close() {
      connection.close();
      discard();
    },
  };
}
