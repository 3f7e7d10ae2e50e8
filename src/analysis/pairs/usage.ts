/** Single calls, added up by name and bucket. */
import { AnalysisInputError, quoteValue } from "../../errors.ts";

/** One call, as far as analyses look at it. */
export interface Datapoint {
  model: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
}

/** What one name used, bucket by bucket. */
export interface Usage {
  name: string;
  /** The buckets in which it was used, rising, counted from the first bucket of all. */
  buckets: Float64Array;
  /** Parallel to them. */
  amounts: Float64Array;
  total: number;
  requests: number | undefined;
  /** Absent where a call's cost is not known. */
  costUsd: number | undefined;
}

interface Gathering {
  name: string;
  buckets: number[];
  amounts: number[];
  sorted: boolean;
  total: number;
  requests: number;
  costUsd: number | undefined;
}

/** The usage of each model, sorted by name, with the number of the bucket that is counted as 0. */
export function usageOf(datapoints: readonly Datapoint[], bucketMs: number): { usages: Usage[]; firstBucket: number } {
  if (!Array.isArray(datapoints))
    throw new AnalysisInputError(
      `datapoints: ${quoteValue(datapoints)} is not a list; give [{ model, timestamp, inputTokens, outputTokens }, …].`,
    );
  const byModel = new Map<string, Gathering>();
  let firstBucket = Number.POSITIVE_INFINITY;
  datapoints.forEach((point, index) => {
    const tokens = checked(point, index);
    const bucket = Math.floor(point.timestamp / bucketMs);
    let own = byModel.get(point.model);
    if (own === undefined) {
      own = { name: point.model, buckets: [], amounts: [], sorted: true, total: 0, requests: 0, costUsd: 0 };
      byModel.set(point.model, own);
    }
    firstBucket = Math.min(firstBucket, bucket);
    const last = own.buckets.length - 1;
    if (own.buckets[last] === bucket) {
      own.amounts[last] = (own.amounts[last] as number) + tokens;
    } else {
      if (last >= 0 && (own.buckets[last] as number) > bucket) own.sorted = false;
      own.buckets.push(bucket);
      own.amounts.push(tokens);
    }
    own.total += tokens;
    if (!Number.isSafeInteger(own.total))
      throw new AnalysisInputError(
        `datapoints[${index}]: the tokens of ${quoteValue(point.model)} come to more than ${Number.MAX_SAFE_INTEGER}, beyond which they can't be added exactly.`,
      );
    own.requests++;
    own.costUsd = point.costUsd === undefined || own.costUsd === undefined ? undefined : own.costUsd + point.costUsd;
  });
  const usages = [...byModel.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((own) => inOrder(own, firstBucket));
  return { usages, firstBucket: byModel.size > 0 ? firstBucket : 0 };
}

function inOrder({ name, buckets, amounts, sorted, total, requests, costUsd }: Gathering, firstBucket: number): Usage {
  if (sorted) {
    return {
      name,
      buckets: Float64Array.from(buckets, (b) => b - firstBucket),
      amounts: Float64Array.from(amounts),
      total,
      requests,
      costUsd,
    };
  }
  const order = Uint32Array.from(buckets, (_, i) => i).sort((a, b) => (buckets[a] as number) - (buckets[b] as number));
  const merged = new Float64Array(buckets.length);
  const sums = new Float64Array(buckets.length);
  let count = 0;
  for (const i of order) {
    const bucket = (buckets[i] as number) - firstBucket;
    if (count === 0 || merged[count - 1] !== bucket) merged[count++] = bucket;
    sums[count - 1] = (sums[count - 1] as number) + (amounts[i] as number);
  }
  return { name, buckets: merged.slice(0, count), amounts: sums.slice(0, count), total, requests, costUsd };
}

/** The tokens of a datapoint that is one. */
function checked(point: Datapoint, index: number): number {
  const fail = (field: keyof Datapoint, accepted: string): never => {
    throw new AnalysisInputError(`datapoints[${index}].${field}: ${quoteValue(point[field])} is not ${accepted}.`);
  };
  if (typeof point !== "object" || point === null)
    throw new AnalysisInputError(`datapoints[${index}]: ${quoteValue(point)} is not { model, timestamp, inputTokens, outputTokens }.`);
  const { model, timestamp, inputTokens, outputTokens, costUsd } = point;
  if (typeof model !== "string") fail("model", "a name; give a string");
  if (!Number.isFinite(timestamp)) fail("timestamp", "an instant; give milliseconds since 1970");
  if (!(Number.isSafeInteger(inputTokens) && inputTokens >= 0)) fail("inputTokens", `a number of tokens; give a whole number from 0 on`);
  if (!(Number.isSafeInteger(outputTokens) && outputTokens >= 0)) fail("outputTokens", `a number of tokens; give a whole number from 0 on`);
  if (costUsd !== undefined && !(Number.isFinite(costUsd) && costUsd >= 0)) fail("costUsd", "a cost; give USD from 0 on, or leave it out");
  return inputTokens + outputTokens;
}
