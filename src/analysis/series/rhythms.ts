/**
 * Which periods does spending follow? Spending remembers the hour before, so that chance alone draws slow waves; a test that takes
 * buckets for independent finds rhythms nearly everywhere. Here a period is believed when its harmonics explain more than such
 * waves do: harmonic regression with AR(1) errors, an F test, Holm's correction over all periods tested.
 */

import { mean } from "../statistics/moments.ts";
import { adjustedPValues } from "../statistics/multiple-testing.ts";
import { type Calendar, calendarOf, DAY_MS, WEEK_MS, WHOLE } from "./calendar.ts";
import { comesAgain } from "./comes-again.ts";
import { isFoldOf } from "./folding.ts";
import { type EvenSeries, fitWithMemory, memoryOf, pValue, regressionOn, residualsOf } from "./harmonic-regression.ts";
import { type FoundPeriod, HARMONICS, latestOf, namedPeriods, namedPosition, type Period } from "./periods.ts";
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
const RHYTHM_LEVEL = 0.01;
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
  const trend = polynomials(values.length);
  const series: EvenSeries = { values, trend, bucketMs: calendar.bucketMs };
  const named = testablePeriods(values.length, calendar, dated, trend.length);
  const namedHere = named.map((period) => latestOf(period, from));
  const regression = regressionOn(series, namedHere, knownHere);
  const { products, frequencies, explaining, ofPeriod } = regression;
  const memory = memoryOf(products, explaining, frequencies);
  const raw = ofPeriod.map((own) => pValue(products, explaining, own, memory));
  const week = named.findIndex(({ periodMs }) => periodMs === WEEK_MS);
  // A batch of one hour each Monday is lost among 168 hours and plain among seven days: a week is looked for in both.
  const byDays = week >= 0 && calendar.bucketMs < DAY_MS ? weekByDays(all, known, calendar, dated) : 1;
  const isSeenByDays = byDays < (raw[week] ?? 0);
  if (byDays < 1) raw[week] = Math.min(1, 2 * Math.min(raw[week] as number, byDays));
  const adjusted = adjustedPValues(raw, "holm");
  const tested: TestedRhythm[] = named.map(({ periodMs }, index) => {
    const p = adjusted[index] as number;
    return { periodMs, p, found: p < RHYTHM_LEVEL };
  });
  for (const [index, test] of tested.entries()) {
    if (index === week && isSeenByDays) continue;
    test.found &&= comesAgain(regression, ofPeriod[index] as number[], namedHere[index] as Period, memory, knownHere);
  }
  settleOvertones(tested, series, namedHere, regression, memory);
  const found = named.flatMap((period, index): FoundPeriod[] => {
    const { found: isFound, p } = tested[index] as TestedRhythm;
    return isFound ? [{ ...period, p }] : [];
  });
  // Other periods are looked for in the spectrum, which has no place for gaps.
  if (knownHere?.includes(0)) return { tested, found };
  const foundColumns = ofPeriod.flatMap((indexes, index) => (tested[index]?.found ? indexes : []));
  const explained: Explained = {
    ...series,
    tested: named.map(({ periodMs }) => periodMs),
    found: found.map((period) => latestOf(period, from)),
    regression: { ...regression, explaining: [...trend.keys(), ...new Set(foundColumns)] },
    length: all.length,
    from,
  };
  const unknown = unknownPeriods(explained);
  const kept = unknown.length === 0 ? found : stillSeen(found, unknown, explained, tested, isSeenByDays);
  return {
    tested: [...tested, ...unknown.map(({ periodMs, p }) => ({ periodMs, p, found: true }))],
    found: [...kept, ...unknown],
  };
}

/** A strong rhythm of another period can look a little like one with a name: those that are still seen beside it. */
function stillSeen(
  found: readonly FoundPeriod[],
  unknown: readonly FoundPeriod[],
  explained: Explained,
  tested: readonly TestedRhythm[],
  isWeekSeenByDays: boolean,
): FoundPeriod[] {
  const others = unknown.map((period) => latestOf(period, explained.from));
  return found.filter((period, index) => {
    if (period.periodMs === WEEK_MS && isWeekSeenByDays) return true;
    const p = testGiven(explained, [...explained.found.filter((_, at) => at !== index), ...others], period);
    const test = tested.find(({ periodMs }) => periodMs === period.periodMs) as TestedRhythm;
    test.p = Math.max(test.p, p);
    test.found = p < RHYTHM_LEVEL;
    return test.found;
  });
}

