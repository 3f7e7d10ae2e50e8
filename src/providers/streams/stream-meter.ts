/** Reads a stream beside its way to the client. */
import type { Operation } from "../operation.ts";
import type { Reading, Seen, StreamMeter } from "../reading.ts";
import { isFields } from "../replies/counts.ts";
import { ReplyReader } from "../replies/reply-reader.ts";
import { AwsEventStream } from "./aws-event-stream.ts";
import { FamiliarEvents } from "./familiar-events.ts";
import type { EventSink, Framing } from "./framing.ts";
import { JsonArrayElements } from "./json-streams.ts";
import { parsedJson } from "./parsed-json.ts";
import { ServerSentEvents } from "./server-sent-events.ts";
import { WholeOrLines } from "./whole-or-lines.ts";

export interface ReplyOptions {
  /** What was asked for; replies show by themselves what they are, so it may be absent. */
  operation?: Operation;
  /** Of the reply, names in lower case: Bedrock tells usage there. */
  headers?: Readonly<Record<string, string>>;
}

export interface StreamOptions extends ReplyOptions {
  contentType?: string;
}

/**
 * A meter for a reply's body as it comes: server-sent events, lines of JSON, an array of JSON, Amazon's event stream, or
 * one JSON document. Which one shows in its first bytes; the content type decides where they don't.
 *
 * @example
 * ```ts
 * import { streamMeter } from "tokenledger/providers";
 * const meter = streamMeter({ contentType: "text/event-stream" });
 * meter.push(Buffer.from('data: {"choices":[{"delta":{"content":"Grüezi"}}]}\n\n'));
 * meter.seen().outputBytes; // => 7
 * meter.push(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\ndata: [DONE]\n\n'));
 * meter.end();
 * meter.reading().usage?.tokens; // => { input: 12, output: 3 }
 * meter.seen().isComplete; // => true
 * ```
 */
export function streamMeter(options: StreamOptions = {}): StreamMeter {
  return new Meter(options);
}

class Meter implements StreamMeter, EventSink {
  readonly #reader: ReplyReader;
  /** The content type says so; else it shows in the first byte. */
  readonly #isBinary: boolean;
  readonly #isMedia: boolean;
  readonly #familiar: FamiliarEvents = new FamiliarEvents();
  #framing: Framing | undefined;
  #hasEnded = false;

  constructor({ contentType = "", headers }: StreamOptions) {
    this.#reader = new ReplyReader(headers);
    this.#isBinary = /vnd\.amazon\.eventstream/i.test(contentType);
    this.#isMedia = MEDIA.test(contentType);
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#hasEnded || this.#isMedia) return;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#framing) this.#framing.push(bytes);
    else this.#begin(bytes);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#framing?.end();
    this.#reader.end();
  }

  reading(): Reading {
    return this.#reader.reading();
  }

  seen(): Readonly<Seen> {
    return this.#reader.seen;
  }

  event(text: string, name: string | undefined): void {
    if (text.startsWith("[DONE]")) {
      this.#reader.done();
      return;
    }
    const bytes = this.#familiar.outputBytes(text, name);
    if (bytes > 0) {
      this.#reader.familiar(bytes, this.#familiar.sequenceNumber);
      return;
    }
    const value = parsedJson(text);
    const inner = name === "chunk" && isFields(value) && typeof value.bytes === "string" ? fromBase64(value.bytes) : value;
    const toldMore = this.#reader.event(inner, name);
    if (toldMore) this.#familiar.forget();
    else if (inner === value) this.#familiar.learn(text, name);
  }

  tooLong(bytes: number): void {
    this.#reader.tooLong(bytes);
  }

  /** White space says nothing yet, and is left out until something does. */
  #begin(chunk: Buffer): void {
    const start = this.#isBinary ? 0 : firstSign(chunk);
    if (start < 0) return;
    this.#framing = this.#framingOf(chunk[start]);
    this.#framing.push(chunk.subarray(start));
  }

  #framingOf(first: number | undefined): Framing {
    if (this.#isBinary || first === 0) return new AwsEventStream(this);
    if (first === OPEN_BRACKET) return new JsonArrayElements(this);
    if (first === OPEN_BRACE) return new WholeOrLines(this, (value) => this.#reader.whole(value));
    return new ServerSentEvents(this);
  }
}

function fromBase64(text: string): unknown {
  return parsedJson(Buffer.from(text, "base64").toString());
}

/** Speech and pictures tell nothing. */
const MEDIA = /^(audio|image|video)\//i;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;

/** Where the first byte is that is no white space and no mark of the byte order. */
function firstSign(chunk: Buffer): number {
  return chunk.findIndex((byte) => !NO_SIGNS.has(byte));
}

const NO_SIGNS: ReadonlySet<number> = new Set([9, 10, 13, 32, 0xef, 0xbb, 0xbf]);
