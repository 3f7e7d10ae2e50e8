/** Brings to the server's disk what was committed without waiting for it: many commits, one flush. */
import type { BookConnection } from "./connection.ts";

export class Flushing {
  readonly #connection: BookConnection;
  #committed = 0;
  #flushed = 0;
  #running: Promise<void> | undefined;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  /** To be called after a commit that did not wait for the disk. */
  committed(): void {
    this.#committed++;
  }

  /** Resolves when all that was committed before is on the disk. */
  async flushed(): Promise<void> {
    const upTo = this.#committed;
    while (this.#flushed < upTo) {
      this.#running ??= this.#flush().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  /** Nobody waits for it: where it fails, the server's own flush comes within a second. */
  soon(): void {
    this.flushed().catch(() => {});
  }

  /** The log is flushed in its order: with the end of a commit that waits, all before it is there. One that writes nothing waits for nothing. */
  async #flush(): Promise<void> {
    const upTo = this.#committed;
    const sql = `SELECT ${this.#connection.schema}.commit_durably(), pg_catalog.pg_logical_emit_message(true, 'tokenledger', '')`;
    await this.#connection.call(sql, [], { repeatable: true, name: "flush" });
    this.#flushed = Math.max(this.#flushed, upTo);
  }
}
