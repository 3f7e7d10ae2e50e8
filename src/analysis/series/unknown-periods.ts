/**
 * Rhythms of periods that nobody thought of: a job every 17 hours. Peaks of the spectrum, held against that of errors with the
 * same memory (Torrence & Compo 1998) and against their neighbours, with Bonferroni's correction over all frequencies; what stands
 * out must then pass the test that periods with names pass.
 */

import { realFft } from "../statistics/fourier.ts";
import { mean } from "../statistics/moments.ts";
import { median } from "../statistics/order-statistics.ts";
import { DAY_MS, WEEK_MS } from "./calendar.ts";
import { comesAgain } from "./comes-again.ts";
import { type EvenSeries, fitWithMemory, memoryOf, pValue, type Regression, regressionOn, residualsOf } from "./harmonic-regression.ts";
import { type FoundPeriod, LEAST_BUCKETS, latestOf, type Period, plainPosition, slotsAt } from "./periods.ts";

/** What is known of a series before unknown periods are looked for. */
export interface Explained extends EvenSeries {
  /** In milliseconds; their frequencies are not asked again. */
  tested: readonly number[];
  found: readonly Period[];
  /** The fit in which these were found. */
  regression: Regression;
  /** Of the whole series, of which `values` begin at bucket `from`. */
  length: number;
  from: number;
}

/** Stricter than for names: AR(1) is only a model, and a peak among thousands of frequencies shows where it fails. */
const SIGNIFICANCE = 0.001;
const LEAST_VALUES = 48;
const LEAST_CYCLES = 4;
const MOST_FOUND = 3;
/** So many waves that one event draws are passed over. */
const MOST_ONCE = 6;
/** Neighbouring frequencies that tell the height of the spectrum around a peak. */
const NEIGHBOURS = 16;

export function unknownPeriods(explained: Explained): FoundPeriod[] {
  const unknown: FoundPeriod[] = [];
  if (explained.values.length < LEAST_VALUES) return unknown;
  const found: Period[] = [...explained.found];
  /** Frequencies of what came once, in cycles per bucket. */
  const once: number[] = [];
  while (unknown.length < MOST_FOUND && once.length < MOST_ONCE) {
    const { rest: whole, memory } = unexplained(
      explained,
      unknown.length === 0 ? explained.regression : regressionOn(explained, found),
      found,
    );
    const rest = ofEasyLength(whole);
    const n = rest.length;
    // The values have variance 1.
    const restShare = rest.reduce((total, value) => total + value * value, 0) / n;
    if (restShare < 1e-10) break;
    const peak = highestPeak(rest, memory, (bin, share) => {
      const isOnce = once.some((frequency) => Math.abs(bin - frequency * n) < 1.5);
      return isOnce || isAnswered(bin / n, share < 1 - restShare, n, explained, found);
    });
    if (peak === undefined) break;
    const periodBuckets = refined(rest, peak.bin);
    const period: Period = { periodMs: periodBuckets * explained.bucketMs, position: plainPosition(explained.length, periodBuckets) };
    const p = Math.max(peak.p, testGiven(explained, found, period));
    if (p >= SIGNIFICANCE) break;
    const isTooLong = periodBuckets * LEAST_CYCLES > explained.values.length;
    if (isTooLong || !comesAgainBeside(explained, found, period)) {
      once.push(1 / periodBuckets);
      continue;
    }
    unknown.push({ ...period, p });
    found.push(latestOf(period, explained.from));
  }
  return unknown;
}

/** The values without trend, without the harmonics of what is found, and without its slots' means where there are enough cycles. */
function unexplained(
  { values, bucketMs }: Explained,
  { columns, products, frequencies, explaining }: Regression,
  found: readonly Period[],
): { rest: Float64Array; memory: number } {
  const ownFrequencies = explaining.map((index) => frequencies[index] as number);
  const memory = memoryOf(products, explaining, ownFrequencies);
  const { coefficients } = fitWithMemory(products, explaining, memory);
  const ownColumns = explaining.map((index) => columns[index] as Float64Array);
  const rest = residualsOf(values, ownColumns, coefficients);
  for (const { periodMs, position } of found) {
    const slots = Math.floor(periodMs / bucketMs);
    if (slots > rest.length / LEAST_CYCLES) continue;
    const sums = new Float64Array(slots);
    const counts = new Float64Array(slots);
    const { slot } = slotsAt(position, slots);
    for (let t = 0; t < rest.length; t++) {
      const s = slot[t] as number;
      sums[s] = (sums[s] as number) + (rest[t] as number);
      counts[s] = (counts[s] as number) + 1;
    }
    for (let t = 0; t < rest.length; t++)
      rest[t] = (rest[t] as number) - (sums[slot[t] as number] as number) / (counts[slot[t] as number] as number);
  }
  const center = mean(rest);
  for (let t = 0; t < rest.length; t++) rest[t] = (rest[t] as number) - center;
  return { rest, memory };
}

