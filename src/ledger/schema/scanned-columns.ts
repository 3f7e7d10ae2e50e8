/** Rows of `usage_records`, read as lists of each column's values → columns of records as they stand after their corrections. */
import type { RecordColumns, ScannedNames } from "../record-columns.ts";
import { readNumbers } from "./number-lists.ts";
import { FIGURE_COLUMNS } from "./rows.ts";

/** Records of one batch, at most. */
export const BATCH_ROWS = 8192;

/** What has a name; 0 stands for none. */
export const NAMED_COLUMNS = ["model", "circumstances", "org", "team", "user", "project", "key", "session"] as const;

type NamedColumn = (typeof NAMED_COLUMNS)[number];
type FigureColumn = (typeof FIGURE_COLUMNS)[number];
export type ScannedColumn = "row" | "corrects" | "time_ms" | NamedColumn | FigureColumn | "metadata";
type CorrectionColumn = "row" | "corrects" | "requests" | FigureColumn;

/** What is read of rows with which records begin or are put down anew. */
export const SCANNED_COLUMNS: readonly ScannedColumn[] = ["row", "corrects", "time_ms", ...NAMED_COLUMNS, ...FIGURE_COLUMNS, "metadata"];

/** What is read of their corrections. */
export const CORRECTION_COLUMNS: readonly CorrectionColumn[] = ["row", "corrects", "requests", ...FIGURE_COLUMNS];

/** The values of some rows as JSON lists, one for each column. One that is not there tells nothing: null, or 0 where it stands for names. */
export interface ColumnLists<Column extends string> {
  length: number;
  lists: Partial<Record<Column, Uint8Array>>;
}

export type ScannedLists = ColumnLists<ScannedColumn>;
export type CorrectionLists = ColumnLists<CorrectionColumn>;

type Figures = Record<FigureColumn, Float64Array>;

/** In which columns null is told apart from 0. */
const NULLABLE: ReadonlySet<string> = new Set(["corrects", "latency_ms", "reported_cost_nano_usd", "computed_cost_nano_usd"]);

export class ScannedColumns implements RecordColumns {
  length: number;
  readonly names: ScannedNames;
  readonly row: Float64Array;
  readonly timestampMs: Float64Array;
  readonly model: Int32Array;
  readonly terms: Int32Array;
  readonly org: Int32Array;
  readonly team: Int32Array;
  readonly user: Int32Array;
  readonly project: Int32Array;
  readonly key: Int32Array;
  readonly session: Int32Array;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly cacheRead: Float64Array;
  readonly cacheWrite5m: Float64Array;
  readonly cacheWrite1h: Float64Array;
  readonly reasoning: Float64Array;
  readonly audioInput: Float64Array;
  readonly audioOutput: Float64Array;
  readonly webSearches: Float64Array;
  readonly latencyMs: Float64Array;
  readonly costNanoUsd: Float64Array;
  readonly metadata: (string | undefined)[];
  readonly #figures: Figures;
  /** Rows that were read, which are not the first of their records where those were put down anew. */
  readonly #rowRead: Float64Array;
  #takenBack: Uint8Array | undefined;

