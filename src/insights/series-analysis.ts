/** One series taken apart and tested: what its document and the sentences are made from. */

import { decompose, detectAnomalies } from "../analysis/index.ts";
import { amountsOf, type BookSeries, type NamedSeries, type Unit, valuesOf } from "./book-series.ts";
import type { BucketName } from "./bucket-grid.ts";
import { LARGEST_P } from "./largest-p.ts";
import { estimated } from "./rounding.ts";
import { type Level, levelsOf } from "./series-levels.ts";
import { NANO_USD_IN_USD } from "./usd.ts";
import { areMostlyUsed, usedOf } from "./used-buckets.ts";
import { countText } from "./words.ts";

/** Fewer buckets than this are told as they are: no test says anything of them. */
const FEWEST_BUCKETS = 8;
const FEWEST_USED = 4;
/** Of what stands out, and of new levels, fewer tell nothing: a week of hours, two weeks of days. */
const FEWEST_FOR_ANOMALIES = { hour: 168, day: 14 } as const;
/** Less than this part of all that was spent is no news, however unusual. */
const LEAST_IMPACT = 0.001;

export type Decomposition = ReturnType<typeof decompose>;
type Anomaly = ReturnType<typeof detectAnomalies>[number];

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
export const scaleOf = (unit: Unit): number => (unit === "usd" ? NANO_USD_IN_USD : 1);

export function analyseSeries(series: NamedSeries, { grid, unit }: Pick<BookSeries, "grid" | "unit">): AnalysedSeries {
  const amounts = amountsOf(series, unit);
  const scale = scaleOf(unit);
  const values = valuesOf(series, unit).map((amount) => amount / scale);
  const options = { bucketMs: grid.bucketMs, ...grid.calendar };
  const insufficient = whyInsufficient(values, grid.bucket);
  const decomposition = decompose(values, options);
  const isTested = insufficient === null && values.length >= FEWEST_FOR_ANOMALIES[grid.bucket];
  const asAmounts = ({ index, expected, p }: { index: number; expected: number; p: number }): FoundAnomaly => {
    const [value, usual] = [amounts[index] as bigint, estimatedAmount(expected, unit)];
    return { index, value, expected: usual, impact: value - usual, p };
  };
  return {
    series,
    unit,
    amounts,
    decomposition,
    anomalies: isTested ? anomaliesOf(values, decomposition, options).map(asAmounts) : [],
    levels: isTested ? levelsOf(values, amounts, grid) : [],
    insufficient: insufficient ?? decomposition.insufficient ?? null,
  };
}

/** Those that are worth a word: told from chance, from rhythms, and from buckets that are only seldom used. */
function anomaliesOf(
  values: Float64Array,
  decomposition: Decomposition,
  options: Parameters<typeof detectAnomalies>[1],
): readonly Anomaly[] {
  const whole = values.reduce((sum, value) => sum + value, 0);
  return outOfTheUsed(values, unexplained(decomposition, detectAnomalies(values, { ...options, minImpact: whole * LEAST_IMPACT })));
}

/** A computed number of USD or tokens, which is but an estimate, as a whole number of nano-USD or tokens. */
export function estimatedAmount(value: number, unit: Unit): bigint {
  return estimated(value * scaleOf(unit));
}

function whyInsufficient(values: Float64Array, bucket: BucketName): string | null {
  const used = usedOf(values).length;
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
function unexplained({ noise, bursts }: Decomposition, anomalies: readonly Anomaly[]): readonly Anomaly[] {
  return anomalies.filter(({ index, impact, p }) => p <= LARGEST_P && (noise[index] as number) + (bursts[index] as number) >= impact / 2);
}

/** Where buckets often stay unused, one that is used is no anomaly for that: it must stand out from the used ones (Tukey's far out). */
function outOfTheUsed(values: Float64Array, anomalies: readonly Anomaly[]): readonly Anomaly[] {
  if (areMostlyUsed(values)) return anomalies;
  const used = usedOf(values).sort();
  const quartile = (quarters: number): number => used[Math.round(((used.length - 1) * quarters) / 4)] as number;
  const fence = quartile(3) + 3 * (quartile(3) - quartile(1));
  return used.length < FEWEST_BUCKETS ? [] : anomalies.filter(({ value }) => value > fence && value > 2 * quartile(2));
}
