/** An analysed series as documents tell it. */
import { formatUsd } from "../money.ts";
import type { BookSeries, Unit } from "./book-series.ts";
import { shareOf } from "./figures.ts";
import { nearest, rounded, roundedOrNull } from "./rounding.ts";
import { type AnalysedSeries, type Decomposition, estimatedAmount, type FoundAnomaly, scaleOf } from "./series-analysis.ts";
import type { Amount, AnomalyDocument, ChangePointDocument, RhythmDocument, SeriesDocument } from "./series-document.ts";
import { rhythmName } from "./words.ts";

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
        before: amountDocument(before, unit),
        after: amountDocument(after, unit),
      }),
    ),
  };
}

const instant = (ms: number): string => new Date(ms).toISOString();

/** Money as text, tokens as numbers. */
export function amountDocument(value: bigint, unit: Unit): Amount {
  return unit === "usd" ? formatUsd(value) : Number(value);
}

/** A direction that was not tested is none. */
function phaseDocument(
  { direction, volatile, slopePerWeek, level, p }: Decomposition["phase"],
  insufficient: string | null,
): SeriesDocument["phase"] {
  if (p === undefined || insufficient !== null) return { direction: "unknown", volatile, percent_per_week: null, p: null };
  const perWeek = slopePerWeek === undefined || level === undefined || level === 0 ? undefined : (100 * slopePerWeek) / level;
  return { direction, volatile, percent_per_week: roundedOrNull(perWeek), p: rounded(p) };
}

function rhythmDocuments({ decomposition, unit }: AnalysedSeries): RhythmDocument[] {
  const found = new Map(decomposition.rhythms.map((rhythm) => [rhythm.periodMs, rhythm]));
  return decomposition.tested
    .filter(({ overtoneOf }) => overtoneOf === undefined)
    .map((tested): RhythmDocument => {
      const rhythm = found.get(tested.periodMs);
      return {
        name: rhythmName(tested.periodMs),
        period_seconds: rounded(tested.periodMs / 1000),
        found: tested.found,
        p: rounded(tested.p),
        strength: roundedOrNull(rhythm?.strength),
        peak: rhythm?.peak ?? null,
        peak_excess: rhythm ? amountDocument(estimatedAmount(rhythm.peakExcess, unit), unit) : null,
      };
    })
    .sort((a, b) => (b.strength ?? -1) - (a.strength ?? -1) || a.p - b.p || a.period_seconds - b.period_seconds);
}

function components({ amounts, decomposition, unit }: AnalysedSeries): SeriesDocument["components"] {
  const { trend, oscillation, levels } = decomposition;
  const whole = (part: Float64Array): bigint[] => Array.from(part, (value) => inUnits(value, unit));
  const [trends, oscillations] = [whole(trend), whole(oscillation)];
  const shown = (list: readonly bigint[]) => list.map((value) => amountDocument(value, unit));
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
    value: amountDocument(value, unit),
    expected: amountDocument(expected, unit),
    impact: amountDocument(impact, unit),
    p: rounded(p),
    causes: [],
  };
}

/** A computed number of USD or tokens as a whole number of nano-USD or tokens. */
function inUnits(value: number, unit: Unit): bigint {
  return nearest(value * scaleOf(unit));
}
