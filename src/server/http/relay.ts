/** The client's side of a reply: bytes go out as they come, and no faster than the client reads them. */
import type { ServerResponse } from "node:http";

/** Where the bytes come from. */
export interface RelaySource {
  pause(): void;
  resume(): void;
}

/** A client that reads nothing for so long has left without saying so, and holds a provider's connection. */
const STALLED_MS = 60_000;

export class Relay {
  /** The client's connection closed before the reply's end. What comes from the source still comes: for the meter. */
  onGone: (() => void) | undefined;
  readonly #response: ServerResponse;
  readonly #source: RelaySource;
  readonly #stalledMs: number;
  #head: { status: number; headers: string[] } | undefined;
  #isGone = false;
  #hasEnded = false;
  #stalled: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, source: RelaySource, stalledMs: number = STALLED_MS) {
    this.#response = response;
    this.#source = source;
    this.#stalledMs = stalledMs;
    this.#isGone = response.destroyed;
    response.once("close", () => this.#closed());
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Names and values in turn, in an array that is given away. It leaves with the first bytes of the body if they come at once, else alone. */
  head(status: number, rawHeaders: string[]): void {
    this.#head = { status, headers: rawHeaders };
    process.nextTick(() => {
      if (this.#head === undefined || this.#isGone) return;
      this.#writeHead();
      this.#response.flushHeaders();
    });
  }

  write(chunk: Uint8Array): void {
    if (this.#isGone || this.#hasEnded || chunk.byteLength === 0) return;
    if (this.#head !== undefined) this.#writeHead();
    if (this.#response.write(chunk) || this.#stalled !== undefined) return;
    this.#source.pause();
    // Destroyed, it closes: and then the source is needed no more for the client.
    this.#stalled = setTimeout(() => this.#response.destroy(), this.#stalledMs);
    this.#response.once("drain", () => this.#flow());
  }

  /** A reply that is whole when its head is written tells its length. */
  end(chunk?: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isGone) return;
    if (this.#head !== undefined) this.#writeHead(chunk?.byteLength ?? 0);
    this.#response.end(chunk);
  }

  /** Ends the connection instead of the reply, so that what is cut off can't be taken for whole. */
  breakOff(): void {
    this.#hasEnded = true;
    this.#response.destroy();
  }

  #writeHead(length?: number): void {
    const { status, headers } = this.#head as { status: number; headers: string[] };
    this.#head = undefined;
    if (length !== undefined && status !== 204 && status !== 304) headers.push("content-length", String(length));
    this.#response.writeHead(status, headers);
  }

  #flow(): void {
    if (this.#stalled === undefined) return;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#source.resume();
  }

  #closed(): void {
    if (!this.#hasEnded) this.#isGone = true;
    this.#flow();
    if (!this.#isGone) return;
    this.onGone?.();
  }
}
