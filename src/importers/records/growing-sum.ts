/** Sums over a stretch of time that isn't over when they are exported. */

/**
 * For `replay`: of two exports of the same sum, the one that has counted more wins.
 *
 * @param size a count or an amount that only grows
 */
export function growingSum(size: number): { rank: number } {
  return { rank: Number.MAX_SAFE_INTEGER - Math.abs(size) };
}
