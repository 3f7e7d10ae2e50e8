import { medianInPlace } from "./order-statistics.ts";

/**
 * The median slope of all pairs of points (Theil 1950, Sen 1968); `x` counts 0, 1, 2, … where it is not given and is never falling
 * otherwise. Pairs above each other have no slope. NaN where no pair has one.
 */
export function theilSenSlope(y: Float64Array, x?: Float64Array): number {
  const n = y.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const distance = x ? (x[j] as number) - (x[i] as number) : j - i;
      if (distance !== 0) slopes[count++] = ((y[j] as number) - (y[i] as number)) / distance;
    }
  }
  return count === 0 ? Number.NaN : medianInPlace(slopes.subarray(0, count));
}
