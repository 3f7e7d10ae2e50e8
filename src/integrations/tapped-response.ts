/** A reply that is handed on while it comes, metered beside: what the program gets are the provider's own bytes, at the program's pace. */
import { ProviderError } from "../errors.ts";
import { hideUsageEvent, passesLimit, type Reading, type Seen, type StreamEnding, type StreamMeter } from "../providers/index.ts";

/** So much, and for so long, is read after the program has left, to learn what the call has used. */
export const DRAINED_MS = 2_500;
const DRAINED_BYTES = 1_048_576;
/** A program that has not asked for more in this time will not come back for it. */
const FORGOTTEN_MS = 600_000;

export interface TapEnd {
  ending: StreamEnding;
  reading: Reading;
  seen: Seen;
}

export interface TapOptions {
  response: Response;
  /** Absent: what comes can't be read as usage. */
  meter: StreamMeter | undefined;
  /** The usage event was asked for here, not by the program. */
  hidesUsage: boolean;
  /** Output tokens of which an honest provider sends no more; absent: nobody holds it to them. */
  wholeOutputTokens: number | undefined;
  /** Ends the connection. */
  abort: () => void;
  /** Called once. The program hears of the end when it is done. */
  ended: (end: TapEnd) => Promise<void> | undefined;
}

interface ChunkReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<unknown>;
}

export class Tap {
  readonly #options: TapOptions;
  readonly #reader: ChunkReader;
  readonly #hider: ReturnType<typeof hideUsageEvent> | undefined;
  readonly response: Response;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #bytes = 0;
  #drainedBytes = 0;
  #isProgramGone = false;
  #isReading = false;
  #hasEnded = false;
  #forgotten: NodeJS.Timeout | undefined;

  constructor(options: TapOptions) {
    this.#options = options;
    this.#reader = readerOf(options.response);
    this.#hider = options.hidesUsage ? hideUsageEvent() : undefined;
    const { response } = options;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.programLeft(),
      },
      { highWaterMark: 0 },
    );
    const { status, statusText, headers, url } = response;
    this.response = new Response(body as ConstructorParameters<typeof Response>[0], { status, statusText, headers });
    Object.defineProperty(this.response, "url", { value: url });
    this.#awaitProgram();
  }

  /** Frees it at once; the reply is read on for a while. @param reason what a program that still reads is told */
  programLeft(reason?: unknown): void {
    if (this.#isProgramGone || this.#hasEnded) return;
    this.#isProgramGone = true;
    clearTimeout(this.#forgotten);
    if (reason !== undefined) this.#controller.error(reason);
    setTimeout(() => this.#giveUp(), DRAINED_MS).unref();
    if (this.#isComplete()) this.#giveUp();
    else if (!this.#isReading) void this.#drain();
  }

  async #pull(): Promise<void> {
    this.#awaitProgram();
    // A chunk of which nothing is shown is followed by the next.
    while (!(await this.#step()));
  }

  /** True where the program has got something, or there is no more. */
  async #step(): Promise<boolean> {
    const chunk = await this.#next();
    if (this.#isProgramGone) {
      if (chunk !== undefined) void this.#drain();
      return true;
    }
    if (chunk === undefined) return true;
    const shown = this.#hider === undefined ? chunk : this.#hider.push(chunk);
    if (shown.length > 0) this.#controller.enqueue(shown);
    return shown.length > 0;
  }

  /** Metered. Undefined where the reply has ended, in whatever way. */
  async #next(): Promise<Uint8Array | undefined> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#reader.read();
      if (this.#hasEnded) return undefined;
      if (done || value === undefined) {
        await this.#complete();
        return undefined;
      }
      this.#bytes += value.length;
      this.#options.meter?.push(value);
      if (this.#isTooLong()) {
        await this.#cut();
        return undefined;
      }
      return value;
    } catch (error) {
      await this.#fail(error);
      return undefined;
    } finally {
      this.#isReading = false;
    }
  }

  async #drain(): Promise<void> {
    while (!this.#hasEnded) {
      if (this.#isComplete() || this.#drainedBytes > DRAINED_BYTES) return this.#giveUp();
      const chunk = await this.#next();
      this.#drainedBytes += chunk?.length ?? 0;
    }
  }

  /** Nothing that costs money follows. */
  #isComplete(): boolean {
    const { meter } = this.#options;
    return meter === undefined ? this.#isProgramGone : meter.seen().isComplete;
  }

  #isTooLong(): boolean {
    const { meter, wholeOutputTokens } = this.#options;
    if (meter === undefined || wholeOutputTokens === undefined) return false;
    const seen = meter.seen();
    return !seen.isComplete && passesLimit(seen, wholeOutputTokens);
  }

  async #complete(): Promise<void> {
    await this.#end(this.#isProgramGone ? "aborted" : "complete");
    if (this.#isProgramGone) return;
    const last = this.#hider?.end();
    if (last !== undefined && last.length > 0) this.#controller.enqueue(last);
    this.#controller.close();
  }

  async #fail(error: unknown): Promise<void> {
    await this.#end(this.#isProgramGone ? "aborted" : "failed");
    if (!this.#isProgramGone) this.#controller.error(error);
  }

  async #cut(): Promise<void> {
    this.#stop();
    await this.#end("cut");
    if (this.#isProgramGone) return;
    const { wholeOutputTokens } = this.#options;
    this.#controller.error(
      new ProviderError(`The provider's answer is longer than the ${wholeOutputTokens} tokens that it was held to, so it was cut.`),
    );
  }

  #giveUp(): void {
    if (this.#hasEnded) return;
    this.#stop();
    void this.#end("aborted");
  }

  #stop(): void {
    this.#options.abort();
    this.#reader.cancel().catch(() => undefined);
  }

  async #end(ending: StreamEnding): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#forgotten);
    const { meter, ended } = this.#options;
    meter?.end();
    const seen = meter?.seen() ?? { outputBytes: this.#bytes, outputEvents: 0, isComplete: ending === "complete", wasTooLong: false };
    await ended({ ending, reading: meter?.reading() ?? {}, seen });
  }

  #awaitProgram(): void {
    if (this.#forgotten === undefined) this.#forgotten = setTimeout(() => this.programLeft(), FORGOTTEN_MS).unref();
    else this.#forgotten.refresh();
  }
}

/** Streams of the web, and those of other implementations of fetch. */
function readerOf({ body }: Response): ChunkReader {
  if (body === null) return { read: async () => ({ done: true }), cancel: async () => undefined };
  if (typeof body.getReader === "function") return body.getReader() as ChunkReader;
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return {
    read: async () => {
      const { done, value } = await chunks.next();
      return { done: done === true, value };
    },
    cancel: async () => chunks.return?.(),
  };
}
