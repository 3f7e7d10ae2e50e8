/** Plain correlations over the buckets in which both were used, for every pair of many. */
import { allProducts, correlationOfFirst, unitVector } from "./correlation.ts";
import type { Usage } from "./usage.ts";

/** One pair's shared buckets. */
export interface Shared {
  /** How many. */
  overlap: number;
  r?: number;
  reason?: string;
}

const LEAST_SHARED = 3;

/** Of the pairs (0, 1), (0, 2), … (1, 2), … in this order; `unit` is what messages call a bucket. */
export function sharedBuckets(usages: readonly Usage[], unit: string): Shared[] {
  const groups = sameBuckets(usages);
  const products = groupProducts(usages, groups);
  const longest = usages.reduce((most, { buckets }) => Math.max(most, buckets.length), 0);
  // One more than can be filled: a pair is written before it is known to be one.
  const [x, y] = [new Float64Array(longest + 1), new Float64Array(longest + 1)];
  const result: Shared[] = [];
  usages.forEach((a, i) => {
    for (let j = i + 1; j < usages.length; j++) {
      const b = usages[j] as Usage;
      const together = groups[i] === groups[j];
      const overlap = together ? a.buckets.length : gather(a, b, x, y);
      const product = products[i * usages.length + j] as number;
      if (overlap < LEAST_SHARED) {
        const reason =
          overlap === 0
            ? `Never used in the same ${unit}.`
            : `Used in the same ${unit} ${overlap === 1 ? "once" : "twice"} only; a correlation needs ${LEAST_SHARED} shared ones.`;
        result.push({ overlap, reason });
      } else {
        const r = together ? known(product) : correlationOfFirst(overlap, x, y);
        result.push(r === undefined ? { overlap, reason: "Constant in the buckets in which both were used." } : { overlap, r });
      }
    }
  });
  return result;
}

/** For each, the first that was used in the very same buckets. */
function sameBuckets(usages: readonly Usage[]): number[] {
  const firsts: number[] = [];
  return usages.map(({ buckets }, index) => {
    const found = firsts.find((first) => {
      const other = (usages[first] as Usage).buckets;
      return other.length === buckets.length && other.every((bucket, i) => bucket === buckets[i]);
    });
    if (found === undefined) firsts.push(index);
    return found ?? index;
  });
}

/** Where two were used in the same buckets, nothing has to be lined up: their correlations are made in one go. */
function groupProducts(usages: readonly Usage[], groups: readonly number[]): Float64Array {
  const count = usages.length;
  const products = new Float64Array(count * count).fill(Number.NaN);
  for (const first of new Set(groups)) {
    const members = groups.flatMap((group, index) => (group === first ? [index] : []));
    if (members.length < 2) continue;
    const own = allProducts(members.map((index) => unitVector((usages[index] as Usage).amounts)));
    members.forEach((row, i) => {
      members.forEach((column, j) => {
        products[row * count + column] = own[i * members.length + j] as number;
      });
    });
  }
  return products;
}

/** What both used in their shared buckets, into x and y; how many there are. */
function gather(a: Usage, b: Usage, x: Float64Array, y: Float64Array): number {
  let count = 0;
  let j = 0;
  const { buckets, amounts } = a;
  const { buckets: others, amounts: otherAmounts } = b;
  for (let i = 0; i < buckets.length && j < others.length; ) {
    const bucket = buckets[i] as number;
    const other = others[j] as number;
    x[count] = amounts[i] as number;
    y[count] = otherAmounts[j] as number;
    if (bucket === other) count++;
    if (bucket <= other) i++;
    if (other <= bucket) j++;
  }
  return count;
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
