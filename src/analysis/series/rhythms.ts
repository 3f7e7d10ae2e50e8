/**
 * Which periods does spending follow? Spending remembers the hour before, so that chance alone draws slow waves; a test that takes
 * buckets for independent finds rhythms nearly everywhere. Here a period is believed when its harmonics explain more than such
 * waves do: harmonic regression with AR(1) errors, an F test, Holm's correction over all periods tested.
 */

import { mean } from "../statistics/moments.ts";
import { adjustedPValues } from "../statistics/multiple-testing.ts";
import type { Calendar } from "./calendar.ts";
import { fitWithMemory, memoryOf, type Products, productsOf, pValue } from "./harmonic-regression.ts";
import { type FoundPeriod, HARMONICS, namedPeriods, namedPosition, type Period, wavesOf } from "./periods.ts";
import { type Explained, testGiven, unknownPeriods } from "./unknown-periods.ts";

/** A period that was looked for. */
export interface TestedRhythm {
  periodMs: number;
  /** How often chance alone would show as much, all periods that were tested taken together. */
  p: number;
  found: boolean;
  /** No rhythm of its own: it follows from the shape of this longer one, in milliseconds. */
  overtoneOf?: number;
}

export interface RhythmTests {
  tested: TestedRhythm[];
  found: FoundPeriod[];
}

/** A rhythm that chance would show more often than this is not believed. */
export const RHYTHM_LEVEL = 0.01;
/** The latest 65 536 buckets: seven years of hours. Tests of more would find what nobody could see. */
const MOST_TESTED = 65_536;
const LEAST_CYCLES = 2;
/** Buckets that are left over to tell how large chance is. */
const LEAST_FREEDOM = 8;

/**
 * Tests the periods with names, then looks for others (see unknown-periods.ts).
 *
 * @param known 0 where a value is only filled in; such buckets are left out of the tests
 * @param dated whether the calendar's dates are real ones
 */
export function testRhythms(all: Float64Array, known: Uint8Array | undefined, calendar: Calendar, dated: boolean): RhythmTests {
  const from = Math.max(0, all.length - MOST_TESTED);
  const values = onEvenScale(all.subarray(from));
  if (values === undefined) return { tested: [], found: [] };
  const knownHere = known?.subarray(from);
  const n = values.length;
  const trend = polynomials(n);
  const positions = testablePeriods(n, calendar, dated, trend.length);
  const waves = wavesOf(positions, calendar.bucketMs, from);
  const columns = [...trend, ...waves.columns, values];
  const frequencies = [...trend.map(() => 0), ...waves.frequencies];
  const products = productsOf(columns, knownHere);
  const everything = columns.slice(0, -1).map((_, index) => index);
  const phi = memoryOf(products, everything, frequencies);
  const ofPeriod = waves.ofPeriod.map((indexes) => indexes.map((index) => index + trend.length));
  const adjusted = adjustedPValues(
    ofPeriod.map((dropped) => pValue(products, everything, dropped, phi)),
    "holm",
  );
  const tested: TestedRhythm[] = positions.map(({ periodMs }, index) => {
    const p = adjusted[index] as number;
    return { periodMs, p, found: p < RHYTHM_LEVEL };
  });
  settleOvertones(
    tested,
    (short, long) => {
      const dropped = (ofPeriod[long] as number[]).filter((index) => !(ofPeriod[short] as number[]).includes(index));
      return dropped.length === 0 ? 1 : pValue(products, everything, dropped, phi);
    },
    foldVariances(values, positions, calendar.bucketMs, trend, products),
  );
  const found = positions.flatMap((period, index) => {
    const test = tested[index] as TestedRhythm;
    return test.found ? [{ periodMs: period.periodMs, position: period.position, p: test.p }] : [];
  });
  const explained: Explained = {
    values,
    trend,
    bucketMs: calendar.bucketMs,
    tested: tested.map(({ periodMs }) => periodMs),
    found: found.map(({ periodMs, position }) => ({ periodMs, position: position.subarray(from) })),
    length: all.length,
    from,
  };
  const isComplete = !knownHere?.includes(0);
  const unknown = isComplete ? unknownPeriods(explained) : [];
  if (unknown.length === 0) return { tested, found };
  // A strong rhythm of another period can look a little like one with a name: those must still be seen beside it.
  const [others, beside] = [unknown, found].map((periods) =>
    periods.map((period) => ({ ...period, position: period.position.subarray(from) })),
  );
  const kept = found.filter((period, index) => {
    const rest = (beside as Period[]).filter((_, at) => at !== index);
    const p = testGiven(explained, [...rest, ...(others as Period[])], period);
    const test = tested.find(({ periodMs }) => periodMs === period.periodMs) as TestedRhythm;
    test.p = Math.max(test.p, p);
    test.found = p < RHYTHM_LEVEL;
    return test.found;
  });
  return {
    tested: [...tested, ...unknown.map(({ periodMs, p }) => ({ periodMs, p, found: true }))],
    found: [...kept, ...unknown],
  };
}

