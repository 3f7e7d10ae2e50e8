/**
 * Rows of delimiter-separated text (RFC 4180, with `,`, `;` or tab), in the memory of one row. Quotes, delimiters and
 * newlines inside quotes are text; formulas are text, too.
 */
import { StringDecoder } from "node:string_decoder";
import { InvalidInput, quoteValue } from "../../errors.ts";
import type { ImportSink } from "../importer.ts";
import { type ChunkConsumer, MAX_VALUE_BYTES, visitSafely } from "./json-values.ts";

const DELIMITERS = [",", ";", "\t"] as const;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;

/** One row, asked by heading. Headings are compared without regard to case, spaces and punctuation. */
export interface CsvRow {
  /** The trimmed cell under the first of `headings` that the file has; "" for an empty cell, undefined where no such column exists. */
  cell(...headings: string[]): string | undefined;
}

/** Takes the headings as they stand in the file and gives what takes the rows; throws where the file can't be read at all. */
export type VisitCsv = (headings: readonly string[]) => (row: CsvRow, line: number) => void;

/** A heading as it is compared: `"Input (w/o Cache Write)"` → `input_w_o_cache_write`. */
export function headingKey(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_|_$/g, "");
}

/** @throws InvalidInput naming what is missing, for a file that isn't `what`. */
export function requireHeadings(headings: readonly string[], needed: readonly string[], what: string): void {
  const found = new Set(headings.map(headingKey));
  const missing = needed.filter((heading) => !found.has(headingKey(heading)));
  if (missing.length === 0) return;
  throw new InvalidInput(`is no ${what}: it has no column ${listOf(missing)}, only ${listOf(headings)}`);
}

/** Names as they stand in a sentence; of very many, the first. */
export function listOf(names: readonly string[]): string {
  const quoted = names.slice(0, 30).map((name) => quoteValue(name, 40));
  return `${quoted.join(", ")}${names.length > quoted.length ? " …" : ""}`;
}

/** Cuts rows; the first one that isn't blank is the heading. */
export class CsvReader implements ChunkConsumer {
  readonly #sink: ImportSink;
  readonly #visit: VisitCsv;
  readonly #maxLength: number;
  readonly #decoder = new StringDecoder("utf8");
  #delimiter = "";
  #lineEnd = NEWLINE;
  #headings: string[] = [];
  /** Heading keys, and headings as they were asked for, → column. */
  readonly #columns = new Map<string, number | undefined>();
  #visitRow: ((row: CsvRow, line: number) => void) | undefined;
  #line = 1;
  #rowLine = 1;
  #cells: string[] = [];
  #cell = "";
  #inQuotes = false;
  /** A quote was just read inside quotes: the end, or the first half of a doubled one. */
  #quotePending = false;
  #quotesEnded = false;
  #rowLength = 0;
  #unreadable = false;

  constructor(sink: ImportSink, visit: VisitCsv, maxLength: number = MAX_VALUE_BYTES) {
    this.#sink = sink;
    this.#visit = visit;
    this.#maxLength = maxLength;
  }

  push(chunk: Buffer): void {
    this.#pushText(this.#decoder.write(chunk));
  }

  end(): void {
    this.#pushText(this.#decoder.end());
    if (this.#unreadable) return;
    if (this.#inQuotes && !this.#quotePending) {
      this.#sink.problem(this.#rowLine, "a quote is opened in this row and never closed; the rest of the file can't be told apart");
      return;
    }
    if (this.#cell !== "" || this.#cells.length > 0) this.#endRow();
  }

  #pushText(text: string): void {
    if (this.#unreadable || text === "") return;
    if (this.#delimiter === "") {
      this.#delimiter = mostFrequentDelimiter(text);
      this.#lineEnd = lineEndOf(text);
    }
    const delimiter = this.#delimiter.charCodeAt(0);
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const character = text.charCodeAt(index);
      if (this.#inQuotes) {
        if (this.#quotePending) {
          this.#quotePending = false;
          if (character === QUOTE) {
            start = index;
            continue;
          }
          this.#inQuotes = false;
          this.#quotesEnded = true;
          start = index;
        } else {
          if (character === QUOTE) {
            this.#cell += text.slice(start, index);
            this.#quotePending = true;
          } else if (character === this.#lineEnd) this.#line++;
          continue;
        }
      }
      if (character === delimiter) {
        this.#cell += text.slice(start, index);
        this.#endCell();
        start = index + 1;
      } else if (character === this.#lineEnd) {
        this.#cell += text.slice(start, index);
        this.#endRow();
        if (this.#unreadable) return;
        this.#line++;
        this.#rowLine = this.#line;
        start = index + 1;
      } else if (character === QUOTE && !this.#quotesEnded && this.#cell === "" && text.slice(start, index).trim() === "") {
        this.#inQuotes = true;
        start = index + 1;
      }
    }
    if (!this.#quotePending) this.#cell += text.slice(start);
    if (this.#rowLength + this.#cell.length > this.#maxLength) {
      this.#sink.problem(this.#rowLine, "a row is too long to read, and so is the rest of the file; is a quote left open?");
      this.#unreadable = true;
    }
  }

  #endCell(): void {
    this.#rowLength += this.#cell.length;
    this.#cells.push(this.#cell.endsWith("\r") ? this.#cell.slice(0, -1) : this.#cell);
    this.#cell = "";
    this.#quotesEnded = false;
  }

  #endRow(): void {
    this.#endCell();
    const cells = this.#cells;
    const line = this.#rowLine;
    this.#cells = [];
    this.#rowLength = 0;
    if (cells.every((cell) => /^[\s\0]*$/.test(cell)) && (cells.length === 1 || this.#visitRow === undefined)) return;
    if (this.#visitRow === undefined) this.#begin(cells, line);
    else this.#visitCells(cells, line, this.#visitRow);
  }

  #begin(cells: string[], line: number): void {
    while (cells.length > 1 && cells.at(-1)?.trim() === "") cells.pop();
    this.#headings = cells.map((cell) => cell.trim());
    for (const [index, heading] of this.#headings.entries()) {
      const key = headingKey(heading);
      if (!this.#columns.has(key)) this.#columns.set(key, index);
    }
    visitSafely(this.#sink, line, () => {
      this.#visitRow = this.#visit(this.#headings);
    });
    this.#unreadable = this.#visitRow === undefined;
  }

  #visitCells(cells: string[], line: number, visitRow: (row: CsvRow, line: number) => void): void {
    const columns = this.#columns;
    const width = this.#headings.length;
    while (cells.length > width && cells.at(-1)?.trim() === "") cells.pop();
    if (cells.length !== width) {
      this.#sink.problem(line, `the row has ${cells.length} fields where the heading has ${width}`);
      return;
    }
    const row: CsvRow = {
      cell(...headings) {
        for (const heading of headings) {
          if (!columns.has(heading)) columns.set(heading, columns.get(headingKey(heading)));
          const index = columns.get(heading);
          if (index !== undefined) return (cells[index] as string).trim();
        }
        return undefined;
      },
    };
    visitSafely(this.#sink, line, () => visitRow(row, line));
  }
}

/** Some programs still end lines as old Macs did, with a carriage return alone. */
function lineEndOf(text: string): number {
  return /^(?:[^"\r\n]|"[^"]*")*\r(?!\n|$)/.test(text) ? CARRIAGE_RETURN : NEWLINE;
}

function mostFrequentDelimiter(text: string): string {
  const heading = /[^\r\n]+/.exec(text)?.[0] ?? "";
  const unquoted = heading.replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}
