/** Do two series move together? Plain correlations; what trend and calendar do to them is taken out in edges.ts. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { finiteValues } from "../input.ts";
import { mean } from "../statistics/moments.ts";
import { averageRanks } from "../statistics/ranks.ts";
import { studentTSurvival } from "../statistics/special-functions.ts";

export interface Correlation {
  /** From −1 to 1; undefined where it has no meaning, which is not 0. */
  r?: number;
  /** How often chance alone gives an r as far from 0, were the values independent of each other and of the ones before them; both sides. */
  p?: number;
  /** How many values of each. */
  n: number;
  /** Why there is no r. */
  reason?: string;
}

/** From here on, the last digits of 1 − |r| are worth more work. */
const NEAR_A_LINE = 0.999;

/**
 * How well a straight line describes the two (Pearson 1896): 1 for a rising one, −1 for a falling one.
 *
 * @throws AnalysisInputError for values that are not finite and for lists of different lengths
 * @example
 * ```ts
 * import { pearson } from "tokenledger/analysis";
 * pearson([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]); // => { r: 1, p: 0, n: 5 }
 * pearson([1, 2, 3], [7, 7, 7]); // => { n: 3, reason: "The second series is constant." }
 * ```
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  const [first, second] = sameLength(x, y);
  return correlationOf(first, second);
}

/**
 * How well the one rises or falls where the other does, in a straight line or not: Pearson's correlation of the ranks (Spearman 1904).
 *
 * @throws AnalysisInputError for values that are not finite and for lists of different lengths
 * @example
 * ```ts
 * import { spearman } from "tokenledger/analysis";
 * spearman([1, 2, 3, 4], [1, 10, 100, 1000]).r; // => 1
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  const [first, second] = sameLength(x, y);
  return correlationOf(averageRanks(first), averageRanks(second));
}

/**
 * Pearson's correlation of every series with every other; undefined in the rows and columns of constant ones.
 *
 * @throws AnalysisInputError for values that are not finite and for series of different lengths
 * @example
 * ```ts
 * import { correlationMatrix } from "tokenledger/analysis";
 * correlationMatrix([[1, 2, 3], [3, 2, 1], [5, 5, 5]]); // => [[1, -1, undefined], [-1, 1, undefined], [undefined, undefined, undefined]]
 * ```
 */
export function correlationMatrix(series: readonly ArrayLike<number>[]): (number | undefined)[][] {
  if (!Array.isArray(series))
    throw new AnalysisInputError(`series: ${quoteValue(series)} is not a list of series; give [[1, 2, 3], [3, 2, 1]].`);
  const units = series.map((values, i) => {
    const copy = finiteValues(values, `series[${i}]`);
    if (copy.length !== series[0]?.length)
      throw new AnalysisInputError(`series[${i}]: ${copy.length} values, but series[0] has ${series[0]?.length}; give as many of each.`);
    return unitVector(copy);
  });
  const products = allProducts(units);
  return units.map((_, i) =>
    units.map((__, j) => {
      const r = i === j && units[i] ? 1 : (products[i * units.length + j] as number);
      return Number.isNaN(r) ? undefined : r;
    }),
  );
}

/** Pearson's correlation of series that were checked before. */
export function correlationOf(x: Float64Array, y: Float64Array): Correlation {
  const n = x.length;
  if (n < 2) return { n, reason: `A correlation needs 2 values of each series at least; there ${n === 1 ? "is 1" : "are none"}.` };
  const [first, second] = [unitVector(x), unitVector(y)];
  if (!first && !second) return { n, reason: "Both series are constant." };
  if (!first || !second) return { n, reason: `The ${first ? "second" : "first"} series is constant.` };
  const r = refined(first, second, dot(first, second));
  return { r, p: correlationP(r, n - 2), n };
}

/** Of both sides, with so many degrees of freedom; 1 without any. */
export function correlationP(r: number, df: number): number {
  if (!(df > 0)) return 1;
  const size = Math.abs(r);
  return size >= 1 ? 0 : 2 * studentTSurvival(size * Math.sqrt(df / ((1 - size) * (1 + size))), df);
}

