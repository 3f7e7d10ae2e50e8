/** The figures over time; a span that is dragged over becomes the period. */
import { useMemo } from "react";
import type { GroupedCostsDocument } from "tokenledger/insights";
import { bucketGrid, daysOfSpan } from "../../charts/bucket-grid.ts";
import type { FormatValue } from "../../charts/series.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { count, countShort, dollars, dollarsShort } from "../../format/amounts.ts";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import { type ExploreQuestion, MEASURES } from "./explore-question.ts";
import { namedSeries, type Row, timesOf, totalSeries } from "./explore-series.ts";

function rowsOf({ groups }: GroupedCostsDocument): readonly Row[] {
  return groups as unknown as readonly Row[];
}

const inDollars: FormatValue = (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact));
const inCounts: FormatValue = (value) => count(value);

export function ExploreChart({
  question,
  asked: { by, bucket, measure, form },
  totals,
  named: [names, cells],
}: {
  question: Question;
  asked: ExploreQuestion;
  totals: GroupedCostsDocument;
  /** The names, and what each had in each bucket; where they are not drawn, neither. */
  named: readonly GroupedCostsDocument[];
}) {
  const { timeZone, nowMs } = useBook();
  const isByName = names !== undefined && cells !== undefined;
  const { times, series } = useMemo(() => {
    const seriesQuestion = { by, bucket, measure, form, timeZone };
    const all = rowsOf(totals);
    // Days of the answer: while another period is asked for, the last one stays on the screen.
    const grid = timesOf(bucketGrid(totals.period, bucket, timeZone, nowMs()), all, seriesQuestion);
    const made =
      names === undefined || cells === undefined
        ? totalSeries(grid, all, seriesQuestion)
        : namedSeries(grid, { names: rowsOf(names), cells: rowsOf(cells), totals: all }, seriesQuestion);
    return { times: grid, series: made };
  }, [totals, names, cells, by, bucket, measure, form, timeZone, nowMs]);
  return (
    <TimeChart
      label={`${MEASURES[measure]} per ${bucket}${isByName ? ` by ${by}` : ""}`}
      times={times}
      bucket={bucket}
      timeZone={timeZone}
      series={series}
      formatValue={measure === "cost" ? inDollars : inCounts}
      formatTick={measure === "cost" ? dollarsShort : countShort}
      height={320}
      hideLegend={!isByName}
      onSelectRange={(startMs, endMs) => question.change({ period: undefined, bucket: undefined, ...daysOfSpan(startMs, endMs, timeZone) })}
    />
  );
}
