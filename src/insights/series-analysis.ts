/** One series taken apart and tested: what the documents and the sentences are made from. */

import { decompose, detectAnomalies } from "../analysis/index.ts";
import { formatUsd, NANO_PER_USD } from "../money.ts";
import { amountsOf, type BookSeries, type NamedSeries, type Unit, valuesOf } from "./book-series.ts";
import type { BucketName } from "./bucket-grid.ts";
import { shareOf } from "./figures.ts";
import type { AnomalyDocument, ChangePointDocument, RhythmDocument, SeriesDocument } from "./series-document.ts";
import { type Level, levelsOf } from "./series-levels.ts";
import { estimated, nearest, significant, significantOrNull } from "./significant.ts";
import { countText } from "./words.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Fewer buckets than this are told as they are: no test says anything of them. */
const FEWEST_BUCKETS = 8;
const FEWEST_USED = 4;
/** Of what stands out, and of new levels, fewer tell nothing: a week of hours, two weeks of days. */
const FEWEST_FOR_ANOMALIES = { hour: 168, day: 14 } as const;
/** Less than this part of all that was spent is no news, however unusual. */
const LEAST_IMPACT = 0.001;

const SIGNIFICANT = 0.05;
/** With more buckets of nothing than this leaves, what is usual is that of the buckets that are used. */
const MOSTLY_USED = 0.9;

type Decomposition = ReturnType<typeof decompose>;

/** In the series' own unit: nano-USD or tokens. */
export interface FoundAnomaly {
  index: number;
  value: bigint;
  expected: bigint;
  impact: bigint;
  p: number;
}

export interface AnalysedSeries {
  series: NamedSeries;
  unit: Unit;
  amounts: bigint[];
  decomposition: Decomposition;
  anomalies: FoundAnomaly[];
  levels: Level[];
  insufficient: string | null;
}

/** What one unit of mathematics is of the document's: a USD is a milliard nano-USD. */
const scaleOf = (unit: Unit): number => (unit === "usd" ? Number(NANO_PER_USD) : 1);

export function analyseSeries(series: NamedSeries, { grid, unit }: Pick<BookSeries, "grid" | "unit">): AnalysedSeries {
  const amounts = amountsOf(series, unit);
  const scale = scaleOf(unit);
  const values = valuesOf(series, unit).map((amount) => amount / scale);
  const options = { bucketMs: grid.bucketMs, ...grid.calendar };
  const insufficient = whyInsufficient(values, grid.bucket);
  const decomposition = decompose(values, options);
  const isTested = insufficient === null && values.length >= FEWEST_FOR_ANOMALIES[grid.bucket];
  const whole = values.reduce((sum, value) => sum + value, 0);
  return {
    series,
    unit,
    amounts,
    decomposition,
    anomalies: isTested
      ? outOfTheUsed(values, unexplained(decomposition, detectAnomalies(values, { ...options, minImpact: whole * LEAST_IMPACT }))).map(
          ({ index, expected, p }) => {
            const value = amounts[index] as bigint;
            const usual = estimatedAmount(expected, unit);
            return { index, value, expected: usual, impact: value - usual, p };
          },
        )
      : [],
    levels: isTested ? levelsOf(values, amounts, grid) : [],
    insufficient: insufficient ?? decomposition.insufficient ?? null,
  };
}

/** A computed number of USD or tokens as a whole number of nano-USD or tokens. */
function inUnits(value: number, unit: Unit): bigint {
  return nearest(value * scaleOf(unit));
}

/** The same of what is but an estimate. */
export function estimatedAmount(value: number, unit: Unit): bigint {
  return estimated(value * scaleOf(unit));
}

function whyInsufficient(values: Float64Array, bucket: BucketName): string | null {
  const used = values.filter((value) => value > 0).length;
  const enough = "for a trend or a rhythm to be told from chance";
  if (values.length === 0) return `no ${bucket} with anything before or in it is over in this range`;
  if (used === 0) return "nothing was spent in this range";
  if (values.length < FEWEST_BUCKETS) return `${countText(values.length, bucket)} ${values.length === 1 ? "is" : "are"} too few ${enough}`;
  if (used < FEWEST_USED) return `${countText(used, bucket)} with spending ${used === 1 ? "is" : "are"} too few ${enough}`;
  return null;
}

/**
 * What chance makes in fewer than one of twenty buckets (of a short series that can't be told of any), and what no rhythm that was
 * found makes: a batch of every Monday is no anomaly, however high it stands above other nights.
 */
function unexplained<T extends { index: number; impact: number; p: number }>(
  { noise, bursts }: Decomposition,
  anomalies: readonly T[],
): readonly T[] {
  return anomalies.filter(({ index, impact, p }) => p <= SIGNIFICANT && (noise[index] as number) + (bursts[index] as number) >= impact / 2);
}

const shareUsed = (values: Float64Array): number => values.filter((value) => value > 0).length / values.length;

