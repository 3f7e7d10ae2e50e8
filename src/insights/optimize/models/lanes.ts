/** Where else a model's calls could go: cheaper models of its provider, the same model elsewhere, and the same in batches. */
import { canonicalProvider, makerOf, type PriceBook, type PriceEntry } from "../../../pricing/index.ts";
import { isBundled, isSameWork, soldModel, soldModels } from "../../sold-models.ts";
import type { CalledModel } from "../replay/call.ts";
import type { Lane } from "../replay/cell.ts";
import { isAtMost, TIERS, type Tier, tierByPrice, tierOf } from "./capability.ts";
import { factsOf } from "./model-facts.ts";

export interface LaneMarket {
  nowMs: number;
  /** Models that the book uses: those are known to be sold. */
  inUse?: readonly { provider: string; model: string }[];
}

const MOST_MODELS = 5;
const MOST_PROVIDERS = 3;
/** A smaller saving is within what another tokenizer or wordier answers would eat. */
const LEAST_SAVING = 0.2;
/** The same model counts and answers alike: any saving beyond what price lists differ by is one. */
const LEAST_SAVING_ELSEWHERE = 0.05;
/** Nobody goes back to what is so much older than what is in use, nor to what nobody knows the age of. */
const OLDEST_MS = 365.25 * 86_400_000;
/** Kept apart from the model of the name without it: a snapshot, a trial, one's own tuning, a variant. */
const VARIANT = /^ft:|:|-preview|-exp\b|-beta|-latest$|-(?:20\d\d-?\d\d-?\d\d|\d{4})$/;

/** Always reasons, which no model in use that doesn't has tokens for. */
const REASONER = /^o\d/;
/** Made for one kind of text. */
const SPECIAL = /cod(?:e|er|ex|estral)(?![a-z])|devstral|math|-mt-|character|-vl|build|robotics/;

interface Offer {
  model: string;
  /** Of three tokens of input and one of output, as a rule of thumb that chooses what is worth an exact replay. */
  price: number;
  tier: Tier;
  releasedMs: number;
  /** In use, or in the user's own price list. */
  isTrusted: boolean;
}

/** A function that is asked once for each model that a book has. */
export function lanesFor(prices: PriceBook, market: LaneMarket): (model: CalledModel) => readonly Lane[] {
  const offers = new Map<string, Offer[]>();
  const offersOf = (provider: string): Offer[] => {
    const found = offers.get(provider) ?? offersBy(prices, provider, market);
    offers.set(provider, found);
    return found;
  };
  const sellers = new Map<string, Set<string>>();
  for (const { provider, model } of prices.entries()) sellers.set(model, (sellers.get(model) ?? new Set()).add(provider));
  return (called) => {
    const own =
      prices.find(called.provider, called.canonicalModel, market.nowMs) ?? prices.find(called.provider, called.model, market.nowMs);
    const price = own && thumbPrice(own);
    if (price === undefined || price <= 0) return [];
    const home = canonicalProvider(called.provider);
    const name = called.canonicalModel;
    const cheaper = offersOf(home).filter((offer) =>
      isStepFrom(name, price, offer, tierOf(name) ?? tierByPrice(price, pricesOf(offersOf(home)))),
    );
    const elsewhere = [...(sellers.get(name) ?? [])]
      .filter((provider) => provider !== home)
      .flatMap((provider) => {
        const sold = soldModel(prices, provider, name, market.nowMs, isUsed(prices, market, provider, name));
        return sold === undefined ? [] : [{ provider, price: thumbPrice(sold.entry) }];
      })
      .filter((offer) => offer.price <= (1 - LEAST_SAVING_ELSEWHERE) * price)
      .sort((a, b) => a.price - b.price || (a.provider < b.provider ? -1 : 1));
    return [
      ...spread(cheaper).map(({ model }) => ({ provider: called.provider, model })),
      ...elsewhere.slice(0, MOST_PROVIDERS).map(({ provider }) => ({ provider, model: name })),
      ...(isInBatches(prices, called, market.nowMs) ? [{ provider: called.provider, model: called.model, serviceTier: "batch" }] : []),
    ];
  };
}

/** Who made a model; of families that nobody knows, its first word. */
export function familyOf(model: string): string {
  return makerOf(model) ?? /^[a-z]+/.exec(model)?.[0] ?? model;
}

function isUsed(prices: PriceBook, { inUse = [] }: LaneMarket, provider: string, model: string): boolean {
  return inUse.some((use) => canonicalProvider(use.provider) === provider && prices.canonicalModel(provider, use.model) === model);
}

function offersBy(prices: PriceBook, provider: string, market: LaneMarket): Offer[] {
  const isInUse = (model: string): boolean => isUsed(prices, market, provider, model);
  const sold = soldModels(prices, provider, market.nowMs, isInUse);
  const allPrices = sold.map(({ entry }) => thumbPrice(entry));
  return sold
    .filter(({ model }) => isInUse(model) || !VARIANT.test(model))
    .map(({ model, entry }) => ({
      model,
      price: thumbPrice(entry),
      tier: tierOf(model) ?? tierByPrice(thumbPrice(entry), allPrices),
      releasedMs: Date.parse(factsOf(model)?.releasedOn ?? ""),
      isTrusted: isInUse(model) || !isBundled(entry),
    }));
}

const pricesOf = (offers: readonly Offer[]): number[] => offers.map(({ price }) => price);

function thumbPrice({ rates: { input = 0, output = 0 } }: PriceEntry): number {
  return (3 * input + output) / 4;
}

function isStepFrom(model: string, price: number, offer: Offer, tier: Tier): boolean {
  const [own, other] = [factsOf(model), factsOf(offer.model)];
  const releasedMs = Date.parse(own?.releasedOn ?? "");
  return (
    offer.model !== model &&
    offer.price <= (1 - LEAST_SAVING) * price &&
    isAtMost(offer.tier, tier) &&
    familyOf(offer.model) === familyOf(model) &&
    isSameWork(offer.model, model) &&
    SPECIAL.test(offer.model) === SPECIAL.test(model) &&
    (REASONER.test(model) || !REASONER.test(offer.model)) &&
    (offer.isTrusted || Number.isNaN(releasedMs) || releasedMs - offer.releasedMs <= OLDEST_MS) &&
    !(own?.callsTools === true && other?.callsTools === false)
  );
}

/** The newest of each tier and the cheapest of all first, so that a few stand for many. */
function spread(offers: readonly Offer[]): Offer[] {
  const byAge = [...offers].sort((a, b) => ageOf(a) - ageOf(b) || a.price - b.price || (a.model < b.model ? -1 : 1));
  const byPrice = [...offers].sort((a, b) => a.price - b.price || (a.model < b.model ? -1 : 1));
  const newest = TIERS.map((tier) => byAge.find((offer) => offer.tier === tier));
  const cheapest = TIERS.map((tier) => byPrice.find((offer) => offer.tier === tier));
  const inOrder = [byPrice[0], ...newest, ...cheapest, ...byAge].filter((offer) => offer !== undefined);
  return [...new Set(inOrder)].slice(0, MOST_MODELS).sort((a, b) => b.price - a.price || (a.model < b.model ? -1 : 1));
}

/** What nobody knows the age of is taken for old. */
function ageOf({ releasedMs }: Offer): number {
  return Number.isNaN(releasedMs) ? 0 : -releasedMs;
}

function isInBatches(prices: PriceBook, { provider, model }: CalledModel, nowMs: number): boolean {
  return typeof prices.priceAt({ provider, model, serviceTier: "batch" }, nowMs) !== "string";
}
