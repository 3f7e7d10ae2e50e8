/**
 * Least squares with errors that remember the bucket before (Cochrane & Orcutt 1949). All that a fit with any memory φ and any
 * choice of columns needs is three tables of sums of products, made in one pass over the series; the fits themselves are small.
 */
import { fSurvival } from "../statistics/special-functions.ts";
import { type Period, wavesOf } from "./periods.ts";

/** Sums of products of columns with columns, the last column being what is explained. */
export interface Products {
  size: number;
  /** Pairs of buckets that both are known. */
  pairs: number;
  /** Σ z_t·z_t, Σ z_t·z_{t−1} and Σ z_{t−1}·z_{t−1}, row by row. */
  now: Float64Array;
  lagged: Float64Array;
  past: Float64Array;
}

/** @param known 0 where a value is only filled in: neither it nor the pair it makes counts */
export function productsOf(columns: readonly Float64Array[], known: Uint8Array | undefined): Products {
  const size = columns.length;
  const n = (columns[0] as Float64Array).length;
  const now = new Float64Array(size * size);
  const lagged = new Float64Array(size * size);
  const past = new Float64Array(size * size);
  const isPair = new Uint8Array(n);
  let pairs = 0;
  for (let t = 1; t < n; t++) {
    if (known && !(known[t] && known[t - 1])) continue;
    isPair[t] = 1;
    pairs++;
  }
  for (let a = 0; a < size; a++) {
    const left = columns[a] as Float64Array;
    for (let b = 0; b <= a; b++) {
      const right = columns[b] as Float64Array;
      const put = (table: Float64Array, here: number, mirrored: number): void => {
        table[a * size + b] = here;
        table[b * size + a] = mirrored;
      };
      let same = 0;
      let forward = 0;
      let backward = 0;
      let earlier = 0;
      if (known === undefined) {
        // All pairs count: what was now is the next pair's past, but for the ends.
        for (let t = 1; t < n; t++) {
          const leftNow = left[t] as number;
          const rightNow = right[t] as number;
          same += leftNow * rightNow;
          forward += leftNow * (right[t - 1] as number);
          backward += rightNow * (left[t - 1] as number);
        }
        earlier = n > 1 ? same + (left[0] as number) * (right[0] as number) - (left[n - 1] as number) * (right[n - 1] as number) : 0;
        put(now, same, same);
        put(lagged, forward, backward);
        put(past, earlier, earlier);
        continue;
      }
      let leftBefore = left[0] as number;
      let rightBefore = right[0] as number;
      for (let t = 1; t < n; t++) {
        const leftNow = left[t] as number;
        const rightNow = right[t] as number;
        if (isPair[t] === 1) {
          same += leftNow * rightNow;
          forward += leftNow * rightBefore;
          backward += rightNow * leftBefore;
          earlier += leftBefore * rightBefore;
        }
        leftBefore = leftNow;
        rightBefore = rightNow;
      }
      put(now, same, same);
      put(lagged, forward, backward);
      put(past, earlier, earlier);
    }
  }
  return { size, pairs, now, lagged, past };
}

/** A series of mean 0 and variance 1, and the columns of its trend. */
export interface EvenSeries {
  values: Float64Array;
  trend: readonly Float64Array[];
  bucketMs: number;
}

/** Columns, the explained one last, their products and frequencies, and which of them explain. */
export interface Regression {
  columns: readonly Float64Array[];
  products: Products;
  frequencies: readonly number[];
  explaining: readonly number[];
}

/** The values on their trend and on the waves of some periods; `ofPeriod` tells which columns each period has. */
export function regressionOn(
  { values, trend, bucketMs }: EvenSeries,
  periods: readonly Period[],
  known?: Uint8Array,
): Regression & { ofPeriod: number[][] } {
  const waves = wavesOf(periods, bucketMs);
  const columns = [...trend, ...waves.columns, values];
  return {
    columns,
    products: productsOf(columns, known),
    frequencies: [...trend.map(() => 0), ...waves.frequencies],
    explaining: [...columns.keys()].slice(0, -1),
    ofPeriod: waves.ofPeriod.map((indexes) => indexes.map((index) => index + trend.length)),
  };
}

/** The values less their fit. */
export function residualsOf(values: Float64Array, columns: readonly Float64Array[], coefficients: Float64Array): Float64Array {
  const rest = values.slice();
  for (const [index, column] of columns.entries()) {
    const weight = coefficients[index] as number;
    for (let t = 0; t < rest.length; t++) rest[t] = (rest[t] as number) - weight * (column[t] as number);
  }
  return rest;
}

export interface Fit {
  /** One for each of the columns that were asked for, in their order; 0 where a column follows from others. */
  coefficients: Float64Array;
  /** The sum of squares that is left. */
  rss: number;
  rank: number;
}

