/** A model's stream of parts, handed on while it comes, metered beside. */
import { ProviderError } from "../errors.ts";
import { type EventMeter, eventMeter, passesLimit, type Reading, type Seen, type StreamEnding } from "../providers/index.ts";
import { toldReading } from "./ai-sdk-usage.ts";
import { DRAINED_MS } from "./tapped-response.ts";

/** A part of a stream, of whatever version. */
export interface AiStreamPart {
  type: string;
}

/** Any of a part's fields may be there. */
interface PartFields extends AiStreamPart {
  rawValue?: unknown;
  delta?: unknown;
  usage?: unknown;
  providerMetadata?: unknown;
  id?: unknown;
  modelId?: unknown;
  input?: unknown;
}

/** So much output is read after the program has left, to learn what the call has used. */
const DRAINED_BYTES = 1_048_576;

export interface AiStreamEnd {
  ending: StreamEnding;
  reading: Reading;
  seen: Seen;
}

export interface AiStreamOptions<Part extends AiStreamPart> {
  stream: ReadableStream<Part>;
  /** The program has asked for the provider's own events; else they are only read here. */
  showsRaw: boolean;
  /** Output tokens of which an honest provider sends no more; absent: nobody holds it to them. */
  wholeOutputTokens: number | undefined;
  /** Ends the connection. */
  abort: () => void;
  /** Called once. The program hears of the end when it is done. */
  ended: (end: AiStreamEnd) => Promise<void> | undefined;
}

export class AiStreamTap<Part extends AiStreamPart> {
  readonly #options: AiStreamOptions<Part>;
  readonly #reader: ReadableStreamDefaultReader<Part>;
  readonly #meter = new PartMeter();
  readonly stream: ReadableStream<Part>;
  #controller!: ReadableStreamDefaultController<Part>;
  #bytesBefore = 0;
  #isProgramGone = false;
  #isReading = false;
  #hasEnded = false;

  constructor(options: AiStreamOptions<Part>) {
    this.#options = options;
    this.#reader = options.stream.getReader();
    this.stream = new ReadableStream<Part>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.programLeft(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Frees it at once; the answer is read on for a while. @param reason what a program that still reads is told */
  programLeft(reason?: unknown): void {
    if (this.#isProgramGone || this.#hasEnded) return;
    this.#isProgramGone = true;
    this.#bytesBefore = this.#meter.seen.outputBytes;
    if (reason !== undefined) this.#controller.error(reason);
    setTimeout(() => this.#giveUp(), DRAINED_MS).unref();
    if (!this.#isReading) void this.#drain();
  }

  async #pull(): Promise<void> {
    // A part that is not shown is followed by the next.
    while (!(await this.#step()));
  }

  /** True where the program has got something, or there is no more. */
  async #step(): Promise<boolean> {
    const part = await this.#next();
    if (this.#isProgramGone) {
      if (part !== undefined) void this.#drain();
      return true;
    }
    if (part === undefined) return true;
    if (part.type === "raw" && !this.#options.showsRaw) return false;
    this.#controller.enqueue(part);
    return true;
  }

  /** Metered. Undefined where the stream has ended, in whatever way. */
  async #next(): Promise<Part | undefined> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#reader.read();
      if (this.#hasEnded) return undefined;
      if (done) {
        await this.#complete();
        return undefined;
      }
      this.#meter.part(value);
      if (!this.#isTooLong()) return value;
      await this.#cut();
      return undefined;
    } catch (error) {
      await this.#fail(error);
      return undefined;
    } finally {
      this.#isReading = false;
    }
  }

  async #drain(): Promise<void> {
    while (!this.#hasEnded) {
      const { isComplete, outputBytes } = this.#meter.seen;
      if (isComplete || outputBytes - this.#bytesBefore > DRAINED_BYTES) return this.#giveUp();
      await this.#next();
    }
  }

  #isTooLong(): boolean {
    const { wholeOutputTokens } = this.#options;
    const { seen } = this.#meter;
    return wholeOutputTokens !== undefined && !seen.isComplete && passesLimit(seen, wholeOutputTokens);
  }

  async #complete(): Promise<void> {
    await this.#end(this.#isProgramGone ? "aborted" : "complete");
    if (!this.#isProgramGone) this.#controller.close();
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
    const { reading, seen } = this.#meter.end();
    await this.#options.ended({ ending, reading, seen });
  }
}

/** Reads the provider's own events where its package passes them on, and the package's parts where it does not. */
class PartMeter {
  readonly #raw: EventMeter = eventMeter();
  readonly #parts: Seen = { outputBytes: 0, outputEvents: 0, isComplete: false, wasTooLong: false };
  #told: Reading = {};
  #model: string | undefined;
  #id: string | undefined;
  #hasRaw = false;

  part(part: PartFields): void {
    switch (part.type) {
      case "raw":
        this.#hasRaw = true;
        this.#raw.event(part.rawValue);
        return;
      case "text-delta":
      case "reasoning-delta":
      case "tool-input-delta":
        if (typeof part.delta !== "string") return;
        this.#parts.outputBytes += Buffer.byteLength(part.delta);
        this.#parts.outputEvents++;
        return;
      case "response-metadata":
        if (typeof part.modelId === "string") this.#model = part.modelId;
        if (typeof part.id === "string") this.#id = part.id;
        return;
      case "finish":
        this.#told = toldReading(part.usage, part.providerMetadata);
        this.#parts.isComplete = true;
    }
  }

  get seen(): Seen {
    return this.#hasRaw ? this.#raw.seen : this.#parts;
  }

  end(): { reading: Reading; seen: Seen } {
    this.#raw.end();
    const own = this.#raw.reading();
    if (own.usage !== undefined || (own.error !== undefined && this.#told.usage === undefined)) return { reading: own, seen: this.seen };
    const reading: Reading = { ...own, ...this.#told };
    if (this.#model !== undefined) reading.model = this.#model;
    if (this.#id !== undefined) reading.id = this.#id;
    return { reading, seen: this.seen };
  }
}
