/** Which pairs are linked beyond trend and calendar? Tested, with false discoveries controlled over all pairs. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions, finiteValues } from "../input.ts";
import { BUCKET_OPTIONS, type BucketOptions, calendarOf } from "../series/calendar.ts";
import { adjustedPValues } from "../statistics/multiple-testing.ts";
import { NORMAL_95 } from "../statistics/special-functions.ts";
import { correlationOf, correlationP } from "./correlation.ts";
import { type Grid, gridOf, type Surprises, surprisesOf } from "./surprises.ts";

/** What is known of one pair. */
export interface Edge {
  /** The correlation of what trend and calendar leave of both. */
  r?: number;
  /** Absent where what is left is worth too few independent values. */
  p?: number;
  /** p among all pairs that were tested (Benjamini and Hochberg 1995). */
  q?: number;
  /** q ≤ 0.05. */
  significant: boolean;
  /** Where the true r lies in 95 of 100 cases. */
  interval?: [number, number];
  /** The buckets that were compared. */
  n: number;
  /** Why there is no r, or no p. */
  reason?: string;
}

/** One test, before it is seen among the others. */
export interface EdgeTest {
  r: number;
  independent: number;
}

export const LEAST_BUCKETS = 24;
/** Of all links, communities and holes that are claimed, at most this share is expected to be false. */
export const FALSE_DISCOVERIES = 0.05;
/** r = ±1.0000: no calendar makes two series so much alike, and where it explains both, it is all there is to compare. */
const ALIKE = 0.99995;
/** Above, what is left may be all but one line, and the plain correlation is looked at as well. */
const NEARLY_ALIKE = 0.9;
/** 1 − r² of two that are one line, but for rounding: no bucket is wilder than others. */
const LEAST_UNLIKE = 1e-9;
/** So many or fewer have no interval: Fisher's (1915) is as wide as 1 / √(n − 3). */
const LEAST_INDEPENDENT = 3;

/**
 * Are the two of each pair linked? Both rise in working hours and both grow: that makes every pair look alike, and is taken out first.
 * Then what is left is correlated, and chance is judged by how many independent values there are: fewer where both remember what
 * they did (Bartlett 1946; Pyper and Peterman 1998), and fewer where a few wild buckets make the whole correlation (White 1980).
 *
 * Made for hours and days; of 24 buckets at least.
 *
 * @throws AnalysisInputError for values that are not finite, a pair of different lengths, buckets that have no length
 * @example
 * ```ts
 * import { testEdges } from "tokenledger/analysis";
 * const chat = Array.from({ length: 336 }, (_, hour) => 100 + 50 * Math.sin((2 * Math.PI * hour) / 24) + ((hour * 7919) % 61));
 * const embeddings = chat.map((tokens, hour) => 3 * tokens + ((hour * 104729) % 53));
 * const batch = Array.from({ length: 336 }, (_, hour) => 80 + 40 * Math.sin((2 * Math.PI * hour) / 24) + ((hour * 15485) % 59));
 * const [linked, unlinked] = testEdges([{ x: chat, y: embeddings }, { x: chat, y: batch }], { bucketMs: 3_600_000 });
 * [linked.significant, unlinked.significant]; // => [true, false]
 * ```
 */
export function testEdges(pairs: readonly { x: ArrayLike<number>; y: ArrayLike<number> }[], options: BucketOptions): Edge[] {
  if (!Array.isArray(pairs)) throw new AnalysisInputError(`pairs: ${quoteValue(pairs)} is not a list of pairs; give [{ x, y }, …].`);
  checkOptions(options, BUCKET_OPTIONS);
  const grids = new Map<number, Grid>();
  const known = new Map<ArrayLike<number>, { values: Float64Array; surprises: Surprises | undefined }>();
  const prepared = (list: ArrayLike<number>, what: string) => {
    let found = known.get(list);
    if (!found) {
      const values = finiteValues(list, what);
      const n = values.length;
      if (!grids.has(n)) grids.set(n, gridOf(calendarOf(n, options)));
      found = { values, surprises: n < LEAST_BUCKETS ? undefined : surprisesOf(values, grids.get(n) as Grid) };
      known.set(list, found);
    }
    return found;
  };
  const counts: number[] = [];
  const tests = pairs.map((pair, i) => {
    const x = prepared(pair?.x, `pairs[${i}].x`);
    const y = prepared(pair?.y, `pairs[${i}].y`);
    const n = x.values.length;
    if (n !== y.values.length)
      throw new AnalysisInputError(`pairs[${i}].y: ${y.values.length} values, but x has ${n}; give one of each for every bucket.`);
    counts.push(n);
    if (n < LEAST_BUCKETS) return `${n} buckets are too few; a test needs ${LEAST_BUCKETS}.`;
    return edgeTest(x.surprises, y.surprises, 0, n, () => correlationOf(x.values, y.values).r);
  });
  return edgesOf(tests, counts);
}

