/** JSON values, one a line, as other programs really write them. */
import type { Checkpoint, ImportSink, SourceFile } from "../importer.ts";
import { checkpointAt, readLines } from "./lines.ts";
import { lineText } from "./long-line.ts";

const BYTE_ORDER_MARK = "\ufeff";
const BLANK = /^[\s\0]*$/;
const TOO_DEEP = "nested too deeply to read";
/** A crash of the machine leaves zeros where a block of the file was never written. */
const NUL_PADDING = /^\0+|(?<!\0)\0+$/g;

/**
 * Calls `visit` with each JSON value of the file. Blank and NUL-filled lines are nothing; a byte-order mark and carriage
 * returns are dropped; two values on one line are two values. What can't be parsed, and what `visit` throws, is a problem of its line.
 */
export function* readJsonLines(
  file: SourceFile,
  sink: ImportSink,
  visit: (value: unknown, line: number) => void,
  readToEnd = false,
): Generator<Checkpoint> {
  const handler = {
    line(window: Buffer, start: number, end: number, line: number): void {
      visitLine(lineText(window, start, end), line, sink, visit);
    },
    unfinished(window: Buffer, start: number, end: number, line: number): void {
      visitUnfinishedLine(lineText(window, start, end), line, sink, visit);
    },
    overlong(line: number, bytes: number): void {
      sink.problem(line, `a line of ${bytes} bytes is too long to read`);
    },
  };
  for (const position of readLines(file, handler, readToEnd)) yield checkpointAt(position);
}

/** One line's JSON values, handed to `visit`; its mistakes go to `sink`. */
export function visitLine(text: string, line: number, sink: ImportSink, visit: (value: unknown, line: number) => void): void {
  const trimmed = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (BLANK.test(trimmed)) return;
  let values: unknown[];
  try {
    values = parseValues(trimmed.replace(NUL_PADDING, ""));
  } catch (error) {
    sink.problem(line, error instanceof RangeError ? TOO_DEEP : "not JSON");
    return;
  }
  for (const value of values) {
    try {
      visit(value, line);
    } catch (error) {
      if (error instanceof RangeError) sink.problem(line, TOO_DEEP);
      else if (error instanceof TypeError) sink.problem(line, error.message);
      else throw error;
    }
  }
}

/** A last line without its newline counts where it is whole; where it is not, its writer is still writing. */
export function visitUnfinishedLine(text: string, line: number, sink: ImportSink, visit: (value: unknown, line: number) => void): void {
  if (isWhole(text)) visitLine(text, line, sink, visit);
}

function isWhole(text: string): boolean {
  try {
    return parseValues(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).every((value) => typeof value === "object");
  } catch {
    return false;
  }
}

/** The JSON values of one line: usually one; two where a writer lost a newline between objects. */
export function parseValues(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const values: unknown[] = [];
    for (let start = 0; start < text.length; ) {
      const end = endOfObject(text, start);
      if (end < 0) throw error;
      values.push(JSON.parse(text.slice(start, end)));
      start = end;
      while (/\s/.test(text[start] ?? "")) start++;
    }
    if (values.length < 2) throw error;
    return values;
  }
}

/** The index after the object that begins at `start`, or -1. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return i + 1;
  }
  return -1;
}
