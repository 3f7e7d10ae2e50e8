/** Sums for a report: local time is cut here, the store sums, and what has the same keys is put together. */
import { DatabaseError } from "../errors.ts";
import { isTimeDimension, type LocalSegment, localSegments } from "./local-segments.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Dimension, UsageSums } from "./query.ts";
import type { Group, GroupDimension, LedgerStore } from "./store.ts";

export async function aggregate(store: LedgerStore, query: AggregateQuery): Promise<Aggregate> {
  const segments = await segmentsOf(store, query);
  const groupBy = query.groupBy.filter((dimension): dimension is GroupDimension => !isTimeDimension(dimension));
  const groups = segments.length === 0 ? [] : await store.groups({ segments, groupBy, filter: query.filter ?? {} });
  const rows = new Map<string, AggregateRow>();
  const totals = noUsage();
  for (const group of groups) {
    addSums(totals, group.sums);
    const segment = segments[group.segment] as LocalSegment;
    for (const keys of keysOf(group, segment, query.groupBy, groupBy)) {
      const identity = JSON.stringify(keys);
      let row = rows.get(identity);
      if (!row) {
        row = { keys, ...noUsage() };
        rows.set(identity, row);
      }
      addSums(row, group.sums);
    }
  }
  return { rows: [...rows.values()].filter(hasUsage).sort(compareKeys), totals };
}

/** The asked span, cut to what the book holds, in pieces. */
async function segmentsOf(store: LedgerStore, query: AggregateQuery): Promise<LocalSegment[]> {
  const held = await store.span();
  if (!held) return [];
  const startMs = Math.max(query.startMs ?? held.startMs, held.startMs);
  const endMs = Math.min(query.endMs ?? held.endMs, held.endMs);
  if (startMs >= endMs) return [];
  return localSegments({ startMs, endMs }, query.groupBy.filter(isTimeDimension), query.timeZone);
}

/** A record's keys in each row where it stands: one row, or one for each of its tags. */
function keysOf(
  group: Group,
  segment: LocalSegment,
  dimensions: readonly Dimension[],
  grouped: readonly GroupDimension[],
): (string | null)[][] {
  const keyOf = (dimension: Dimension): string | null =>
    isTimeDimension(dimension) ? (segment.keys[dimension] ?? null) : (group.keys[grouped.indexOf(dimension)] ?? null);
  const keys = dimensions.map(keyOf);
  const tagPlace = dimensions.indexOf("tag");
  const tags = tagPlace < 0 ? null : (keys[tagPlace] as string | null);
  if (tags === null) return [keys];
  return (JSON.parse(tags) as string[]).map((tag) => keys.map((key, place) => (dimensions[place] === "tag" ? tag : key)));
}

export function noUsage(): UsageSums {
  return {
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    webSearches: 0,
    costNanoUsd: 0n,
    unpricedRequests: 0,
    latencyMsSum: 0,
    latencyCount: 0,
  };
}

function addSums(to: UsageSums, sums: UsageSums): void {
  to.requests = exact(to.requests + sums.requests);
  to.inputTokens = exact(to.inputTokens + sums.inputTokens);
  to.outputTokens = exact(to.outputTokens + sums.outputTokens);
  to.cacheReadTokens = exact(to.cacheReadTokens + sums.cacheReadTokens);
  to.cacheWriteTokens = exact(to.cacheWriteTokens + sums.cacheWriteTokens);
  to.reasoningTokens = exact(to.reasoningTokens + sums.reasoningTokens);
  to.webSearches = exact(to.webSearches + sums.webSearches);
  to.costNanoUsd += sums.costNanoUsd;
  to.unpricedRequests = exact(to.unpricedRequests + sums.unpricedRequests);
  to.latencyMsSum = exact(to.latencyMsSum + sums.latencyMsSum);
  to.latencyCount = exact(to.latencyCount + sums.latencyCount);
}

function exact(sum: number): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new DatabaseError("A sum of tokens over this selection is more than can be counted exactly (2^53); ask for a shorter time.");
}

/** A record that was taken back and put down elsewhere leaves sums of zero behind. */
function hasUsage(row: AggregateRow): boolean {
  return row.requests !== 0;
}

/** By code units, the same in every locale; what has no value comes last. */
function compareKeys(a: AggregateRow, b: AggregateRow): number {
  for (let i = 0; i < a.keys.length; i++) {
    const left = a.keys[i] as string | null;
    const right = b.keys[i] as string | null;
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -1 : 1;
  }
  return 0;
}
