/** Amazon's binary event stream: `application/vnd.amazon.eventstream`. Checksums are the transport's business. */
import { type EventSink, type Framing, LONGEST_EVENT_BYTES } from "./framing.ts";
import { GrowingBytes } from "./growing-bytes.ts";

/** Two lengths and their checksum. */
const PRELUDE_BYTES = 12;
/** The prelude and the checksum of the whole. */
const LEAST_MESSAGE_BYTES = 16;

export class AwsEventStream implements Framing {
  readonly #sink: EventSink;
  readonly #longest: number;
  readonly #waiting: GrowingBytes = new GrowingBytes();
  /** Bytes still to come of a message that is too long. */
  #toSkip = 0;
  #isBroken = false;

  constructor(sink: EventSink, longest: number = LONGEST_EVENT_BYTES) {
    this.#sink = sink;
    this.#longest = longest;
  }

  push(given: Buffer): void {
    let chunk = given;
    if (this.#toSkip > 0) {
      const skipped = Math.min(this.#toSkip, chunk.length);
      this.#toSkip -= skipped;
      this.#sink.tooLong(skipped);
      chunk = chunk.subarray(skipped);
    }
    if (this.#isBroken || chunk.length === 0) return;
    if (this.#waiting.length === 0) {
      const rest = this.#messages(chunk);
      if (rest > 0) this.#waiting.append(chunk.subarray(chunk.length - rest));
      return;
    }
    this.#waiting.append(chunk);
    const all = this.#waiting.view();
    this.#waiting.drop(all.length - this.#messages(all));
  }

  end(): void {
    this.#waiting.clear();
  }

  /** Hands on all whole messages; answers how many bytes are left. */
  #messages(bytes: Buffer): number {
    let position = 0;
    while (bytes.length - position >= PRELUDE_BYTES) {
      const length = bytes.readUInt32BE(position);
      const headersLength = bytes.readUInt32BE(position + 4);
      if (length < LEAST_MESSAGE_BYTES || headersLength > length - LEAST_MESSAGE_BYTES) {
        this.#isBroken = true;
        return 0;
      }
      const left = bytes.length - position;
      if (length > this.#longest) {
        this.#sink.tooLong(Math.min(length, left));
        this.#toSkip = Math.max(length - left, 0);
        if (length >= left) return 0;
        position += length;
        continue;
      }
      if (left < length) break;
      const headersStart = position + PRELUDE_BYTES;
      const payloadStart = headersStart + headersLength;
      this.#message(bytes.subarray(headersStart, payloadStart), bytes.subarray(payloadStart, position + length - 4));
      position += length;
    }
    return bytes.length - position;
  }

  #message(headerBytes: Buffer, payload: Buffer): void {
    const headers = textHeaders(headerBytes);
    const name = headers.get(":exception-type") ?? headers.get(":event-type") ?? headers.get(":error-code");
    this.#sink.event(payload.toString(), name);
  }
}

/** Lengths of values by their type; types 6 and 7 tell theirs. */
const LENGTH_BY_TYPE: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT = 7;

function textHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let position = 0;
  while (position < bytes.length) {
    const nameEnd = position + 1 + (bytes[position] ?? 0);
    const type = bytes[nameEnd];
    if (type === undefined || type >= LENGTH_BY_TYPE.length) return headers;
    const fixed = LENGTH_BY_TYPE[type];
    const valueStart = nameEnd + (fixed === undefined ? 3 : 1);
    if (valueStart > bytes.length) return headers;
    const valueEnd = valueStart + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (type === TEXT) headers.set(bytes.toString("latin1", position + 1, nameEnd), bytes.toString("utf8", valueStart, valueEnd));
    position = valueEnd;
  }
  return headers;
}
