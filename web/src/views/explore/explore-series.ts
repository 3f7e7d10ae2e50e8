/** The chart's figures out of three answers: the largest names, what each had in each bucket, and what there was in all. */
import { NO_SUMS, restOfRows, type Sums, sumOfRows } from "../../api/rest-of-rows.ts";
import { bucketStart } from "../../charts/bucket-grid.ts";
import type { ChartSeries } from "../../charts/series.ts";
import type { Bucket } from "../../charts/time-axis.ts";
import { inPicture } from "../../format/amounts.ts";
import type { ChartForm, Measure } from "./explore-question.ts";

/** A row of an answer: its figures, and its dimensions under their own names. */
export type Row = Sums & { readonly [dimension: string]: string | number | null };

const MOST_NAMES = 8;

export interface SeriesQuestion {
  by: string;
  bucket: Bucket;
  measure: Measure;
  form: ChartForm;
  timeZone: string;
}

function figureOf(sums: Sums, measure: Measure): { value: number | null; exact: string | null } {
  if (measure === "cost") return { value: inPicture(sums.cost_usd), exact: sums.cost_usd };
  const value = measure === "requests" ? sums.requests : measure === "tokens" ? sums.total_tokens : sums[`${measure}_tokens`];
  return { value, exact: String(value) };
}

/** Where an answer has a row for: the buckets that the days consist of, and what it has besides. */
export function timesOf(
  grid: readonly number[],
  rows: readonly Row[],
  { bucket, timeZone }: Pick<SeriesQuestion, "bucket" | "timeZone">,
): number[] {
  return [...new Set([...grid, ...rows.map((row) => bucketStart(String(row[bucket]), timeZone))])].sort((a, b) => a - b);
}

/** One line for all. */
export function totalSeries(times: readonly number[], rows: readonly Row[], question: SeriesQuestion): ChartSeries[] {
  const at = byTime(rows, question);
  return [
    seriesOf(
      "all",
      times.map((time) => at.get(time)?.[0] ?? NO_SUMS),
      question,
      1,
    ),
  ];
}

/**
 * The largest names, and what is left. Where each call stands in one row at most, that is the totals less those that are shown, and so
 * exact whatever the answer has left out; a call with two tags stands in two, and there the others are added up.
 */
export function namedSeries(
  times: readonly number[],
  answers: { names: readonly Row[]; cells: readonly Row[]; totals: readonly Row[] },
  question: SeriesQuestion,
): ChartSeries[] {
  const shown = answers.names.slice(0, MOST_NAMES).map((row) => row[question.by] as string | null);
  const places = new Map(shown.map((name, place) => [name, place]));
  const cells = byTime(answers.cells, question);
  const totals = byTime(answers.totals, question);
  const columns = times.map((time) => {
    const named: Sums[] = shown.map(() => NO_SUMS);
    const others: Row[] = [];
    for (const row of cells.get(time) ?? []) {
      const place = places.get(row[question.by] as string | null);
      if (place === undefined) others.push(row);
      else named[place] = row;
    }
    const rest = question.by === "tag" ? sumOfRows(others) : restOfRows(totals.get(time)?.[0] ?? NO_SUMS, named);
    return { named, rest };
  });
  const real = new Set(shown);
  // A model may be called so in earnest: then what has no name stands in brackets.
  const wordFor = (word: string): string => (real.has(word) ? `(${word})` : word);
  const series = shown.map((name, place) =>
    seriesOf(
      name ?? wordFor("none"),
      columns.map(({ named }) => named[place] ?? NO_SUMS),
      question,
      (place + 1) as 1,
    ),
  );
  if (columns.every(({ rest }) => rest.requests === 0)) return series;
  return [
    ...series,
    seriesOf(
      wordFor("others"),
      columns.map(({ rest }) => rest),
      question,
      "other",
    ),
  ];
}

function byTime(rows: readonly Row[], { bucket, timeZone }: SeriesQuestion): Map<number, Row[]> {
  const starts = new Map<unknown, number>();
  const found = new Map<number, Row[]>();
  for (const row of rows) {
    const key = row[bucket];
    let start = starts.get(key);
    if (start === undefined) {
      start = bucketStart(String(key), timeZone);
      starts.set(key, start);
    }
    const known = found.get(start);
    if (known) known.push(row);
    else found.set(start, [row]);
  }
  return found;
}

const KINDS = { bars: "bars", areas: "area", lines: "line" } as const;

function seriesOf(
  name: string,
  sums: readonly Sums[],
  { measure, form }: SeriesQuestion,
  colour: NonNullable<ChartSeries["colour"]>,
): ChartSeries {
  const figures = sums.map((one) => figureOf(one, measure));
  return {
    name,
    values: figures.map(({ value }) => value),
    exact: figures.map(({ exact }) => exact),
    kind: KINDS[form],
    colour,
    stacked: form !== "lines",
  };
}
