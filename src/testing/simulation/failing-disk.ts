/**
 * A disk that fails when told to. It comes between a SQLite driver and whoever uses it, from outside: the program under test knows
 * nothing of it.
 */

/** Where the next transaction that writes meets the failure: `after_commit` is an answer that was lost, the work is done. */
export type DiskFailure = "before_commit" | "after_commit" | "statement";

/** As better-sqlite3's `Database` and node:sqlite's `DatabaseSync` are. */
export interface SqliteDriver {
  prototype: { exec(sql: string): unknown; prepare(sql: string): object };
  new (path: string): { prepare(sql: string): object; close(): void };
}

/** The error as a driver throws it for a disk that fails: SQLITE_IOERR. */
class DiskError extends Error {
  readonly code = "SQLITE_IOERR_WRITE";
  readonly errcode = 778;

  constructor() {
    super("disk I/O error");
  }
}

/**
 * @example
 * ```ts
 * import { FailingDisk } from "tokenledger/testing";
 * class Database {
 *   exec(sql: string): void {}
 *   prepare(sql: string): { run(): number } { return Object.create({ run: () => 1 }); }
 *   close(): void {}
 * }
 * const disk = new FailingDisk(Database);
 * disk.failNext("before_commit");
 * const database = new Database();
 * database.exec("BEGIN IMMEDIATE");
 * let said = "";
 * try { database.exec("COMMIT"); } catch (error) { said = (error as Error).message; }
 * disk.remove();
 * said; // => "disk I/O error"
 * ```
 */
export class FailingDisk {
  readonly #undo: (() => void)[] = [];
  #failure: DiskFailure | undefined;
  #statementsLeft = 0;
  #isWriting = false;

  /** From now on, all books of this process that are opened with `driver` lie on this disk. */
  constructor(driver: SqliteDriver) {
    const disk = this;
    const { exec } = driver.prototype;
    driver.prototype.exec = function (this: unknown, sql: string): unknown {
      return disk.#exec(sql, () => Reflect.apply(exec, this, [sql]));
    };
    this.#undo.push(() => {
      driver.prototype.exec = exec;
    });
    const connection = new driver(":memory:");
    const statements = Object.getPrototypeOf(connection.prepare("SELECT 1")) as { run(...values: unknown[]): unknown };
    connection.close();
    const { run } = statements;
    statements.run = function (this: unknown, ...values: unknown[]): unknown {
      disk.#statement();
      return Reflect.apply(run, this, values);
    };
    this.#undo.push(() => {
      statements.run = run;
    });
  }

  /** @param statements how many statements of the transaction still work, where one of them is to fail */
  failNext(failure: DiskFailure, statements = 0): void {
    this.#failure = failure;
    this.#statementsLeft = statements;
  }

  /** Answers whether the failure that was ordered has not come yet, and calls it off. */
  heal(): boolean {
    const pending = this.#failure !== undefined;
    this.#failure = undefined;
    return pending;
  }

  /** Leaves the driver as it was. */
  remove(): void {
    for (const undo of this.#undo) undo();
  }

  #exec(sql: string, execute: () => unknown): unknown {
    if (/^BEGIN IMMEDIATE/i.test(sql)) this.#isWriting = true;
    else if (/^ROLLBACK/i.test(sql)) this.#isWriting = false;
    if (!this.#isWriting || !/^COMMIT/i.test(sql)) return execute();
    if (this.#failure === "before_commit") this.#fail();
    const result = execute();
    this.#isWriting = false;
    if (this.#failure === "after_commit") this.#fail();
    return result;
  }

  #statement(): void {
    if (this.#isWriting && this.#failure === "statement" && this.#statementsLeft-- <= 0) this.#fail();
  }

  #fail(): never {
    this.#failure = undefined;
    throw new DiskError();
  }
}
