/** Where an interval lies among its neighbours. */

/** The span that holds all intervals and zero: bars of one list are compared on the same scale. */
export function domainOf(intervals: Iterable<{ low: number | null; high: number | null }>): [low: number, high: number] {
  let [lowest, highest] = [0, 0];
  for (const { low, high } of intervals) {
    if (low !== null) lowest = Math.min(lowest, low);
    if (high !== null) highest = Math.max(highest, high);
  }
  return lowest === highest ? [0, 1] : [lowest, highest];
}

/** A value's place in a span, as a share of its width (0 … 1). */
export function placeIn([low, high]: readonly [number, number], value: number): number {
  return high === low ? 0 : Math.min(1, Math.max(0, (value - low) / (high - low)));
}
