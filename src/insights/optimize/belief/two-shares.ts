/** Whether two shares differ by more than chance: in which range the difference lies. */

/** Φ⁻¹(0.975) */
const NORMAL_95 = 1.959963984540054;

export interface CountedShare {
  hits: number;
  of: number;
}

export interface ShareDifference {
  low: number;
  high: number;
}

export const shareOf = ({ hits, of }: CountedShare): number => hits / of;

/** Of the first minus the second, with 95 % certainty (Newcombe 1998, method 10): right also where nothing was hit. */
export function differenceOfShares(first: CountedShare, second: CountedShare): ShareDifference {
  const [one, other] = [wilson(first), wilson(second)];
  const [p, q] = [shareOf(first), shareOf(second)];
  return {
    low: p - q - Math.hypot(p - one.low, other.high - q),
    high: p - q + Math.hypot(one.high - p, q - other.low),
  };
}

/** The range of one share (Wilson 1927). */
function wilson({ hits, of }: CountedShare): ShareDifference {
  const z = NORMAL_95;
  const p = hits / of;
  const center = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}
