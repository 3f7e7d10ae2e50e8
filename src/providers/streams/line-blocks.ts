/** Bytes → texts of whole lines. */
import { GrowingBytes } from "./growing-bytes.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Hands on all whole lines of a chunk as one text, each ending in "\n": a line end never stands inside a character, so no
 * character is cut. Lines may end in LF, CR or CRLF. What is after the last line end waits, up to a limit.
 */
export class LineBlocks {
  readonly #longest: number;
  readonly #block: (text: string) => void;
  readonly #tooLong: (bytes: number) => void;
  readonly #waiting: GrowingBytes = new GrowingBytes();
  /** Within a line that is too long. */
  #isSkipping = false;
  #endedInReturn = false;
  #isFirst = true;

  constructor(longest: number, block: (text: string) => void, tooLong: (bytes: number) => void) {
    this.#longest = longest;
    this.#block = block;
    this.#tooLong = tooLong;
  }

  push(given: Buffer): void {
    let chunk = given;
    if (this.#endedInReturn && chunk.length > 0) {
      this.#endedInReturn = false;
      if (chunk[0] === LINE_FEED) chunk = chunk.subarray(1);
    }
    if (this.#isSkipping) {
      const end = firstLineEnd(chunk);
      if (end < 0) {
        this.#tooLong(chunk.length);
        return;
      }
      this.#pass(end);
      this.#isSkipping = false;
      chunk = chunk.subarray(end);
      if (chunk[0] === CARRIAGE_RETURN && chunk.length === 1) this.#endedInReturn = true;
      chunk = chunk.subarray(chunk[0] === CARRIAGE_RETURN && chunk[1] === LINE_FEED ? 2 : 1);
    }
    const end = lastLineEnd(chunk);
    if (end < 0) {
      this.#keep(chunk);
      return;
    }
    this.#endedInReturn = chunk[end] === CARRIAGE_RETURN && end === chunk.length - 1;
    if (this.#waiting.length === 0) this.#hand(chunk.toString("utf8", 0, end + 1));
    else {
      this.#waiting.append(chunk.subarray(0, end + 1));
      this.#hand(this.#waiting.view().toString());
      this.#waiting.clear();
    }
    if (end + 1 < chunk.length) this.#keep(chunk.subarray(end + 1));
  }

  end(): void {
    if (!this.#isSkipping && this.#waiting.length > 0) {
      this.#waiting.append(NEW_LINE);
      this.#hand(this.#waiting.view().toString());
    }
    this.#isSkipping = false;
    this.#waiting.clear();
  }

  #hand(lines: string): void {
    let text = lines;
    if (this.#isFirst) {
      this.#isFirst = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
    // A character has at most three bytes for each of its units.
    if (text.length * 3 <= this.#longest) this.#block(text);
    else for (const line of text.split("\n").slice(0, -1)) this.#line(line);
  }

  /** A long line may also come in one piece with its end: it is passed over all the same. */
  #line(line: string): void {
    const bytes = line.length * 3 > this.#longest ? Buffer.byteLength(line) : 0;
    if (bytes <= this.#longest) this.#block(`${line}\n`);
    else this.#pass(bytes);
  }

  #pass(bytes: number): void {
    this.#tooLong(bytes);
    // The framing sees a comment, so that the blank line after it ends its event.
    this.#block(":\n");
  }

  #keep(rest: Buffer): void {
    if (this.#waiting.length + rest.length <= this.#longest) this.#waiting.append(rest);
    else {
      // Told at once: who passes the stream on may have to end it long before the line ends.
      this.#isSkipping = true;
      this.#tooLong(this.#waiting.length + rest.length);
      this.#waiting.clear();
    }
  }
}

const NEW_LINE = Buffer.from("\n");

function lastLineEnd(chunk: Buffer): number {
  // Nearly all chunks end with their last event; searching backwards is slow.
  if (chunk[chunk.length - 1] === LINE_FEED) return chunk.length - 1;
  return Math.max(chunk.lastIndexOf(LINE_FEED), chunk.lastIndexOf(CARRIAGE_RETURN));
}

function firstLineEnd(chunk: Buffer): number {
  const feed = chunk.indexOf(LINE_FEED);
  const carriage = chunk.indexOf(CARRIAGE_RETURN);
  return feed < 0 ? carriage : carriage < 0 ? feed : Math.min(feed, carriage);
}
