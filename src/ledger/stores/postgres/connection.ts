/** The connections of one open book: transactions that take effect once, however often the server goes away meanwhile. */
import { setTimeout as pause } from "node:timers/promises";
import type { Pool, PoolClient, QueryResult } from "pg";
import { makePool, type Row, type SqlValue } from "./driver.ts";
import { databaseError, gaveWay, isConnectionLost, isStarting, isStatementLost } from "./failures.ts";
import type { ServerAddress } from "./server-address.ts";
import { Transaction } from "./transaction.ts";

/** As long as a SQLite book waits for its lock. */
const WRITE_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 600_000;
/** A server that restarts is back within this. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

interface Mode {
  begin: string;
  /** 0: as long as it takes. */
  timeoutMs: number;
  /** Before there are tables, nothing can be asked of them. */
  isBare?: boolean;
}

const READING: Mode = { begin: "BEGIN READ ONLY", timeoutMs: READ_TIMEOUT_MS };
const SNAPSHOT: Mode = { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", timeoutMs: 0 };
const WRITING: Mode = { begin: "BEGIN", timeoutMs: WRITE_TIMEOUT_MS };
const REPAIRING: Mode = { begin: "BEGIN", timeoutMs: 0 };
const MIGRATING: Mode = { begin: "BEGIN", timeoutMs: 0, isBare: true };

/** What a connection marks its transactions with, each by the next number, so that the fate of the last one can be found out. */
interface Mark {
  writer: string;
  number: number;
}

type Work<T> = (transaction: Transaction) => Promise<T>;

export class BookConnection {
  /** The schema of the book's tables. */
  readonly schemaName: string;
  /** The same as it stands in SQL. */
  readonly schema: string;
  /** How messages name the book: its address, without a password. */
  readonly book: string;
  /** How long a function of the database may wait for a lock. */
  readonly lockWaitMs: number = WRITE_TIMEOUT_MS;
  readonly #pool: Pool;
  /** Then all work is done in transactions that the server lets only read. */
  readonly #readOnly: boolean;
  /** Some poolers between us and the server give each transaction another session, which knows no statement of the last one. */
  #prepares = true;
  readonly #marks = new WeakMap<PoolClient, Mark>();

  static async open(address: ServerAddress, { readOnly = false }: { readOnly?: boolean } = {}): Promise<BookConnection> {
    return new BookConnection(address, await makePool(address.connectionString), readOnly);
  }

  private constructor(address: ServerAddress, pool: Pool, readOnly: boolean) {
    this.schemaName = address.schema;
    this.schema = `"${address.schema.replaceAll('"', '""')}"`;
    this.book = address.shown;
    this.#pool = pool;
    this.#readOnly = readOnly;
  }

  /** Reads in one transaction; after a lost connection anew. */
  read<T>(work: Work<T>): Promise<T> {
    return this.#insist(() => this.#reading(READING, work));
  }

  /** Reads one snapshot, however long it takes. */
  snapshot<T>(work: Work<T>): Promise<T> {
    return this.#insist(() => this.#reading(SNAPSHOT, work));
  }

  /** Reads one snapshot page by page: others may write meanwhile, also through this book. */
  async *pages<T>(work: (transaction: Transaction) => AsyncIterable<T>): AsyncGenerator<T> {
    const client = await this.#insist(() => this.#pool.connect());
    let isWhole = false;
    try {
      const transaction = await this.#begin(client, SNAPSHOT);
      yield* work(transaction);
      await transaction.commit();
      isWhole = true;
    } catch (error) {
      throw databaseError(error, this.book);
    } finally {
      // Left halfway, the connection is in the middle of something: it is not used again.
      client.release(!isWhole);
    }
  }

  /**
   * Writes in one transaction, which takes effect exactly once: it is done anew where it gave way to another, or where the
   * connection broke before it was committed. Where the answer to COMMIT was lost, its mark tells whether it took effect.
   *
   * @param work runs from its beginning each time: what it remembers of an earlier try must be forgotten
   */
  write<T>(work: Work<T>): Promise<T> {
    return this.#readOnly ? this.read(work) : this.#insist(() => this.#writing(WRITING, work));
  }

  /** The same, however long it takes. */
  repair<T>(work: Work<T>): Promise<T> {
    return this.#readOnly ? this.read(work) : this.#insist(() => this.#writing(REPAIRING, work));
  }

  /** For what makes the tables: done again, it must find itself done. A server that was never there is told of at once. */
  migrate<T>(work: Work<T>): Promise<T> {
    let wasThere = false;
    const attempt = (): Promise<T> =>
      this.#reading(MIGRATING, (transaction) => {
        wasThere = true;
        return work(transaction);
      });
    return this.#insist(attempt, (error) => isStarting(error) || (wasThere && isPassing(error)));
  }

  /**
   * One statement, committed by itself; what it names must bear the {@link schema}.
   *
   * @param options.repeatable it may be done again where its answer was lost
   * @param options.name under which the server keeps its plan
   */
  call(
    sql: string,
    values: readonly SqlValue[],
    { repeatable = false, name }: { repeatable?: boolean; name?: string } = {},
  ): Promise<Row[]> {
    if (this.#readOnly) return this.read((transaction) => transaction.query(sql, values));
    const query = { text: sql, values: values as SqlValue[] };
    return this.#insist(() => this.#query(query, name), repeatable ? isPassing : gaveWay);
  }

  async #query(query: { text: string; values: SqlValue[] }, name: string | undefined): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>(name !== undefined && this.#prepares ? { ...query, name } : query)).rows;
    } catch (error) {
      if (!this.#prepares || !isStatementLost(error)) throw error;
      this.#prepares = false;
      return this.#query(query, undefined);
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #reading<T>(mode: Mode, work: Work<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      const transaction = await this.#begin(client, mode);
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      await rollBack(client, error);
      throw error;
    }
  }

  async #writing<T>(mode: Mode, work: Work<T>): Promise<T> {
    const client = await this.#pool.connect();
    let committing: { transaction: Transaction; result: T; mark: Mark } | undefined;
    try {
      const transaction = await this.#begin(client, mode);
      committing = { transaction, result: await work(transaction), mark: this.#nextMark(client) };
      await transaction.commit(setMark(committing.mark));
      client.release();
      return committing.result;
    } catch (error) {
      await rollBack(client, error);
      if (!committing || !isConnectionLost(error) || !(await this.#tookEffect(committing.mark))) throw error;
      committing.transaction.committed();
      return committing.result;
    }
  }

  /** All that a session would remember is told to each transaction: poolers between us and the server give each another session. */
  async #begin(client: PoolClient, { begin, timeoutMs, isBare = false }: Mode): Promise<Transaction> {
    const path = `${this.schema}, pg_temp`.replaceAll("'", "''");
    const statements = [
      begin,
      `SELECT set_config('search_path', '${path}', true), set_config('statement_timeout', '${timeoutMs}', true),
         set_config('lock_timeout', '${timeoutMs}', true), set_config('idle_in_transaction_session_timeout', '${timeoutMs}', true),
         set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true),
         gen_random_uuid() AS chance`,
      ...(isBare ? [] : ["SELECT value FROM settings WHERE name = 'names_revision'"]),
    ];
    // Several statements in one round trip have one result each.
    const results = (await client.query(statements.join("; "))) as unknown as QueryResult<Row>[];
    if (!this.#marks.has(client)) this.#marks.set(client, { writer: String(results[1]?.rows[0]?.chance), number: 0 });
    return new Transaction(client, timeoutMs, isBare ? 0 : Number(results[2]?.rows[0]?.value ?? 0));
  }

  #nextMark(client: PoolClient): Mark {
    const { writer, number } = this.#marks.get(client) as Mark;
    const mark = { writer, number: number + 1 };
    this.#marks.set(client, mark);
    return mark;
  }

  /** Waits for a transaction that is still being committed, and forbids one that is still under way to us. */
  async #tookEffect({ writer, number }: Mark): Promise<boolean> {
    const fence = `INSERT INTO ${this.schema}.write_marks AS marks (writer, number, is_fenced) VALUES ($1, 0, true)
       ON CONFLICT (writer) DO UPDATE SET is_fenced = true RETURNING number`;
    const [row] = await this.call(fence, [writer], { repeatable: true });
    return row?.number === number;
  }

  async #insist<T>(attempt: () => Promise<T>, mayPass: (error: unknown) => boolean = isPassing): Promise<T> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let waitedMs = 0; ; waitedMs += pauseMs, pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (waitedMs >= PATIENCE_MS || !mayPass(error)) throw databaseError(error, this.book);
      }
      await pause(pauseMs);
    }
  }
}

function isPassing(error: unknown): boolean {
  return gaveWay(error) || isConnectionLost(error);
}

async function rollBack(client: PoolClient, error: unknown): Promise<void> {
  if (isConnectionLost(error)) {
    client.release(true);
    return;
  }
  await client.query("ROLLBACK").then(
    () => client.release(),
    () => client.release(true),
  );
}

/** A division by zero stops the transaction of a writer that was told lost. */
function setMark({ writer, number }: Mark): string {
  return `INSERT INTO write_marks AS marks (writer, number) VALUES ('${writer}', ${number})
    ON CONFLICT (writer) DO UPDATE SET number = excluded.number / (CASE WHEN marks.is_fenced THEN 0 ELSE 1 END), marked_at = excluded.marked_at`;
}