  /**
   * @param parts rows in the order of time, part after part
   * @param textOf the text that was stored so
   */
  constructor(parts: readonly ScannedLists[], names: ScannedNames, textOf: (stored: string) => string = (stored) => stored) {
    const length = parts.reduce((length, part) => length + part.length, 0);
    const numbers = (column: ScannedColumn): Float64Array => read(parts, column, new Float64Array(length));
    const ids = (column: ScannedColumn): Int32Array => read(parts, column, new Int32Array(length));
    this.length = length;
    this.names = names;
    this.#rowRead = numbers("row");
    this.row = parts.some(({ lists }) => lists.corrects) ? firstRows(this.#rowRead, numbers("corrects")) : this.#rowRead;
    this.timestampMs = numbers("time_ms");
    this.model = ids("model");
    this.terms = ids("circumstances");
    this.org = ids("org");
    this.team = ids("team");
    this.user = ids("user");
    this.project = ids("project");
    this.key = ids("key");
    this.session = ids("session");
    const figures = Object.fromEntries(FIGURE_COLUMNS.map((column) => [column, numbers(column)])) as Figures;
    this.#figures = figures;
    this.input = figures.input_tokens;
    this.output = figures.output_tokens;
    this.cacheRead = figures.cache_read_tokens;
    this.cacheWrite5m = figures.cache_write_5m_tokens;
    this.cacheWrite1h = figures.cache_write_1h_tokens;
    this.reasoning = figures.reasoning_tokens;
    this.audioInput = figures.audio_input_tokens;
    this.audioOutput = figures.audio_output_tokens;
    this.webSearches = figures.web_searches;
    this.latencyMs = figures.latency_ms;
    this.costNanoUsd = figures.computed_cost_nano_usd;
    this.metadata = textsIn(parts, length, textOf);
  }

  /** Row and time of the last one that was read; to be asked before {@link finish}. */
  get last(): { row: number; timeMs: number } {
    return { row: this.#rowRead[this.length - 1] as number, timeMs: this.timestampMs[this.length - 1] as number };
  }

  /** @param corrections all that the records have, in any order */
  correct(corrections: CorrectionLists): void {
    if (corrections.length === 0) return;
    const numbers = (column: CorrectionColumn): Float64Array =>
      read([corrections], column, new Float64Array(corrections.length), Number.NaN);
    const [row, corrects, requests] = [numbers("row"), numbers("corrects"), numbers("requests")];
    const changes = FIGURE_COLUMNS.map((column) => ({ figures: this.#figures[column], differences: numbers(column) }));
    const places = this.#placesOf(corrects);
    for (let at = 0; at < corrections.length; at++) {
      for (const place of places.get(corrects[at] as number) ?? []) {
        if ((row[at] as number) < (this.#rowRead[place] as number)) continue;
        if (requests[at] === -1) this.#takeBack(place);
        else if (requests[at] === 0) for (const { figures, differences } of changes) add(figures, place, differences[at] as number);
      }
    }
  }

  /** Which of the costs counts, and who is left. */
  finish(): this {
    const reported = this.#figures.reported_cost_nano_usd;
    for (let at = 0; at < this.length; at++) {
      const nanoUsd = reported[at] as number;
      if (!Number.isNaN(nanoUsd)) this.costNanoUsd[at] = nanoUsd;
    }
    this.#close();
    return this;
  }

  /** Where the rows of records are that have corrections: more than one of a record that was put down anew. */
  #placesOf(corrected: Float64Array): Map<number, number[]> {
    const places = new Map<number, number[]>();
    for (const row of corrected) places.set(row, []);
    for (let at = 0; at < this.length; at++) places.get(this.row[at] as number)?.push(at);
    return places;
  }

  #takeBack(at: number): void {
    this.#takenBack ??= new Uint8Array(this.length);
    this.#takenBack[at] = 1;
  }

  /** Closes the gaps that records leave which were taken back. */
  #close(): void {
    const takenBack = this.#takenBack;
    if (takenBack === undefined) return;
    const ids = [this.model, this.terms, this.org, this.team, this.user, this.project, this.key, this.session];
    const columns = [this.row, this.timestampMs, ...ids, ...Object.values(this.#figures), this.metadata] as unknown[][];
    let length = 0;
    for (let at = 0; at < this.length; at++) {
      if (takenBack[at] === 1) continue;
      if (at > length) for (const column of columns) column[length] = column[at];
      length++;
    }
    this.length = length;
  }
}

/** The values of a column, part after part. */
function read<Column extends string, Values extends Float64Array | Int32Array>(
  parts: readonly ColumnLists<Column>[],
  column: Column,
  values: Values,
  absent: number = NULLABLE.has(column) ? Number.NaN : 0,
): Values {
  let at = 0;
  for (const { length, lists } of parts) {
    const list = lists[column];
    if (list !== undefined) readNumbers(list, values, at, absent);
    else if (absent !== 0) values.fill(absent, at, at + length);
    at += length;
  }
  return values;
}

/** A difference to what nobody told is the figure. */
function add(figures: Float64Array, at: number, difference: number): void {
  if (Number.isNaN(difference)) return;
  const figure = figures[at] as number;
  figures[at] = Number.isNaN(figure) ? difference : figure + difference;
}

function firstRows(rows: Float64Array, corrects: Float64Array): Float64Array {
  return corrects.map((original, at) => (Number.isNaN(original) ? (rows[at] as number) : original));
}

function textsIn(parts: readonly ScannedLists[], length: number, textOf: (stored: string) => string): (string | undefined)[] {
  const texts = new Array<string | undefined>(length).fill(undefined);
  let at = 0;
  for (const { length, lists } of parts) {
    const list = lists.metadata;
    if (list !== undefined) {
      const values = JSON.parse(Buffer.from(list.buffer, list.byteOffset, list.byteLength).toString()) as (string | null)[];
      for (const [place, value] of values.entries()) if (value !== null) texts[at + place] = textOf(value);
    }
    at += length;
  }
  return texts;
}
