/** Transactions on the book's connection. All work inside is synchronous, so that nothing else of this process comes between. */
import type { Connection } from "./driver.ts";
import { sqliteCode } from "./failures.ts";

/** Longer than the 30 seconds within which no one may be told that the book is busy. */
export const PATIENCE_MS = 60_000;

/** An error of the COMMIT itself: whether it took effect, nobody knows. */
export class CommitFailed extends Error {}

/**
 * Runs `work` with the write lock held from the start: a reader that became a writer halfway could not wait for others.
 *
 * @throws CommitFailed with the reason as its cause
 */
export function writing<T>(connection: Connection, work: () => T): T {
  connection.exec("BEGIN IMMEDIATE");
  let isCommitting = false;
  try {
    const result = work();
    isCommitting = true;
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(connection);
    throw isCommitting ? new CommitFailed("The commit failed.", { cause: error }) : error;
  }
}

/** Runs `work` on one snapshot. */
export function reading<T>(connection: Connection, patienceMs: number, work: () => T): T {
  connection.exec("BEGIN");
  try {
    // What may have to wait for others is over before the work begins, which might not bear to be begun twice.
    patiently(connection, patienceMs, () => connection.exec("SELECT 1 FROM sqlite_schema LIMIT 1"));
    return work();
  } finally {
    // There is nothing to commit, and a damaged file would refuse to.
    rollBack(connection);
  }
}

/**
 * Reads wait for nobody but a process that recovers, closes or changes the book, for a moment; so they may wait inside SQLite, where
 * writers, who may have to wait long, must not.
 */
export function patiently<T>(connection: Connection, patienceMs: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (sqliteCode(error) !== "BUSY") throw error;
  }
  connection.exec(`PRAGMA busy_timeout = ${patienceMs}`);
  try {
    return work();
  } finally {
    connection.exec("PRAGMA busy_timeout = 0");
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // After a full disk or an I/O error SQLite has rolled back by itself; the first error is the one that matters.
  }
}
