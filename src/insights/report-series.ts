/** Series for the spending report: from datapoints, or as they were given. */
import { AnalysisInputError, quoteValue } from "../errors.ts";

/** One call, or several of one model at one time. */
export interface ReportDatapoint {
  model: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
}

/** A model's amounts: `timestamps` in milliseconds, or counted in units from anywhere (0, 1, 2). */
export interface TokenSeries {
  model: string;
  timestamps: ArrayLike<number>;
  values: ArrayLike<number>;
  unit?: string;
}

export interface AlignedSeries {
  bucketMs: number;
  /** When bucket 0 begins; undefined where the timestamps only count. */
  start: number | undefined;
  byModel: Map<string, Float64Array>;
  total: Float64Array;
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** No series of buckets in milliseconds is this short. */
const LARGEST_COUNT = 1_000_000;
const MOST_BUCKETS = 2 ** 20;

export function checkDatapoints(datapoints: readonly ReportDatapoint[]): void {
  if (!Array.isArray(datapoints)) throw new AnalysisInputError(`datapoints: ${quoteValue(datapoints)} is not a list of datapoints.`);
  datapoints.forEach((point: ReportDatapoint, i) => {
    const where = `datapoints[${i}]`;
    if (typeof point !== "object" || point === null) throw new AnalysisInputError(`${where}: ${quoteValue(point)} is not a datapoint.`);
    if (typeof point.model !== "string" || point.model === "")
      throw new AnalysisInputError(`${where}.model: ${quoteValue(point.model)} is not a name; give a text.`);
    checkTime(point.timestamp, `${where}.timestamp`);
    for (const field of ["inputTokens", "outputTokens"] as const) {
      if (!Number.isSafeInteger(point[field]) || point[field] < 0)
        throw new AnalysisInputError(
          `${where}.${field}: ${quoteValue(point[field])} is not a count; give a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
        );
    }
    const cost: unknown = point.costUsd;
    if (cost !== undefined && !(typeof cost === "number" && cost >= 0 && Number.isFinite(cost)))
      throw new AnalysisInputError(`${where}.costUsd: ${quoteValue(cost)} is not an amount; give USD from 0 up, or leave it out.`);
  });
}

function checkTime(time: unknown, where: string): void {
  if (typeof time !== "number" || !Number.isFinite(time))
    throw new AnalysisInputError(`${where}: ${quoteValue(time)} is not a time; give milliseconds since 1970.`);
}

/** Sums of tokens by bucket, from the first bucket that any model used to the last; what was not used is zero. */
export function seriesOfDatapoints(datapoints: readonly ReportDatapoint[], bucketMs: number): AlignedSeries {
  return aligned(
    datapoints.map(({ model, timestamp, inputTokens, outputTokens }) => ({
      model,
      bucket: Math.floor(timestamp / bucketMs),
      amount: inputTokens + outputTokens,
    })),
    bucketMs,
    true,
  );
}

export function givenSeries(series: readonly TokenSeries[]): AlignedSeries {
  if (!Array.isArray(series)) throw new AnalysisInputError(`series: ${quoteValue(series)} is not a list of { model, timestamps, values }.`);
  const unit: unknown = series[0]?.unit ?? "hour";
  const bucketMs = typeof unit === "string" && Object.hasOwn(UNITS_MS, unit) ? (UNITS_MS[unit] as number) : undefined;
  if (bucketMs === undefined) throw new AnalysisInputError(`series[0].unit: ${quoteValue(unit)} is not a unit; give minute, hour or day.`);
  const points = series.flatMap((each: TokenSeries, i) => pointsOf(each, `series[${i}]`, unit as string));
  const earliest = points.reduce((least, { time }) => Math.min(least, time), 0);
  const latest = points.reduce((most, { time }) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  const isCounted = latest - earliest < LARGEST_COUNT;
  return aligned(
    points.map(({ model, time, amount }) => ({ model, bucket: isCounted ? Math.floor(time) : Math.floor(time / bucketMs), amount })),
    bucketMs,
    !isCounted,
  );
}

function pointsOf(
  { model, timestamps, values, unit }: TokenSeries,
  where: string,
  common: string,
): { model: string; time: number; amount: number }[] {
  if (typeof model !== "string" || model === "")
    throw new AnalysisInputError(`${where}.model: ${quoteValue(model)} is not a name; give a text.`);
  if (unit !== undefined && unit !== common)
    throw new AnalysisInputError(`${where}.unit: ${quoteValue(unit)} is not ${common}, which the first series has; give all in one unit.`);
  if (timestamps?.length === undefined || timestamps.length !== values?.length)
    throw new AnalysisInputError(
      `${where}: ${timestamps?.length ?? 0} timestamps and ${values?.length ?? 0} values; give as many of each.`,
    );
  return Array.from(values, (amount, i) => {
    checkTime(timestamps[i], `${where}.timestamps[${i}]`);
    if (typeof amount !== "number" || !(amount >= 0 && Number.isFinite(amount)))
      throw new AnalysisInputError(`${where}.values[${i}]: ${quoteValue(amount)} is not an amount; give a number from 0 up.`);
    return { model, time: timestamps[i] as number, amount };
  });
}

function aligned(points: readonly { model: string; bucket: number; amount: number }[], bucketMs: number, isTimed: boolean): AlignedSeries {
  const first = points.reduce((least, { bucket }) => Math.min(least, bucket), Number.POSITIVE_INFINITY);
  const last = points.reduce((most, { bucket }) => Math.max(most, bucket), Number.NEGATIVE_INFINITY);
  const length = points.length === 0 ? 0 : last - first + 1;
  if (length > MOST_BUCKETS)
    throw new AnalysisInputError(
      `bucketMs: ${bucketMs} cuts the time of the datapoints into ${length} buckets; at most ${MOST_BUCKETS} are taken.`,
    );
  const byModel = new Map<string, Float64Array>();
  const total = new Float64Array(length);
  for (const { model, bucket, amount } of points) {
    let values = byModel.get(model);
    if (!values) {
      values = new Float64Array(length);
      byModel.set(model, values);
    }
    values[bucket - first] = (values[bucket - first] as number) + amount;
    total[bucket - first] = (total[bucket - first] as number) + amount;
  }
  return { bucketMs, start: isTimed && length > 0 ? first * bucketMs : undefined, byModel, total };
}