/** Logarithms where nothing is negative, as spending multiplies rather than adds; mean 0, variance 1. Undefined: nothing varies. */
function onEvenScale(values: Float64Array): Float64Array | undefined {
  const scaled = values.every((value) => value >= 0) ? values.map(Math.log1p) : values.slice();
  const center = mean(scaled);
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < scaled.length; i++) {
    const distance = (scaled[i] as number) - center;
    scaled[i] = distance;
    squares += distance * distance;
    largest = Math.max(largest, Math.abs(distance));
  }
  const deviation = Math.sqrt(squares / scaled.length);
  if (!(deviation > 1e-12 * Math.abs(center)) || !(largest > 0)) return undefined;
  return scaled.map((value) => value / deviation);
}

/** Level, slope and bend, so that growth is not taken for half a wave: Legendre's first three polynomials. */
function polynomials(n: number): Float64Array[] {
  const at = (t: number): number => (n > 1 ? (2 * t) / (n - 1) - 1 : 0);
  return [
    new Float64Array(n).fill(1),
    Float64Array.from({ length: n }, (_, t) => at(t)),
    Float64Array.from({ length: n }, (_, t) => (3 * at(t) * at(t) - 1) / 2),
  ];
}

function testablePeriods(n: number, calendar: Calendar, dated: boolean, trendColumns: number): Period[] {
  const chosen: Period[] = [];
  for (const periodMs of namedPeriods(calendar.bucketMs)) {
    if (n * calendar.bucketMs < LEAST_CYCLES * periodMs) continue;
    const next: Period = { periodMs, position: namedPosition(calendar, periodMs, dated) };
    const columns = trendColumns + 2 * HARMONICS * (chosen.length + 1);
    if (n - 1 - columns >= LEAST_FREEDOM) chosen.push(next);
  }
  return chosen;
}

/**
 * Two found periods, one a multiple of the other, may be one and the same rhythm. The longer is none of its own if it adds
 * nothing to the shorter; the shorter is none if it is only what the longer one's shape leaves when folded: a peak once in m
 * folds gives one m-th of its variance, one in each fold gives all.
 */
function settleOvertones(tested: TestedRhythm[], alone: (short: number, long: number) => number, variances: (number | undefined)[]): void {
  for (let long = tested.length - 1; long > 0; long--) {
    for (let short = 0; short < long; short++) {
      const longer = tested[long] as TestedRhythm;
      const shorter = tested[short] as TestedRhythm;
      const multiple = longer.periodMs / shorter.periodMs;
      if (!longer.found || !shorter.found || !Number.isInteger(multiple)) continue;
      const p = alone(short, long);
      if (p >= RHYTHM_LEVEL) {
        longer.found = false;
        longer.p = Math.max(longer.p, p);
        continue;
      }
      const folded = variances[short];
      const whole = variances[long];
      if (folded !== undefined && whole !== undefined && folded < (1.2 / multiple) * whole) {
        shorter.found = false;
        shorter.overtoneOf = longer.periodMs;
      }
    }
  }
}

/** How much of the variance about the trend lies between the slots of each period, less what chance puts there. */
function foldVariances(
  values: Float64Array,
  periods: readonly Period[],
  bucketMs: number,
  trend: readonly Float64Array[],
  products: Products,
): (number | undefined)[] {
  const from = (periods[0]?.position.length ?? values.length) - values.length;
  const { coefficients } = fitWithMemory(
    products,
    trend.map((_, index) => index),
    0,
  );
  return periods.map(({ periodMs, position }) => {
    const slots = periodMs / bucketMs;
    if (!Number.isInteger(slots) || slots > values.length / 2) return undefined;
    const sums = new Float64Array(slots);
    const counts = new Float64Array(slots);
    let total = 0;
    for (let t = 0; t < values.length; t++) {
      let value = values[t] as number;
      for (const [index, column] of trend.entries()) value -= (coefficients[index] as number) * (column[t] as number);
      const slot = Math.floor((position[from + t] as number) * slots + 1e-9) % slots;
      sums[slot] = (sums[slot] as number) + value;
      counts[slot] = (counts[slot] as number) + 1;
      total += value * value;
    }
    let between = 0;
    for (let slot = 0; slot < slots; slot++) {
      if ((counts[slot] as number) > 0) between += ((sums[slot] as number) * (sums[slot] as number)) / (counts[slot] as number);
    }
    const within = (total - between) / Math.max(1, values.length - slots);
    return Math.max(0, between - within * (slots - 1));
  });
}
