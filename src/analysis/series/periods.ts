/** The periods that people's spending may follow, and where in each of them a bucket lies. */
import { type Calendar, DAY_MS, FIRST_MONDAY_MS, floorMod, HOUR_MS, MINUTE_MS, type Slots, WEEK_MS } from "./calendar.ts";

/** The mean month of the Gregorian calendar. */
export const MONTH_MS: number = 30.436875 * DAY_MS;

/** A period to test: `position[i]`, from 0 to below 1, is how far into it bucket i begins. */
export interface Period {
  periodMs: number;
  position: Float64Array;
}

/** The same period where only the buckets from `from` on are looked at. */
export function latestOf({ periodMs, position }: Period, from: number): Period {
  return { periodMs, position: position.subarray(from) };
}

/** A period that a test has found. */
export interface FoundPeriod extends Period {
  p: number;
}

/** How many harmonics tell the shape of a rhythm. */
export const HARMONICS = 3;
/** Fewer buckets than this in a period show no shape. */
export const LEAST_BUCKETS = 3;
const ROUNDING = 1e-9;

/** The periods that have names, shortest first, as far as buckets of this length can show them. */
export function namedPeriods(bucketMs: number): number[] {
  const periods =
    bucketMs < HOUR_MS
      ? [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, DAY_MS]
      : bucketMs < DAY_MS
        ? [12 * HOUR_MS, DAY_MS, WEEK_MS]
        : [WEEK_MS, MONTH_MS];
  return periods.filter((periodMs) => periodMs / bucketMs >= LEAST_BUCKETS);
}

/** Where the buckets of `calendar` lie in a named period, by the clock on the wall; a month begins on its first where dates are known. */
export function namedPosition(calendar: Calendar, periodMs: number, dated: boolean): Float64Array {
  const { localMs, length, bucketMs } = calendar;
  const position = new Float64Array(length);
  if (periodMs === MONTH_MS) {
    for (let i = 0; i < length; i++) position[i] = dated ? inMonth((localMs[i] as number) + bucketMs / 2) : ((i * bucketMs) / MONTH_MS) % 1;
  } else {
    // From a Monday at 00:00, which is also where days and hours begin. A bucket of days lies where its middle does.
    const toDayMs = bucketMs >= DAY_MS ? bucketMs / 2 : 0;
    for (let i = 0; i < length; i++) {
      const at = floorMod((localMs[i] as number) + toDayMs - FIRST_MONDAY_MS, periodMs);
      position[i] = (toDayMs > 0 ? Math.floor(at / DAY_MS) * DAY_MS : at) / periodMs;
    }
  }
  return position;
}

/** How far into a period of any length, counted from bucket 0. */
export function plainPosition(length: number, periodBuckets: number): Float64Array {
  const position = new Float64Array(length);
  for (let i = 0; i < length; i++) position[i] = (i / periodBuckets) % 1;
  return position;
}

/** Which of `count` equal slots of a period each position lies in; one that rounding left just before a slot is of that slot. */
export function slotsAt(position: Float64Array, count: number): Slots {
  const slot = new Uint16Array(position.length);
  for (let t = 0; t < slot.length; t++) slot[t] = Math.min(count - 1, Math.floor((position[t] as number) * count + ROUNDING));
  return { slot, count };
}

/** Days of the month, of 31 places, so that the fifteenth is the fifteenth in each. */
function inMonth(localMs: number): number {
  return (new Date(localMs).getUTCDate() - 1) / 31;
}

interface Waves {
  columns: Float64Array[];
  /** Radians per bucket. */
  frequencies: number[];
  /** Which columns each period has; periods share what they have in common, as a day's second harmonic is a half day's first. */
  ofPeriod: number[][];
}

/** Cosine and sine of up to three harmonics of each period, as far as buckets are short enough for them. */
export function wavesOf(periods: readonly Period[], bucketMs: number): Waves {
  const waves: Waves = { columns: [], frequencies: [], ofPeriod: [] };
  const columnsOf = new Map<string, number[]>();
  for (const { periodMs, position } of periods) {
    const indexes: number[] = [];
    let wave: Wave | undefined;
    for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
      const cycles = (harmonic * bucketMs) / periodMs;
      if (cycles > 0.5 + ROUNDING) break;
      wave = wave === undefined ? firstWave(position) : nextWave(wave);
      const key = (periodMs / harmonic).toPrecision(12);
      let columns = columnsOf.get(key);
      if (columns === undefined) {
        columns = [waves.columns.push(wave.cosine) - 1];
        // At two buckets to the wave the sine is 0 at each of them.
        if (cycles < 0.5 - ROUNDING) columns.push(waves.columns.push(wave.sine) - 1);
        for (const _ of columns) waves.frequencies.push(2 * Math.PI * cycles);
        columnsOf.set(key, columns);
      }
      indexes.push(...columns);
    }
    waves.ofPeriod.push(indexes);
  }
  return waves;
}

interface Wave {
  cosine: Float64Array;
  sine: Float64Array;
  first: { cosine: Float64Array; sine: Float64Array };
}

function firstWave(position: Float64Array): Wave {
  const n = position.length;
  const cosine = new Float64Array(n);
  const sine = new Float64Array(n);
  for (let t = 0; t < n; t++) {
    const angle = 2 * Math.PI * (position[t] as number);
    cosine[t] = Math.cos(angle);
    sine[t] = Math.sin(angle);
  }
  return { cosine, sine, first: { cosine, sine } };
}

/** The next harmonic, by the sum of angles. */
function nextWave({ cosine, sine, first }: Wave): Wave {
  const n = cosine.length;
  const next: Wave = { cosine: new Float64Array(n), sine: new Float64Array(n), first };
  for (let t = 0; t < n; t++) {
    const c = first.cosine[t] as number;
    const s = first.sine[t] as number;
    next.cosine[t] = (cosine[t] as number) * c - (sine[t] as number) * s;
    next.sine[t] = (sine[t] as number) * c + (cosine[t] as number) * s;
  }
  return next;
}
