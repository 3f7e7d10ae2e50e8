import { realFft } from "./fourier.ts";
import { mean } from "./moments.ts";

/** From so many lags on, two transforms cost less than the sums themselves. */
const MANY_LAGS = 128;

/** Correlations of the series with itself, 0 to `maxLag` steps later, each divided by the whole sum of squares. Constant: 1, 0, 0, … */
export function autocorrelation(values: Float64Array, maxLag: number): Float64Array {
  const n = values.length;
  const center = mean(values);
  const distances = new Float64Array(n);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const distance = (values[i] as number) - center;
    distances[i] = distance;
    squares += distance * distance;
  }
  const result = new Float64Array(maxLag + 1);
  if (squares > 0) {
    const last = Math.min(maxLag, n - 1);
    if (last < MANY_LAGS) addProducts(distances, last, result);
    else addByTransform(distances, last, result);
    for (let lag = 1; lag <= last; lag++) result[lag] = (result[lag] as number) / squares;
  }
  result[0] = 1;
  return result;
}

/** Four lags at once: each value is loaded once for four sums. */
function addProducts(distances: Float64Array, last: number, into: Float64Array): void {
  const n = distances.length;
  for (let lag = 1; lag <= last; lag += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const shared = n - lag - 3;
    for (let i = 0; i < shared; i++) {
      const value = distances[i] as number;
      a += value * (distances[i + lag] as number);
      b += value * (distances[i + lag + 1] as number);
      c += value * (distances[i + lag + 2] as number);
      d += value * (distances[i + lag + 3] as number);
    }
    for (let i = Math.max(0, shared); i < n - lag; i++) {
      const value = distances[i] as number;
      a += value * (distances[i + lag] as number);
      if (i + lag + 1 < n) b += value * (distances[i + lag + 1] as number);
      if (i + lag + 2 < n) c += value * (distances[i + lag + 2] as number);
    }
    into[lag] = a;
    if (lag + 1 <= last) into[lag + 1] = b;
    if (lag + 2 <= last) into[lag + 2] = c;
    if (lag + 3 <= last) into[lag + 3] = d;
  }
}

/** The transform of the power is the autocovariance (Wiener and Khinchin); zeros behind the values keep its ends apart. */
function addByTransform(distances: Float64Array, last: number, into: Float64Array): void {
  const size = 2 ** Math.ceil(Math.log2(distances.length + last + 1));
  const padded = new Float64Array(size);
  padded.set(distances);
  const { re, im } = realFft(padded);
  const power = new Float64Array(size);
  for (let k = 0; k <= size / 2; k++) {
    const square = (re[k] as number) ** 2 + (im[k] as number) ** 2;
    power[k] = square;
    if (k > 0) power[size - k] = square;
  }
  const covariance = realFft(power).re;
  for (let lag = 1; lag <= last; lag++) into[lag] = (covariance[lag] as number) / size;
}
