/** Which models a provider sells today, for the same kind of work. */
import { type PriceBook, type PriceEntry, priceBook } from "../pricing/index.ts";

/** Models for other work than text. */
const OTHER_WORK = /audio|realtime|image|vision|video|embed|tts|speech|transcri|moderat|search|guard|rerank|ocr|computer-use|dall|whisper/i;

export function isSameWork(model: string, other: string): boolean {
  return OTHER_WORK.test(model) === OTHER_WORK.test(other);
}

export interface SoldModel {
  model: string;
  /** The price in force; a user's own may be that of a pattern. */
  entry: PriceEntry;
}

/** Price lists from which models go when they are sold no more; others keep them for those who look back. */
const CURRENT_LISTS: ReadonlySet<string> = new Set(["LiteLLM", "OpenRouter"]);

/**
 * The prices in force of all that can be bought. What the book does not use must stand in two price lists, one of them a current one, or
 * in the user's own. A model that retires keeps its price, and is not sold.
 *
 * @param provider as the price book has it
 */
export function soldModels(prices: PriceBook, provider: string, nowMs: number, isInUse: (model: string) => boolean): SoldModel[] {
  const models = [...(listsOf(prices).get(provider)?.keys() ?? [])].sort();
  return models.flatMap((model) => soldModel(prices, provider, model, nowMs, isInUse(model)) ?? []);
}

/** The same for one model; undefined where it is not sold. */
export function soldModel(prices: PriceBook, provider: string, model: string, nowMs: number, isInUse: boolean): SoldModel | undefined {
  const entry = prices.find(provider, model, nowMs);
  if (entry === undefined) return undefined;
  const { retiredOn, rates } = entry;
  const isKnown = isInUse || !isBundled(entry) || (listsOf(prices).get(provider)?.get(model)?.isSold ?? false);
  const isRetired = retiredOn !== undefined && retiredOn <= new Date(nowMs).toISOString().slice(0, 10);
  return isKnown && !isRetired && (rates.input ?? 0) > 0 && (rates.output ?? 0) > 0 ? { model, entry } : undefined;
}

interface Listed {
  /** In two lists, one of them current. */
  isSold: boolean;
}

const listsOfBooks = new WeakMap<PriceBook, Map<string, Map<string, Listed>>>();

/** By provider and model: how it stands in price lists, at any time. */
function listsOf(prices: PriceBook): Map<string, Map<string, Listed>> {
  const known = listsOfBooks.get(prices);
  if (known) return known;
  const lists = new Map<string, Map<string, Listed>>();
  for (const { provider, model, sources } of prices.entries()) {
    if (model.includes("*")) continue;
    const models = lists.get(provider) ?? new Map<string, Listed>();
    const isSold = sources.length > 1 && sources.some(({ name }) => CURRENT_LISTS.has(name));
    models.set(model, { isSold: isSold || models.get(model)?.isSold === true });
    lists.set(provider, models);
  }
  listsOfBooks.set(prices, lists);
  return lists;
}

let ofPackage: ReadonlySet<PriceEntry> | undefined;

/** A price that came with the package, and not from the user. */
export function isBundled(entry: PriceEntry): boolean {
  ofPackage ??= new Set(priceBook().entries());
  return ofPackage.has(entry);
}
