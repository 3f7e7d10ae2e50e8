/** Simulated courses: what the coming buckets may cost, one row of cumulated sums for each. */
import { quantile } from "../statistics/order-statistics.ts";
import { normalDeviate } from "../statistics/random.ts";
import { type LevelModel, weightOf } from "./level-models.ts";

/** `sums[course * horizon + bucket]`: what the course has spent up to and with that bucket. */
export type CumulatedSums = Float64Array;

/** Surprises come in runs: they are drawn in runs of this many (Künsch 1989). */
const RUN = 3;
/** With so many seasons seen, half of the runs are of the same place in the season. */
const SEASONS_TO_TRUST = 3;
/** A surprise is one for buckets whose season is not much stronger: a silent Sunday says nothing about Mondays. */
const ALIKE = 0.2;
/** How sharply the models that did worse are left out: one whose loss is a tenth larger is drawn e^−1.5 times as often. */
const SHARPNESS = 15;
/** So many past ratios are enough to be drawn from directly (conformal prediction); of all courses, this share is. */
const ENOUGH_RATIOS = 15;
const SHARE_BY_RATIOS = 0.5;
const RATIO_JITTER = 0.1;
/** What the models don't know of themselves: the spread of the past is a little too narrow for the future. */
const WIDENING = 1.05;
const LEVEL_JITTER = 0.5;
/** Added to both sides of a surprise before its logarithm: a silent bucket is a surprise by a factor of 21, not of ∞. */
const SURPRISE_OFFSET = 0.05;
/** Where the middle course is next to nothing, others are not widened without end. */
const MOST_ABOVE_MIDDLE = 1e9;
const LEAST_OF_LEVEL = 1e-6;

/**
 * @param from the index of the first bucket to come, which is the length of the series
 * @param peak the highest bucket ever seen: a level rises by surprises, but not beyond it
 */
export function simulateCourses(
  models: LevelModel[],
  { from, horizon, courses, peak, random }: { from: number; horizon: number; courses: number; peak: number; random: () => number },
): CumulatedSums {
  const least = (models[0] as LevelModel).loss;
  const weights = models.map(({ loss }, i) => (least > 0 ? Math.exp(-SHARPNESS * (loss / least - 1)) : i === 0 ? 1 : 0));
  const allWeights = weights.reduce((all, weight) => all + weight, 0);
  const enough = (models[0] as LevelModel).pastRatios.length >= ENOUGH_RATIOS;
  const sums = new Float64Array(courses * horizon);
  const spreads = new Float64Array(courses);
  const prepared = models.map((model) => prepare(model, from));
  for (let course = 0; course < courses; course++) {
    let draw = random() * allWeights;
    let chosen = 0;
    while (chosen < models.length - 1 && draw > (weights[chosen] as number)) draw -= weights[chosen++] as number;
    const model = models[chosen] as LevelModel;
    const { jitter, drift } = prepared[chosen] as Prepared;
    const row = sums.subarray(course * horizon, (course + 1) * horizon);
    const jittered = model.level * Math.exp(jitter * normalDeviate(random));
    fillCourse(row, model, { from, level: jittered, drift, most: Math.max(peak, model.level), random });
    if (enough && course < SHARE_BY_RATIOS * courses) scaleToRatio(row, model, from, random);
    spreads[course] = WIDENING * Math.sqrt(1 + (2 * model.season.period) / from);
  }
  widen(sums, spreads, horizon);
  return sums;
}

interface Prepared {
  jitter: number;
  drift: number;
}

function prepare({ surprises, alpha, season: { factors } }: LevelModel, from: number): Prepared {
  let squares = 0;
  let drift = 0;
  let count = 0;
  for (const [i, surprise] of surprises.entries()) {
    if (Number.isNaN(surprise)) continue;
    count++;
    squares += Math.log((surprise + SURPRISE_OFFSET) / (1 + SURPRISE_OFFSET)) ** 2;
    drift += Math.log(1 + weightOf(alpha, factors[from - surprises.length + i] as number) * (surprise - 1));
  }
  const spread = Math.sqrt(squares / count);
  // Half of the error that such a level has when it is as good as it gets. The drift is taken out: a level that is multiplied by
  // 1 on average falls in most courses, and sums would come out too low in more than half of them.
  return { jitter: LEVEL_JITTER * spread * Math.sqrt(alpha / (2 - alpha)), drift: Math.exp(drift / count) };
}

