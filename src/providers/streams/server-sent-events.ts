/** Server-sent events, as the HTML standard cuts them. */
import { type EventSink, type Framing, LONGEST_EVENT_BYTES } from "./framing.ts";
import { LineBlocks } from "./line-blocks.ts";

export class ServerSentEvents implements Framing {
  readonly #sink: EventSink;
  readonly #lines: LineBlocks;
  #data: string | undefined;
  #name: string | undefined;
  #isTooLong = false;

  constructor(sink: EventSink, longest: number = LONGEST_EVENT_BYTES) {
    this.#sink = sink;
    this.#lines = new LineBlocks(
      longest,
      (text) => this.#block(text, longest),
      (bytes) => {
        this.#isTooLong = true;
        sink.tooLong(bytes);
      },
    );
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  /** A last event without its blank line is one: some services leave it out, and it may be the one with the usage. */
  end(): void {
    this.#lines.end();
    this.#dispatch();
  }

  #block(text: string, longest: number): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (end === start) this.#dispatch();
      else this.#line(text, start, end, longest);
      start = end + 1;
    }
  }

  #line(text: string, start: number, end: number, longest: number): void {
    if (text.startsWith("data", start)) {
      const value = valueAfter(text, start + 4, end);
      if (value === undefined) return;
      if (this.#data === undefined) this.#data = value;
      else if (this.#data.length + value.length > longest) this.#pass();
      else this.#data += `\n${value}`;
    } else if (text.startsWith("event", start)) {
      this.#name = valueAfter(text, start + 5, end) ?? this.#name;
    }
  }

  /** Many lines of data that together are too long. */
  #pass(): void {
    if (!this.#isTooLong) this.#sink.tooLong(Buffer.byteLength(this.#data ?? ""));
    this.#isTooLong = true;
    this.#data = "";
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    const isTooLong = this.#isTooLong;
    this.#data = undefined;
    this.#name = undefined;
    this.#isTooLong = false;
    if (data !== undefined && !isTooLong) this.#sink.event(data, name);
  }
}

/** The value of a field whose name ends at `position`: after its colon and one space. `undefined`: the name is longer. */
function valueAfter(text: string, position: number, end: number): string | undefined {
  if (position === end) return "";
  if (text.charCodeAt(position) !== COLON) return undefined;
  return text.slice(text.charCodeAt(position + 1) === SPACE && position + 1 < end ? position + 2 : position + 1, end);
}

const COLON = 58;
const SPACE = 32;
