/** What each model was used for, valued at the list prices of its days: from rollups alone. */
import type { AggregateRow, Ledger, UsageFilter } from "../ledger/index.ts";
import { type ByKind, KINDS, type ListPrices, listValue, noneOfAnyKind, tokensByKind } from "./list-prices.ts";

export interface UsageOfModel {
  provider: string;
  model: string;
  requests: number;
  unpricedRequests: number;
  costNanoUsd: bigint;
  tokens: ByKind;
  /** What the tokens of each kind cost at the list prices of their days, in nano-USD; undefined where a day has none. */
  listByKind: ByKind | undefined;
  days: { atMs: number; requests: number; tokens: ByKind }[];
}

export interface UsageSpan {
  startMs: number;
  endMs: number;
  filter?: UsageFilter | undefined;
}

/** By provider and model, in the order of their names. */
export async function usageOfModels(book: Pick<Ledger, "aggregate">, span: UsageSpan, prices: ListPrices): Promise<UsageOfModel[]> {
  const { startMs, endMs, filter } = span;
  // Days of UTC, so that they consist of whole hours; prices change at their midnight.
  const query = { startMs, endMs, timeZone: "UTC", groupBy: ["provider", "model", "day"] as const };
  const { rows } = await book.aggregate({ ...query, ...(filter && { filter }) });
  const models: UsageOfModel[] = [];
  for (const row of rows) {
    const [provider, model] = [row.keys[0] ?? "", row.keys[1] ?? ""];
    let usage = models.at(-1);
    if (usage?.provider !== provider || usage.model !== model) {
      usage = nothingOf(provider, model);
      models.push(usage);
    }
    addDay(usage, row, prices);
  }
  return models;
}

function nothingOf(provider: string, model: string): UsageOfModel {
  const sums = { requests: 0, unpricedRequests: 0, costNanoUsd: 0n };
  return { provider, model, ...sums, tokens: noneOfAnyKind(), listByKind: noneOfAnyKind(), days: [] };
}

function addDay(usage: UsageOfModel, row: AggregateRow, prices: ListPrices): void {
  const atMs = Date.parse(row.keys[2] as string);
  const tokens = tokensByKind(row);
  const price = prices.at(usage.provider, usage.model, atMs);
  usage.requests += row.requests;
  usage.unpricedRequests += row.unpricedRequests;
  usage.costNanoUsd += row.costNanoUsd;
  for (const kind of KINDS) {
    usage.tokens[kind] += tokens[kind];
    if (usage.listByKind && price) usage.listByKind[kind] += tokens[kind] * price[kind];
  }
  if (price === undefined) usage.listByKind = undefined;
  usage.days.push({ atMs, requests: row.requests, tokens });
}

/** What all its tokens cost at list prices, in nano-USD. */
export function listCostOf(usage: UsageOfModel): number | undefined {
  return usage.listByKind && KINDS.reduce((sum, kind) => sum + (usage.listByKind as ByKind)[kind], 0);
}

/** What the same tokens would have cost as another model's, day by day; undefined where that had no price on one of the days. */
export function repricedNanoUsd(usage: UsageOfModel, provider: string, model: string, prices: ListPrices): number | undefined {
  let sum = 0;
  for (const { atMs, tokens } of usage.days) {
    const price = prices.at(provider, model, atMs);
    if (!price) return undefined;
    sum += listValue(tokens, price);
  }
  return sum;
}
