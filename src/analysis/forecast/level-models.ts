/** The models that a forecast is drawn from: a level that follows at some speed, times a season, judged by how they did in the past. */
import { type BucketOptions, DAY_MS } from "../series/calendar.ts";
import type { KnownAmounts } from "../series/known-amounts.ts";
import { possibleSeasons, type Season } from "./seasons.ts";

export interface LevelModel {
  season: Season;
  /** How fast the level follows: the weight of the newest value. */
  alpha: number;
  /** After the last value. */
  level: number;
  /** Value over what was expected of it, for the newest buckets; 1 on average, NaN where unknown. */
  surprises: Float64Array;
  /** Sums of as many buckets as are forecast, or as the past has room for, over what would have been forecast for them. */
  pastRatios: Float64Array;
  /** Mean |ln| of those, and a little of what single buckets were wrong by: a week's sum is blind to weekdays. */
  loss: number;
}

const SPEEDS = [0.05, 0.1, 0.2, 0.35, 0.55, 0.8];
/** After a long silence the level is not nothing: it would take every call for a wonder. */
const LEAST_LEVEL = 0.02;
/** Of a forecast, added to both sides of a ratio before its logarithm: nothing at all is wrong by a factor of 100, not of ∞. */
const RATIO_OFFSET = 0.01;
const LEAST_BUCKETS = 7;
const SHARE_OF_BUCKETS = 0.1;

/** Every speed with every season, the one that was least wrong first. */
export function levelModels(series: KnownAmounts, horizon: number, buckets: BucketOptions): LevelModel[] {
  const n = series.values.length;
  const seasons = possibleSeasons(series, n + horizon, buckets);
  const longest = seasons.reduce((most, { period }) => Math.max(most, period), 1);
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = (sums[i] as number) + (series.values[i] as number);
  // The first origin: once as long as a season has been seen, or half of what there is.
  const firstOrigin = Math.max(Math.min(n >> 1, Math.max(longest, LEAST_BUCKETS)), 3);
  const span = Math.min(horizon, Math.max(1, n - firstOrigin - 2));
  const models: LevelModel[] = [];
  for (const season of seasons) {
    const shares = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) shares[i + 1] = (shares[i] as number) + (series.known[i] ? (season.factors[i] as number) : 0);
    for (const alpha of SPEEDS) {
      const { levels, surprises } = follow(series, season, alpha);
      const pastRatios = new Float64Array(Math.max(0, n - span - firstOrigin + 1));
      let loss = 0;
      let judged = 0;
      for (let origin = firstOrigin; origin + span <= n; origin++) {
        const forecast = (levels[origin] as number) * ((shares[origin + span] as number) - (shares[origin] as number));
        if (!(forecast > 0)) continue;
        const ratio = ((sums[origin + span] as number) - (sums[origin] as number)) / forecast;
        pastRatios[judged++] = ratio;
        loss += Math.abs(Math.log((ratio + RATIO_OFFSET) / (1 + RATIO_OFFSET)));
      }
      loss = (judged > 0 ? loss / judged : 0) + SHARE_OF_BUCKETS * bucketLoss(series, season, levels, firstOrigin);
      models.push({ season, alpha, level: levels[n] as number, surprises, pastRatios: pastRatios.subarray(0, judged), loss });
    }
  }
  // A stable sort: of equals, the flat season and the slow level win.
  return models.sort((a, b) => a.loss - b.loss);
}

/** What a bucket tells about the level: the more, the more of the season's spending falls into it. A silent Sunday tells nothing. */
export function weightOf(alpha: number, factor: number): number {
  return alpha * Math.min(1, factor);
}

/** Mean distance from what was expected one step before, over the mean value. */
function bucketLoss({ values, known }: KnownAmounts, { factors }: Season, levels: Float64Array, from: number): number {
  let distance = 0;
  let total = 0;
  for (let i = from; i < values.length; i++) {
    if (!known[i]) continue;
    distance += Math.abs((values[i] as number) - (levels[i] as number) * (factors[i] as number));
    total += values[i] as number;
  }
  return total > 0 ? distance / total : 0;
}

/** The level before every value and after the last, by exponential smoothing of value / season (Brown 1956), weighted. */
function follow(
  { values, known, count }: KnownAmounts,
  { factors, period }: Season,
  alpha: number,
): { levels: Float64Array; surprises: Float64Array } {
  const n = values.length;
  let total = 0;
  let first = 0;
  let used = 0;
  for (let i = 0; i < n; i++) {
    if (!known[i]) continue;
    total += values[i] as number;
    if (used < Math.max(3, period)) {
      first += (values[i] as number) / (factors[i] as number);
      used++;
    }
  }
  const least = (LEAST_LEVEL * total) / count;
  const levels = new Float64Array(n + 1);
  const surprises = new Float64Array(n).fill(Number.NaN);
  let level = Math.max(first > 0 ? first / used : total / count, least);
  for (let i = 0; i < n; i++) {
    levels[i] = level;
    if (!known[i]) continue;
    const surprise = (values[i] as number) / ((factors[i] as number) * level);
    surprises[i] = surprise;
    level = Math.max(level * (1 + weightOf(alpha, factors[i] as number) * (surprise - 1)), least);
  }
  levels[n] = level;
  return { levels, surprises: centered(surprises, factors, period) };
}

/** Without those of the first season or quarter, whose level was only being found. A silent Sunday's do not count in their mean. */
function centered(surprises: Float64Array, factors: Float64Array, period: number): Float64Array {
  const left = Math.min(surprises.length >> 2, period);
  const rest = surprises.slice(left);
  let total = 0;
  let count = 0;
  for (let i = 0; i < rest.length; i++) {
    const surprise = rest[i] as number;
    if (Number.isNaN(surprise)) continue;
    total += (factors[left + i] as number) * surprise;
    count += factors[left + i] as number;
  }
  // All of what is known may lie in what was left out: then nothing is known of surprises.
  if (count === 0) return new Float64Array(1).fill(1);
  return rest.map((surprise) => (total > 0 ? (surprise * count) / total : Number.isNaN(surprise) ? surprise : 1));
}

/** One period of the strongest rhythm that buckets of this length have: a week of days, a day of anything shorter. */
export function usualHorizon(bucketMs: number): number {
  if (bucketMs >= DAY_MS) return Math.max(1, Math.round((7 * DAY_MS) / bucketMs));
  return Math.max(1, Math.round(DAY_MS / bucketMs));
}
