/**
 * The JSON values of a file, whatever its layout: one a line, one array, one object, objects one after another, or a page
 * whose records lie in a list (`{"data": [ … ]}`). A document is cut into its records by brackets and quotes alone, and each
 * record is parsed by itself: a broken one doesn't take the others with it, and a 500 MB array needs the memory of its
 * largest record.
 */

import { InvalidInput } from "../../errors.ts";
import { isObject } from "../../usage/index.ts";
import type { ImportSink } from "../importer.ts";
import { parseValues, visitLine } from "./json-lines.ts";

/** A single line or record larger than this is passed over: no usage record is. */
export const MAX_VALUE_BYTES: number = 32 << 20;

/** Longer than any name of a list. */
const MAX_NAME_LENGTH = 100;

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Takes one value of the file and the line where it begins. */
export type VisitValue = (value: unknown, line: number) => void;

/** Something that is fed chunks in order and knows when they have ended. */
export interface ChunkConsumer {
  push(chunk: Buffer): void;
  end(): void;
}

/** Whether text that begins like this is JSON at all, rather than CSV. */
export function looksLikeJson(head: Buffer): boolean {
  const first = head[firstVisible(head, 0)];
  return first === OPEN_BRACE || first === OPEN_BRACKET;
}

/** Whether a JSON file that begins like this has one value a line. */
function looksLikeJsonLines(head: Buffer): boolean {
  const start = firstVisible(head, 0);
  if (head[start] !== OPEN_BRACE) return head[start] !== OPEN_BRACKET;
  const end = head.indexOf(NEWLINE, start);
  if (end < 0) return parses(head.toString("utf8", start));
  if (parses(head.toString("utf8", start, end))) return true;
  const next = firstVisible(head, end + 1);
  return next >= head.length || (head[next] === OPEN_BRACE && head[next - 1] === NEWLINE);
}

function firstVisible(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length && (bytes[index] as number) <= 32) index++;
  return index;
}

function parses(text: string): boolean {
  try {
    parseValues(text);
    return true;
  } catch {
    return false;
  }
}

/** The reader for a JSON file that begins with `head`. `lists` are the names under which pages keep their records. */
export function jsonReader(
  head: Buffer,
  sink: ImportSink,
  visit: VisitValue,
  lists: readonly string[] = [],
): JsonLinesReader | JsonDocumentReader {
  const visitEach = eachListed(sink, visit, lists);
  return looksLikeJsonLines(head) ? new JsonLinesReader(sink, visitEach) : new JsonDocumentReader(sink, visitEach, lists);
}

/** Visits the records of pages that are handed over in one piece, and other values as they are. */
export function eachListed(sink: ImportSink, visit: VisitValue, lists: readonly string[]): VisitValue {
  return (value, line) => {
    const name = isObject(value) ? lists.find((list) => Array.isArray(value[list])) : undefined;
    const records = name === undefined ? [value] : ((value as Record<string, unknown>)[name] as unknown[]);
    for (const record of records) visitSafely(sink, line, () => visit(record, line));
  };
}

/** Calls `visit`, and makes its refusals problems of the line. */
export function visitSafely(sink: ImportSink, line: number, visit: () => void): void {
  try {
    visit();
  } catch (error) {
    if (!(error instanceof InvalidInput) && !(error instanceof TypeError)) throw error;
    sink.problem(line, error.message);
  }
}

