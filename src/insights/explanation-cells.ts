/** A bill in cells: what each name spent with each model, with unit prices that make the cell's cost exact. */
import type { AggregateRow, Dimension, Ledger } from "../ledger/index.ts";
import { type ByKind, KINDS, type ListPrices, listValue, noneOfAnyKind, tokensByKind } from "./list-prices.ts";
import { type UsageOfModel, type UsageSpan, usageOfModels } from "./model-usage.ts";

/** Rollups know these, each by itself. */
const IN_ROLLUPS: ReadonlySet<Dimension> = new Set(["team", "project", "source"]);
/** Above so many requests, names are not read model by model where that means reading every record. */
const MOST_REQUESTS_READ = 150_000;

export interface Cell {
  name: string | null;
  /** Tells cells apart: name, provider and model. */
  key: string;
  requests: number;
  costNanoUsd: bigint;
  tokens: ByKind;
  /** List prices of the kinds, of which only the proportions count; undefined: none is known. */
  list: ByKind | undefined;
}

export interface PeriodCells {
  /** Of priced requests. */
  requests: number;
  costNanoUsd: bigint;
  /** By model, whatever the names are. */
  models: Cell[];
  names: Cell[];
  /** Models whose requests are without a price: wholly, and so left out, or in part. */
  unpriced: { model: string; requests: number; ofRequests: number }[];
  /** Names stand by themselves, their models together. */
  isCoarse: boolean;
}

export async function readCells(book: Pick<Ledger, "aggregate">, span: UsageSpan, by: Dimension, prices: ListPrices): Promise<PeriodCells> {
  const all = await usageOfModels(book, span, prices);
  const priced = all.filter(({ requests, unpricedRequests, costNanoUsd }) => requests > unpricedRequests || costNanoUsd !== 0n);
  const requests = priced.reduce((sum, usage) => sum + usage.requests, 0);
  const isCoarse = IN_ROLLUPS.has(by) && requests > MOST_REQUESTS_READ;
  const models = priced.map((usage) => modelCell(usage, usage.model));
  return {
    requests: requests - priced.reduce((sum, usage) => sum + usage.unpricedRequests, 0),
    costNanoUsd: models.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
    models,
    names: await nameCells(book, span, by, { priced, models, isCoarse }),
    unpriced: all
      .filter(({ unpricedRequests }) => unpricedRequests > 0)
      .map((usage) => ({ model: usage.model, requests: usage.unpricedRequests, ofRequests: usage.requests })),
    isCoarse,
  };
}

function modelCell(usage: UsageOfModel, name: string | null): Cell {
  const { provider, model, requests, costNanoUsd, tokens } = usage;
  return { name, key: JSON.stringify([name, provider, model]), requests, costNanoUsd, tokens, list: averagePrices([usage]) };
}

async function nameCells(
  book: Pick<Ledger, "aggregate">,
  span: UsageSpan,
  by: Dimension,
  known: { priced: readonly UsageOfModel[]; models: Cell[]; isCoarse: boolean },
): Promise<Cell[]> {
  const { priced, models, isCoarse } = known;
  if (by === "model") return models;
  if (by === "provider") return priced.map((usage) => modelCell(usage, usage.provider));
  const { startMs, endMs, filter } = span;
  const groupBy: Dimension[] = isCoarse ? [by] : [by, "provider", "model"];
  const { rows } = await book.aggregate({ startMs, endMs, timeZone: "UTC", groupBy, ...(filter && { filter }) });
  const listOf = isCoarse ? averageOfAll(priced) : averageOfEach(priced);
  return rows
    .filter(({ requests, unpricedRequests, costNanoUsd }) => requests > unpricedRequests || costNanoUsd !== 0n)
    .map((row) => nameCell(row, listOf(row)));
}

function nameCell(row: AggregateRow, list: ByKind | undefined): Cell {
  const { requests, costNanoUsd } = row;
  return { name: row.keys[0] ?? null, key: JSON.stringify(row.keys), requests, costNanoUsd, tokens: tokensByKind(row), list };
}

function averageOfAll(usages: readonly UsageOfModel[]): () => ByKind | undefined {
  const average = averagePrices(usages.filter(({ listByKind }) => listByKind));
  return () => average;
}

function averageOfEach(usages: readonly UsageOfModel[]): (row: AggregateRow) => ByKind | undefined {
  const byModel = new Map(usages.map((usage) => [JSON.stringify([usage.provider, usage.model]), averagePrices([usage])]));
  return ({ keys }) => byModel.get(JSON.stringify([keys[1] ?? "", keys[2] ?? ""]));
}

/** Per token of each kind over the period, weighted by use; a kind that was not used has the price of its nearest relative. */
function averagePrices(usages: readonly UsageOfModel[]): ByKind | undefined {
  const [value, tokens] = [noneOfAnyKind(), noneOfAnyKind()];
  for (const usage of usages) {
    if (!usage.listByKind) return undefined;
    for (const kind of KINDS) {
      value[kind] += usage.listByKind[kind];
      tokens[kind] += usage.tokens[kind];
    }
  }
  const whole = KINDS.reduce((sum, kind) => sum + tokens[kind], 0);
  if (whole === 0 || KINDS.every((kind) => value[kind] === 0)) return undefined;
  const average = noneOfAnyKind();
  for (const kind of KINDS) average[kind] = tokens[kind] > 0 ? value[kind] / tokens[kind] : Number.NaN;
  return average;
}

/**
 * Nano-USD per token of each kind that was used: the list price times what was really paid over what the list would have asked. So
 * tokens times prices is the cell's cost, discounts and all. Without a list price, one price for every token.
 *
 * @returns undefined where there are no tokens that a price could be of
 */
export function unitPrices(cell: Cell, listElsewhere: ByKind | undefined): ByKind | undefined {
  const used = KINDS.filter((kind) => cell.tokens[kind] > 0);
  if (used.length === 0) return undefined;
  const list = [cell.list, listElsewhere].find((prices) => prices && used.every((kind) => Number.isFinite(prices[kind])));
  const cost = Number(cell.costNanoUsd);
  const atList = list ? listValue(onlyUsed(cell.tokens, used), fillPrices(list)) : 0;
  const prices = noneOfAnyKind();
  const each = cost / used.reduce((sum, kind) => sum + cell.tokens[kind], 0);
  for (const kind of KINDS) {
    if (list && atList > 0) prices[kind] = (list[kind] * cost) / atList;
    else prices[kind] = cell.tokens[kind] > 0 ? each : Number.NaN;
  }
  return prices;
}

function onlyUsed(tokens: ByKind, used: readonly (typeof KINDS)[number][]): ByKind {
  const only = noneOfAnyKind();
  for (const kind of used) only[kind] = tokens[kind];
  return only;
}

const fillPrices = (prices: ByKind): ByKind => {
  const filled = noneOfAnyKind();
  for (const kind of KINDS) filled[kind] = Number.isFinite(prices[kind]) ? prices[kind] : 0;
  return filled;
};
