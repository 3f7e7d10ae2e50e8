/**
 * Why a bill changed. A model's cost is a product: all requests × its share of them × tokens per request × share of the kind
 * of token × price. Who changes these one after another finds effects that depend on the order; their mean over all orders
 * is the Shapley value (Shapley 1953; of index numbers: Sun 1998, Albrecht, François & Schoors 2002). It leaves no rest, and
 * changes its sign with the direction of time.
 */
import { checkOptions } from "../input.ts";
import { type Bill, type BilledModel, type BillPeriod, billOf, type Direction, type Successors } from "./bill-period.ts";

export const EFFECTS = ["volume", "mix", "length_in", "length_out", "kind_in", "kind_out", "price"] as const;

/** In USD: by how much the bill grew because of one thing. They add up to the whole change. */
export interface Effects {
  /** More requests. */
  volume: number;
  /** Other models were asked. */
  mix: number;
  /** More tokens in each request. */
  length_in: number;
  length_out: number;
  /** Other kinds of tokens: what was read from the cache is now sent in full, what was answered is now thought. */
  kind_in: number;
  kind_out: number;
  /** Another price for the same. */
  price: number;
}

/** The same, models that only one period has standing apart: the others' requests and shares are then among themselves. */
export interface EntryExitEffects extends Effects {
  new: number;
  retired: number;
}

export interface BillChange {
  effects: Effects;
  byModel: Record<string, Effects>;
  entryExit: EntryExitEffects;
  entryExitByModel: Record<string, EntryExitEffects>;
}

/**
 * The change of a bill from one period to another, taken apart into effects that add up to it. A share, length or price that
 * one period can't have, as nothing was used, is taken to be the other's. Amounts are exact up to the last step, which makes
 * them floats; `roundToTotal` makes them whole units of money that still add up.
 *
 * @param options.successorOf by an older model's name its newer one's: their usage is one model's, so that an upgrade shows
 *   as price and length, not as one model that left and one that came
 * @throws AnalysisInputError for negative amounts, unknown kinds of tokens, tokens that have no price or no request
 * @example
 * ```ts
 * import { explainChange } from "tokenledger/analysis";
 * const pricePerMillion = { input: 3, cache_read: 0.3 };
 * const { effects } = explainChange(
 *   { sonnet: { requests: 100, tokens: { input: 1e6, cache_read: 9e6 }, pricePerMillion } }, // $5.70
 *   { sonnet: { requests: 200, tokens: { input: 20e6, cache_read: 0 }, pricePerMillion } }, // $60.00
 * );
 * effects; // => { volume: 17.85, mix: 0, length_in: 0, length_out: 0, kind_in: 36.45, kind_out: 0, price: 0 }
 * ```
 */
export function explainChange(before: BillPeriod, after: BillPeriod, options: { successorOf?: Successors } = {}): BillChange {
  checkOptions(options, ["successorOf"]);
  const bill = billOf(before, after, options.successorOf);
  const plain = decomposed(bill.models, bill.scale);
  const continuing = bill.models.filter(({ requests }) => requests[0] > 0n && requests[1] > 0n);
  // Only a model without requests at all has no part in either.
  const [total, byModel] = summedUp(bill, plain);
  const apart = continuing.length === bill.models.length ? plain : decomposed(continuing, bill.scale);
  const parts = bill.models.map((model) => apart.get(model) ?? entryOrExit(model, bill.scale));
  const [entryExitTotal, entryExitByModel] = summedUp(bill, new Map(bill.models.map((model, i) => [model, parts[i] as Parts])));
  return {
    effects: asEffects(total),
    byModel: Object.fromEntries([...byModel].map(([name, part]) => [name, asEffects(part)])),
    entryExit: asEntryExit(entryExitTotal),
    entryExitByModel: Object.fromEntries([...entryExitByModel].map(([name, part]) => [name, asEntryExit(part)])),
  };
}

type PartName = (typeof EFFECTS)[number] | "new" | "retired";
type Parts = Partial<Record<PartName, bigint>>;

/** Amounts are kept as whole multiples of 2^-160 USD: finer than any sum of them could show. */
const FRACTION_BITS = 160n;
const FRACTION = 2 ** Number(FRACTION_BITS);

function decomposed(models: readonly BilledModel[], scale: bigint): Map<BilledModel, Parts> {
  const all = [0n, 0n] as [bigint, bigint];
  for (const { requests } of models) {
    all[0] += requests[0];
    all[1] += requests[1];
  }
  return new Map(models.map((model) => [model, partsOf(model, all, scale)]));
}

/** A quantity in both periods, over one denominator. */
type Factor = readonly [before: bigint, after: bigint, denominator: bigint];

