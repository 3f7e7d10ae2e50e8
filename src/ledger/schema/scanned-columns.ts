/** Rows of `usage_records` → columns of records as they stand after their corrections. */
import type { RecordColumns, ScannedNames } from "../record-columns.ts";
import { FIGURE_COLUMNS, type RecordRow } from "./rows.ts";

/** Records of one batch, at most. */
export const BATCH_ROWS = 8192;

/** What is read of rows with which records begin or are put down anew, in this order. */
export const SCANNED_COLUMNS: readonly (keyof RecordRow)[] = [
  "row",
  "corrects",
  "time_ms",
  "model",
  "circumstances",
  "org",
  "team",
  "user",
  "project",
  "key",
  "session",
  ...FIGURE_COLUMNS,
  "metadata",
];

/** What is read of their corrections, in this order. */
export const CORRECTION_COLUMNS: readonly (keyof RecordRow)[] = ["row", "corrects", "requests", ...FIGURE_COLUMNS];

/** The values of a row's columns, in the order of those that were asked for. */
export type ScannedRow = readonly (number | string | null)[];

const FIRST_FIGURE_CORRECTED = CORRECTION_COLUMNS.indexOf(FIGURE_COLUMNS[0]);

/** The record that a scanned row is part of, by its first row. */
export function originalOf(row: ScannedRow): number {
  return (row[1] ?? row[0]) as number;
}

/**
 * @param rows of {@link SCANNED_COLUMNS}, in the order of time
 * @param corrections of {@link CORRECTION_COLUMNS}: all that the records of these rows have, in any order
 */
export function scannedColumns(rows: readonly ScannedRow[], corrections: readonly ScannedRow[], names: ScannedNames): RecordColumns {
  const columns = new Columns(rows.length, names);
  columns.take(rows);
  if (corrections.length > 0) columns.correct(rows, corrections);
  columns.finish();
  return columns;
}

class Columns implements RecordColumns {
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
  /** NaN where none is told, as in the cost. */
  readonly #reportedNanoUsd: Float64Array;
  /** In the order of FIGURE_COLUMNS. */
  readonly #figures: readonly Float64Array[];
  #takenBack: Uint8Array | undefined;

  constructor(length: number, names: ScannedNames) {
    this.length = length;
    this.names = names;
    const numbers = (): Float64Array => new Float64Array(length);
    const ids = (): Int32Array => new Int32Array(length);
    [this.row, this.timestampMs] = [numbers(), numbers()];
    [this.model, this.terms, this.org, this.team] = [ids(), ids(), ids(), ids()];
    [this.user, this.project, this.key, this.session] = [ids(), ids(), ids(), ids()];
    [this.input, this.output, this.cacheRead, this.cacheWrite5m] = [numbers(), numbers(), numbers(), numbers()];
    [this.cacheWrite1h, this.reasoning, this.audioInput, this.audioOutput] = [numbers(), numbers(), numbers(), numbers()];
    [this.webSearches, this.latencyMs, this.costNanoUsd, this.#reportedNanoUsd] = [numbers(), numbers(), numbers(), numbers()];
    this.metadata = new Array(length);
    this.#figures = [
      this.input,
      this.output,
      this.cacheRead,
      this.cacheWrite5m,
      this.cacheWrite1h,
      this.reasoning,
      this.audioInput,
      this.audioOutput,
      this.webSearches,
      this.latencyMs,
      this.#reportedNanoUsd,
      this.costNanoUsd,
    ];
  }

  /** Written out: a loop over columns costs more than what it does. */
  take(rows: readonly ScannedRow[]): void {
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] as ScannedRow;
      this.row[at] = (row[1] ?? row[0]) as number;
      this.timestampMs[at] = row[2] as number;
      this.model[at] = row[3] as number;
      this.terms[at] = row[4] as number;
      this.org[at] = row[5] as number;
      this.team[at] = row[6] as number;
      this.user[at] = row[7] as number;
      this.project[at] = row[8] as number;
      this.key[at] = row[9] as number;
      this.session[at] = row[10] as number;
      // null becomes 0.
      this.input[at] = row[11] as number;
      this.output[at] = row[12] as number;
      this.cacheRead[at] = row[13] as number;
      this.cacheWrite5m[at] = row[14] as number;
      this.cacheWrite1h[at] = row[15] as number;
      this.reasoning[at] = row[16] as number;
      this.audioInput[at] = row[17] as number;
      this.audioOutput[at] = row[18] as number;
      this.webSearches[at] = row[19] as number;
      this.latencyMs[at] = (row[20] ?? Number.NaN) as number;
      this.#reportedNanoUsd[at] = (row[21] ?? Number.NaN) as number;
      this.costNanoUsd[at] = (row[22] ?? Number.NaN) as number;
      this.metadata[at] = (row[23] ?? undefined) as string | undefined;
    }
  }

  correct(rows: readonly ScannedRow[], corrections: readonly ScannedRow[]): void {
    const placesOf = new Map<number, number[]>();
    for (const correction of corrections) placesOf.set(correction[1] as number, []);
    rows.forEach((row, at) => {
      placesOf.get(originalOf(row))?.push(at);
    });
    for (const correction of corrections) {
      for (const at of placesOf.get(correction[1] as number) ?? []) {
        const isLater = (correction[0] as number) > ((rows[at] as ScannedRow)[0] as number);
        if (!isLater) continue;
        if (correction[2] === 0) this.#add(at, correction);
        else if (correction[2] === -1) this.#takeBack(at);
      }
    }
  }

  #add(at: number, correction: ScannedRow): void {
    for (let place = 0; place < this.#figures.length; place++) {
      const difference = correction[FIRST_FIGURE_CORRECTED + place] as number | null;
      if (difference === null) continue;
      const figures = this.#figures[place] as Float64Array;
      const figure = figures[at] as number;
      figures[at] = Number.isNaN(figure) ? difference : figure + difference;
    }
  }

  #takeBack(at: number): void {
    this.#takenBack ??= new Uint8Array(this.length);
    this.#takenBack[at] = 1;
  }

  /** Which cost counts, and who is left. */
  finish(): void {
    for (let at = 0; at < this.length; at++) {
      const reported = this.#reportedNanoUsd[at] as number;
      if (!Number.isNaN(reported)) this.costNanoUsd[at] = reported;
    }
    if (this.#takenBack === undefined) return;
    const ids = [this.model, this.terms, this.org, this.team, this.user, this.project, this.key, this.session];
    const lists = [this.row, this.timestampMs, ...ids, ...this.#figures, this.metadata] as (number | string | undefined)[][];
    let length = 0;
    for (let at = 0; at < this.length; at++) {
      if (this.#takenBack[at] === 1) continue;
      if (at > length) for (const list of lists) list[length] = list[at];
      length++;
    }
    this.length = length;
  }
}