/** Where buckets often stay unused, one that is used is no anomaly for that: it must stand out from the used ones (Tukey's far out). */
function outOfTheUsed<T extends { value: number }>(values: Float64Array, anomalies: readonly T[]): readonly T[] {
  if (shareUsed(values) >= MOSTLY_USED) return anomalies;
  const used = values.filter((value) => value > 0).sort();
  const quartile = (quarters: number): number => used[Math.round(((used.length - 1) * quarters) / 4)] as number;
  const fence = quartile(3) + 3 * (quartile(3) - quartile(1));
  return used.length < FEWEST_BUCKETS ? [] : anomalies.filter(({ value }) => value > fence && value > 2 * quartile(2));
}

/** @param whole all that was spent, of which the series has a share */
export function seriesDocument(analysed: AnalysedSeries, { grid, total }: Pick<BookSeries, "grid" | "total">): SeriesDocument {
  const { series, unit, decomposition, insufficient } = analysed;
  const isUnpriced = series.requests > 0 && series.unpricedRequests === series.requests;
  return {
    name: series.name,
    names: series.names,
    requests: series.requests,
    total_tokens: series.totalTokens,
    cost_usd: isUnpriced ? null : formatUsd(series.costNanoUsd),
    share: unit === "usd" ? shareOf(series.costNanoUsd, total.costNanoUsd) : shareOf(BigInt(series.totalTokens), BigInt(total.totalTokens)),
    insufficient,
    phase: phaseDocument(decomposition.phase, insufficient),
    rhythms: insufficient === null ? rhythmDocuments(analysed) : [],
    components: components(analysed),
    anomalies: analysed.anomalies.map((anomaly) => anomalyDocument(anomaly, grid, unit)),
    change_points: analysed.levels.map(
      ({ index, before, after }): ChangePointDocument => ({
        at: instant(grid.startsMs[index] as number),
        before: amount(before, unit),
        after: amount(after, unit),
      }),
    ),
  };
}

const instant = (ms: number): string => new Date(ms).toISOString();

/** Money as text, tokens as numbers. */
export function amount(value: bigint, unit: Unit): string | number {
  return unit === "usd" ? formatUsd(value) : Number(value);
}

/** A direction that was not tested is none. */
function phaseDocument(
  { direction, volatile, slopePerWeek, level, p }: Decomposition["phase"],
  insufficient: string | null,
): SeriesDocument["phase"] {
  if (p === undefined || insufficient !== null) return { direction: "unknown", volatile, percent_per_week: null, p: null };
  const perWeek = slopePerWeek === undefined || level === undefined || level === 0 ? undefined : (100 * slopePerWeek) / level;
  return { direction, volatile, percent_per_week: significantOrNull(perWeek), p: significant(p) };
}

function rhythmDocuments({ decomposition, unit }: AnalysedSeries): RhythmDocument[] {
  const found = new Map(decomposition.rhythms.map((rhythm) => [rhythm.periodMs, rhythm]));
  return decomposition.tested
    .filter(({ overtoneOf }) => overtoneOf === undefined)
    .map((tested): RhythmDocument => {
      const rhythm = found.get(tested.periodMs);
      return {
        name: rhythmName(tested.periodMs),
        period_seconds: significant(tested.periodMs / 1000),
        found: tested.found,
        p: significant(tested.p),
        strength: significantOrNull(rhythm?.strength),
        peak: rhythm?.peak ?? null,
        peak_excess: rhythm ? amount(estimatedAmount(rhythm.peakExcess, unit), unit) : null,
      };
    })
    .sort((a, b) => (b.strength ?? -1) - (a.strength ?? -1) || a.p - b.p || a.period_seconds - b.period_seconds);
}

const NAMED_PERIODS: readonly [periodMs: number, name: string][] = [
  [HOUR_MS, "hourly"],
  [12 * HOUR_MS, "half-daily"],
  [DAY_MS, "daily"],
  [7 * DAY_MS, "weekly"],
];

export function rhythmName(periodMs: number): string {
  const named = NAMED_PERIODS.find(([length]) => length === periodMs);
  if (named) return named[1];
  const days = periodMs / DAY_MS;
  if (days > 28 && days < 32) return "monthly";
  return days >= 2 ? `${significant(Number(days.toPrecision(3)))}-day` : `${significant(Number((periodMs / HOUR_MS).toPrecision(3)))}-hour`;
}

function components({ amounts, decomposition, unit }: AnalysedSeries): SeriesDocument["components"] {
  const { trend, oscillation, levels } = decomposition;
  const whole = (part: Float64Array): bigint[] => Array.from(part, (value) => inUnits(value, unit));
  const [trends, oscillations] = [whole(trend), whole(oscillation)];
  const shown = (list: readonly bigint[]) => list.map((value) => amount(value, unit));
  return {
    values: shown(amounts),
    trend: shown(trends),
    oscillation: shown(oscillations),
    // What is left, so that the three add up to the last digit.
    noise: shown(amounts.map((value, i) => value - (trends[i] as bigint) - (oscillations[i] as bigint))),
    levels,
  };
}

function anomalyDocument({ index, value, expected, impact, p }: FoundAnomaly, grid: BookSeries["grid"], unit: Unit): AnomalyDocument {
  return {
    start: instant(grid.startsMs[index] as number),
    end: instant(grid.startsMs[index + 1] ?? grid.endMs),
    value: amount(value, unit),
    expected: amount(expected, unit),
    impact: amount(impact, unit),
    p: significant(p),
    causes: [],
  };
}