/** The level takes each drawn surprise in, as it did in the past (ETS(M,N,M) of Hyndman et al. 2008). */
function fillCourse(
  row: Float64Array,
  { season: { factors, period }, alpha, surprises, level: begin }: LevelModel,
  { from, level: jittered, drift, most, random }: { from: number; level: number; drift: number; most: number; random: () => number },
): void {
  let level = jittered;
  let sum = 0;
  let at = 0;
  for (let bucket = 0; bucket < row.length; bucket++) {
    if (bucket % RUN === 0) at = drawn(surprises.length, { period, bucket, random });
    const factor = factors[from + bucket] as number;
    const first = from - surprises.length;
    for (let tried = 0; tried < surprises.length; tried++, at++) {
      const there = at % surprises.length;
      if (!Number.isNaN(surprises[there]) && (factors[first + there] as number) > ALIKE * factor) break;
    }
    while (Number.isNaN(surprises[at % surprises.length])) at++;
    const surprise = surprises[at++ % surprises.length] as number;
    sum += level * factor * surprise;
    row[bucket] = sum;
    const weight = weightOf(alpha, factor);
    level = Math.min(most, Math.max((level * (1 + weight * (surprise - 1))) / drift, LEAST_OF_LEVEL * begin));
  }
}

/**
 * Which of the last `count` surprises a run begins with: mostly one of the same place in its season, as weekends may be wilder than
 * other days (Politis 2001), the more so the more seasons were seen.
 */
function drawn(count: number, { period, bucket, random }: { period: number; bucket: number; random: () => number }): number {
  const seasons = Math.floor(count / period);
  if (period === 1 || random() * (seasons + SEASONS_TO_TRUST) > seasons) return Math.floor(random() * count);
  const back = period - (bucket % period) + period * Math.floor(random() * seasons);
  return count - back;
}

/** The course keeps its shape, its sum becomes the forecast times a ratio of the past. */
function scaleToRatio(row: Float64Array, { season: { factors }, level, pastRatios }: LevelModel, from: number, random: () => number): void {
  const ratio = pastRatios[Math.floor(random() * pastRatios.length)] as number;
  let shares = 0;
  for (let bucket = 0; bucket < row.length; bucket++) shares += factors[from + bucket] as number;
  const wanted = level * shares * ratio * Math.exp(RATIO_JITTER * normalDeviate(random));
  const last = row[row.length - 1] as number;
  let sum = 0;
  for (let bucket = 0; bucket < row.length; bucket++) {
    sum += level * (factors[from + bucket] as number);
    row[bucket] = last > 0 ? ((row[bucket] as number) * wanted) / last : (wanted * sum) / (level * shares);
  }
}

/**
 * Each course above the middle one moves away from it by its own factor, on the scale of logarithms. Those below stay: measured on
 * real and invented series, low sums come as often as simulated, high ones more often; widened both ways, limits that were said to
 * fall with a chance of 0.7 fell in 0.8 of all cases.
 */
function widen(sums: CumulatedSums, spreads: Float64Array, horizon: number): void {
  const totals = spreads.map((_, course) => sums[(course + 1) * horizon - 1] as number);
  const middle = quantile(totals, 0.5);
  if (!(middle > 0)) return;
  for (let course = 0; course < totals.length; course++) {
    const total = totals[course] as number;
    if (total <= middle) continue;
    const scale = Math.exp(Math.log(Math.min(total / middle, MOST_ABOVE_MIDDLE)) * ((spreads[course] as number) - 1));
    for (let bucket = course * horizon; bucket < (course + 1) * horizon; bucket++) sums[bucket] = (sums[bucket] as number) * scale;
  }
}