/** Frequencies of periods that were tested by name, all overtones of those that were found, and what a week makes of a day's. */
function isAnswered(
  cyclesPerBucket: number,
  isMinor: boolean,
  n: number,
  { tested, bucketMs }: Explained,
  found: readonly Period[],
): boolean {
  const near = (periodMs: number, most: number, bins: number): boolean => {
    const overtone = (cyclesPerBucket * periodMs) / bucketMs;
    const nearest = Math.round(overtone);
    return nearest >= 1 && nearest <= most && Math.abs(overtone - nearest) * (bucketMs / periodMs) * n < bins;
  };
  if (tested.some((periodMs) => near(periodMs, 3, 0.7))) return true;
  if (found.some(({ periodMs }) => near(periodMs, Number.POSITIVE_INFINITY, 0.7))) return true;
  // A rhythm that slowly grows stands at the frequencies beside its own as well, lower than there.
  if (isMinor && found.some(({ periodMs }) => near(periodMs, Number.POSITIVE_INFINITY, 2.5))) return true;
  const hasDays = found.some(({ periodMs }) => periodMs === DAY_MS || periodMs === WEEK_MS);
  return hasDays && near(WEEK_MS, Number.POSITIVE_INFINITY, 0.3);
}

/** A power of two is transformed several times faster: if nine tenths of the values make one, the latest do. */
function ofEasyLength(values: Float64Array): Float64Array {
  const power = 2 ** Math.floor(Math.log2(values.length));
  return power >= 0.9 * values.length ? values.subarray(values.length - power) : values;
}

function highestPeak(
  rest: Float64Array,
  memory: number,
  isAnsweredAt: (bin: number, share: number) => boolean,
): { bin: number; p: number } | undefined {
  const n = rest.length;
  const { re, im } = realFft(rest);
  const last = Math.floor(n / LEAST_BUCKETS);
  const ratio = new Float64Array(last + 1);
  const share = new Float64Array(last + 1);
  let power = 0;
  for (const value of rest) power += value * value;
  for (let k = 1; k <= last; k++) {
    const expected = (1 - memory * memory) / (1 + memory * memory - 2 * memory * Math.cos((2 * Math.PI * k) / n));
    const height = (re[k] as number) * (re[k] as number) + (im[k] as number) * (im[k] as number);
    ratio[k] = height / (power * expected);
    share[k] = (2 * height) / (n * n);
  }
  const candidates: { bin: number; p: number }[] = [];
  const threshold = Math.log(n / 2 / SIGNIFICANCE);
  for (let k = LEAST_CYCLES; k <= last; k++) {
    if ((ratio[k] as number) < threshold || isAnsweredAt(k, share[k] as number)) continue;
    const around = ratio.subarray(Math.max(1, k - NEIGHBOURS), Math.min(last, k + NEIGHBOURS) + 1);
    // Half of what chance gives lies below ln 2 of its mean.
    const background = Math.max(1, median(around) / Math.LN2);
    const p = Math.min(1, Math.exp(-(ratio[k] as number) / background) * (n / 2));
    if (p < SIGNIFICANCE) candidates.push({ bin: k, p });
  }
  const highest = candidates.reduce<{ bin: number; p: number } | undefined>(
    (best, next) => (best === undefined || (ratio[next.bin] as number) > (ratio[best.bin] as number) ? next : best),
    undefined,
  );
  if (highest === undefined) return undefined;
  // A sharp peak once in a period stands at all its overtones, and the highest may be any of them: the lowest is the period.
  return (
    candidates.find(({ bin }) => {
      const multiple = highest.bin / bin;
      return bin < highest.bin && Math.abs(multiple - Math.round(multiple)) * bin <= 1;
    }) ?? highest
  );
}

/** The period, in buckets, where the spectrum is highest within a bin of `bin`; a whole number if it can't be told from one. */
function refined(rest: Float64Array, bin: number): number {
  const n = rest.length;
  const powerAt = (cycles: number): number => {
    const step = (2 * Math.PI * cycles) / n;
    let cosine = 0;
    let sine = 0;
    for (let t = 0; t < n; t++) {
      cosine += (rest[t] as number) * Math.cos(step * t);
      sine += (rest[t] as number) * Math.sin(step * t);
    }
    return cosine * cosine + sine * sine;
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = bin - 0.75;
  let high = bin + 0.75;
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  let leftPower = powerAt(left);
  let rightPower = powerAt(right);
  for (let round = 0; round < 16; round++) {
    if (leftPower > rightPower) {
      high = right;
      right = left;
      rightPower = leftPower;
      left = high - golden * (high - low);
      leftPower = powerAt(left);
    } else {
      low = left;
      left = right;
      leftPower = rightPower;
      right = low + golden * (high - low);
      rightPower = powerAt(right);
    }
  }
  const period = n / ((low + high) / 2);
  const whole = Math.round(period);
  const resolution = (0.2 * period * period) / n;
  return Math.abs(period - whole) <= resolution ? whole : period;
}

/** One busy week in eight looks like a wave of two weeks or so. */
function comesAgainBeside(explained: Explained, found: readonly Period[], period: Period): boolean {
  const here = latestOf(period, explained.from);
  const regression = regressionOn(explained, [...found, here]);
  const memory = memoryOf(regression.products, regression.explaining, regression.frequencies);
  return comesAgain(regression, regression.ofPeriod.at(-1) as number[], here, memory, undefined);
}

/** The F test of a period's harmonics, given trend and what else is found. */
export function testGiven(explained: Explained, found: readonly Period[], period: Period): number {
  const { products, explaining, frequencies, ofPeriod } = regressionOn(explained, [...found, latestOf(period, explained.from)]);
  const memory = memoryOf(products, explaining, frequencies);
  const others = new Set(ofPeriod.slice(0, -1).flat());
  const dropped = (ofPeriod.at(-1) as number[]).filter((index) => !others.has(index));
  return dropped.length === 0 ? 1 : pValue(products, explaining, dropped, memory);
}
