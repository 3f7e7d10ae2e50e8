/**
 * Lines of a file, in bounded memory: one window is read, cut at line ends, and used again. A line longer than the window
 * gets a larger one, of `maxLineBytes`; beyond that the line is passed over and reported. A last line without its newline may
 * still be in writing: it is handed over apart, and read again next time.
 */

import type { Checkpoint, SourceFile } from "../importer.ts";
import { type ByteSource, openByteSource } from "./byte-source.ts";
import { tailHashOf } from "./tail-hash.ts";

const WINDOW_BYTES = 1 << 20;
const MAX_LINE_BYTES = 128 << 20;
/** Usual windows in a row, until a large one is given back. */
const LARGE_WINDOW_KEPT_FOR = 32;
const NEWLINE = 10;

export interface LineHandler {
  /** One line without its newline: bytes `start` to `end` of `window`, which is reused after the call. `line` counts from 1. */
  line(window: Buffer, start: number, end: number, line: number): void;
  /** A line of over `maxLineBytes` was passed over. */
  overlong(line: number, bytes: number): void;
  /** The bytes after the last newline, once, at the end of the file. They are not part of any checkpoint. */
  unfinished?(window: Buffer, start: number, end: number, line: number): void;
  /** Called before the lines of a window that was filled anew, with all its valid bytes. */
  filled?(bytes: Buffer): void;
  /** Asked of a line that does not fit the window: whether it may be passed over in silence, going by its beginning. */
  ignores?(beginning: Buffer): boolean;
}

export interface Position {
  offset: number;
  line: number;
  tailHash: string;
}

/**
 * Drives `handler` over the lines from `file.offset`, yielding how far it came after each window.
 * The number of lines travels in the checkpoint's state, so that problems name the right line after an incremental read.
 * A compressed file is unpacked on the way; the only offsets it has are its beginning and its end.
 *
 * @param readToEnd also hand over a last line that has no newline: for files that are complete.
 */
export function* readLines(
  file: SourceFile,
  handler: LineHandler,
  readToEnd = false,
  maxLineBytes: number = MAX_LINE_BYTES,
): Generator<Position> {
  const source = openByteSource(file.path, file.offset);
  const cutter = new LineCutter(handler, file, maxLineBytes);
  try {
    for (;;) {
      const read = cutter.fill(source);
      if (cutter.cut()) yield source.packed ? { ...cutter.position, offset: 0 } : cutter.position;
      if (read === 0) break;
    }
    if (readToEnd) cutter.handOverRest();
    yield source.packed ? { ...cutter.position, offset: file.size } : cutter.position;
    if (!readToEnd) cutter.handOverUnfinished();
  } finally {
    cutter.close();
    source.close();
  }
}

// Reading is synchronous, so one window serves file after file; a second reader at the same time brings its own.
let spareWindow: Buffer | undefined;

class LineCutter {
  readonly #handler: LineHandler;
  readonly #maxLineBytes: number;
  readonly #usualWindow: Buffer;
  /** For a line that does not fit the usual one. */
  #largeWindow: Buffer | undefined;
  #cutsSinceLarge = 0;
  #window: Buffer;
  /** Valid bytes of the window, and how many of them are known to hold no newline. */
  #filled = 0;
  #searched = 0;
  /** Bytes of the current line that were let go because it does not fit. */
  #skipped = 0;
  #isIgnored = false;
  /** Where the current line begins in the file, and how many lines lie before it. */
  #offset: number;
  #line: number;
  #tailHash = "";

  constructor(handler: LineHandler, file: SourceFile, maxLineBytes: number) {
    this.#handler = handler;
    this.#maxLineBytes = maxLineBytes;
    this.#usualWindow = spareWindow ?? Buffer.allocUnsafeSlow(WINDOW_BYTES);
    this.#window = this.#usualWindow;
    spareWindow = undefined;
    this.#offset = file.offset;
    this.#line = file.offset === 0 ? 0 : lineCountOf(file.state);
  }

  get position(): Position {
    return { offset: this.#offset, line: this.#line, tailHash: this.#tailHash };
  }

  fill(source: ByteSource): number {
    if (this.#filled === this.#window.length) this.#makeRoom();
    this.#searched = this.#filled;
    const read = source.read(this.#window, this.#filled);
    this.#filled += read;
    return read;
  }

  #makeRoom(): void {
    if (this.#skipped === 0) this.#isIgnored = this.#handler.ignores?.(this.#window) ?? false;
    if (this.#isIgnored || this.#skipped > 0 || this.#window.length >= this.#maxLineBytes) {
      this.#skipped += this.#filled;
      this.#filled = 0;
      this.#window = this.#usualWindow;
      return;
    }
    // As long as any line may be, at once: memory that is never written to costs nothing.
    this.#largeWindow ??= Buffer.allocUnsafeSlow(this.#maxLineBytes);
    this.#moveTo(this.#largeWindow, 0);
  }

  #moveTo(window: Buffer, start: number): void {
    this.#window.copy(window, 0, start, this.#filled);
    this.#window = window;
    this.#filled -= start;
  }

  /** Hands over the complete lines of the window and moves the rest to its beginning. */
  cut(): boolean {
    const bytes = this.#window.subarray(0, this.#filled);
    let end = bytes.indexOf(NEWLINE, this.#searched);
    if (end < 0) return false;
    let start = 0;
    this.#handler.filled?.(bytes);
    while (end >= 0) {
      this.#handOver(start, end);
      start = end + 1;
      end = bytes.indexOf(NEWLINE, start);
    }
    this.#tailHash = tailHashOf(this.#window, start);
    const rest = this.#filled - start;
    this.#cutsSinceLarge = this.#window === this.#largeWindow ? 0 : this.#cutsSinceLarge + 1;
    if (this.#cutsSinceLarge > LARGE_WINDOW_KEPT_FOR) this.#largeWindow = undefined;
    this.#moveTo(rest < WINDOW_BYTES ? this.#usualWindow : this.#window, start);
    return true;
  }

  #handOver(start: number, end: number): void {
    const length = this.#skipped + end - start;
    this.#line++;
    if (this.#skipped === 0) this.#handler.line(this.#window, start, end, this.#line);
    else if (!this.#isIgnored) this.#handler.overlong(this.#line, length);
    this.#skipped = 0;
    this.#isIgnored = false;
    this.#offset += length + 1;
  }

  /** The last line, where the file is complete without its newline. */
  handOverRest(): void {
    if (this.#filled === 0 && this.#skipped === 0) return;
    this.#handler.filled?.(this.#window.subarray(0, this.#filled));
    const end = this.#filled;
    this.#handOver(0, end);
    this.#offset--;
    this.#tailHash = tailHashOf(this.#window, end);
  }

  handOverUnfinished(): void {
    if (this.#filled === 0 || this.#skipped > 0 || this.#handler.unfinished === undefined) return;
    this.#handler.filled?.(this.#window.subarray(0, this.#filled));
    this.#handler.unfinished(this.#window, 0, this.#filled, this.#line + 1);
  }

  close(): void {
    spareWindow = this.#usualWindow;
  }
}

/** A checkpoint's state when the importer keeps nothing but the number of lines. */
export function checkpointAt(position: Position): Checkpoint {
  return { offset: position.offset, state: String(position.line), tailHash: position.tailHash };
}

function lineCountOf(state: string | undefined): number {
  const count = Number.parseInt(state ?? "", 10);
  return Number.isSafeInteger(count) ? count : 0;
}
