/** Centred windows that move along a series; at both ends they hold what there is of them. */

/** The median of `width` values around each; an even width is one value wider, so that it has a middle. */
export function runningMedian(values: Float64Array, width: number): Float64Array {
  const n = values.length;
  const half = width >> 1;
  const sorted = new Float64Array(Math.min(n, 2 * half + 1));
  const result = new Float64Array(n);
  let count = 0;
  for (let next = 0; next < n + half; next++) {
    const leaving = next - 2 * half - 1;
    if (leaving >= 0 && leaving < n) {
      const place = placeOf(sorted, count, values[leaving] as number);
      sorted.copyWithin(place, place + 1, count--);
    }
    if (next < n) {
      const place = placeOf(sorted, count, values[next] as number);
      sorted.copyWithin(place + 1, place, count++);
      sorted[place] = values[next] as number;
    }
    const middle = count >> 1;
    if (next >= half)
      result[next - half] =
        count % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  }
  return result;
}

/** The mean of `width` values around each; of an even width, the two outermost count half each. */
export function movingAverage(values: Float64Array, width: number): Float64Array {
  const n = values.length;
  const half = width >> 1;
  const even = width % 2 === 0 && half > 0;
  // Summed as distances from the first value: a large offset would eat the digits of the running sums.
  const offset = n > 0 ? (values[0] as number) : 0;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = (sums[i] as number) + ((values[i] as number) - offset);
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const from = Math.max(0, i - half);
    const to = Math.min(n - 1, i + half);
    let total = (sums[to + 1] as number) - (sums[from] as number);
    let weight = to + 1 - from;
    if (even && i - half >= 0) {
      total -= ((values[from] as number) - offset) / 2;
      weight -= 0.5;
    }
    if (even && i + half < n) {
      total -= ((values[to] as number) - offset) / 2;
      weight -= 0.5;
    }
    result[i] = offset + total / weight;
  }
  return result;
}

/** Where the first of the `count` sorted values stands that is not below `value`. */
function placeOf(sorted: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
