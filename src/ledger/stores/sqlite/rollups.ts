/** Sums per hour and value of a low-cardinality dimension, gathered in memory for one transaction and then added to the table. */
import { HOUR_MS, MEASURES, ROLLUPS, type RollupDimension } from "../../schema.ts";
import type { Connection, Statement } from "./driver.ts";
import type { RecordRow } from "./rows.ts";

const DIMENSIONS = Object.keys(ROLLUPS) as RollupDimension[];
/** Dictionary ids stay below this; an hour times this is a safe integer beyond the year 9999. */
const VALUES = 2 ** 26;

/** SQL for one row's contribution to each measure, in the order of `MEASURES`: the same sums that {@link RollupDeltas} makes. */
export const MEASURE_SQL: readonly string[] = [
  "requests",
  "coalesce(input_tokens, 0)",
  "coalesce(output_tokens, 0)",
  "coalesce(cache_read_tokens, 0)",
  "coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)",
  "coalesce(reasoning_tokens, 0)",
  "coalesce(web_searches, 0)",
  "coalesce(reported_cost_nano_usd, computed_cost_nano_usd, 0)",
  "unpriced",
  "coalesce(latency_ms, 0)",
  "iif(latency_ms IS NULL, 0, requests)",
];

/** Sums are spilled to the table beyond this, so that two of them always add up to a safe integer. */
const LARGE = 2 ** 52;

export class RollupDeltas {
  readonly #byDimension = DIMENSIONS.map(() => new Map<number, number[]>());
  readonly #upsert: Statement;

  constructor(connection: Connection) {
    const sums = MEASURES.map((measure) => `${measure} = ${measure} + excluded.${measure}`);
    this.#upsert = connection.prepare(
      `INSERT INTO rollups (dimension, hour, value, ${MEASURES.join(", ")}) VALUES (?, ?, ?, ${MEASURES.map(() => "?").join(", ")})
       ON CONFLICT DO UPDATE SET ${sums.join(", ")}`,
    );
  }

  add(row: RecordRow): void {
    const hour = Math.floor(row.time_ms / HOUR_MS);
    const large = isLarge(addTo(zeros(), row));
    for (let i = 0; i < DIMENSIONS.length; i++) {
      const dimension = DIMENSIONS[i] as RollupDimension;
      const deltas = this.#byDimension[i] as Map<number, number[]>;
      const slot = hour * VALUES + row[dimension];
      if (large) {
        this.#write(dimension, slot, addTo(zeros(), row));
        continue;
      }
      let sums = deltas.get(slot);
      if (!sums) deltas.set(slot, (sums = zeros()));
      if (isLarge(addTo(sums, row))) {
        this.#write(dimension, slot, sums);
        deltas.delete(slot);
      }
    }
  }

  /** Adds what was gathered to the table, in key order, and starts anew. */
  flush(): void {
    DIMENSIONS.forEach((dimension, i) => {
      const deltas = this.#byDimension[i] as Map<number, number[]>;
      for (const slot of Float64Array.from(deltas.keys()).sort()) this.#write(dimension, slot, deltas.get(slot) as number[]);
      deltas.clear();
    });
  }

  forget(): void {
    for (const deltas of this.#byDimension) deltas.clear();
  }

  #write(dimension: RollupDimension, slot: number, sums: number[]): void {
    const hour = Math.floor(slot / VALUES);
    this.#upsert.run(ROLLUPS[dimension], hour, slot - hour * VALUES, ...sums);
  }
}

function zeros(): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}

function isLarge(sums: readonly number[]): boolean {
  for (const sum of sums) if (sum > LARGE || sum < -LARGE) return true;
  return false;
}

function addTo(sums: number[], row: RecordRow): number[] {
  sums[0] = (sums[0] as number) + row.requests;
  sums[1] = (sums[1] as number) + (row.input_tokens ?? 0);
  sums[2] = (sums[2] as number) + (row.output_tokens ?? 0);
  sums[3] = (sums[3] as number) + (row.cache_read_tokens ?? 0);
  sums[4] = (sums[4] as number) + (row.cache_write_5m_tokens ?? 0) + (row.cache_write_1h_tokens ?? 0);
  sums[5] = (sums[5] as number) + (row.reasoning_tokens ?? 0);
  sums[6] = (sums[6] as number) + (row.web_searches ?? 0);
  sums[7] = (sums[7] as number) + (row.reported_cost_nano_usd ?? row.computed_cost_nano_usd ?? 0);
  sums[8] = (sums[8] as number) + row.unpriced;
  sums[9] = (sums[9] as number) + (row.latency_ms ?? 0);
  sums[10] = (sums[10] as number) + (row.latency_ms === null ? 0 : row.requests);
  return sums;
}
