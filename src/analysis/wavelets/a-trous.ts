/** Bands of a series that is still growing: made of the past alone, so that no later bucket changes them. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkedSignal, checkLevels, LARGEST } from "./filters.ts";
import type { MultiresolutionAnalysis } from "./mra.ts";

/** A stream remembers 2^levels values: here, eight million bytes. */
const MOST_LEVELS = 20;

/** The bands of one bucket; together they are its value. */
export interface BucketBands {
  /** D₁ to D_J: the mean of the last 2^(j−1) buckets less the mean of the last 2^j. */
  details: Float64Array;
  /** The mean of the last 2^J buckets. */
  smooth: number;
}

/**
 * Causal Haar à trous bands (Renaud, Starck & Murtagh 2005): V_j is the mean of the last 2^j buckets, D_j = V_(j−1) − V_j. They
 * add up to the series, and no bucket's bands depend on later ones; so they lag behind what {@link mra} shows of the past. Before
 * its start, the series is taken to have been as its first value.
 *
 * @throws AnalysisInputError for no values, for values that are not finite, for a number of levels that is none
 * @example
 * ```ts
 * import { causalMra } from "tokenledger/analysis";
 * const { details, smooth } = causalMra([4, 4, 4, 12, 4, 4], 1);
 * details.map((detail) => [...detail]); // => [[0, 0, 0, 4, -4, 0]]
 * [...smooth]; // => [4, 4, 4, 8, 8, 4]
 * ```
 */
export function causalMra(x: ArrayLike<number>, levels: number): MultiresolutionAnalysis {
  checkLevels(levels, MOST_LEVELS);
  let smooth = checkedSignal(x, "x");
  const details: Float64Array[] = [];
  if (levels === 0) return { details, smooth: smooth.slice() };
  for (let j = 0; j < levels; j++) {
    const detail = new Float64Array(smooth.length);
    const next = new Float64Array(smooth.length);
    halve(smooth, 2 ** j, detail, next);
    details.push(detail);
    smooth = next;
  }
  return { details, smooth };
}

function halve(values: Float64Array, shift: number, detail: Float64Array, smooth: Float64Array): void {
  const length = values.length;
  const first = values[0] as number;
  const full = Math.min(shift, length);
  for (let t = 0; t < full; t++) {
    const here = values[t] as number;
    const mean = 0.5 * (here + first);
    smooth[t] = mean;
    detail[t] = here - mean;
  }
  for (let t = full, before = 0; t < length; t++, before++) {
    const here = values[t] as number;
    const mean = 0.5 * (here + (values[before] as number));
    smooth[t] = mean;
    detail[t] = here - mean;
  }
}

/**
 * The same one bucket at a time: each costs as many steps as there are levels, however long the series is, and gives exactly what
 * {@link causalMra} of the whole series would.
 *
 * @throws AnalysisInputError for a number of levels that is none
 * @example
 * ```ts
 * import { CausalMra } from "tokenledger/analysis";
 * const spend = new CausalMra(2);
 * [10, 10, 10, 50].map((value) => spend.push(value).smooth); // => [10, 10, 10, 20]
 * spend.push(10); // => { details: new Float64Array([-20, 10]), smooth: 20 }
 * spend.count; // => 5
 * ```
 */
export class CausalMra {
  readonly levels: number;
  /** How many values were pushed. The bands of the first 2^levels rest partly on what is assumed of the time before. */
  count = 0;
  /** One ring for each level: its last 2^(j−1) values, level by level in one array. */
  readonly #rings: Float64Array;

  constructor(levels: number) {
    checkLevels(levels, MOST_LEVELS);
    this.levels = levels;
    this.#rings = new Float64Array(2 ** levels - 1);
  }

  /** @throws AnalysisInputError for what is not finite; then nothing has changed */
  push(value: number): BucketBands {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new AnalysisInputError(`value: ${quoteValue(value)} is not a finite number; leave out what is not known.`);
    if (Math.abs(value) > LARGEST) throw new AnalysisInputError(`value: ${value} is too large; give numbers up to ${LARGEST}.`);
    const rings = this.#rings;
    if (this.count === 0) rings.fill(value);
    const details = new Float64Array(this.levels);
    let smooth = value;
    // The ring of level j has 2^(j−1) places and starts at 2^(j−1) − 1.
    for (let j = 0, places = 1; j < this.levels; j++, places *= 2) {
      const at = places - 1 + (this.count % places);
      const mean = 0.5 * (smooth + (rings[at] as number));
      rings[at] = smooth;
      details[j] = smooth - mean;
      smooth = mean;
    }
    this.count++;
    return { details, smooth };
  }
}