/** The fit of the last column on `columns`, after φ of the bucket before is taken from each bucket. */
export function fitWithMemory(products: Products, columns: readonly number[], phi: number): Fit {
  const { size, now, lagged, past } = products;
  const p = columns.length;
  const all = [...columns, size - 1];
  // Cholesky of the whole table, explained column last: what is left on its diagonal is the residual sum of squares.
  const root = new Float64Array((p + 1) * (p + 1));
  const dependent = new Uint8Array(p + 1);
  let rank = 0;
  let rss = 0;
  for (let i = 0; i <= p; i++) {
    const row = (all[i] as number) * size;
    let original = 0;
    for (let j = 0; j <= i; j++) {
      const at = row + (all[j] as number);
      const mirrored = (all[j] as number) * size + (all[i] as number);
      let value = (now[at] as number) - phi * ((lagged[at] as number) + (lagged[mirrored] as number)) + phi * phi * (past[at] as number);
      if (j === i) original = value;
      for (let k = 0; k < j; k++) value -= (root[i * (p + 1) + k] as number) * (root[j * (p + 1) + k] as number);
      if (j < i) root[i * (p + 1) + j] = dependent[j] === 1 ? 0 : value / (root[j * (p + 1) + j] as number);
      else if (i === p) rss = Math.max(0, value);
      else if (value <= 1e-10 * original) dependent[i] = 1;
      else {
        root[i * (p + 1) + i] = Math.sqrt(value);
        rank++;
      }
    }
  }
  const coefficients = new Float64Array(p);
  for (let i = p - 1; i >= 0; i--) {
    if (dependent[i] === 1) continue;
    let value = root[p * (p + 1) + i] as number;
    for (let k = i + 1; k < p; k++) value -= (root[k * (p + 1) + i] as number) * (coefficients[k] as number);
    coefficients[i] = value / (root[i * (p + 1) + i] as number);
  }
  return { coefficients, rss, rank };
}

const ROUNDS = 5;
const MOST_MEMORY = 0.995;

/**
 * How much of a bucket's error comes back in the next, φ. The more columns are fitted, the less memory their residuals show;
 * what each of them hides is given back, to the first order: its frequency's share of an AR(1) spectrum.
 *
 * @param frequencies of each column, in radians per bucket
 */
export function memoryOf(products: Products, columns: readonly number[], frequencies: readonly number[]): number {
  let phi = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { coefficients } = fitWithMemory(products, columns, phi);
    const seen = residualMemory(products, columns, coefficients);
    let hidden = 2 * seen;
    for (const frequency of frequencies) {
      const share = (1 - seen * seen) / (1 + seen * seen - 2 * seen * Math.cos(frequency));
      hidden += share * (Math.cos(frequency) - seen);
    }
    phi = Math.max(-MOST_MEMORY, Math.min(MOST_MEMORY, seen + hidden / products.pairs));
  }
  return phi;
}

function residualMemory({ size, lagged, past }: Products, columns: readonly number[], coefficients: Float64Array): number {
  const weights = new Float64Array(size);
  weights[size - 1] = 1;
  for (const [index, column] of columns.entries()) weights[column] = -(coefficients[index] as number);
  let together = 0;
  let alone = 0;
  for (let a = 0; a < size; a++) {
    const left = weights[a] as number;
    if (left === 0) continue;
    for (let b = 0; b < size; b++) {
      const product = left * (weights[b] as number);
      together += product * (lagged[a * size + b] as number);
      alone += product * (past[a * size + b] as number);
    }
  }
  return alone > 0 ? Math.max(-MOST_MEMORY, Math.min(MOST_MEMORY, together / alone)) : 0;
}

/**
 * The F test of the columns `dropped`, given all others. How high chance's slow waves are hangs on the memory φ, which is itself
 * only estimated: the p-value is the mean over what φ may be, by Gauss and Hermite's three places.
 */
export function pValue(products: Products, columns: readonly number[], dropped: readonly number[], phi: number): number {
  const error = Math.sqrt((3 * (1 - phi * phi)) / products.pairs);
  const places = [phi - error, phi, phi + error].map((place) => Math.max(-MOST_MEMORY, Math.min(MOST_MEMORY, place)));
  const [low, middle, high] = places.map((place) => pValueAt(products, columns, dropped, place)) as [number, number, number];
  return (low + 4 * middle + high) / 6;
}

function pValueAt(products: Products, columns: readonly number[], dropped: readonly number[], phi: number): number {
  const full = fitWithMemory(products, columns, phi);
  const reduced = fitWithMemory(
    products,
    columns.filter((column) => !dropped.includes(column)),
    phi,
  );
  const explaining = full.rank - reduced.rank;
  const freedom = products.pairs - full.rank;
  // Values have variance 1: less than this is rounding.
  const negligible = 1e-20 * products.pairs;
  if (explaining <= 0 || freedom < 1 || reduced.rss <= negligible) return 1;
  if (full.rss <= negligible) return 0;
  return fSurvival((reduced.rss - full.rss) / explaining / (full.rss / freedom), explaining, freedom);
}
