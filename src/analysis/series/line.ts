/** A straight line through a series that neither rhythms nor spikes bend. */
import { median } from "../statistics/order-statistics.ts";
import { theilSenSlope } from "../statistics/theil-sen.ts";
import { WEEK_MS } from "./calendar.ts";

export interface Line {
  /** At bucket 0. */
  intercept: number;
  /** Per bucket. */
  slope: number;
}

/** All pairs of so many medians are 20 000: enough for a line, and no more work for a million buckets than for a thousand. */
const MOST_MEDIANS = 201;

/**
 * Theil and Sen's line through medians of one week each, or of a quarter of the series where that is less: a week has every hour
 * and weekday once, so that a rhythm moves no median.
 */
export function robustLine(values: Float64Array, bucketMs: number): Line {
  const n = values.length;
  if (n === 0) return { intercept: Number.NaN, slope: 0 };
  const width = Math.max(1, Math.min(Math.round(WEEK_MS / bucketMs), n >> 2));
  const places = n - width + 1;
  const count = Math.min(places, MOST_MEDIANS);
  const medians = new Float64Array(count);
  const centers = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const from = count === 1 ? 0 : Math.round((k * (places - 1)) / (count - 1));
    medians[k] = median(values.subarray(from, from + width));
    centers[k] = from + (width - 1) / 2;
  }
  const slope = count > 1 ? theilSenSlope(medians, centers) : 0;
  const intercept = median(medians.map((value, k) => value - slope * (centers[k] as number)));
  return { intercept, slope };
}
