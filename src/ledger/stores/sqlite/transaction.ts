/** Transactions on the book's connection. All work inside is synchronous, so that nothing else of this process comes between. */
import type { Connection } from "./driver.ts";

/** Longer than the 30 seconds within which no one may be told that the book is busy. */
export const BUSY_TIMEOUT_MS = 60_000;

/**
 * Runs `work` with the write lock held from the start: a reader that became a writer halfway could not wait for others.
 *
 * @param options.durable whether the disk has it when this returns; else it survives the process, but maybe not a power cut. Default true
 */
export function writing<T>(connection: Connection, work: () => T, { durable = true }: { durable?: boolean } = {}): T {
  if (!durable) connection.exec("PRAGMA synchronous = NORMAL");
  try {
    connection.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      rollBack(connection);
      throw error;
    }
  } finally {
    if (!durable) connection.exec("PRAGMA synchronous = FULL");
  }
}

/** Runs `work` on one snapshot. */
export function reading<T>(connection: Connection, work: () => T): T {
  connection.exec("BEGIN");
  try {
    return work();
  } finally {
    // There is nothing to commit, and a damaged file would refuse to.
    rollBack(connection);
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // After a full disk or an I/O error SQLite has rolled back by itself; the first error is the one that matters.
  }
}