/** The weekly test of the sums of whole days; 1 where they are too few, or where one week alone speaks for it. */
function weekByDays(values: Float64Array, known: Uint8Array | undefined, calendar: Calendar, dated: boolean): number {
  const { localMs, bucketMs } = calendar;
  const sums: number[] = [];
  const counts: number[] = [];
  const firstDay = Math.floor((localMs[0] as number) / DAY_MS);
  for (let t = 0; t < values.length; t++) {
    const day = Math.floor((localMs[t] as number) / DAY_MS) - firstDay;
    if (known?.[t] === 0) continue;
    sums[day] = (sums[day] ?? 0) + (values[t] as number);
    counts[day] = (counts[day] ?? 0) + 1;
  }
  // The first and the last day may be cut short.
  const isWhole = Array.from(counts, (count) => (count ?? 0) >= WHOLE * (DAY_MS / bucketMs));
  const from = isWhole.indexOf(true);
  const to = isWhole.lastIndexOf(true) + 1;
  if (from < 0) return 1;
  const days = Float64Array.from({ length: to - from }, (_, k) => (isWhole[from + k] ? (sums[from + k] as number) : 0));
  const knownDays = Uint8Array.from({ length: to - from }, (_, k) => (isWhole[from + k] ? 1 : 0));
  const start = (firstDay + from) * DAY_MS;
  const tests = testRhythms(
    days,
    knownDays.includes(0) ? knownDays : undefined,
    calendarOf(days.length, { bucketMs: DAY_MS, start }),
    dated,
  );
  const week = tests.tested.find(({ periodMs }) => periodMs === WEEK_MS);
  return week?.found ? week.p : 1;
}

/** Logarithms where nothing is negative, as spending multiplies rather than adds; mean 0, variance 1. Undefined: nothing varies. */
function onEvenScale(values: Float64Array): Float64Array | undefined {
  const scaled = values.slice();
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < scaled.length; i++) lowest = Math.min(lowest, scaled[i] as number);
  if (lowest >= 0) for (let i = 0; i < scaled.length; i++) scaled[i] = Math.log1p(scaled[i] as number);
  const center = mean(scaled);
  let squares = 0;
  for (let i = 0; i < scaled.length; i++) {
    const distance = (scaled[i] as number) - center;
    scaled[i] = distance;
    squares += distance * distance;
  }
  const deviation = Math.sqrt(squares / scaled.length);
  if (!(deviation > 1e-12 * Math.abs(center))) return undefined;
  for (let i = 0; i < scaled.length; i++) scaled[i] = (scaled[i] as number) / deviation;
  return scaled;
}

/** Level, slope and bend, so that growth is not taken for half a wave: Legendre's first three polynomials. */
function polynomials(n: number): Float64Array[] {
  const slope = new Float64Array(n);
  const bend = new Float64Array(n);
  for (let t = 0; t < n; t++) {
    const at = n > 1 ? (2 * t) / (n - 1) - 1 : 0;
    slope[t] = at;
    bend[t] = (3 * at * at - 1) / 2;
  }
  return [new Float64Array(n).fill(1), slope, bend];
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
 * nothing to the shorter; the shorter is none if it is only what is left of the longer one's shape when that is folded.
 */
function settleOvertones(
  tested: TestedRhythm[],
  { values, trend, bucketMs }: EvenSeries,
  periods: readonly Period[],
  { products, explaining, ofPeriod }: ReturnType<typeof regressionOn>,
  memory: number,
): void {
  let detrended: Float64Array | undefined;
  for (let long = tested.length - 1; long > 0; long--) {
    for (let short = 0; short < long; short++) {
      const longer = tested[long] as TestedRhythm;
      const shorter = tested[short] as TestedRhythm;
      if (!longer.found || !shorter.found || !Number.isInteger(longer.periodMs / shorter.periodMs)) continue;
      const columns = ofPeriod[long] as number[];
      const alone = columns.filter((index) => !(ofPeriod[short] as number[]).includes(index));
      // Where nothing is shared, the longer one was tested beside the shorter one already.
      const p = alone.length === columns.length ? 0 : alone.length === 0 ? 1 : pValue(products, explaining, alone, memory);
      if (p >= RHYTHM_LEVEL) {
        longer.found = false;
        longer.p = Math.max(longer.p, p);
        continue;
      }
      detrended ??= residualsOf(values, trend, fitWithMemory(products, [...trend.keys()], 0).coefficients);
      if (isFoldOf(detrended, shorter.periodMs, periods[long] as Period, bucketMs)) {
        shorter.found = false;
        shorter.overtoneOf = longer.periodMs;
      }
    }
  }
}
