/** Which models are used together, which instead of each other, which apart? */
import { AnalysisInputError, quoteValue } from "../../errors.ts";
import { communities } from "../graph/communities.ts";
import { amounts, checkOptions } from "../input.ts";
import { BUCKET_OPTIONS, type BucketOptions, calendarOf, checkedBuckets, DAY_MS, HOUR_MS, MINUTE_MS } from "../series/calendar.ts";
import { adjustedPValues } from "../statistics/multiple-testing.ts";
import { correlationOf, correlationP } from "./correlation.ts";
import { type Edge, type EdgeTest, edgesOf, edgeTest, FALSE_DISCOVERIES, LEAST_BUCKETS } from "./edges.ts";
import { holesAmong } from "./holes.ts";
import { type Shared, sharedBuckets } from "./shared-buckets.ts";
import { gridOf, type Surprises, surprisesOf } from "./surprises.ts";
import { type Datapoint, type Usage, usageOf } from "./usage.ts";

export interface Correlations {
  models: string[];
  /** Each pair once. */
  pairs: ModelPair[];
  /** Models that are used more where the others are: the largest first. */
  communities: ModelCommunity[];
  /** Pairs of which the one is used less where the other is used more: the closest to −1 first. */
  substitutes: { modelA: string; modelB: string; score: number; evidence: string }[];
  /** Pairs that meet in fewer than half as many buckets as chance would have it; at the end those that were never in service together. */
  structuralHoles: { modelA: string; modelB: string; score: number; evidence: string }[];
}

export interface ModelPair {
  modelA: string;
  modelB: string;
  /** Pearson's correlation over the buckets in which both were used; from 3 of them on. Undefined is not zero. */
  r?: number;
  /** Why there is no r. */
  reason?: string;
  /** The buckets in which both were used. */
  overlap: number;
  /** Their share of the buckets in which either was. */
  coOccurrence: number;
  /** Beyond trend and calendar, over all buckets from the first to the last use of both, those without use as 0; from 24 on. */
  edge?: Edge;
}

export interface ModelCommunity {
  models: string[];
  totalTokens: number;
  /** Absent where it was not told. */
  requests?: number;
  /** Absent unless every call's cost is known. */
  costUsd?: number;
}

/** What one name used in each bucket; bucket 0 is the same for all. */
export interface NamedSeries {
  name: string;
  /** Never negative; 0 is no use. */
  values: ArrayLike<number>;
  requests?: number;
  costUsd?: number;
}

/** Edges need their buckets side by side: so many, of all series together. */
const MOST_CELLS = 2 ** 24;
/** Half a million pairs: more would fill the memory, and nobody reads them. */
const MOST_NAMES = 1_000;
/** A community's links have an r above this. */
const LINKED = 0.5;
/** A name that was tried once or twice says nothing about what it goes with. */
const LEAST_USES = 3;

/**
 * How models are used with, instead of and apart from each other, from single calls. Amounts are input and output tokens; buckets begin at
 * multiples of `bucketMs` since 1970.
 *
 * @throws AnalysisInputError naming the datapoint that is none, and for buckets that have no length
 * @example
 * ```ts
 * import { correlate } from "tokenledger/analysis";
 * const call = (model: string, hour: number, inputTokens: number) => ({ model, timestamp: hour * 3_600_000, inputTokens, outputTokens: 0 });
 * const calls = [call("large", 0, 30), call("small", 0, 10), call("large", 1, 60), call("small", 1, 20), call("large", 2, 90), call("small", 2, 30)];
 * correlate(calls, { bucketMs: 3_600_000 }).pairs; // => [{ modelA: "large", modelB: "small", overlap: 3, coOccurrence: 1, r: 1 }]
 * ```
 */
export function correlate(datapoints: readonly Datapoint[], options: { bucketMs: number; timeZone?: string }): Correlations {
  checkOptions(options, ["bucketMs", "timeZone"]);
  const { bucketMs, timeZone } = checkedBuckets(0, options);
  const { usages, firstBucket } = usageOf(datapoints, bucketMs);
  return correlationsOf(usages, { bucketMs, start: firstBucket * bucketMs, ...(timeZone !== undefined && { timeZone }) });
}

/**
 * The same from series that are added up already, in their order. Without `start`, bucket 0 begins on a Monday at 00:00.
 *
 * @throws AnalysisInputError for negative and non-finite values, series of different lengths, buckets that have no length
 * @example
 * ```ts
 * import { correlateSeries } from "tokenledger/analysis";
 * const days = Array.from({ length: 60 }, (_, day) => (day * 7919) % 61);
 * const series = [{ name: "old", values: days }, { name: "new", values: days.map((tokens) => 60 - tokens) }];
 * correlateSeries(series, { bucketMs: 86_400_000 }).substitutes.map(({ modelA, modelB, score }) => [modelA, modelB, score]); // => [["old", "new", 1]]
 * ```
 */
