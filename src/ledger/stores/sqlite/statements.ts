/** Statements prepared once, when they are first needed: a table that is missing from a damaged book must not keep the others from being read. */
import type { Connection, Statement } from "./driver.ts";

export class Statements {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Statement>();
  readonly #preparedBigint = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of(sql: string): Statement {
    return this.#cached(this.#prepared, sql, false);
  }

  /** One whose integers come as bigint. */
  bigint(sql: string): Statement {
    return this.#cached(this.#preparedBigint, sql, true);
  }

  #cached(prepared: Map<string, Statement>, sql: string, bigint: boolean): Statement {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql, { bigint });
      prepared.set(sql, statement);
    }
    return statement;
  }
}
