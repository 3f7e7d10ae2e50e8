/** The change of a bill, cell by cell and effect by effect, in whole nano-USD that add up. */
import { type BillPeriod, explainChange, roundToTotal } from "../analysis/index.ts";
import { type Cell, unitPrices } from "./explanation-cells.ts";
import type { EffectDocument } from "./explanation-document.ts";
import { KINDS } from "./list-prices.ts";
import { NANO_USD_IN_USD } from "./usd.ts";

type EffectName = EffectDocument["effect"];

/** In the order in which equal ones are shown. */
const EFFECT_NAMES: readonly EffectName[] = [
  "volume",
  "mix",
  "length_in",
  "length_out",
  "kind_in",
  "kind_out",
  "price",
  "new",
  "retired",
  "other",
];

export type EffectSums = Map<EffectName, bigint>;

/** What one name's bill was and became, and why. */
export interface NameChange {
  name: string | null;
  fromNanoUsd: bigint;
  toNanoUsd: bigint;
  effects: EffectSums;
}

interface CellPair {
  name: string | null;
  from: Cell | undefined;
  to: Cell | undefined;
}

/** What a nano-USD per token is in USD per million tokens. */
const IN_USD_PER_MILLION = 1_000_000 / NANO_USD_IN_USD;

/** The cells' names in the order in which they come. */
export function nameChanges(from: readonly Cell[], to: readonly Cell[]): NameChange[] {
  const pairs = pairUp(from, to);
  const bills: [Record<string, BillPeriod[string]>, Record<string, BillPeriod[string]>] = [{}, {}];
  const decomposed = new Set<CellPair>();
  pairs.forEach((pair, index) => {
    if ((pair.from && !isProduct(pair.from)) || (pair.to && !isProduct(pair.to))) return;
    decomposed.add(pair);
    if (pair.from) bills[0][`cell ${index}`] = billed(pair.from, pair.to);
    if (pair.to) bills[1][`cell ${index}`] = billed(pair.to, pair.from);
  });
  const { entryExitByModel } = explainChange(bills[0], bills[1]);
  const byName = new Map<string | null, NameChange>();
  pairs.forEach((pair, index) => {
    const change = nanoUsdOf(pair.to) - nanoUsdOf(pair.from);
    const parts = decomposed.has(pair) ? (entryExitByModel[`cell ${index}`] as Partial<Record<EffectName, number>> | undefined) : undefined;
    // What is no product of requests, tokens and prices, such as a cost without tokens, changes for reasons of its own.
    const amounts = EFFECT_NAMES.map((effect) =>
      parts ? (parts[effect] ?? 0) * NANO_USD_IN_USD : effect === "other" ? Number(change) : 0,
    );
    const rounded = roundToTotal(amounts, change);
    const sums = byName.get(pair.name) ?? { name: pair.name, fromNanoUsd: 0n, toNanoUsd: 0n, effects: new Map() };
    byName.set(pair.name, sums);
    sums.fromNanoUsd += nanoUsdOf(pair.from);
    sums.toNanoUsd += nanoUsdOf(pair.to);
    EFFECT_NAMES.forEach((effect, i) => {
      sums.effects.set(effect, (sums.effects.get(effect) ?? 0n) + (rounded[i] as bigint));
    });
  });
  return [...byName.values()];
}

function pairUp(from: readonly Cell[], to: readonly Cell[]): CellPair[] {
  const pairs = new Map<string, CellPair>();
  for (const cell of from) pairs.set(cell.key, { name: cell.name, from: cell, to: undefined });
  for (const cell of to) {
    const pair = pairs.get(cell.key);
    if (pair) pair.to = cell;
    else pairs.set(cell.key, { name: cell.name, from: undefined, to: cell });
  }
  return [...pairs.values()];
}

const nanoUsdOf = (cell: Cell | undefined): bigint => cell?.costNanoUsd ?? 0n;

/** Whether requests × tokens × prices can make its cost: credits and costs without tokens can't be. */
function isProduct({ requests, costNanoUsd, tokens }: Cell): boolean {
  return requests > 0 && costNanoUsd >= 0n && (costNanoUsd === 0n || KINDS.some((kind) => tokens[kind] > 0));
}

function billed(cell: Cell, other: Cell | undefined): BillPeriod[string] {
  const prices = unitPrices(cell, other?.list);
  const known = KINDS.filter((kind) => prices && Number.isFinite(prices[kind]));
  return {
    requests: cell.requests,
    tokens: Object.fromEntries(known.map((kind) => [kind, cell.tokens[kind]])),
    pricePerMillion: Object.fromEntries(known.map((kind) => [kind, (prices as NonNullable<typeof prices>)[kind] * IN_USD_PER_MILLION])),
  };
}

/** Several names' effects as one's. */
export function summedEffects(changes: readonly NameChange[]): EffectSums {
  const sums: EffectSums = new Map();
  for (const { effects } of changes) {
    for (const [effect, amount] of effects) sums.set(effect, (sums.get(effect) ?? 0n) + amount);
  }
  return sums;
}

/** Those that are there, the largest first. */
export function largestEffects(effects: EffectSums): [EffectName, bigint][] {
  const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
  return EFFECT_NAMES.map((name): [EffectName, bigint] => [name, effects.get(name) ?? 0n])
    .filter(([, amount]) => amount !== 0n)
    .sort((a, b) => (size(a[1]) === size(b[1]) ? 0 : size(a[1]) > size(b[1]) ? -1 : 1));
}