export function correlateSeries(series: readonly NamedSeries[], options: BucketOptions): Correlations {
  if (!Array.isArray(series)) throw new AnalysisInputError(`series: ${quoteValue(series)} is not a list; give [{ name, values }, …].`);
  checkOptions(options, BUCKET_OPTIONS);
  let length: number | undefined;
  const usages = series.map((one, index): Usage => {
    if (typeof one?.name !== "string")
      throw new AnalysisInputError(`series[${index}]: ${quoteValue(one)} is not a named series; give { name, values }.`);
    const { name, values, requests, costUsd } = one;
    const all = amounts(values, `series[${index}].values`);
    length ??= all.length;
    if (all.length !== length)
      throw new AnalysisInputError(`series[${index}].values: ${all.length} values, but series[0] has ${length}; give as many of each.`);
    const used = all.filter((amount) => amount > 0);
    const buckets = new Float64Array(used.length);
    for (let bucket = 0, place = 0; bucket < all.length; bucket++) if ((all[bucket] as number) > 0) buckets[place++] = bucket;
    return { name, buckets, amounts: used, total: used.reduce((total, value) => total + value, 0), requests, costUsd };
  });
  return correlationsOf(usages, checkedBuckets(length ?? 0, options));
}

interface Pair {
  a: Usage;
  b: Usage;
  shared: Shared;
}

function correlationsOf(usages: readonly Usage[], options: BucketOptions): Correlations {
  if (usages.length > MOST_NAMES)
    throw new AnalysisInputError(
      `${usages.length} names are too many to look at every pair; give at most ${MOST_NAMES}, and add up those that are used least.`,
    );
  const unit = unitOf(options.bucketMs);
  const shared = sharedBuckets(usages, unit);
  const pairs = usages
    .flatMap((a, i) => usages.slice(i + 1).map((b): Omit<Pair, "shared"> => ({ a, b })))
    .map((pair, index): Pair => ({ ...pair, shared: shared[index] as Shared }));
  const edges = edgesBetween(pairs, usages, options);
  const described = pairs.map(({ a, b, shared: { overlap, ...rest } }, index): ModelPair => {
    const either = a.buckets.length + b.buckets.length - overlap;
    const edge = edges[index];
    return { modelA: a.name, modelB: b.name, overlap, coOccurrence: either === 0 ? 0 : overlap / either, ...rest, ...(edge && { edge }) };
  });
  return {
    models: usages.map(({ name }) => name),
    pairs: described,
    communities: communitiesOf(usages, pairs, described),
    substitutes: substitutesAmong(described, unit),
    structuralHoles: structuralHoles(pairs, described, unit),
  };
}

function substitutesAmong(pairs: readonly ModelPair[], unit: string): Correlations["substitutes"] {
  return pairs
    .flatMap(({ modelA, modelB, edge }) => {
      const { r = 0, significant = false, n = 0 } = edge ?? {};
      if (!significant || r >= 0) return [];
      const evidence = `Where one is used more, the other is used less: r = ${r.toFixed(2)} over ${n} ${unit}s, trend and calendar taken out.`;
      return [{ modelA, modelB, score: -r, evidence }];
    })
    .sort((one, other) => other.score - one.score);
}

/** Of each pair; undefined where they were in service together for too short a time, or for too long to lay side by side. */
function edgesBetween(pairs: readonly Pair[], usages: readonly Usage[], options: BucketOptions): (Edge | undefined)[] {
  const spans = new Map(usages.map((usage) => [usage, { from: usage.buckets[0] ?? 0, to: (usage.buckets.at(-1) ?? -1) + 1 }]));
  const length = Math.max(0, ...[...spans.values()].map(({ to }) => to));
  const cells = [...spans.values()].reduce((total, { from, to }) => total + to - from, length);
  if (length < LEAST_BUCKETS || cells > MOST_CELLS) return pairs.map(() => undefined);
  const grid = gridOf(calendarOf(length, options));
  const laid = new Map<Usage, { values: Float64Array; surprises: Surprises | undefined }>();
  for (const [usage, { from, to }] of spans) {
    if (to - from < LEAST_BUCKETS) continue;
    const values = new Float64Array(to - from);
    usage.buckets.forEach((bucket, i) => {
      values[bucket - from] = usage.amounts[i] as number;
    });
    laid.set(usage, { values, surprises: surprisesOf(values, grid, from) });
  }
  const tests: (EdgeTest | string)[] = [];
  const counts: number[] = [];
  const places = pairs.map(({ a, b, shared }): number => {
    const [first, second] = [laid.get(a), laid.get(b)];
    const [spanA, spanB] = [spans.get(a), spans.get(b)];
    if (!first || !second || !spanA || !spanB) return -1;
    const from = Math.max(spanA.from, spanB.from);
    const to = Math.min(spanA.to, spanB.to);
    if (to - from < LEAST_BUCKETS) return -1;
    const plain = (): number | undefined => {
      const { r } = correlationOf(
        first.values.subarray(from - spanA.from, to - spanA.from),
        second.values.subarray(from - spanB.from, to - spanB.from),
      );
      // Two buckets that both were used in make a line of any two series.
      return r !== undefined && r > 0 && shared.r === undefined ? undefined : r;
    };
    counts.push(to - from);
    return tests.push(edgeTest(first.surprises, second.surprises, from, to, plain)) - 1;
  });
  const edges = edgesOf(tests, counts);
  return places.map((place) => edges[place]);
}

