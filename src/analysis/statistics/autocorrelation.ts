import { mean } from "./moments.ts";

/** Correlations of the series with itself, 0 to `maxLag` steps later, each divided by the whole sum of squares. Constant: 1, 0, 0, … */
export function autocorrelation(values: Float64Array, maxLag: number): Float64Array {
  const n = values.length;
  const center = mean(values);
  const distances = values.map((value) => value - center);
  const result = new Float64Array(maxLag + 1);
  result[0] = 1;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (distances[i] as number) ** 2;
  if (squares === 0) return result;
  for (let lag = 1; lag <= Math.min(maxLag, n - 1); lag++) {
    let products = 0;
    for (let i = lag; i < n; i++) products += (distances[i] as number) * (distances[i - lag] as number);
    result[lag] = products / squares;
  }
  return result;
}
