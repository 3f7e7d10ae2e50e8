/** The connections to one provider's origin: requests go out, and what comes back is handed over as it comes. */
import { Pool } from "undici";
import { describeFailure, type UpstreamFailure } from "./upstream-failure.ts";

export interface UpstreamRequest {
  method: "GET" | "POST" | "DELETE";
  /** Path and query. */
  path: string;
  /** Names and values in turn; host and length are set here. */
  headers: string[];
  body?: Uint8Array | undefined;
  /** From sending to the reply's head. */
  headTimeoutMs: number;
  /** Between two pieces of the reply. */
  idleTimeoutMs: number;
}

/** One object per call; `end` or `failed` is called once, and last. */
export interface UpstreamReceiver {
  /** The final head; redirects are replies like others: nobody follows them. */
  head(status: number, rawHeaders: readonly (string | Buffer)[]): void;
  chunk(chunk: Buffer): void;
  end(): void;
  failed(failure: UpstreamFailure): void;
}

export interface UpstreamCall {
  pause(): void;
  resume(): void;
  /** Ends it with `failed("aborted")`, unless it has ended. */
  abort(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** A head of this size is strange; but its call has been paid for. */
const HEAD_BYTES = 262_144;
/**
 * Shorter than any server's: a request on a connection that the server is just closing may have been served or not, and is charged
 * as if it had been.
 */
const KEEP_ALIVE_MS = 4_000;

export class UpstreamConnection {
  readonly #pool: Pool;

  constructor(origin: string) {
    this.#pool = new Pool(origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEAD_BYTES,
      // Said aloud, so that no variable of the environment can switch it off.
      connect: { timeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: true },
    });
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
    const exchange = new Exchange(receiver);
    this.#pool.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: request.headTimeoutMs,
        bodyTimeout: request.idleTimeoutMs,
      },
      exchange,
    );
    exchange.returned();
    return exchange;
  }

  /** Calls under way end with `failed`. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/**
 * As undici's parser calls it: these methods get the reply's bytes as they are, where its newer interface first makes an object of
 * every head.
 */
class Exchange implements UpstreamCall {
  readonly #receiver: UpstreamReceiver;
  #abort: ((reason: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #isPaused = false;
  #wasSent = false;
  #hasHead = false;
  #hasEnded = false;
  #isReturned = false;

  constructor(receiver: UpstreamReceiver) {
    this.#receiver = receiver;
  }

  /** From here on the caller knows the call that it hears of. */
  returned(): void {
    this.#isReturned = true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#resume?.();
  }

  abort(): void {
    if (this.#hasEnded) return;
    if (this.#abort === undefined) this.#fail({ kind: "aborted", wasSent: false, message: "given up before it was sent" });
    else this.#abort(new Aborted());
  }

  /** There is a connection, and the request is written to it next. */
  onConnect(abort: (reason?: Error) => void): void {
    if (this.#hasEnded) {
      abort(new Aborted());
      return;
    }
    this.#abort = abort;
    this.#wasSent = true;
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.#resume = resume;
    this.#hasHead = true;
    this.#receiver.head(status, rawHeaders);
    return !this.#isPaused;
  }

  onData(chunk: Buffer): boolean {
    this.#receiver.chunk(chunk);
    return !this.#isPaused;
  }

  onComplete(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#receiver.end();
  }

  onError(error: Error): void {
    if (this.#hasEnded) return;
    this.#fail(
      error instanceof Aborted
        ? { kind: "aborted", wasSent: true, message: "given up" }
        : describeFailure(error, this.#wasSent, this.#hasHead),
    );
  }

  #fail(failure: UpstreamFailure): void {
    this.#hasEnded = true;
    if (this.#isReturned) this.#receiver.failed(failure);
    else queueMicrotask(() => this.#receiver.failed(failure));
  }
}

class Aborted extends Error {}
