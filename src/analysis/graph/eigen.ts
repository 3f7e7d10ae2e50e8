/**
 * Eigenvalues of symmetric matrices: Householder's reflections make the matrix tridiagonal, implicit QL steps make it diagonal
 * (Bowdler, Martin, Reinsch & Wilkinson 1968; Golub & Van Loan, Matrix Computations, § 8.3).
 */

export interface SymmetricEigen {
  /** Ascending. */
  values: Float64Array;
  /** Of length 1, one after another in the order of their values; only if asked for. */
  vectors?: Float64Array;
}

/** Differences that 64-bit floats leave in numbers of size 1. */
const EPSILON = 2 ** -52;

/** @param matrix row by row; is overwritten */
export function symmetricEigen(matrix: Float64Array, n: number, withVectors: boolean): SymmetricEigen {
  const reflections = withVectors ? new Float64Array(n * n) : undefined;
  const { diagonal, beside } = tridiagonal(matrix, n, reflections);
  const vectors = reflections === undefined ? undefined : accumulated(reflections, n);
  makeDiagonal(diagonal, beside, n, vectors);
  return inOrderOfValues(diagonal, n, vectors);
}

/** @param reflections becomes, row by row, the vectors v of the reflections 1 − vvᵀ */
function tridiagonal(matrix: Float64Array, n: number, reflections?: Float64Array): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = matrix[k * n + k] as number;
    if (k + 2 > n - 1) {
      if (k + 1 < n) beside[k] = matrix[(k + 1) * n + k] as number;
      continue;
    }
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      const below = matrix[i * n + k] as number;
      v[i] = below;
      squares += below * below;
    }
    const first = v[k + 1] as number;
    const length = first > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[k] = length;
    if (squares === first * first) {
      // Nothing is left below the entry beside the diagonal.
      beside[k] = first;
      continue;
    }
    v[k + 1] = first - length;
    // |v|² = 2 (squares − first · length), so that 1 − vvᵀ with |v|² = 2 reflects.
    const scale = 1 / Math.sqrt(squares - first * length);
    for (let i = k + 1; i < n; i++) v[i] = (v[i] as number) * scale;
    reflect(matrix, n, k, v, w);
    reflections?.set(v.subarray(k + 1), k * n + k + 1);
  }
  return { diagonal, beside };
}

/** The part of the matrix below row k from both sides: A − vwᵀ − wvᵀ, w = Av − ½ (vᵀAv) v. */
function reflect(matrix: Float64Array, n: number, k: number, v: Float64Array, w: Float64Array): void {
  let inner = 0;
  for (let i = k + 1; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += (matrix[i * n + j] as number) * (v[j] as number);
    w[i] = sum;
    inner += sum * (v[i] as number);
  }
  for (let i = k + 1; i < n; i++) w[i] = (w[i] as number) - (inner / 2) * (v[i] as number);
  for (let i = k + 1; i < n; i++) {
    const vi = v[i] as number;
    const wi = w[i] as number;
    for (let j = k + 1; j < n; j++) matrix[i * n + j] = (matrix[i * n + j] as number) - vi * (w[j] as number) - wi * (v[j] as number);
  }
}

/** The product of all reflections, transposed: its rows become the eigenvectors. */
function accumulated(reflections: Float64Array, n: number): Float64Array {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    const v = reflections.subarray(k * n, (k + 1) * n);
    for (let row = k + 1; row < n; row++) {
      let inner = 0;
      for (let i = k + 1; i < n; i++) inner += (rows[row * n + i] as number) * (v[i] as number);
      if (inner !== 0) for (let i = k + 1; i < n; i++) rows[row * n + i] = (rows[row * n + i] as number) - inner * (v[i] as number);
    }
  }
  return rows;
}

/** @param rows are rotated along */
function makeDiagonal(diagonal: Float64Array, beside: Float64Array, n: number, rows?: Float64Array): void {
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(diagonal[i] as number) + Math.abs(beside[i] as number));
  const nothing = (EPSILON / 4) * norm;
  for (let low = 0; low < n; low++) {
    for (;;) {
      let high = low;
      while (high < n - 1 && Math.abs(beside[high] as number) > nothing) high++;
      if (high === low) break;
      step(diagonal, beside, low, high, n, rows);
    }
  }
}

/** One implicit QL step, shifted by the eigenvalue of the first two rows that is nearer to the first (Wilkinson). */
function step(diagonal: Float64Array, beside: Float64Array, low: number, high: number, n: number, rows?: Float64Array): void {
  const half = ((diagonal[low + 1] as number) - (diagonal[low] as number)) / (2 * (beside[low] as number));
  const root = Math.sqrt(half * half + 1);
  let g = (diagonal[high] as number) - (diagonal[low] as number) + (beside[low] as number) / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shifted = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * (beside[i] as number);
    const b = cosine * (beside[i] as number);
    const r = Math.sqrt(f * f + g * g);
    beside[i + 1] = r;
    if (r === 0) {
      // The matrix falls in two here; the next step sees it.
      diagonal[i + 1] = (diagonal[i + 1] as number) - shifted;
      beside[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = (diagonal[i + 1] as number) - shifted;
    const t = ((diagonal[i] as number) - g) * sine + 2 * cosine * b;
    shifted = sine * t;
    diagonal[i + 1] = g + shifted;
    g = cosine * t - b;
    if (rows !== undefined) rotate(rows, i, n, sine, cosine);
  }
  diagonal[low] = (diagonal[low] as number) - shifted;
  beside[low] = g;
  beside[high] = 0;
}

function rotate(rows: Float64Array, i: number, n: number, sine: number, cosine: number): void {
  const upper = i * n;
  const lower = upper + n;
  for (let k = 0; k < n; k++) {
    const x = rows[upper + k] as number;
    const y = rows[lower + k] as number;
    rows[lower + k] = sine * x + cosine * y;
    rows[upper + k] = cosine * x - sine * y;
  }
}

function inOrderOfValues(diagonal: Float64Array, n: number, rows?: Float64Array): SymmetricEigen {
  const order = Array.from(diagonal, (_, i) => i).sort((i, j) => (diagonal[i] as number) - (diagonal[j] as number) || i - j);
  const values = Float64Array.from(order, (i) => diagonal[i] as number);
  if (rows === undefined) return { values };
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values, vectors };
}
