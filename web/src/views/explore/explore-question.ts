/** What the address asks: by what, in which buckets, of which figure, drawn how. */
import type { Parameters } from "../../api/client.ts";
import { usualBucket } from "../../charts/bucket-grid.ts";
import type { Bucket } from "../../charts/time-axis.ts";
import type { Question } from "../../question/use-question.ts";
import { type Dimension, isAnsweredFilter, isDimension, isTime } from "./dimensions.ts";

export const MEASURES = {
  cost: "Cost",
  requests: "Requests",
  tokens: "Tokens",
  input: "Input tokens",
  output: "Output tokens",
} as const;
export type Measure = keyof typeof MEASURES;

export const CHARTS = { bars: "Bars", areas: "Areas", lines: "Lines" } as const;
export type ChartForm = keyof typeof CHARTS;

export const BUCKETS: readonly Bucket[] = ["hour", "day", "week", "month"];

export interface ExploreQuestion {
  by: Dimension;
  bucket: Bucket;
  /** Not by the length of the period, but by choice. */
  isBucketChosen: boolean;
  measure: Measure;
  form: ChartForm;
  /** Days and filters, those that sums can be held to. */
  parameters: Parameters;
  /** Filters in the address that hold for lists of requests only. */
  ignored: readonly string[];
}

export function exploreQuestion(question: Pick<Question, "word" | "dayCount" | "days" | "filters">): ExploreQuestion {
  const by = question.word("by");
  const dimension = isDimension(by) ? by : "model";
  const chosen = question.word("bucket") as Bucket | undefined;
  const isBucketChosen = chosen !== undefined && BUCKETS.includes(chosen);
  const measure = question.word("measure");
  const form = question.word("chart");
  const names = Object.keys(question.filters);
  return {
    by: dimension,
    bucket: isTime(dimension) ? dimension : isBucketChosen ? chosen : usualBucket(question.dayCount),
    isBucketChosen,
    measure: measure !== undefined && Object.hasOwn(MEASURES, measure) ? (measure as Measure) : "cost",
    form: form !== undefined && Object.hasOwn(CHARTS, form) ? (form as ChartForm) : "bars",
    parameters: { ...question.days, ...Object.fromEntries(Object.entries(question.filters).filter(([name]) => isAnsweredFilter(name))) },
    ignored: names.filter((name) => !isAnsweredFilter(name)),
  };
}
