/** JSON in lines, and JSON in the elements of one array. */
import { type EventSink, type Framing, LONGEST_EVENT_BYTES } from "./framing.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { LineBlocks } from "./line-blocks.ts";

/** One JSON value in each line. */
export class JsonLines implements Framing {
  readonly #lines: LineBlocks;

  constructor(sink: EventSink, longest: number = LONGEST_EVENT_BYTES) {
    this.#lines = new LineBlocks(
      longest,
      (text) => {
        let start = 0;
        for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
          if (end > start && text.charCodeAt(start) !== COLON) sink.event(text.slice(start, end), undefined);
          start = end + 1;
        }
      },
      (bytes) => sink.tooLong(bytes),
    );
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }
}

const COLON = 58;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * The objects of one array, each as soon as its last brace is there: Gemini's stream without `alt=sse`. Strings are
 * passed by searching for their end, so that long ones cost little.
 */
export class JsonArrayElements implements Framing {
  readonly #sink: EventSink;
  readonly #longest: number;
  readonly #element: GrowingBytes = new GrowingBytes();
  /** Bytes of an element that is too long, or 0. */
  #skipped = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(sink: EventSink, longest: number = LONGEST_EVENT_BYTES) {
    this.#sink = sink;
    this.#longest = longest;
  }

  push(chunk: Buffer): void {
    /** Where the element that is under way starts in this chunk. */
    let start = this.#depth > 0 ? 0 : -1;
    for (let position = 0; position < chunk.length; position++) {
      if (this.#inString) {
        position = this.#stringEnd(chunk, position);
        continue;
      }
      const byte = chunk[position];
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        // The array itself is no element.
        if (this.#depth === 0 && byte === OPEN_BRACKET) continue;
        if (this.#depth++ === 0) start = position;
      } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(chunk.subarray(start, position + 1));
        this.#hand();
        start = -1;
      }
    }
    if (start >= 0) this.#keep(chunk.subarray(start));
  }

  /** An element without its last brace can't be read. */
  end(): void {
    if (this.#skipped > 0) this.#sink.tooLong(this.#skipped);
    this.#skipped = 0;
    this.#element.clear();
  }

  /** The position of the quote that ends the string, or the chunk's end. */
  #stringEnd(chunk: Buffer, from: number): number {
    let position = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      position++;
    }
    while (position < chunk.length) {
      const quote = chunk.indexOf(QUOTE, position);
      const end = quote < 0 ? chunk.length : quote;
      const backslash = chunk.subarray(position, end).indexOf(BACKSLASH);
      if (backslash < 0) {
        this.#inString = quote < 0;
        return end;
      }
      position += backslash + 2;
      if (position > chunk.length) this.#isEscaped = true;
    }
    return chunk.length;
  }

  #keep(part: Buffer): void {
    const length = this.#skipped + this.#element.length + part.length;
    if (length <= this.#longest) this.#element.append(part);
    else {
      this.#skipped = length;
      this.#element.clear();
    }
  }

  #hand(): void {
    if (this.#skipped > 0) this.#sink.tooLong(this.#skipped);
    else this.#sink.event(this.#element.view().toString(), undefined);
    this.#skipped = 0;
    this.#element.clear();
  }
}
