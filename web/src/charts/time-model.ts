/** A time chart's figures, arranged for drawing: stacks, scale, ends of buckets. */
import type { ChartBand, ChartLimit, ChartSeries, FormatValue } from "./series.ts";
import { type StackedSpan, stack } from "./stacking.ts";
import { type Bucket, bucketEnds } from "./time-axis.ts";
import { type ValueScale, valueScale } from "./value-axis.ts";

export interface TimeFigures {
  times: readonly number[];
  bucket: Bucket;
  timeZone: string;
  series: readonly ChartSeries[];
  bands: readonly ChartBand[];
  limits: readonly ChartLimit[];
  now: number | undefined;
  /** Where zero need not be on the scale. */
  withoutZero: boolean;
  formatValue: FormatValue;
}

export interface TimeModel extends TimeFigures {
  ends: number[];
  /** The middle of each bucket: where its value is drawn and where the cursor rests. */
  middles: number[];
  spans: StackedSpan[];
  hidden: ReadonlySet<string>;
  /** Which of the bars beside each other a series is, and how many there are; stacked bars share one place. */
  slots: { slot: number; slots: number }[];
  scale: ValueScale & { step: number };
}

/** Arranges figures for drawing. `steps` is how many lines of the grid there is room for. */
export function timeModel(figures: TimeFigures, hidden: ReadonlySet<string>, steps: number): TimeModel {
  const { times, bucket, timeZone, series, bands, limits } = figures;
  const ends = bucketEnds(times, bucket, timeZone);
  const middles = times.map((start, index) => (start + (ends[index] as number)) / 2);
  const spans = stack(
    series.map(({ name, values, stacked }) => ({ values, stacked, hidden: hidden.has(name) })),
    times.length,
  );
  return {
    ...figures,
    ends,
    middles,
    spans,
    hidden,
    slots: slotsOf(series, hidden),
    scale: valueScale(shownValues(series, spans, bands, limits, hidden), steps, figures.withoutZero),
  };
}

function* shownValues(
  series: readonly ChartSeries[],
  spans: readonly StackedSpan[],
  bands: readonly ChartBand[],
  limits: readonly ChartLimit[],
  hidden: ReadonlySet<string>,
): Generator<number | null> {
  for (const [index, { name }] of series.entries()) if (!hidden.has(name)) yield* spans[index]?.to ?? [];
  for (const { name, low, high } of bands) {
    if (hidden.has(name)) continue;
    yield* low;
    yield* high;
  }
  for (const { value } of limits) yield value;
}

function slotsOf(series: readonly ChartSeries[], hidden: ReadonlySet<string>): { slot: number; slots: number }[] {
  const shown = series.map(({ kind, name, stacked }) => ({ isBars: kind === "bars" && !hidden.has(name), stacked }));
  const alone = shown.filter(({ isBars, stacked }) => isBars && !stacked).length;
  const hasStack = shown.some(({ isBars, stacked }) => isBars && stacked);
  const slots = Math.max(1, alone + (hasStack ? 1 : 0));
  let next = hasStack ? 1 : 0;
  return shown.map(({ isBars, stacked }) => {
    if (!isBars || stacked) return { slot: 0, slots };
    next += 1;
    return { slot: next - 1, slots };
  });
}
