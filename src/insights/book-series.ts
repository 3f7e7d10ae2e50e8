/** From the book's rollups to series: what was spent in every bucket, by the whole and by each name, without holes. */

import { InvalidInput } from "../errors.ts";
import type { AggregateRow, Ledger, UsageFilter } from "../ledger/index.ts";
import { BUCKET_MS, type BucketGrid, type BucketName, bucketGrid, bucketOf } from "./bucket-grid.ts";
import type { Period } from "./period.ts";

export type SeriesDimension = "model" | "team" | "project";

/** Money is counted in nano-USD; tokens where nothing has a price. */
export type Unit = "usd" | "tokens";

/** What one name spent: sums over the period, and bucket by bucket. */
export interface NamedSeries {
  name: string | null;
  /** How many names stand together here; 1 is the rule. */
  names: number;
  requests: number;
  unpricedRequests: number;
  totalTokens: number;
  costNanoUsd: bigint;
  /** Of each bucket. */
  costs: bigint[];
  tokens: Float64Array;
  requestsOf: Float64Array;
}

export interface BookSeries {
  grid: BucketGrid;
  unit: Unit;
  total: NamedSeries;
  /** The largest first. */
  names: NamedSeries[];
  /** Requests that carry a time after now: in the sums, in no series. */
  futureRequests: number;
}

export interface SeriesRequest {
  period: Period;
  by: SeriesDimension;
  bucket: BucketName;
  nowMs: number;
  filter?: UsageFilter;
}

/** Three years: finer than days, a longer time shows nothing more. */
const MOST_HOURS = 3 * 366 * 24;

/**
 * One question to the book. Series begin with the bucket of the first use, or with the period if the book was used before, and
 * end with the last bucket that is over.
 *
 * @throws InvalidInput for more hours than are worth looking at
 */
export async function readSeries(book: Pick<Ledger, "aggregate" | "span">, request: SeriesRequest): Promise<BookSeries> {
  const { period, by, bucket, nowMs, filter } = request;
  if (bucket === "hour" && (Math.min(period.endMs, nowMs) - period.startMs) / BUCKET_MS.hour > MOST_HOURS)
    throw new InvalidInput(`bucket: hours from ${period.start} to ${period.end} are too many; give days, or at most three years.`);
  const { rows, totals } = await book.aggregate({
    startMs: period.startMs,
    endMs: period.endMs,
    // An hour is an hour of UTC, which rollups are made of; a zone that is half an hour off would cut each in two.
    timeZone: bucket === "hour" ? "UTC" : period.timeZone,
    groupBy: [bucket, by],
    ...(filter && { filter }),
  });
  const unit: Unit = totals.costNanoUsd === 0n && totals.unpricedRequests > 0 ? "tokens" : "usd";
  const grid = bucketGrid(
    rows.map((row) => row.keys[0] as string),
    // What a filter leaves may have begun later than the book.
    {
      period,
      bucket,
      nowMs,
      isUsedBefore: !filter && rows.length > 0 && ((await book.span())?.firstMs ?? period.startMs) < period.startMs,
    },
  );
  const total = emptySeries(null, grid.startsMs.length);
  const byName = new Map<string | null, NamedSeries>();
  let futureRequests = 0;
  for (const row of rows) {
    const name = row.keys[1] ?? null;
    let series = byName.get(name);
    if (!series) {
      series = emptySeries(name, grid.startsMs.length);
      byName.set(name, series);
    }
    const place = bucketOf(grid, row.keys[0] as string);
    addRow(series, row, place);
    addRow(total, row, place);
    if (isFuture(row.keys[0] as string, grid, nowMs)) futureRequests += row.requests;
  }
  total.names = byName.size;
  return { grid, unit, total, names: [...byName.values()].sort(largestFirst(unit)), futureRequests };
}

function emptySeries(name: string | null, buckets: number): NamedSeries {
  return {
    name,
    names: 1,
    requests: 0,
    unpricedRequests: 0,
    totalTokens: 0,
    costNanoUsd: 0n,
    costs: new Array<bigint>(buckets).fill(0n),
    tokens: new Float64Array(buckets),
    requestsOf: new Float64Array(buckets),
  };
}

function addRow(series: NamedSeries, row: AggregateRow, place: number | undefined): void {
  const tokens = row.inputTokens + row.outputTokens;
  series.requests += row.requests;
  series.unpricedRequests += row.unpricedRequests;
  series.totalTokens += tokens;
  series.costNanoUsd += row.costNanoUsd;
  if (place === undefined) return;
  series.costs[place] = (series.costs[place] as bigint) + row.costNanoUsd;
  series.tokens[place] = (series.tokens[place] as number) + tokens;
  series.requestsOf[place] = (series.requestsOf[place] as number) + row.requests;
}

function isFuture(key: string, grid: BucketGrid, nowMs: number): boolean {
  return grid.startOf(key) > nowMs;
}

/** By what was spent, then by name; what has none comes last. */
function largestFirst(unit: Unit): (a: NamedSeries, b: NamedSeries) => number {
  return (a, b) => {
    const difference = unit === "usd" ? Number(b.costNanoUsd - a.costNanoUsd) : b.totalTokens - a.totalTokens;
    if (difference !== 0) return difference;
    if (a.name === null || b.name === null) return a.name === null ? (b.name === null ? 0 : 1) : -1;
    return a.name < b.name ? -1 : 1;
  };
}

/** The largest as they are, the others together at the end. */
export function foldSeries(names: readonly NamedSeries[], most: number): NamedSeries[] {
  if (names.length <= most) return [...names];
  const others = emptySeries(null, names[0]?.costs.length ?? 0);
  others.names = names.length - most;
  for (const each of names.slice(most)) addSeries(others, each);
  return [...names.slice(0, most), others];
}

function addSeries(to: NamedSeries, series: NamedSeries): void {
  to.requests += series.requests;
  to.unpricedRequests += series.unpricedRequests;
  to.totalTokens += series.totalTokens;
  to.costNanoUsd += series.costNanoUsd;
  for (let i = 0; i < to.costs.length; i++) {
    to.costs[i] = (to.costs[i] as bigint) + (series.costs[i] as bigint);
    to.tokens[i] = (to.tokens[i] as number) + (series.tokens[i] as number);
    to.requestsOf[i] = (to.requestsOf[i] as number) + (series.requestsOf[i] as number);
  }
}

/** Each bucket's amount as integers: nano-USD or tokens. */
export function amountsOf(series: NamedSeries, unit: Unit): bigint[] {
  return unit === "usd" ? series.costs : Array.from(series.tokens, BigInt);
}

/** What mathematics gets: USD, or tokens. Amounts of corrections that took back more than there was count as none. */
export function valuesOf(series: NamedSeries, unit: Unit): Float64Array {
  return Float64Array.from(unit === "usd" ? series.costs.map(Number) : series.tokens, (amount) => Math.max(0, amount));
}
