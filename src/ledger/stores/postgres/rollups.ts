/** Sums per hour and value of a low-cardinality dimension, gathered in memory for one transaction and then added to the table. */
import { RollupSums } from "../../schema/rollup-sums.ts";
import type { RecordRow } from "../../schema/rows.ts";
import { MEASURES } from "../../schema.ts";
import { arrayOf, type Transaction } from "./transaction.ts";

const COLUMNS: readonly string[] = ["dimension", "hour", "value", ...MEASURES];

const ADD_SQL = `INSERT INTO rollups (${COLUMNS.join(", ")})
  SELECT * FROM unnest(${COLUMNS.map((_, i) => `$${i + 1}::bigint[]`).join(", ")}) ORDER BY 1, 2, 3
  ON CONFLICT (dimension, hour, value) DO UPDATE SET ${MEASURES.map((measure) => `${measure} = rollups.${measure} + excluded.${measure}`).join(", ")}`;

export class RollupDeltas {
  readonly #sums = new RollupSums();
  /** Columns of slots that were too large to be gathered any further. */
  readonly #full: number[][][] = [];
  readonly #makeRoom = (): void => {
    this.#full.push(this.#columns());
  };

  add(row: RecordRow): void {
    this.#sums.add(row, this.#makeRoom);
  }

  /** Adds what was gathered to the table, in key order. */
  async flush(transaction: Transaction): Promise<void> {
    for (const columns of [...this.#full.splice(0), this.#columns()]) {
      if (columns[0]?.length) await transaction.run(ADD_SQL, columns.map(arrayOf));
    }
  }

  #columns(): number[][] {
    const columns: number[][] = COLUMNS.map(() => []);
    for (const { dimension, hour, value, sums, offset } of this.#sums.slots()) {
      [dimension, hour, value, ...sums.subarray(offset, offset + MEASURES.length)].forEach((number, i) => {
        columns[i]?.push(number);
      });
    }
    this.#sums.clear();
    return columns;
  }
}
