/** Days that cost far more than the others. */

export interface DayCost {
  day: string;
  costNanoUsd: bigint;
}

export interface UnusualDay extends DayCost {
  /** The median of the days on which anything was spent. */
  usualNanoUsd: bigint;
}

/** Fewer days with spending than this have no usual. */
const FEWEST_DAYS = 8;

/**
 * Far out by Tukey's rule: more than three times the distance between the quartiles above the upper one; and at least twice
 * the median, so that a rise of cents on days that hardly differ is no news. The dearest first.
 */
export function unusualDays(days: readonly DayCost[]): UnusualDay[] {
  const costs = days.map(({ costNanoUsd }) => costNanoUsd).filter((cost) => cost > 0n);
  if (costs.length < FEWEST_DAYS) return [];
  costs.sort(ascending);
  const [lower, median, upper] = [quantile(costs, 1n), quantile(costs, 2n), quantile(costs, 3n)];
  const fence = upper + 3n * (upper - lower);
  return days
    .filter(({ costNanoUsd }) => costNanoUsd > fence && costNanoUsd >= 2n * median)
    .map((day) => ({ ...day, usualNanoUsd: median }))
    .sort((a, b) => ascending(b.costNanoUsd, a.costNanoUsd));
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** So many quarters of the way through sorted values, between neighbours in proportion. */
function quantile(sorted: readonly bigint[], quarters: bigint): bigint {
  const fourths = BigInt(sorted.length - 1) * quarters;
  const below = sorted[Number(fourths / 4n)] as bigint;
  const above = sorted[Number((fourths + 3n) / 4n)] as bigint;
  return below + ((above - below) * (fourths % 4n)) / 4n;
}
