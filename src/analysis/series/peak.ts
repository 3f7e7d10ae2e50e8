/** Where in a rhythm's period most is spent, and how much more than elsewhere: for sentences. */
import { mean, variance } from "../statistics/moments.ts";
import { median } from "../statistics/order-statistics.ts";
import { type Calendar, DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, WHOLE } from "./calendar.ts";
import { MONTH_MS, type Period } from "./periods.ts";
import { placesOf, repeatedly } from "./profile.ts";

export interface Peak {
  /** The place's name: `Monday`, `14:00`, `02:00 and 14:00`, `:15`, `day 15 of the month`, `hour 5 of 17`. */
  peak: string;
  /** When in the period it begins. */
  peakOffsetMs: number;
  /** The length of a place: a day of a week, an hour of a day. */
  slotMs: number;
  /** How far each place lies above or below the mean of all: per weekday, per hour, as a sum over its buckets. */
  profile: Float64Array;
  /**
   * By how much the peak surpasses the mean of the other places, each time: "Mondays cost 200 more". Of each place, its dearest and
   * its cheapest time count no more than the next, so that one event is in no habit.
   */
  peakExcess: number;
  /** The standard error of that. */
  peakExcessError: number;
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** @param values the series without its trend and its other rhythms */
export function peakOf(period: Period, calendar: Calendar, values: Float64Array, known: Uint8Array | undefined): Peak {
  const places = placesOf(period, calendar);
  const occurrences = sumsByPlace(places.slot, places.count, values, known, places.slotMs / calendar.bucketMs).map(repeatedly);
  const means = occurrences.map((sums) => (sums.length > 0 ? mean(sums) : Number.NaN));
  const seen = means.filter((value) => !Number.isNaN(value));
  const center = mean(seen);
  const profile = Float64Array.from(means, (value) => (Number.isNaN(value) ? 0 : value - center));
  // By medians, so that one expensive day gives no name to all days of its kind; where they are equal by means.
  const medians = occurrences.map((sums) => (sums.length > 0 ? median(sums) : Number.NEGATIVE_INFINITY));
  let place = 0;
  for (let s = 1; s < places.count; s++) {
    const ahead = (medians[s] as number) - (medians[place] as number);
    if (ahead > 0 || (ahead === 0 && (profile[s] as number) > (profile[place] as number))) place = s;
  }
  const own = occurrences[place] as Float64Array;
  const others = Float64Array.from(occurrences.flatMap((sums, s) => (s === place ? [] : Array.from(sums))));
  return {
    peak: nameOf(period.periodMs, place, places.count, places.slotMs, calendar.bucketMs),
    peakOffsetMs: place * places.slotMs,
    slotMs: places.slotMs,
    profile,
    peakExcess: own.length > 0 && others.length > 0 ? mean(own) - mean(others) : 0,
    peakExcessError: Math.sqrt(squaredError(own) + squaredError(others)),
  };
}

function squaredError(values: Float64Array): number {
  return values.length > 1 ? variance(values) / values.length : 0;
}

/** Each stay in a place, as the sum of its buckets; stays that the series' ends or gaps cut short are left out. */
function sumsByPlace(
  slot: Uint16Array,
  count: number,
  values: Float64Array,
  known: Uint8Array | undefined,
  bucketsPerPlace: number,
): number[][] {
  const sums: number[][] = Array.from({ length: count }, () => []);
  for (let from = 0; from < values.length; ) {
    const place = slot[from] as number;
    let total = 0;
    let seen = 0;
    let to = from;
    // A place that comes twice running, as with periods of two places, ends after its length all the same.
    for (; to < values.length && slot[to] === place && (to - from < 1 || to - from < bucketsPerPlace + 0.5); to++) {
      if (known !== undefined && !known[to]) continue;
      total += values[to] as number;
      seen++;
    }
    if (seen >= WHOLE * bucketsPerPlace) (sums[place] as number[]).push((total / seen) * Math.max(1, bucketsPerPlace));
    from = to;
  }
  return sums;
}

function nameOf(periodMs: number, place: number, count: number, slotMs: number, bucketMs: number): string {
  const atMs = place * slotMs;
  if (periodMs === WEEK_MS) return WEEKDAYS[place] as string;
  if (periodMs === MONTH_MS) return `day ${place + 1} of the month`;
  if (periodMs === DAY_MS) return clock(atMs);
  if (periodMs === DAY_MS / 2) return `${clock(atMs)} and ${clock(atMs + DAY_MS / 2)}`;
  if (periodMs === HOUR_MS) return `:${String(Math.floor(atMs / MINUTE_MS)).padStart(2, "0")}`;
  const unit = bucketMs >= DAY_MS ? "day" : bucketMs >= HOUR_MS ? "hour" : "minute";
  const isWhole = bucketMs === DAY_MS || bucketMs === HOUR_MS || bucketMs === MINUTE_MS;
  return `${isWhole ? unit : "bucket"} ${place + 1} of ${count}`;
}

function clock(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
