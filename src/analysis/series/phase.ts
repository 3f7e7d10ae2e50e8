/** Does spending rise or fall? By a test, not by the last two points. */
import { mannKendall } from "../statistics/mann-kendall.ts";
import { MAD_TO_SIGMA, median } from "../statistics/order-statistics.ts";
import { theilSenSlope } from "../statistics/theil-sen.ts";
import { DAY_MS, WEEK_MS } from "./calendar.ts";

export interface Phase {
  /** Unknown: four to seven values, which are too many for a look and too few for a test. */
  direction: "rising" | "falling" | "steady" | "unknown";
  /** Whether the values lie, at the median, further than a third of the usual value from their trend. It may rise and be volatile. */
  volatile: boolean;
  /** By how much a bucket changes in a week, and how often chance alone would show such a change; absent where it was not tested. */
  slopePerWeek?: number;
  p?: number;
  /** The usual value of a bucket: `slopePerWeek / level` is the change as a part of it. */
  level?: number;
}

const LEAST_JUDGED = 4;
const LEAST_TESTED = 8;
/** All pairs of these are 20 000. */
const MOST_PLACES = 200;
const FORTNIGHT_MS = 2 * WEEK_MS;
const SIGNIFICANCE = 0.05;
/** A change over the whole series that is less than a tenth of the usual is none that anybody would act on. */
const LEAST_CHANGE = 0.1;
/** Robust deviations from the trend, over the usual value: half of the values then lie further off than a third of it. */
const VOLATILE = 0.5;

/**
 * Mann's and Kendall's test with Hamed and Rao's variance (1998), and Theil and Sen's slope.
 *
 * @param values the series
 * @param trend its trend, about which it is volatile or not
 * @param rhythms what its rhythms add, which is no change of phase
 * @param known 0 where a value is only filled in
 */
export function phaseOf(
  values: Float64Array,
  trend: Float64Array,
  rhythms: Float64Array,
  bucketMs: number,
  known: Uint8Array | undefined,
): Phase {
  const n = values.length;
  if (n < LEAST_JUDGED) return { direction: n < 2 ? "unknown" : directionOf(theilSenSlope(values)), volatile: false };
  const volatile = isVolatile(values, trend, known);
  if (n < LEAST_TESTED) return { direction: "unknown", volatile };
  const { heights, places } = placesInTime(values, rhythms, bucketMs, known);
  if (heights.length < LEAST_TESTED) return { direction: "unknown", volatile };
  const level = usualOf(heights);
  const slope = theilSenSlope(heights, places);
  const { p } = mannKendall(heights);
  const change = Math.abs(slope) * ((places.at(-1) as number) - (places[0] as number));
  const isChange = p < SIGNIFICANCE && change > LEAST_CHANGE * Math.abs(level);
  return {
    direction: isChange ? directionOf(slope) : "steady",
    volatile,
    slopePerWeek: slope * (WEEK_MS / bucketMs),
    p,
    level,
  };
}

function directionOf(slope: number): "rising" | "falling" | "steady" {
  return slope > 0 ? "rising" : slope < 0 ? "falling" : "steady";
}

/** The series without its rhythms: bucket by bucket, or as means of days and longer where there are many. Places count buckets. */
function placesInTime(
  values: Float64Array,
  rhythms: Float64Array,
  bucketMs: number,
  known: Uint8Array | undefined,
): { heights: Float64Array; places: Float64Array } {
  const n = values.length;
  const day = n * bucketMs >= FORTNIGHT_MS ? Math.max(1, Math.round(DAY_MS / bucketMs)) : 1;
  const width = Math.max(1, Math.ceil(n / (MOST_PLACES * day))) * day;
  const heights: number[] = [];
  const places: number[] = [];
  // What does not fill a place is left out at the beginning, where it matters least.
  for (let from = n % width; from < n; from += width) {
    let total = 0;
    let seen = 0;
    for (let t = from; t < from + width; t++) {
      if (known !== undefined && !known[t]) continue;
      total += (values[t] as number) - (rhythms[t] as number);
      seen++;
    }
    if (2 * seen < width) continue;
    heights.push(total / seen);
    places.push(from + (width - 1) / 2);
  }
  return { heights: Float64Array.from(heights), places: Float64Array.from(places) };
}

/** The median; where more than half of the values are 0, their mean. */
function usualOf(values: Float64Array): number {
  return median(values) || values.reduce((total, value) => total + value / values.length, 0);
}

function isVolatile(values: Float64Array, trend: Float64Array, known: Uint8Array | undefined): boolean {
  const distances = new Float64Array(values.length);
  const heights = new Float64Array(values.length);
  let seen = 0;
  for (let t = 0; t < values.length; t++) {
    if (known !== undefined && !known[t]) continue;
    heights[seen] = trend[t] as number;
    distances[seen++] = Math.abs((values[t] as number) - (trend[t] as number));
  }
  return MAD_TO_SIGMA * median(distances.subarray(0, seen)) > VOLATILE * Math.abs(usualOf(heights.subarray(0, seen)));
}
