/** The rows of one transaction on their way into the book: stored together, and added to every sum in the same transaction. */

import type { DictionaryEntry } from "../../schema/dictionary-entry.ts";
import { checksumOf, type RecordRow } from "../../schema/rows.ts";
import { RollupDeltas } from "./rollups.ts";
import { insertRows } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** Other sums than the rollups, which must follow each row. Made for one transaction. */
export interface RowFollower {
  /** Names that have changed in this transaction; told before any row that bears them. */
  renamed(entries: readonly DictionaryEntry[]): Promise<void>;
  add(row: RecordRow): void;
  /** Changes the sums by what was added; called after the rows are stored and before the rollups. */
  flush(): Promise<void>;
}

/** Begins to follow a transaction: the first thing that it does, so that all take their locks in one order. */
export type Follow = (transaction: Transaction) => Promise<RowFollower>;

export class Posting {
  readonly transaction: Transaction;
  readonly follower: RowFollower;
  readonly #rollups = new RollupDeltas();
  #rows: RecordRow[] = [];

  static async begin(transaction: Transaction, follow: Follow): Promise<Posting> {
    return new Posting(transaction, await follow(transaction));
  }

  private constructor(transaction: Transaction, follower: RowFollower) {
    this.transaction = transaction;
    this.follower = follower;
  }

  add(row: RecordRow): void {
    row.checksum = checksumOf(row);
    this.#rows.push(row);
    this.#rollups.add(row);
    this.follower.add(row);
  }

  /** Stores what was added. To be called once, at the end: the locks of sums are held from here on. */
  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    await insertRows(this.transaction, this.#rows);
    this.#rows = [];
    await this.follower.flush();
    await this.#rollups.flush(this.transaction);
  }
}