/** Joined by positive links alone, each beyond chance and an r above a half: a correlation that is weak makes no group. */
function communitiesOf(usages: readonly Usage[], pairs: readonly Pair[], described: readonly ModelPair[]): ModelCommunity[] {
  const numbers = new Map(usages.map((usage, number) => [usage, number]));
  // What can't be tested beyond trend and calendar has its plain correlation alone.
  const untested = described.filter(({ edge, r }) => edge?.p === undefined && r !== undefined);
  const q = adjustedPValues(
    untested.map(({ r, overlap }) => correlationP(r as number, overlap - 2)),
    "bh",
  );
  const plainlyLinked = new Set(untested.filter(({ r }, index) => (r as number) > LINKED && (q[index] as number) <= FALSE_DISCOVERIES));
  const links = described.flatMap((pair, index): [number, number, number][] => {
    const { edge, r = 0 } = pair;
    const strength = edge?.significant && (edge.r as number) > 0 ? Math.max(edge.r as number, r) : plainlyLinked.has(pair) ? r : 0;
    const { a, b } = pairs[index] as Pair;
    return strength > LINKED ? [[numbers.get(a) as number, numbers.get(b) as number, strength]] : [];
  });
  if (links.length === 0) return [];
  const groups = new Map<number, Usage[]>();
  communities({ n: usages.length, edges: links }).labels.forEach((label, node) => {
    groups.set(label, [...(groups.get(label) ?? []), usages[node] as Usage]);
  });
  return [...groups.values()]
    .filter((members) => members.length > 1)
    .map((members) => {
      const requests = knownSum(members.map((member) => member.requests));
      const costUsd = knownSum(members.map((member) => member.costUsd));
      return {
        models: members.map(({ name }) => name),
        totalTokens: members.reduce((total, member) => total + member.total, 0),
        ...(requests !== undefined && { requests }),
        ...(costUsd !== undefined && { costUsd }),
      };
    })
    .sort((one, other) => other.totalTokens - one.totalTokens);
}

/** Rarer together than chance would have it while both were in service; and those that never were at the same time. */
function structuralHoles(pairs: readonly Pair[], described: readonly ModelPair[], unit: string): Correlations["structuralHoles"] {
  const meetings = pairs.map(({ a, b, shared }) => {
    const from = Math.max(a.buckets[0] ?? 0, b.buckets[0] ?? 0);
    const to = Math.min(a.buckets.at(-1) ?? -1, b.buckets.at(-1) ?? -1);
    const within = ({ buckets }: Usage): number => (to < from ? 0 : countBelow(buckets, to + 1) - countBelow(buckets, from));
    return { a: within(a), b: within(b), shared: shared.overlap, buckets: Math.max(0, to - from + 1) };
  });
  const rare = holesAmong(meetings).flatMap(({ pair, score, expected }) => {
    // What is used instead of the other is told apart, as a substitute.
    if (described[pair]?.edge?.significant) return [];
    const { modelA, modelB } = described[pair] as ModelPair;
    const { a, b, shared, buckets } = meetings[pair] as (typeof meetings)[number];
    const evidence =
      `Used in the same ${unit} ${times(shared)}, where chance would have it ${expected.toFixed(1)} times: ` +
      `${modelA} in ${a}, ${modelB} in ${b} of the ${buckets} ${unit}s in which both were in service.`;
    return [{ modelA, modelB, score, evidence }];
  });
  const apart = pairs.flatMap(({ a, b }, pair) => {
    if (meetings[pair]?.buckets !== 0 || Math.min(a.buckets.length, b.buckets.length) < LEAST_USES) return [];
    const evidence =
      `Used in the same ${unit} never: ${a.name} in ${a.buckets.length} ${unit}s, ${b.name} in ${b.buckets.length}, ` +
      "and one was last used before the other was first used.";
    return [{ modelA: a.name, modelB: b.name, score: 1, evidence }];
  });
  return [...rare, ...apart];
}

/** How many of rising numbers lie below one, by halving. */
function countBelow(rising: Float64Array, limit: number): number {
  let below = 0;
  for (let above = rising.length; below < above; ) {
    const middle = (below + above) >> 1;
    if ((rising[middle] as number) < limit) below = middle + 1;
    else above = middle;
  }
  return below;
}

function times(count: number): string {
  return count === 0 ? "never" : count === 1 ? "once" : `${count} times`;
}

function unitOf(bucketMs: number): string {
  if (bucketMs === DAY_MS) return "day";
  if (bucketMs === HOUR_MS) return "hour";
  return bucketMs === MINUTE_MS ? "minute" : "bucket";
}

function knownSum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}
