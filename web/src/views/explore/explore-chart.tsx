/** The figures over time; a span that is dragged over becomes the period. */
import { useMemo } from "react";
import type { GroupedCostsDocument } from "tokenledger/insights";
import { bucketGrid, daysOfSpan } from "../../charts/bucket-grid.ts";
import type { FormatValue } from "../../charts/series.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { count, countShort, dollars, dollarsShort } from "../../format/amounts.ts";
import { useBook } from "../../question/book.tsx";
import type { Question } from "../../question/use-question.ts";
import { isTime } from "./dimensions.ts";
import { type ExploreQuestion, MEASURES } from "./explore-question.ts";
import { namedSeries, type Row, timesOf, totalSeries } from "./explore-series.ts";

export interface ExploreAnswers {
  names: GroupedCostsDocument;
  cells: GroupedCostsDocument;
  totals: GroupedCostsDocument;
}

export function rowsOf({ groups }: GroupedCostsDocument): readonly Row[] {
  return groups as unknown as readonly Row[];
}

const inDollars: FormatValue = (value, exact) => (exact === undefined ? dollarsShort(value) : dollars(exact));
const inCounts: FormatValue = (value) => count(value);

export function ExploreChart({ question, asked, answers }: { question: Question; asked: ExploreQuestion; answers: ExploreAnswers }) {
  const { timeZone, nowMs } = useBook();
  const { by, bucket, measure, form } = asked;
  // Of the answer: while another period is asked for, the last one stays on the screen.
  const { start, end } = answers.totals.period;
  const { times, series } = useMemo(() => {
    const seriesQuestion = { by, bucket, measure, form, timeZone };
    const totals = rowsOf(answers.totals);
    const grid = timesOf(bucketGrid({ start, end }, bucket, timeZone, nowMs()), totals, seriesQuestion);
    const made = isTime(by)
      ? totalSeries(grid, totals, seriesQuestion)
      : namedSeries(grid, { names: rowsOf(answers.names), cells: rowsOf(answers.cells), totals }, seriesQuestion);
    return { times: grid, series: made };
  }, [answers, by, bucket, measure, form, timeZone, start, end, nowMs]);
  return (
    <TimeChart
      label={`${MEASURES[measure]} per ${bucket}${isTime(by) ? "" : ` by ${by}`}`}
      times={times}
      bucket={bucket}
      timeZone={timeZone}
      series={series}
      formatValue={measure === "cost" ? inDollars : inCounts}
      formatTick={measure === "cost" ? dollarsShort : countShort}
      height={320}
      hideLegend={isTime(by)}
      onSelectRange={(startMs, endMs) => question.change({ period: undefined, bucket: undefined, ...daysOfSpan(startMs, endMs, timeZone) })}
    />
  );
}
