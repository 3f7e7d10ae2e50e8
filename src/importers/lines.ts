/**
 * Lines of a file, in bounded memory: one window is read, cut at line ends, and used again. A line longer than the window
 * grows it up to `maxLineBytes`; beyond that the line is passed over and reported. A last line without its newline is left
 * for the next run, because its writer may still be writing.
 */
import { closeSync, openSync, readSync } from "node:fs";
import type { Checkpoint, SourceFile } from "./importer.ts";

const WINDOW_BYTES = 4 << 20;
export const MAX_LINE_BYTES: number = 128 << 20;
const NEWLINE = 10;

export interface LineHandler {
  /** One line without its newline: bytes `start` to `end` of `window`, which is reused after the call. `line` counts from 1. */
  line(window: Buffer, start: number, end: number, line: number): void;
  /** A line of over `maxLineBytes` was passed over. */
  overlong(line: number, bytes: number): void;
}

interface Position {
  offset: number;
  line: number;
}

/**
 * Drives `handler` over the lines from `file.offset`, yielding how far it came after each window.
 * The number of lines travels in the checkpoint's state, so that problems name the right line after an incremental read.
 *
 * @param readToEnd also hand over a last line that has no newline: for files that are complete.
 */
export function* readLines(
  file: SourceFile,
  handler: LineHandler,
  readToEnd = false,
  maxLineBytes: number = MAX_LINE_BYTES,
): Generator<Position> {
  const descriptor = openSync(file.path, "r");
  try {
    let window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, Math.max(4096, file.size - file.offset + 1)));
    let filled = 0;
    let skipping = 0;
    let windowOffset = file.offset;
    let line = file.offset === 0 ? 0 : lineCountOf(file.state);
    for (;;) {
      if (filled === window.length) {
        if (window.length < maxLineBytes) {
          const larger = Buffer.allocUnsafe(Math.min(window.length * 4, maxLineBytes));
          window.copy(larger, 0, 0, filled);
          window = larger;
        } else {
          skipping += filled;
          windowOffset += filled;
          filled = 0;
        }
      }
      const read = readSync(descriptor, window, filled, window.length - filled, windowOffset + filled);
      const atEnd = read === 0;
      const searchFrom = filled;
      filled += read;
      const bytes = window.subarray(0, filled);
      let start = 0;
      let end = bytes.indexOf(NEWLINE, searchFrom);
      while (end >= 0) {
        line++;
        if (skipping > 0) {
          handler.overlong(line, skipping + end - start);
          skipping = 0;
        } else {
          handler.line(window, start, end, line);
        }
        start = end + 1;
        end = bytes.indexOf(NEWLINE, start);
      }
      if (atEnd && readToEnd && (start < filled || skipping > 0)) {
        line++;
        if (skipping > 0) handler.overlong(line, skipping + filled - start);
        else handler.line(window, start, filled, line);
        start = filled;
        skipping = 0;
      }
      if (start > 0) {
        window.copyWithin(0, start, filled);
        filled -= start;
        windowOffset += start;
      }
      yield { offset: windowOffset - skipping, line };
      if (atEnd) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A checkpoint's state when the importer keeps nothing but the number of lines. */
export function checkpointAt(position: Position): Checkpoint {
  return { offset: position.offset, state: String(position.line) };
}

function lineCountOf(state: string | undefined): number {
  const count = Number.parseInt(state ?? "", 10);
  return Number.isSafeInteger(count) ? count : 0;
}