/** What has no whole to be a share of is taken to be as in the other period. */
function ratio(part: readonly [bigint, bigint], whole: readonly [bigint, bigint]): Factor {
  if (whole[0] === 0n) return whole[1] === 0n ? [0n, 0n, 1n] : [part[1], part[1], whole[1]];
  if (whole[1] === 0n) return [part[0], part[0], whole[0]];
  return [part[0] * whole[1], part[1] * whole[0], whole[0] * whole[1]];
}

function partsOf({ requests, directions }: BilledModel, all: readonly [bigint, bigint], scale: bigint): Parts {
  const parts: Parts = { price: 0n };
  const share = ratio(requests, all);
  for (const direction of directions) {
    const length = ratio(direction.tokens, requests);
    const [perToken, tokenDenominator] = pricesPerToken(direction);
    const values = new Array<bigint>(32);
    for (let bits = 0; bits < 8; bits++) {
      const count = all[(bits & 1) as 0 | 1] * share[((bits >> 1) & 1) as 0 | 1] * length[((bits >> 2) & 1) as 0 | 1];
      for (let rest = 0; rest < 4; rest++) values[bits | (rest << 3)] = count * (perToken[rest] as bigint);
    }
    const denominator = 120n * share[2] * length[2] * tokenDenominator * scale;
    const [volume, mix, lengthPart, kind, price] = shapley(values).map((part) => (part << FRACTION_BITS) / denominator);
    parts.volume = (parts.volume ?? 0n) + (volume as bigint);
    parts.mix = (parts.mix ?? 0n) + (mix as bigint);
    parts[direction.lengthEffect] = lengthPart as bigint;
    parts[direction.kindEffect] = kind as bigint;
    parts.price = (parts.price ?? 0n) + (price as bigint);
  }
  return parts;
}

/**
 * What a token of the direction costs on average, with the kinds' shares (first bit) and prices (second bit) of before and
 * after: summed over kinds here, as the other factors are the same for all of them.
 */
function pricesPerToken({ kinds, tokens }: Direction): [bigint[], bigint] {
  const sums = [0n, 0n, 0n, 0n];
  let denominator = 1n;
  for (const kind of kinds) {
    const share = ratio(kind.tokens, tokens);
    denominator = share[2];
    for (let bits = 0; bits < 4; bits++)
      sums[bits] = (sums[bits] as bigint) + share[(bits & 1) as 0 | 1] * kind.price[(bits >> 1) as 0 | 1];
  }
  return [sums, denominator];
}

/** How often, of 120 orders, exactly the factors of a set of so many come before a given one. */
const ORDERS = [24n, 6n, 4n, 6n, 24n];
const SIZES = Array.from({ length: 32 }, (_, set) => [0, 1, 2, 3, 4].filter((factor) => (set >> factor) & 1).length);

/** 120 times each factor's Shapley value, of the values that sets of changed factors give. */
function shapley(values: readonly bigint[]): bigint[] {
  return [0, 1, 2, 3, 4].map((factor) => {
    const bit = 1 << factor;
    const bySize = [0n, 0n, 0n, 0n, 0n];
    for (let set = 0; set < 32; set++) {
      if (set & bit) continue;
      const size = SIZES[set] as number;
      bySize[size] = (bySize[size] as bigint) + (values[set | bit] as bigint) - (values[set] as bigint);
    }
    return bySize.reduce((sum, part, size) => sum + part * (ORDERS[size] as bigint), 0n);
  });
}

function entryOrExit({ directions, requests }: BilledModel, scale: bigint): Parts {
  const cost = (period: 0 | 1) =>
    directions.flatMap(({ kinds }) => kinds).reduce((sum, kind) => sum + kind.tokens[period] * kind.price[period], 0n);
  const change = ((cost(1) - cost(0)) << FRACTION_BITS) / scale;
  return requests[0] === 0n ? { new: change } : { retired: change };
}

function summedUp({ models }: Bill, parts: ReadonlyMap<BilledModel, Parts>): [Parts, Map<string, Parts>] {
  const total: Parts = {};
  const byModel = new Map<string, Parts>();
  for (const model of models) {
    const part = parts.get(model) ?? {};
    byModel.set(model.name, part);
    for (const [name, amount] of Object.entries(part) as [PartName, bigint][]) total[name] = (total[name] ?? 0n) + amount;
  }
  return [total, byModel];
}

function usd(part: bigint | undefined): number {
  return Number(part ?? 0n) / FRACTION;
}

function asEffects(parts: Parts): Effects {
  return Object.fromEntries(EFFECTS.map((name) => [name, usd(parts[name])])) as unknown as Effects;
}

function asEntryExit(parts: Parts): EntryExitEffects {
  return { ...asEffects(parts), new: usd(parts.new), retired: usd(parts.retired) };
}
