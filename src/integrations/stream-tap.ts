/** A stream that is handed on while it comes, metered beside: what the program gets are the provider's own items, at the program's pace. */
import { ProviderError } from "../errors.ts";
import { passesLimit, type Reading, type Seen, type StreamEnding } from "../providers/index.ts";

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

export interface ItemReader<Item> {
  read(): Promise<{ done: boolean; value?: Item | undefined }>;
  cancel(): Promise<unknown>;
}

/** Reads items beside their way to the program. */
export interface ItemMeter<Item> {
  push(item: Item): void;
  end(): void;
  /** Of all that was pushed so far. */
  reading(): Reading;
  seen(): Readonly<Seen>;
}

/** What the program sees of the items: `undefined` is nothing. */
export interface ItemFilter<Item> {
  push(item: Item): Item | undefined;
  end(): Item | undefined;
}

/** What becomes of a stream, whatever it is made of. */
export interface TapPolicy {
  /** Output tokens of which an honest provider sends no more; absent: nobody holds it to them. */
  wholeOutputTokens: number | undefined;
  /** Ends the connection. */
  abort: () => void;
  /** Called once. The program hears of the end when it is done. */
  ended: (end: TapEnd) => Promise<void> | undefined;
}

export interface StreamTapOptions<Item> extends TapPolicy {
  reader: ItemReader<Item>;
  /** Absent: what comes can't be read as usage. */
  meter: ItemMeter<Item> | undefined;
  /** Absent: all of it is shown. */
  filter: ItemFilter<Item> | undefined;
  bytesOf: (item: Item) => number;
}

export class StreamTap<Item> {
  readonly #options: StreamTapOptions<Item>;
  readonly stream: ReadableStream<Item>;
  #controller!: ReadableStreamDefaultController<Item>;
  /** Of what has no meter. */
  #bytes = 0;
  #drainedBytes = 0;
  #isProgramGone = false;
  #isReading = false;
  #hasEnded = false;
  #forgotten: NodeJS.Timeout | undefined;

  constructor(options: StreamTapOptions<Item>) {
    this.#options = options;
    this.stream = new ReadableStream<Item>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.programLeft(),
      },
      { highWaterMark: 0 },
    );
    this.#awaitProgram();
  }

  /** Frees it at once; the stream is read on for a while. @param reason what a program that still reads is told */
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
    // An item of which nothing is shown is followed by the next.
    while (!(await this.#step()));
  }

  /** True where the program has got something, or there is no more. */
  async #step(): Promise<boolean> {
    const item = await this.#next();
    if (this.#isProgramGone) {
      if (item !== undefined) void this.#drain();
      return true;
    }
    if (item === undefined) return true;
    const { filter } = this.#options;
    const shown = filter === undefined ? item : filter.push(item);
    if (shown === undefined) return false;
    this.#controller.enqueue(shown);
    return true;
  }

  /** Metered. Undefined where the stream has ended, in whatever way. */
  async #next(): Promise<Item | undefined> {
    this.#isReading = true;
    const { reader, meter, bytesOf } = this.#options;
    try {
      const { done, value } = await reader.read();
      if (this.#hasEnded) return undefined;
      if (done || value === undefined) {
        await this.#complete();
        return undefined;
      }
      if (meter === undefined) this.#bytes += bytesOf(value);
      else meter.push(value);
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
      const item = await this.#next();
      if (item !== undefined) this.#drainedBytes += this.#options.bytesOf(item);
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
    const last = this.#options.filter?.end();
    if (last !== undefined) this.#controller.enqueue(last);
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
    this.#options.reader.cancel().catch(() => undefined);
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
