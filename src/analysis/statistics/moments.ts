/** Sums that lose nothing to large offsets. */

/** Compensated: what each addition rounds away is added at the end (Neumaier 1974). */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Of a sample: divided by n − 1. NaN for fewer than two values. */
export function variance(values: ArrayLike<number>): number {
  const center = mean(values);
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = (values[i] as number) - center;
    squares += distance * distance;
    rest += distance;
  }
  // What is left of the sum corrects for the rounding of the mean (Chan, Golub and LeVeque 1983).
  return values.length < 2 ? Number.NaN : (squares - (rest * rest) / values.length) / (values.length - 1);
}
