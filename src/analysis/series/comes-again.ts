/** Does a period come again, or does one of its cycles speak for all? */
import { fitWithMemory, type Products, productsOf, pValue, type Regression } from "./harmonic-regression.ts";
import type { Period } from "./periods.ts";

/** With more cycles than this, one of them is too small a part to be taken for a rhythm. */
const MOST_CHECKED_CYCLES = 13;
const CLEAR_CYCLES = 3;
const LEVEL_WITHOUT_LOUDEST = 0.05;
/** How much of the shape of the whole each of two halves must show. */
const LEAST_IN_HALF = 0.35;
/** The first columns of every regression. */
const LEVEL_AND_SLOPE = [0, 1];

/**
 * Whether a period shows without the cycle that speaks loudest for it: three expensive days in one of four weeks are no weekly
 * rhythm, though the week's harmonics fit them well. Of two cycles, each must show much the same shape alone.
 */
export function comesAgain(
  { columns, frequencies, products, explaining }: Regression,
  own: readonly number[],
  { position }: Period,
  memory: number,
  known: Uint8Array | undefined,
): boolean {
  const values = columns.at(-1) as Float64Array;
  const n = values.length;
  let turns = 1;
  for (let t = 1; t < n; t++) if ((position[t] as number) < (position[t - 1] as number)) turns++;
  if (turns > MOST_CHECKED_CYCLES) return true;
  const { coefficients } = fitWithMemory(products, explaining, memory);
  const support = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) {
    let fitted = 0;
    for (const index of own)
      fitted += (coefficients[index] as number) * ((columns[index] as Float64Array)[t] as number) * (values[t] as number);
    support[t + 1] = (support[t] as number) + fitted;
  }
  const without = (start: number, end: number): Products =>
    productsOf(
      columns,
      Uint8Array.from({ length: n }, (_, t) => ((t >= start && t < end) || known?.[t] === 0 ? 0 : 1)),
    );
  const period = (2 * Math.PI) / Math.min(...own.map((index) => frequencies[index] as number));
  if (n < CLEAR_CYCLES * period) {
    return [without(0, n >> 1), without(n >> 1, n)].every((half) => {
      const shape = fitWithMemory(half, [...LEVEL_AND_SLOPE, ...own], memory).coefficients.subarray(LEVEL_AND_SLOPE.length);
      let along = 0;
      let whole = 0;
      for (const [k, index] of own.entries()) {
        const coefficient = coefficients[index] as number;
        along += (shape[k] as number) * coefficient;
        whole += coefficient * coefficient;
      }
      return along >= LEAST_IN_HALF * whole;
    });
  }
  // Wherever it begins: a busy week from Thursday to Wednesday is in two calendar weeks.
  const cycle = Math.min(n, Math.round(period));
  let loudest = 0;
  for (let start = 1; start + cycle <= n; start++) {
    const more = (support[start + cycle] as number) - (support[start] as number);
    if (more > (support[loudest + cycle] as number) - (support[loudest] as number)) loudest = start;
  }
  const rest = without(loudest, loudest + cycle);
  return pValue(rest, explaining, own, memory) < LEVEL_WITHOUT_LOUDEST;
}