/** Cuts lines and parses each. */
export class JsonLinesReader implements ChunkConsumer {
  /** Bytes of all complete lines so far, counted from where reading began. */
  completeBytes = 0;
  line: number;
  readonly #sink: ImportSink;
  readonly #visit: VisitValue;
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(sink: ImportSink, visit: VisitValue, line = 0, maxBytes: number = MAX_VALUE_BYTES) {
    this.#sink = sink;
    this.#visit = visit;
    this.line = line;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finishLine(1);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** A last line without its newline counts when it is complete; otherwise its writer may still be writing it. */
  end(): void {
    if (this.#partBytes === 0) return;
    if (this.#partBytes <= this.#maxBytes && !parses(this.#text().trim())) {
      if (this.#text().trim() !== "") this.#sink.warning(this.line + 1, "the last line is incomplete; it is read once it is whole");
      return;
    }
    this.#finishLine(0);
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #text(): string {
    return (this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)).toString("utf8");
  }

  #finishLine(newlineBytes: number): void {
    this.line++;
    if (this.#partBytes > this.#maxBytes) {
      this.#sink.problem(this.line, `a line of ${this.#partBytes} bytes is too long to read`);
    } else {
      visitLine(this.#text(), this.line, this.#sink, this.#visit);
    }
    this.completeBytes += this.#partBytes + newlineBytes;
    this.#parts = [];
    this.#partBytes = 0;
  }
}

/** Cuts a JSON document into its records. `lists` are the names under which pages keep them. */
export class JsonDocumentReader implements ChunkConsumer {
  readonly #sink: ImportSink;
  readonly #visit: VisitValue;
  readonly #lists: readonly string[];
  readonly #maxBytes: number;
  #line = 1;
  #depth = 0;
  /** The depth at which records lie: 0 side by side, 1 in an array, 2 in a list of a page. */
  #recordDepth = 0;
  #inString = false;
  #escaped = false;
  /** The last string seen directly inside the page, which may be the name of its list. */
  #name = "";
  #nameStart = -1;
  #open = false;
  #openedAtLine = 0;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(sink: ImportSink, visit: VisitValue, lists: readonly string[], maxBytes: number = MAX_VALUE_BYTES) {
    this.#sink = sink;
    this.#visit = visit;
    this.#lists = lists;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#nameStart >= 0)
            this.#name += chunk.toString("latin1", this.#nameStart, Math.min(index, this.#nameStart + MAX_NAME_LENGTH));
          this.#nameStart = -1;
        } else if (byte === NEWLINE) this.#line++;
        continue;
      }
      if (byte === NEWLINE) this.#line++;
      if (byte <= 32 || byte === COLON) continue;
      if (byte === COMMA || byte === CLOSE_BRACKET) {
        if (this.#open && this.#depth === this.#recordDepth) this.#close(chunk.subarray(start, index));
        if (byte === COMMA) continue;
      } else if (!this.#open && this.#depth === this.#recordDepth && byte !== CLOSE_BRACE) {
        if (byte === OPEN_BRACKET && this.#depth === 0) {
          this.#recordDepth = 1;
        } else {
          this.#open = true;
          this.#openedAtLine = this.#line;
          start = index;
        }
      }
      if (byte === QUOTE) {
        this.#inString = true;
        if (this.#recordDepth === 0 && this.#depth === 1) {
          this.#name = "";
          this.#nameStart = index + 1;
        }
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth++;
        if (byte === OPEN_BRACKET && this.#recordDepth === 0 && this.#depth === 2 && this.#lists.includes(this.#name)) this.#enterList();
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#depth > 0) this.#depth--;
        if (this.#open && this.#depth === this.#recordDepth) this.#close(chunk.subarray(start, index + 1));
        else if (this.#depth < this.#recordDepth) this.#recordDepth = 0;
      }
    }
    if (this.#open) this.#keep(chunk.subarray(start));
    if (this.#nameStart >= 0) {
      this.#name += chunk.toString("latin1", this.#nameStart, this.#nameStart + MAX_NAME_LENGTH);
      this.#nameStart = this.#name.length < MAX_NAME_LENGTH ? 0 : -1;
    }
  }

  end(): void {
    if (this.#open && this.#depth === 0 && !this.#inString) this.#close(Buffer.alloc(0));
    else if (this.#open || this.#depth > 0) this.#sink.problem(this.#line, "the file ends in the middle of a value");
  }

  #enterList(): void {
    this.#recordDepth = 2;
    this.#open = false;
    this.#parts = [];
    this.#partBytes = 0;
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #close(lastPart: Buffer): void {
    this.#keep(lastPart);
    if (this.#partBytes > this.#maxBytes) {
      this.#sink.problem(this.#openedAtLine, `a value of ${this.#partBytes} bytes is too long to read`);
    } else {
      const text = (this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)).toString("utf8");
      visitLine(text, this.#openedAtLine, this.#sink, this.#visit);
    }
    this.#open = false;
    this.#parts = [];
    this.#partBytes = 0;
  }
}
