/** How good were such forecasts on this very series? Each past moment is forecast from what was known then. */

import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { checkOptions } from "../input.ts";
import { knownAmounts } from "../series/known-amounts.ts";
import { exceeding } from "./exceeding.ts";
import { checkedForecastOptions, FORECAST_OPTIONS, type ForecastOptions, forecast } from "./forecast.ts";
import { usualHorizon } from "./level-models.ts";

export interface BacktestOptions extends Omit<ForecastOptions, "horizon"> {
  /** The length of the periods that are forecast to their end; by default a week of days, a day of anything shorter. */
  periodBuckets?: number;
}

/** All forecasts that gave a chance between two bounds: how high on average, and how often it came true. */
export interface ReliabilityBin {
  from: number;
  to: number;
  n: number;
  predicted?: number;
  happened?: number;
}

export interface ForecastScore {
  /** How often a limit was asked about that was not exceeded yet. */
  decisions: number;
  /** The mean squared error of the chances that were given: 0 is perfect, 0.25 is what "one half" always gets (Brier 1950). */
  brier?: number;
  /** That of going on at the period's own pace: exceeded or not. */
  runRateBrier?: number;
  /** How many intervals were given, and which share of them held what came: 0.8 was promised. */
  intervals: number;
  coverage80?: number;
  reliability: ReliabilityBin[];
  /** Where there is nothing to tell. */
  reason?: string;
}

/** What had been spent per bucket before, times these, times the length of the period. */
const LIMITS = [0.7, 0.85, 1, 1.15, 1.35, 1.6];
const ELAPSED = [0.25, 0.5, 0.75];
const BINS = 5;
const MOST_PERIODS = 30;
const COURSES = 300;

/**
 * Forecasts past periods from a quarter, half and three quarters of each, against limits around what was usual until then. It is
 * what a promise of 80 % is worth for these very values.
 *
 * @example
 * ```ts
 * import { backtestForecast } from "tokenledger/analysis";
 * const days = Array.from({ length: 70 }, (_, i) => (i % 7 < 5 ? 20 : 2) + ((i * 13) % 7));
 * const { decisions, brier = 1, runRateBrier = 0 } = backtestForecast(days, { periodBuckets: 7 });
 * decisions > 100 && brier < runRateBrier; // => true
 * backtestForecast([1, 2, 3]).reason; // => "3 buckets are known; a first period can be forecast after 14, and judged after 21."
 * ```
 *
 * @throws AnalysisInputError for values that are no amounts, and for options that can't be
 */
export function backtestForecast(values: ArrayLike<number>, options: BacktestOptions = {}): ForecastScore {
  checkOptions(options, [...FORECAST_OPTIONS, "periodBuckets"]);
  const { values: y, known, count } = knownAmounts(values, options.gaps);
  const { buckets, seed } = checkedForecastOptions(y.length, options);
  const usual = usualHorizon(buckets.bucketMs);
  const { periodBuckets = usual, courses = COURSES } = options;
  if (!Number.isSafeInteger(periodBuckets) || periodBuckets < 2)
    throw new AnalysisInputError(`periodBuckets: ${quoteValue(periodBuckets)} is not a length in buckets; give a whole number from 2 up.`);
  const first = Math.max(14, Math.min(2 * usual, y.length >> 1));
  const step = Math.max(1, Math.ceil((y.length - first - periodBuckets + 1) / MOST_PERIODS));
  const score = new Score();
  for (let start = first; start + periodBuckets <= y.length; start += step) {
    const usualBucket = known.subarray(0, start).some((one) => one === 1) ? mean(y, known, 0, start) : 0;
    const end = start + periodBuckets;
    for (const elapsed of new Set(ELAPSED.map((share) => Math.max(1, Math.round(share * periodBuckets))))) {
      const now = start + elapsed;
      if (now >= end || known.subarray(start, end).includes(0)) continue;
      const spent = sum(y, start, now);
      const rest = sum(y, now, end);
      const gaps = known.subarray(0, now).map((one) => 1 - one);
      const ahead = forecast(y.subarray(0, now), { ...buckets, horizon: end - now, courses, gaps, seed: seed + now });
      if (ahead.total === undefined) continue;
      score.interval(rest >= ahead.total.p10 && rest <= ahead.total.p90);
      for (const factor of LIMITS) {
        const limit = factor * usualBucket * periodBuckets;
        if (spent > limit) continue;
        const { probability } = exceeding(ahead, { limit, spent });
        if (probability !== undefined) score.decision(probability, (spent / elapsed) * periodBuckets > limit, spent + rest > limit);
      }
    }
  }
  return score.summary(
    `${count} buckets are known; a first period can be forecast after ${first}, and judged after ${first + periodBuckets}.`,
  );
}

class Score {
  private decisions = 0;
  private squares = 0;
  private runRateSquares = 0;
  private intervals = 0;
  private covered = 0;
  private readonly bins = Array.from({ length: BINS }, () => ({ n: 0, predicted: 0, happened: 0 }));

  interval(covered: boolean): void {
    this.intervals++;
    if (covered) this.covered++;
  }

  decision(probability: number, byRunRate: boolean, exceeded: boolean): void {
    const outcome = exceeded ? 1 : 0;
    this.decisions++;
    this.squares += (probability - outcome) ** 2;
    this.runRateSquares += (byRunRate ? 1 : 0) === outcome ? 0 : 1;
    const bin = this.bins[Math.min(BINS - 1, Math.floor(probability * BINS))] as { n: number; predicted: number; happened: number };
    bin.n++;
    bin.predicted += probability;
    bin.happened += outcome;
  }

  summary(reason: string): ForecastScore {
    const { decisions, intervals } = this;
    const reliability = this.bins.map(({ n, predicted, happened }, i) => ({
      from: i / BINS,
      to: (i + 1) / BINS,
      n,
      ...(n > 0 && { predicted: predicted / n, happened: happened / n }),
    }));
    return {
      decisions,
      ...(decisions > 0 && { brier: this.squares / decisions, runRateBrier: this.runRateSquares / decisions }),
      intervals,
      ...(intervals > 0 && { coverage80: this.covered / intervals }),
      reliability,
      ...(intervals === 0 && { reason }),
    };
  }
}

function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i] as number;
  return total;
}

function mean(values: Float64Array, known: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) count += known[i] as number;
  return sum(values, from, to) / count;
}