/** Tests the buckets `from` to `to` (exclusive) of two series; a sentence where there is nothing to test. */
export function edgeTest(
  a: Surprises | undefined,
  b: Surprises | undefined,
  from: number,
  to: number,
  plain: () => number | undefined,
): EdgeTest | string {
  const n = to - from;
  const compared = a && b && comparison(a, b, from, to);
  // Beside surprises that differ, the plain correlation is the trend's and the calendar's.
  if (!compared || Math.abs(compared.r) > NEARLY_ALIKE) {
    const r = plain();
    if (r !== undefined && Math.abs(r) >= ALIKE) return { r, independent: n };
  }
  return compared ?? "Trend and calendar explain all of it.";
}

/** The edges of all pairs; `counts` are the buckets of each. */
export function edgesOf(tests: readonly (EdgeTest | string)[], counts: readonly number[]): Edge[] {
  const p = tests.map((test) => {
    if (typeof test === "string" || test.independent <= LEAST_INDEPENDENT) return undefined;
    return correlationP(test.r, test.independent - 2);
  });
  const adjusted = adjustedPValues(
    p.filter((value) => value !== undefined),
    "bh",
  );
  let next = 0;
  return tests.map((test, i) => {
    const n = counts[i] as number;
    if (typeof test === "string") return { significant: false, n, reason: test };
    const { r, independent } = test;
    const own = p[i];
    if (own === undefined) return { r, significant: false, n, reason: `What is left of ${n} buckets is too little to test.` };
    const q = adjusted[next++] as number;
    const half = NORMAL_95 / Math.sqrt(independent - LEAST_INDEPENDENT);
    const interval: [number, number] = [Math.tanh(Math.atanh(r) - half), Math.tanh(Math.atanh(r) + half)];
    return { r, p: own, q, significant: q <= FALSE_DISCOVERIES, interval, n };
  });
}

/** One pass over the buckets in which both are: the correlation, and how many independent values it is made of. */
function comparison(a: Surprises, b: Surprises, from: number, to: number): { r: number; independent: number } | undefined {
  const n = to - from;
  const x = a.values.subarray(from - a.from, to - a.from);
  const y = b.values.subarray(from - b.from, to - b.from);
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < n; i++) {
    sumX += x[i] as number;
    sumY += y[i] as number;
  }
  const meanX = sumX / n;
  const meanY = sumY / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  let xxxx = 0;
  let yyyy = 0;
  let xxxy = 0;
  let xyyy = 0;
  let xxyy = 0;
  for (let i = 0; i < n; i++) {
    const dx = (x[i] as number) - meanX;
    const dy = (y[i] as number) - meanY;
    const dxx = dx * dx;
    const dyy = dy * dy;
    const dxy = dx * dy;
    xx += dxx;
    yy += dyy;
    xy += dxy;
    xxxx += dxx * dxx;
    yyyy += dyy * dyy;
    xxxy += dxx * dxy;
    xyyy += dxy * dyy;
    xxyy += dxx * dyy;
  }
  if (!(xx > 0 && yy > 0)) return undefined;
  const r = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  const unlike = (1 - r) * (1 + r);
  // The variance of a slope where the spread differs from bucket to bucket, by White; the larger of both directions.
  const byX = (n * (xxyy / (xx * yy) - (2 * r * xxxy) / (xx * Math.sqrt(xx * yy)) + (r * r * xxxx) / (xx * xx))) / unlike;
  const byY = (n * (xxyy / (xx * yy) - (2 * r * xyyy) / (yy * Math.sqrt(xx * yy)) + (r * r * yyyy) / (yy * yy))) / unlike;
  const wildness = unlike < LEAST_UNLIKE ? 1 : Math.max(1, byX, byY);
  const lags = Math.min(a.memory.length, b.memory.length, n) - 1;
  let shared = 0;
  for (let lag = 1; lag <= lags; lag++) shared += (1 - lag / n) * (a.memory[lag] as number) * (b.memory[lag] as number);
  return { r, independent: (n * Math.min(a.free, b.free)) / Math.max(1, 1 + 2 * shared) / wildness };
}
