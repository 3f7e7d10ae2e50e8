/** Medians, quantiles and spreads that a few wild values don't move. */

/** 1 / Φ⁻¹(¾): times the median absolute deviation, the standard deviation of normal values. */
export const MAD_TO_SIGMA: number = 1 / 0.6744897501960817;

/** NaN for no values. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Type 7 of Hyndman and Fan (1996): linear between the two nearest values. NaN for no values. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const copy = Float64Array.from(values);
  const last = copy.length - 1;
  if (last < 0) return Number.NaN;
  const position = q * last;
  const below = Math.min(Math.floor(position), last);
  const share = position - below;
  const low = selectInPlace(copy, below);
  if (share === 0) return low;
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i <= last; i++) high = Math.min(high, copy[i] as number);
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/** The median distance from `center`, which is the median where none is given; not scaled. */
export function medianAbsoluteDeviation(values: ArrayLike<number>, center: number = median(values)): number {
  const distances = new Float64Array(values.length);
  for (let i = 0; i < distances.length; i++) distances[i] = Math.abs((values[i] as number) - center);
  return median(distances);
}

/** The median of values, at least one, that may be put into another order. */
export function medianInPlace(values: Float64Array): number {
  const middle = values.length >> 1;
  const upper = selectInPlace(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = values[0] as number;
  for (let i = 1; i < middle; i++) lower = Math.max(lower, values[i] as number);
  return (lower + upper) / 2;
}

/** The value of rank `rank`, from 0; all before it are no larger afterwards, all after it no smaller (Hoare 1961). */
export function selectInPlace(values: Float64Array, rank: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = middleOfThree(values[left] as number, values[(left + right) >>> 1] as number, values[right] as number);
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i <= j) {
        const swapped = values[i] as number;
        values[i++] = values[j] as number;
        values[j--] = swapped;
      }
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return values[rank] as number;
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
