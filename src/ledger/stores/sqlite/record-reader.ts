/** Rows of `usage_records` as they are stored, and records with their corrections folded in. */

import { fold } from "../../schema/corrections.ts";
import type { IdentityRow } from "../../schema/identity.ts";
import { COLUMNS, circumstancesIn, type RecordRow } from "../../schema/rows.ts";
import { namespaceOf } from "../../schema.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Connection, Statement } from "./driver.ts";

/** The row that came first, and the record as it stands now. */
export interface Folded {
  original: RecordRow;
  current: RecordRow;
}

export class RecordReader {
  readonly #dictionary: Dictionary;
  readonly #row: Statement;
  readonly #corrections: Statement;

  readonly #rowsWritten: () => void;
  /** Rows are added, never edited. */
  #recognised: Map<number, RecordRow> | undefined;

  /** @param rowsWritten puts rows that wait for it into their table */
  constructor(connection: Connection, dictionary: Dictionary, rowsWritten: () => void) {
    this.#rowsWritten = rowsWritten;
    this.#dictionary = dictionary;
    this.#row = connection.prepare(`SELECT ${COLUMNS.join(", ")} FROM usage_records WHERE row = ?`);
    this.#corrections = connection.prepare(`SELECT ${COLUMNS.join(", ")} FROM usage_records WHERE corrects = ? ORDER BY row`);
  }

  row(row: number): RecordRow | undefined {
    this.#rowsWritten();
    return this.#row.get(row) as RecordRow | undefined;
  }

  identityOf(row: number): IdentityRow | undefined {
    const stored = this.row(row);
    if (stored === undefined) return undefined;
    this.#recognised?.set(row, stored);
    return this.identityIn(stored);
  }

  /** While `work` runs, a row whose identity was read is not read again: whoever is recognised by it is mostly compared with it next. */
  remembering<T>(work: () => T): T {
    this.#recognised = new Map();
    try {
      return work();
    } finally {
      this.#recognised = undefined;
    }
  }

  identityIn(stored: RecordRow): IdentityRow {
    const { attempt = 1, rank, idSpace } = stored.circumstances === 0 ? {} : circumstancesIn(this.#dictionary.entry(stored.circumstances));
    const isReplay = rank !== undefined;
    const namespace = namespaceOf(this.#dictionary.entry(stored.source).key, idSpace);
    return { row: stored.row, namespace, id: stored.id, request_id: stored.request_id, attempt, isReplay };
  }

  /** The record that began with this row, as it stands now. */
  folded(row: number): Folded {
    const original = this.#recognised?.get(row) ?? (this.row(row) as RecordRow);
    return { original, current: fold([original, ...this.corrections(row)]) };
  }

  /** In row order. */
  corrections(original: number): RecordRow[] {
    this.#rowsWritten();
    return this.#corrections.all(original) as unknown as RecordRow[];
  }
}
