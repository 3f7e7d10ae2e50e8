/** The connections of one open book: transactions that take effect once, however often the server goes away meanwhile. */

import { setTimeout as pause } from "node:timers/promises";
import type { Pool, PoolClient, QueryResult } from "pg";
import { systemClock } from "../../../clock.ts";
import { Clients } from "./clients.ts";
import { makePool, type Row, type SqlValue } from "./driver.ts";
import { databaseError, gaveWay, isConnectionLost, isStarting, isStatementLost } from "./failures.ts";
import type { ServerAddress } from "./server-address.ts";
import { beforeDeadline } from "./server-health.ts";
import { Transaction } from "./transaction.ts";

/** As long as a SQLite book waits for its lock. */
const WRITE_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 600_000;
/** A server that restarts is back within this. */
const INSISTING_MS = 30_000;
/** Where the caller's patience ends sooner, a new connection is still made for the next one. */
const PATIENT_CONNECT_MS = 2000;
/** Of the patience, the part for which a function waits for a lock. */
const LOCK_SHARE = 0.8;
/** Each step ends with the patience; what is made of several, so much later. */
const OVER_MS = 20;
/** How often a patient caller's question is lost before that is told. */
const MOST_LOST = 2;
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

export interface ConnectionOptions {
  readOnly?: boolean;
  patienceMs?: number;
}

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
  readonly lockWaitMs: number;
  readonly #clients: Clients;
  readonly #patienceMs: number | undefined;
  /** Then all work is done in transactions that the server lets only read. */
  readonly #readOnly: boolean;
  /** Some poolers between us and the server give each transaction another session, which knows no statement of the last one. */
  #prepares = true;
  readonly #marks = new WeakMap<PoolClient, Mark>();

  /** @param patienceMs after which a call that has no answer fails; absent: a server that restarts is waited for */
  static async open(address: ServerAddress, { readOnly = false, patienceMs }: ConnectionOptions = {}): Promise<BookConnection> {
    const pool = await makePool(address.connectionString, patienceMs === undefined ? undefined : PATIENT_CONNECT_MS);
    return new BookConnection(address, pool, readOnly, patienceMs);
  }

  private constructor(address: ServerAddress, pool: Pool, readOnly: boolean, patienceMs: number | undefined) {
    this.#patienceMs = patienceMs;
    // The server tells of a lock before the caller gives up: then the connection is still good.
    this.lockWaitMs = patienceMs === undefined ? WRITE_TIMEOUT_MS : Math.max(1, Math.floor(patienceMs * LOCK_SHARE));
    this.#clients = new Clients(pool, patienceMs);
    this.schemaName = address.schema;
    this.schema = `"${address.schema.replaceAll('"', '""')}"`;
    this.book = address.shown;
    this.#readOnly = readOnly;
  }

  /** Reads in one transaction; after a lost connection anew. */
  read<T>(work: Work<T>): Promise<T> {
    return this.#insist((deadlineMs) => this.#reading(READING, work, deadlineMs));
  }

  /** Reads one snapshot, however long it takes. */
  snapshot<T>(work: Work<T>): Promise<T> {
    return this.#insist((deadlineMs) => this.#reading(SNAPSHOT, work, deadlineMs));
  }

  /** Reads one snapshot page by page: others may write meanwhile, also through this book. */
  async *pages<T>(work: (transaction: Transaction) => AsyncIterable<T>): AsyncGenerator<T> {
    const client = await this.#insist((deadlineMs) => this.#clients.take(deadlineMs));
    let isWhole = false;
    try {
      const transaction = await this.#begin(client, SNAPSHOT, Number.POSITIVE_INFINITY);
      yield* work(transaction);
      await transaction.commit();
      isWhole = true;
    } catch (error) {
      throw databaseError(error, this.book);
    } finally {
      // Left halfway, the connection is in the middle of something: it is not used again.
      if (isWhole) this.#clients.giveBack(client);
      else this.#clients.discard(client);
    }
  }

  /**
   * Writes in one transaction, which takes effect exactly once: it is done anew where it gave way to another, or where the
   * connection broke before it was committed. Where the answer to COMMIT was lost, its mark tells whether it took effect.
   *
   * @param work runs from its beginning each time: what it remembers of an earlier try must be forgotten
   */
  write<T>(work: Work<T>): Promise<T> {
    return this.#readOnly ? this.read(work) : this.#insist((deadlineMs) => this.#writing(WRITING, work, deadlineMs));
  }

  /** The same, however long it takes. */
  repair<T>(work: Work<T>): Promise<T> {
    return this.#readOnly ? this.read(work) : this.#insist((deadlineMs) => this.#writing(REPAIRING, work, deadlineMs));
  }

  /** For what makes the tables: done again, it must find itself done. A server that was never there is told of at once. */
  migrate<T>(work: Work<T>): Promise<T> {
    let wasThere = false;
    const attempt = (): Promise<T> => {
      const noted = (transaction: Transaction): Promise<T> => {
        wasThere = true;
        return work(transaction);
      };
      return this.#reading(MIGRATING, noted, Number.POSITIVE_INFINITY);
    };
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
    return this.#insist((deadlineMs) => this.#query(query, name, deadlineMs), repeatable ? isPassing : gaveWay);
  }

  async #query(query: { text: string; values: SqlValue[] }, name: string | undefined, deadlineMs: number): Promise<Row[]> {
    const client = await this.#clients.take(deadlineMs);
    let isBroken = false;
    try {
      const prepared = name !== undefined && this.#prepares ? { ...query, name } : query;
      return (await client.query<Row>({ ...prepared, ...answerBefore(deadlineMs) })).rows;
    } catch (error) {
      isBroken = isConnectionLost(error);
      if (!this.#prepares || !isStatementLost(error)) throw error;
      this.#prepares = false;
    } finally {
      if (isBroken) this.#clients.giveBackBroken(client);
      else this.#clients.giveBack(client);
    }
    return this.#query(query, undefined, deadlineMs);
  }

  /** Resolves when the server is not known to be out of reach. */
  reachable(): Promise<void> {
    return this.#clients.health.over();
  }

  /** Where all is to be done within the caller's patience: what `work` answers. @throws DatabaseError at its end; `work` goes on */
  async patient<T>(work: Promise<T>): Promise<T> {
    if (this.#patienceMs === undefined) return work;
    try {
      return await beforeDeadline(work, systemClock.monotonic() + this.#patienceMs + OVER_MS, true);
    } catch (error) {
      throw databaseError(error, this.book);
    }
  }

  async close(): Promise<void> {
    await this.#clients.close();
  }

  async #reading<T>(mode: Mode, work: Work<T>, deadlineMs: number): Promise<T> {
    const client = await this.#clients.take(deadlineMs);
    try {
      const transaction = await this.#begin(client, mode, deadlineMs);
      const result = await work(transaction);
      await transaction.commit();
      this.#clients.giveBack(client);
      return result;
    } catch (error) {
      await this.#rollBack(client, error);
      throw error;
    }
  }

  async #writing<T>(mode: Mode, work: Work<T>, deadlineMs: number): Promise<T> {
    const client = await this.#clients.take(deadlineMs);
    let committing: { transaction: Transaction; result: T; mark: Mark } | undefined;
    try {
      const transaction = await this.#begin(client, mode, deadlineMs);
      committing = { transaction, result: await work(transaction), mark: this.#nextMark(client) };
      await transaction.commit(setMark(committing.mark));
      this.#clients.giveBack(client);
      return committing.result;
    } catch (error) {
      await this.#rollBack(client, error);
      if (!committing || !isConnectionLost(error) || !(await this.#tookEffect(committing.mark))) throw error;
      committing.transaction.committed();
      return committing.result;
    }
  }

  /** All that a session would remember is told to each transaction: poolers between us and the server give each another session. */
  async #begin(client: PoolClient, { begin, timeoutMs, isBare = false }: Mode, deadlineMs: number): Promise<Transaction> {
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
    const text = statements.join("; ");
    // A connection that is dead shows so here, before anything is asked that may take its time.
    const results = (await client.query({ text, ...answerBefore(deadlineMs) })) as unknown as QueryResult<Row>[];
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

  async #insist<T>(attempt: (deadlineMs: number) => Promise<T>, mayPass: (error: unknown) => boolean = isPassing): Promise<T> {
    const deadlineMs = this.#patienceMs === undefined ? Number.POSITIVE_INFINITY : systemClock.monotonic() + this.#patienceMs;
    let pauseMs = FIRST_PAUSE_MS;
    let lost = 0;
    for (let waitedMs = 0; ; waitedMs += pauseMs, pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt(deadlineMs);
      } catch (error) {
        if (isConnectionLost(error)) lost++;
        const isOver = waitedMs >= INSISTING_MS || systemClock.monotonic() + pauseMs >= deadlineMs;
        // An outage must not be met with many times the questions of a good day.
        const isEnough = this.#patienceMs !== undefined && lost >= MOST_LOST;
        if (isOver || isEnough || !mayPass(error)) throw databaseError(error, this.book);
      }
      await pause(pauseMs);
    }
  }

  async #rollBack(client: PoolClient, error: unknown): Promise<void> {
    if (isConnectionLost(error)) {
      this.#clients.giveBackBroken(client);
      return;
    }
    await client.query("ROLLBACK").then(
      () => this.#clients.giveBack(client),
      () => this.#clients.giveBackBroken(client),
    );
  }
}

function isPassing(error: unknown): boolean {
  return gaveWay(error) || isConnectionLost(error);
}

function answerBefore(deadlineMs: number): { query_timeout?: number } {
  return deadlineMs === Number.POSITIVE_INFINITY ? {} : { query_timeout: Math.max(1, Math.ceil(deadlineMs - systemClock.monotonic())) };
}

/** A division by zero stops the transaction of a writer that was told lost. */
function setMark({ writer, number }: Mark): string {
  return `INSERT INTO write_marks AS marks (writer, number) VALUES ('${writer}', ${number})
    ON CONFLICT (writer) DO UPDATE SET number = excluded.number / (CASE WHEN marks.is_fenced THEN 0 ELSE 1 END), marked_at = excluded.marked_at`;
}
