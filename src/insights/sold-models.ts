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

/**
 * The prices in force of all that can be bought. What the book does not use must stand in two price lists, or in the user's own: single
 * lists keep models that nobody sells any more. A model that retires keeps its price, and is not sold.
 *
 * @param provider as the price book has it
 */
export function soldModels(prices: PriceBook, provider: string, nowMs: number, isInUse: (model: string) => boolean): SoldModel[] {
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const listings = new Map<string, number>();
  for (const { provider: by, model, sources } of prices.entries())
    if (by === provider && !model.includes("*")) listings.set(model, Math.max(listings.get(model) ?? 0, sources.length));
  return [...listings].sort().flatMap(([model, lists]) => {
    const entry = prices.find(provider, model, nowMs);
    if (entry === undefined) return [];
    const { retiredOn, rates } = entry;
    const isKnown = lists > 1 || isInUse(model) || !isBundled(entry);
    const isSold = (retiredOn === undefined || retiredOn > today) && (rates.input ?? 0) > 0 && (rates.output ?? 0) > 0;
    return isKnown && isSold ? [{ model, entry }] : [];
  });
}

let ofPackage: ReadonlySet<PriceEntry> | undefined;

/** A price that came with the package, and not from the user. */
export function isBundled(entry: PriceEntry): boolean {
  ofPackage ??= new Set(priceBook().entries());
  return ofPackage.has(entry);
}