/** Distances from the mean, of length 1 together: the product of two is their correlation. Undefined for constant values. */
export function unitVector(values: Float64Array): Float64Array | undefined {
  const n = values.length;
  const center = centerOf(values);
  const unit = new Float64Array(n);
  let widest = 0;
  let constant = true;
  for (let i = 0; i < n; i++) {
    const distance = (values[i] as number) - center;
    unit[i] = distance;
    widest = Math.max(widest, Math.abs(distance));
    if (values[i] !== values[0]) constant = false;
  }
  if (constant) return undefined;
  // In units of the largest: squares of tiny distances would vanish, those of huge ones overflow.
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const distance = (unit[i] as number) / widest;
    unit[i] = distance;
    squares += distance * distance;
  }
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < n; i++) unit[i] = (unit[i] as number) * scale;
  return unit;
}

function centerOf(values: Float64Array): number {
  const center = mean(values);
  if (Number.isFinite(center)) return center;
  return mean(values.map((value) => value / values.length)) * values.length;
}

/**
 * The products of all pairs, row by row (NaN where one has no unit vector): four columns at once, so that each value of a row is
 * loaded once for four sums. Each sum runs in the order of the values, whoever stands beside it: the order of series changes nothing.
 */
export function allProducts(units: readonly (Float64Array | undefined)[]): Float64Array {
  const count = units.length;
  const products = new Float64Array(count * count).fill(Number.NaN);
  const known = units.flatMap((unit, index) => (unit ? [{ unit, index }] : []));
  const put = (a: { unit: Float64Array; index: number }, b: { unit: Float64Array; index: number }, product: number): void => {
    const r = refined(a.unit, b.unit, product);
    products[a.index * count + b.index] = r;
    products[b.index * count + a.index] = r;
  };
  const four = new Float64Array(4);
  known.forEach((row, i) => {
    let j = i + 1;
    for (; j + 4 <= known.length; j += 4) {
      const block = known.slice(j, j + 4) as [typeof row, typeof row, typeof row, typeof row];
      fourProducts(row.unit, block[0].unit, block[1].unit, block[2].unit, block[3].unit, four);
      block.forEach((column, k) => {
        put(row, column, four[k] as number);
      });
    }
    for (const column of known.slice(j)) put(row, column, dot(row.unit, column.unit));
  });
  return products;
}

function fourProducts(x: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array, into: Float64Array): void {
  let withA = 0;
  let withB = 0;
  let withC = 0;
  let withD = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    withA += value * (a[i] as number);
    withB += value * (b[i] as number);
    withC += value * (c[i] as number);
    withD += value * (d[i] as number);
  }
  into[0] = withA;
  into[1] = withB;
  into[2] = withC;
  into[3] = withD;
}

function dot(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += (x[i] as number) * (y[i] as number);
  return total;
}

/** Near a line, 1 − |r| is half the squared distance of the two: so a line is a line, and next to one no digits are lost. */
function refined(x: Float64Array, y: Float64Array, product: number): number {
  if (!(Math.abs(product) > NEAR_A_LINE)) return product;
  const sign = Math.sign(product);
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    const distance = (x[i] as number) - sign * (y[i] as number);
    squares += distance * distance;
  }
  return sign * (1 - squares / 2);
}

/**
 * Pearson's correlation of the first `n` values of each, without a copy of them; undefined where one is constant. The same as that of
 * `correlationOf` but for the last digit.
 */
export function correlationOfFirst(n: number, x: Float64Array, y: Float64Array): number | undefined {
  const firstX = x[0] as number;
  const firstY = y[0] as number;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < n; i++) {
    sumX += (x[i] as number) - firstX;
    sumY += (y[i] as number) - firstY;
  }
  const meanX = firstX + sumX / n;
  const meanY = firstY + sumY / n;
  let [restX, restY, squaresX, squaresY, products] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const dx = (x[i] as number) - meanX;
    const dy = (y[i] as number) - meanY;
    restX += dx;
    restY += dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
    products += dx * dy;
  }
  const r = (products - (restX * restY) / n) / Math.sqrt((squaresX - (restX * restX) / n) * (squaresY - (restY * restY) / n));
  // Near a line, and where nothing can be told: with more care.
  return Math.abs(r) <= NEAR_A_LINE ? r : correlationOf(x.slice(0, n), y.slice(0, n)).r;
}

function sameLength(x: ArrayLike<number>, y: ArrayLike<number>): [Float64Array, Float64Array] {
  const first = finiteValues(x, "x");
  const second = finiteValues(y, "y");
  if (first.length !== second.length)
    throw new AnalysisInputError(`y: ${second.length} values, but x has ${first.length}; give one of each for every bucket.`);
  return [first, second];
}
