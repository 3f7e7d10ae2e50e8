/** The connections of one open book, lent and given back. One that was made before an outage is not lent again. */

import type { Pool, PoolClient } from "pg";
import { systemClock } from "../../../clock.ts";
import { isConnectionLost, NoAnswer } from "./failures.ts";
import { beforeDeadline, ServerHealth } from "./server-health.ts";

/** A server that is known to be out of reach is waited for no longer than this, however patient the caller is. */
const LONGEST_WAIT_MS = 250;
/** So long a server may take to end the connections of a book that is closed. */
const LONGEST_END_MS = 5_000;

export class Clients {
  readonly health: ServerHealth;
  readonly #pool: Pool;
  readonly #patienceMs: number | undefined;
  /** How many outages there had been when each connection was made. */
  readonly #bornIn = new Map<PoolClient, number>();
  #outages = 0;

  /** @param patienceMs undefined: whoever wants a connection waits for it, and nothing is made of failures */
  constructor(pool: Pool, patienceMs: number | undefined) {
    this.#pool = pool;
    this.#patienceMs = patienceMs;
    pool.on("connect", (client) => this.#bornIn.set(client, this.#outages));
    pool.on("remove", (client) => this.#bornIn.delete(client));
    this.health = new ServerHealth({
      ask: () => this.#ask(),
      began: () => {
        this.#outages++;
      },
      goesOn: () => this.#dropOld(),
    });
  }

  /** @throws NoAnswer at the deadline, on the steady clock */
  async take(deadlineMs: number): Promise<PoolClient> {
    if (this.#patienceMs === undefined) return this.#pool.connect();
    await this.health.usable(Math.min(deadlineMs, systemClock.monotonic() + LONGEST_WAIT_MS));
    return this.#connect(deadlineMs);
  }

  giveBack(client: PoolClient): void {
    this.health.succeeded();
    client.release();
  }

  /** It did not answer: it is not used again. */
  giveBackBroken(client: PoolClient): void {
    this.#failed();
    client.release(true);
  }

  /** It is in the middle of something: it is not used again. */
  discard(client: PoolClient): void {
    client.release(true);
  }

  async close(): Promise<void> {
    this.health.close();
    if (this.#pool.ending) return;
    // Whoever waits for a server that is out of reach waits no more.
    if (this.#outages > 0) this.#dropOld();
    const ended = this.#pool.end();
    if (this.#patienceMs === undefined) return ended;
    try {
      await beforeDeadline(ended, systemClock.monotonic() + LONGEST_END_MS);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      // A server that no longer answers does not answer a farewell either.
      for (const client of this.#bornIn.keys()) streamOf(client).destroy();
    }
  }

  async #connect(deadlineMs: number): Promise<PoolClient> {
    for (;;) {
      const connecting = this.#pool.connect();
      let client: PoolClient;
      try {
        client = await beforeDeadline(connecting, deadlineMs);
      } catch (error) {
        // It is made all the same, for whoever comes next.
        if (error instanceof NoAnswer) {
          void connecting.then(
            (late) => late.release(),
            () => {},
          );
        }
        if (isConnectionLost(error)) this.#failed();
        throw error;
      }
      if (!this.#isOld(client)) return client;
      client.release(true);
    }
  }

  #failed(): void {
    if (this.#patienceMs !== undefined) this.health.failed();
  }

  async #ask(): Promise<void> {
    const client = await this.#connect(Number.POSITIVE_INFINITY);
    try {
      await client.query({ text: "SELECT 1", query_timeout: this.#patienceMs } as { text: string });
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  #isOld(client: PoolClient): boolean {
    return (this.#bornIn.get(client) ?? 0) < this.#outages;
  }

  /** Whoever still waits on one of them for an answer would wait until the system gives the connection up. */
  #dropOld(): void {
    for (const client of this.#bornIn.keys()) if (this.#isOld(client)) streamOf(client).destroy();
  }
}

function streamOf(client: PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}
