export interface LeastSquares {
  /** One for each column; 0 where a column follows from the ones before it. */
  coefficients: Float64Array;
  residuals: Float64Array;
  /** The residual sum of squares. */
  rss: number;
  /** How many columns tell something of their own. */
  rank: number;
}

/** Less than this share of a column left after the ones before it: rounding, not information. */
const NOTHING_NEW = 1e-10;

/** The combination of the columns that is nearest to `y`, by Householder reflections (Golub 1965). */
export function leastSquares(columns: readonly Float64Array[], y: Float64Array): LeastSquares {
  const n = y.length;
  const reduced = columns.map((column) => Float64Array.from(column));
  const target = Float64Array.from(y);
  const pivots: number[] = [];
  columns.forEach((column, k) => {
    const row = pivots.length;
    const work = reduced[k] as Float64Array;
    const left = norm(work, row);
    if (row >= n || !(left > NOTHING_NEW * norm(column, 0))) return;
    const head = work[row] as number;
    const diagonal = head > 0 ? -left : left;
    const reflector = Float64Array.from(work);
    reflector.fill(0, 0, row);
    reflector[row] = head - diagonal;
    const scale = 1 / (left * (left + Math.abs(head)));
    for (let later = k + 1; later < reduced.length; later++) reflect(reduced[later] as Float64Array, reflector, scale, row);
    reflect(target, reflector, scale, row);
    work[row] = diagonal;
    pivots.push(k);
  });
  const coefficients = new Float64Array(columns.length);
  for (let row = pivots.length - 1; row >= 0; row--) {
    const k = pivots[row] as number;
    let rest = target[row] as number;
    for (const later of pivots.slice(row + 1)) rest -= (reduced[later]?.[row] as number) * (coefficients[later] as number);
    coefficients[k] = rest / (reduced[k]?.[row] as number);
  }
  const residuals = Float64Array.from(y);
  for (const k of pivots) {
    const column = columns[k] as Float64Array;
    const coefficient = coefficients[k] as number;
    for (let i = 0; i < n; i++) residuals[i] = (residuals[i] as number) - coefficient * (column[i] as number);
  }
  let rss = 0;
  for (let i = 0; i < n; i++) rss += (residuals[i] as number) ** 2;
  return { coefficients, residuals, rss, rank: pivots.length };
}

function norm(values: Float64Array, from: number): number {
  let squares = 0;
  for (let i = from; i < values.length; i++) squares += (values[i] as number) ** 2;
  return Math.sqrt(squares);
}

function reflect(values: Float64Array, reflector: Float64Array, scale: number, from: number): void {
  let product = 0;
  for (let i = from; i < values.length; i++) product += (reflector[i] as number) * (values[i] as number);
  product *= scale;
  for (let i = from; i < values.length; i++) values[i] = (values[i] as number) - product * (reflector[i] as number);
}
