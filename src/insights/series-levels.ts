/** From which bucket on spending stays on another level. */
import { changePoints } from "../analysis/index.ts";
import type { BucketGrid } from "./bucket-grid.ts";
import { medianAmount } from "./median-amount.ts";

export interface Level {
  /** The first bucket of the new level. */
  index: number;
  /** Medians of the buckets that are used. */
  before: bigint;
  after: bigint;
}

/** With more buckets of nothing than this leaves, levels are those of the buckets that are used. */
const MOSTLY_USED = 0.9;

/**
 * Zeros that come and go look like levels that do. So weekends and other days without use are left out, and what remains is looked
 * at as if it followed each other; of hours that would put nights beside noons, and nothing is said.
 *
 * @param amounts the values as whole units
 */
export function levelsOf(values: Float64Array, amounts: readonly bigint[], grid: BucketGrid): Level[] {
  const used = Array.from(values.keys()).filter((index) => (values[index] as number) > 0);
  if (used.length >= MOSTLY_USED * values.length)
    return between(changePoints(values, { bucketMs: grid.bucketMs, ...grid.calendar }).changepoints, [...values.keys()], amounts);
  if (grid.bucket === "hour") return [];
  const dense = Float64Array.from(used, (index) => values[index] as number);
  return between(changePoints(dense, { bucketMs: grid.bucketMs }).changepoints, used, amounts);
}

/** @param places of the values that were looked at among all buckets */
function between(changepoints: readonly number[], places: readonly number[], amounts: readonly bigint[]): Level[] {
  const edges = [0, ...changepoints, places.length];
  const median = (from: number, to: number): bigint => medianAmount(places.slice(from, to).map((place) => amounts[place] as bigint));
  return changepoints.map((at, i) => ({
    index: places[at] as number,
    before: median(edges[i] as number, at),
    after: median(at, edges[i + 2] as number),
  }));
}
