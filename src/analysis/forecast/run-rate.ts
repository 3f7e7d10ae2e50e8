/** Where there is hardly any history: it goes on as it did, and how surely is a matter of how little was seen. */
import type { CumulatedSums } from "./courses.ts";

/**
 * Buckets are taken for exponentially distributed; of their rate, a Gamma prior knows as much as one bucket of the mean would tell
 * (the conjugate of Raiffa and Schlaifer 1961). Nothing but zeros stays nothing.
 */
export function simulateRunRate(
  { total, count }: { total: number; count: number },
  { horizon, courses, random }: { horizon: number; courses: number; random: () => number },
): CumulatedSums {
  const sums = new Float64Array(courses * horizon);
  for (let course = 0; course < courses; course++) {
    // A sum of exponential deviates is a Gamma deviate of whole shape.
    let shape = 0;
    for (let i = 0; i <= count; i++) shape -= Math.log(1 - random());
    const mean = shape > 0 ? (total + total / count) / shape : 0;
    let sum = 0;
    for (let bucket = 0; bucket < horizon; bucket++) {
      sum -= mean * Math.log(1 - random());
      sums[course * horizon + bucket] = sum;
    }
  }
  return sums;
}
