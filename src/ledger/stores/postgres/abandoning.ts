/** Takes back reservations of which nobody knows whether they were made: as soon as the server can be asked. */
import type { ReserveRequest } from "../../store.ts";
import type { BookConnection } from "./connection.ts";
import { nameOf } from "./identities.ts";
import { callText, reservationKey } from "./reservation-row.ts";
import { unhurriedPause, withJitter } from "./server-health.ts";

const PAUSE_MS = 500;
/** More are left to their time: it ends them, too. */
const MOST_WAITING = 10_000;

interface Doubtful {
  request: ReserveRequest;
  maker: string;
}

export class Abandoning {
  readonly #connection: BookConnection;
  /** By the reservation's key, in the order in which they came. */
  readonly #waiting = new Map<string, Doubtful>();
  #isRunning = false;
  #isClosed = false;

  constructor(connection: BookConnection) {
    this.#connection = connection;
  }

  add(request: ReserveRequest, maker: string): void {
    if (this.#isClosed || this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.set(nameOf(reservationKey(request.requestId, request.attempt)), { request, maker });
    if (!this.#isRunning) void this.#run();
  }

  /** To be called before the same request is reserved again: what is doubtful of it is taken back first. @throws DatabaseError */
  async before({ requestId, attempt }: Pick<ReserveRequest, "requestId" | "attempt">): Promise<void> {
    if (this.#waiting.size === 0) return;
    const name = nameOf(reservationKey(requestId, attempt));
    const doubtful = this.#waiting.get(name);
    if (doubtful === undefined) return;
    await this.#takeBack(doubtful);
    if (this.#waiting.get(name) === doubtful) this.#waiting.delete(name);
  }

  /** What waits is tried once more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const [name, doubtful] of [...this.#waiting]) if (!(await this.#tryOne(name, doubtful))) return;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (!this.#isClosed) {
        await this.#connection.reachable();
        const [next] = this.#waiting;
        if (next === undefined) return;
        if (!(await this.#tryOne(...next))) await unhurriedPause(withJitter(PAUSE_MS));
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** Answers false where it can't be known. */
  async #tryOne(name: string, doubtful: Doubtful): Promise<boolean> {
    try {
      await this.#takeBack(doubtful);
      if (this.#waiting.get(name) === doubtful) this.#waiting.delete(name);
      return true;
    } catch {
      return false;
    }
  }

  async #takeBack({ request, maker }: Doubtful): Promise<void> {
    const { digest, attempt } = reservationKey(request.requestId, request.attempt);
    const sql = `SELECT ${this.#connection.schema}.abandon($1, $2, $3, $4)`;
    await this.#connection.call(sql, [digest, attempt, maker, callText(request)], { repeatable: true, name: "abandon" });
  }
}
