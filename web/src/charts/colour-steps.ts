/** Which of few colours a value gets: steps that an eye can tell apart, of equal width so that the key can be read. */

/** The step (1 … `steps`) of a value between zero and `highest`; 0 for zero itself; null for unknown. */
export function sequentialStep(value: number | null, highest: number, steps: number): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (value <= 0 || highest <= 0) return 0;
  return Math.min(steps, Math.max(1, Math.ceil((value / highest) * steps - 1e-9)));
}

/** The step (−`steps` … `steps`) of a value between −`limit` and `limit`; 0 about the middle; null for unknown. */
export function divergingStep(value: number | null, limit: number, steps: number): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (limit <= 0) return 0;
  const share = Math.max(-1, Math.min(1, value / limit));
  const step = Math.round(share * steps);
  return step === 0 ? 0 : step;
}

/** The highest of the known values; 0 where there is none. */
export function highestOf(rows: readonly (readonly (number | null)[])[]): number {
  let highest = 0;
  for (const row of rows) for (const value of row) if (value !== null && value > highest) highest = value;
  return highest;
}
