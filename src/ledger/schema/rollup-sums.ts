/** Sums per hour and value of a low-cardinality dimension, gathered in memory before they go to the table. */
import { HOUR_MS, MEASURES, ROLLUPS, type RollupDimension } from "../schema.ts";
import type { RecordRow } from "./rows.ts";

/** Dictionary ids stay below this; an hour times this is a safe integer beyond the year 9999. */
const VALUES = 2 ** 26;

const MEASURE_COUNT = MEASURES.length;

/** The sums of one dimension: where each slot's begin in one growing array. */
class DimensionDeltas {
  readonly dimension: RollupDimension;
  readonly offsets = new Map<number, number>();
  sums = new Float64Array(16 * MEASURE_COUNT);

  constructor(dimension: RollupDimension) {
    this.dimension = dimension;
  }

  add(slot: number, figures: Float64Array): void {
    let offset = this.offsets.get(slot);
    if (offset === undefined) {
      offset = this.offsets.size * MEASURE_COUNT;
      this.offsets.set(slot, offset);
      if (offset === this.sums.length) this.#grow();
      this.sums.set(figures, offset);
      return;
    }
    for (let i = 0; i < MEASURE_COUNT; i++) this.sums[offset + i] = (this.sums[offset + i] as number) + (figures[i] as number);
  }

  #grow(): void {
    const larger = new Float64Array(this.sums.length * 2);
    larger.set(this.sums);
    this.sums = larger;
  }
}

/** One row of the table to be added to: its measures stand in `sums` from `offset` on. */
export interface RollupSlot {
  dimension: number;
  hour: number;
  value: number;
  sums: Float64Array;
  offset: number;
}

export class RollupSums {
  readonly #model = new DimensionDeltas("model");
  readonly #team = new DimensionDeltas("team");
  readonly #project = new DimensionDeltas("project");
  readonly #source = new DimensionDeltas("source");
  readonly #figures = new Float64Array(MEASURE_COUNT);
  /** No sum gathered so far is larger. */
  #bound = 0;

  /** @param makeRoom takes what was gathered and calls {@link clear}: as doubles, sums must not pass the safe integers */
  add(row: RecordRow, makeRoom: () => void): void {
    const largest = readFigures(row, this.#figures);
    if (this.#bound + largest > Number.MAX_SAFE_INTEGER) makeRoom();
    this.#bound += largest;
    const hour = Math.floor(row.time_ms / HOUR_MS) * VALUES;
    this.#model.add(hour + row.model, this.#figures);
    this.#team.add(hour + row.team, this.#figures);
    this.#project.add(hour + row.project, this.#figures);
    this.#source.add(hour + row.source, this.#figures);
  }

  /** In the order of the table's key. */
  *slots(): Generator<RollupSlot> {
    for (const { dimension, offsets, sums } of this.#dimensions()) {
      // Of a call that is alone in its transaction there is one: nothing to sort.
      const slots = offsets.size === 1 ? offsets.keys() : Float64Array.from(offsets.keys()).sort();
      for (const slot of slots) {
        const hour = Math.floor(slot / VALUES);
        yield { dimension: ROLLUPS[dimension], hour, value: slot - hour * VALUES, sums, offset: offsets.get(slot) as number };
      }
    }
  }

  clear(): void {
    for (const { offsets } of this.#dimensions()) offsets.clear();
    this.#bound = 0;
  }

  #dimensions(): DimensionDeltas[] {
    return [this.#model, this.#team, this.#project, this.#source];
  }
}

/** A row's contribution to each measure; answers the largest, whatever its sign. */
function readFigures(row: RecordRow, figures: Float64Array): number {
  figures[0] = row.requests;
  figures[1] = row.input_tokens ?? 0;
  figures[2] = row.output_tokens ?? 0;
  figures[3] = row.cache_read_tokens ?? 0;
  figures[4] = (row.cache_write_5m_tokens ?? 0) + (row.cache_write_1h_tokens ?? 0);
  figures[5] = row.reasoning_tokens ?? 0;
  figures[6] = row.web_searches ?? 0;
  figures[7] = row.reported_cost_nano_usd ?? row.computed_cost_nano_usd ?? 0;
  figures[8] = row.unpriced;
  figures[9] = row.latency_ms ?? 0;
  figures[10] = row.latency_ms === null ? 0 : row.requests;
  let largest = 0;
  for (let i = 0; i < MEASURE_COUNT; i++) largest = Math.max(largest, Math.abs(figures[i] as number));
  return largest;
}
