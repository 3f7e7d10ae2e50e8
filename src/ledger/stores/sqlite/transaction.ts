/** Transactions on the book's connection. All work inside is synchronous, so that nothing else of this process comes between. */
import type { Connection } from "./driver.ts";

/** Longer than the 30 seconds within which no one may be told that the book is busy. */
export const BUSY_TIMEOUT_MS = 60_000;

/** Runs `work` with the write lock held from the start: a reader that became a writer halfway could not wait for others. */
export function writing<T>(connection: Connection, work: () => T): T {
  return within(connection, "BEGIN IMMEDIATE", work);
}

/** Runs `work` on one snapshot. */
export function reading<T>(connection: Connection, work: () => T): T {
  return within(connection, "BEGIN", work);
}

function within<T>(connection: Connection, begin: string, work: () => T): T {
  connection.exec(begin);
  try {
    const result = work();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // SQLite has already rolled back by itself after a full disk or an I/O error; the first error is the one that matters.
  }
}
