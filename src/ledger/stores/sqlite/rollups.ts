/** Sums per hour and value of a low-cardinality dimension, gathered in memory for one transaction and then added to the table. */
import { type RollupSlot, RollupSums } from "../../schema/rollup-sums.ts";
import type { RecordRow } from "../../schema/rows.ts";
import { MEASURES } from "../../schema.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection, SqlValue } from "./driver.ts";

export class RollupDeltas {
  readonly #sums = new RollupSums();
  readonly #upsert: BulkInsert;
  readonly #makeRoom = (): void => this.flush();

  constructor(connection: Connection) {
    const sums = MEASURES.map((measure) => `${measure} = ${measure} + excluded.${measure}`);
    const columns = ["dimension", "hour", "value", ...MEASURES];
    this.#upsert = new BulkInsert(connection, "rollups", columns, 16, { conflict: `ON CONFLICT DO UPDATE SET ${sums.join(", ")}` });
  }

  add(row: RecordRow): void {
    this.#sums.add(row, this.#makeRoom);
  }

  /** Adds what was gathered to the table, in key order, and starts anew. */
  flush(): void {
    for (const slot of this.#sums.slots()) this.#upsert.add(slot, bindSlot);
    this.#upsert.flush();
    this.#sums.clear();
  }

  /** To be called when the transaction is undone. */
  forget(): void {
    this.#upsert.forget();
    this.#sums.clear();
  }
}

function bindSlot({ dimension, hour, value, sums, offset }: RollupSlot, values: SqlValue[], at: number): void {
  values[at] = dimension;
  values[at + 1] = hour;
  values[at + 2] = value;
  for (let i = 0; i < MEASURES.length; i++) values[at + 3 + i] = sums[offset + i] as number;
}
