/** Buckets of which nothing is known: an outage of the meter, not a pause of the spending. */
import { median } from "../statistics/order-statistics.ts";
import { knownAmounts } from "./known-amounts.ts";

export interface GappedSeries {
  /** A copy, which the caller may change; what is not known is filled in. */
  values: Float64Array;
  /** 0 where a value is filled in; absent where all are known. */
  known?: Uint8Array;
  /** The longest stretch of buckets that are not known, and how many there are in all. */
  longest: number;
  unknown: number;
}

/**
 * The values, with each gap filled by what is usual at that place of the period: the median of up to four known values before and
 * four after, whole periods away; between its neighbours where there are none.
 */
export function filledSeries(
  values: ArrayLike<number>,
  gaps: ArrayLike<boolean | number> | undefined,
  periodBuckets: number,
): GappedSeries {
  const { values: filled, known, count } = knownAmounts(values, gaps, true);
  const n = filled.length;
  const unknown = n - count;
  if (unknown === 0) return { values: filled, longest: 0, unknown: 0 };
  let longest = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    while (to < n && known[to] === 0) to++;
    longest = Math.max(longest, to - from);
    for (let t = from; t < to; t++) filled[t] = usualAt(filled, known, t, periodBuckets) ?? between(filled, from - 1, to, t);
    from = Math.max(to, from + 1);
  }
  return { values: filled, known, longest, unknown };
}

const MOST_NEIGHBOURS = 4;

function usualAt(values: Float64Array, known: Uint8Array, t: number, periodBuckets: number): number | undefined {
  const found: number[] = [];
  for (const direction of [-periodBuckets, periodBuckets]) {
    let seen = 0;
    for (let at = t + direction; at >= 0 && at < values.length && seen < MOST_NEIGHBOURS; at += direction) {
      if (known[at] === 0) continue;
      found.push(values[at] as number);
      seen++;
    }
  }
  return found.length > 0 ? median(found) : undefined;
}

function between(values: Float64Array, before: number, after: number, t: number): number {
  const left = before >= 0 ? (values[before] as number) : undefined;
  const right = after < values.length ? (values[after] as number) : undefined;
  if (left === undefined || right === undefined) return left ?? right ?? 0;
  return left + ((right - left) * (t - before)) / (after - before);
}
