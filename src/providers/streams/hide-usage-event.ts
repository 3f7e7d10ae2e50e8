/** Takes the usage event out of a stream again, which the gateway has asked for and the client has not. */
import { isFields } from "../replies/counts.ts";
import { eventEnd } from "./event-end.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { parsedJson } from "./parsed-json.ts";

/** No usage event is longer: a longer one goes on as it comes. */
const LONGEST_USAGE_EVENT_BYTES = 64 * 1024;
/** CRLF CRLF without its last byte. */
const LONGEST_END_BYTES = 3;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Sure signs, quickly found: inside a text the quote has a backslash before it. */
const SOME_CHOICES = Buffer.from('choices":[{');
const USAGE = Buffer.from('usage"');
const EMPTY: Buffer = Buffer.alloc(0);

export interface UsageEventFilter {
  /** What the client gets of a chunk: whole events, as soon as they are there. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was still held back. */
  end(): Uint8Array;
}

/**
 * For streams of OpenAI's chat/completions and completions: leaves out exactly the events with usage and an empty list of
 * choices, that is what `stream_options.include_usage` adds. All else goes on byte for byte: also the `"usage":null` that
 * services then write into the other chunks, and usage that stands in a chunk with choices.
 *
 * @example
 * ```ts
 * import { hideUsageEvent } from "tokenledger/providers";
 * const hide = hideUsageEvent();
 * const stream = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n';
 * const shown = Buffer.concat([hide.push(Buffer.from(stream)), hide.end()]).toString();
 * shown; // => 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
 * ```
 */
export function hideUsageEvent(): UsageEventFilter {
  return new HiddenUsage();
}

class HiddenUsage implements UsageEventFilter {
  readonly #held: GrowingBytes = new GrowingBytes();
  /** Up to here the held bytes have no end of an event. */
  #scanned = 0;
  /** In the midst of an event that is too long to be held. */
  #isPassing = false;
  #hasReturns = false;
  /** A hidden event has ended in CR: an LF after it is part of its end. */
  #dropsLineFeed = false;

  push(given: Uint8Array): Uint8Array {
    let chunk = Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    if (chunk.length === 0) return EMPTY;
    if (this.#dropsLineFeed) {
      this.#dropsLineFeed = false;
      if (chunk[0] === LINE_FEED) chunk = chunk.subarray(1);
    }
    this.#hasReturns ||= chunk.includes(CARRIAGE_RETURN);
    if (this.#held.length === 0) return this.#shown(chunk);
    this.#held.append(chunk);
    // The bytes are given away, so they can't stay in room that is used again.
    const bytes = Buffer.from(this.#held.view());
    this.#held.clear();
    return this.#shown(bytes);
  }

  end(): Uint8Array {
    const rest = Buffer.from(this.#held.view());
    this.#held.clear();
    return isUsageEvent(rest) ? EMPTY : rest;
  }

  #shown(bytes: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let start = 0;
    /** What goes on starts here. */
    let from = 0;
    let scan = this.#scanned;
    this.#scanned = 0;
    for (;;) {
      const end = eventEnd(bytes, scan, this.#hasReturns);
      if (end < 0) break;
      const isHidden = !this.#isPassing && isUsageEvent(bytes.subarray(start, end));
      this.#isPassing = false;
      if (isHidden) {
        const first = afterLineEnds(bytes, start);
        if (first > from) pieces.push(bytes.subarray(from, first));
        from = end;
        this.#dropsLineFeed = end === bytes.length && bytes[end - 1] === CARRIAGE_RETURN;
      }
      start = end;
      scan = end;
    }
    const rest = bytes.subarray(start);
    this.#isPassing ||= rest.length > LONGEST_USAGE_EVENT_BYTES;
    // Of an event that passes, line ends alone wait: its end may begin with them.
    const held = this.#isPassing ? lineEndsAtEnd(rest) : rest.length;
    const until = bytes.length - held;
    if (until > from) pieces.push(bytes.subarray(from, until));
    this.#held.append(bytes.subarray(until));
    this.#scanned = Math.max(held - LONGEST_END_BYTES, 0);
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}

function lineEndsAtEnd(bytes: Buffer): number {
  let count = 0;
  while (count < Math.min(LONGEST_END_BYTES, bytes.length) && isLineEnd(bytes[bytes.length - 1 - count])) count++;
  return count;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/** Blank lines before an event are not part of it. */
function afterLineEnds(bytes: Buffer, start: number): number {
  let position = start;
  while (isLineEnd(bytes[position])) position++;
  return position;
}

function isUsageEvent(event: Buffer): boolean {
  if (event.includes(SOME_CHOICES) || !event.includes(USAGE)) return false;
  const data = event
    .toString()
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5));
  const text = data.join("\n");
  if (/"usage"\s*:\s*null/.test(text)) return false;
  const value = parsedJson(text);
  return isFields(value) && Array.isArray(value.choices) && value.choices.length === 0 && isFields(value.usage);
}
