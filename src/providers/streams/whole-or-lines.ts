/** What starts with a brace: lines of JSON, or one document over many lines. */
import type { EventSink, Framing } from "./framing.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { JsonLines } from "./json-streams.ts";
import { parsedJson } from "./parsed-json.ts";

const LINE_FEED = 10;
/** Pictures come in documents, and many at once. */
const LONGEST_DOCUMENT_BYTES = 64 * 1024 * 1024;

/** The first line decides: it is a value, or the beginning of one. */
export class WholeOrLines implements Framing {
  readonly #sink: EventSink;
  readonly #whole: (value: unknown) => void;
  readonly #waiting: GrowingBytes = new GrowingBytes();
  #lines: JsonLines | undefined;
  #firstLineEnd = -1;
  #firstValue: unknown;
  #isDocument = false;
  #length = 0;

  constructor(sink: EventSink, whole: (value: unknown) => void) {
    this.#sink = sink;
    this.#whole = whole;
  }

  push(chunk: Buffer): void {
    if (this.#lines) this.#lines.push(chunk);
    else if (this.#length + chunk.length > LONGEST_DOCUMENT_BYTES) this.#pass(chunk);
    else this.#take(chunk);
  }

  end(): void {
    if (this.#lines) this.#lines.end();
    else if (this.#length > LONGEST_DOCUMENT_BYTES) this.#sink.tooLong(this.#length);
    else {
      const value = this.#firstValue ?? parsedJson(this.#waiting.view().toString());
      if (value !== undefined) this.#whole(value);
    }
    this.#waiting.clear();
  }

  #pass(chunk: Buffer): void {
    this.#length += chunk.length;
    this.#waiting.clear();
  }

  #take(chunk: Buffer): void {
    const before = this.#length;
    this.#length += chunk.length;
    this.#waiting.append(chunk);
    if (this.#isDocument) return;
    if (this.#firstLineEnd < 0) {
      const feed = chunk.indexOf(LINE_FEED);
      if (feed < 0) return;
      this.#firstLineEnd = before + feed;
      this.#firstValue = parsedJson(this.#waiting.view().toString("utf8", 0, this.#firstLineEnd));
      this.#isDocument = this.#firstValue === undefined;
      if (this.#isDocument) return;
    }
    // A document in one line may have its line end too: only what follows tells.
    if (this.#waiting.view().toString("latin1", this.#firstLineEnd).trim() === "") return;
    this.#lines = new JsonLines(this.#sink);
    this.#lines.push(this.#waiting.view());
    this.#waiting.clear();
  }
}
