/** From a dated entry and the terms of a call to the integers that are multiplied. Done once per kind of call. */

import { type PriceEntry, type Rates, type ServiceName, TOKEN_KINDS, type TokenKind } from "./price-entry.ts";
import { derivedRate, derivedWebSearchNanoUsd } from "./vendor-rules.ts";

/** What is counted and billed: tokens of a kind, and searches. */
export type BilledKind = TokenKind | "webSearches";

/** Integer prices per token (per search), in femto-USD × `scale`. */
export interface RateSheet {
  /** 1, unless a multiplier leaves a fraction of a femto-USD. */
  scale: bigint;
  /** Absent is a price that nobody names. */
  exact: Readonly<Partial<Record<BilledKind, bigint>>>;
  /** The same as numbers, NaN where absent; undefined if a number could not hold one of them. */
  numbers: SheetNumbers | undefined;
}

/** The sheet as numbers. */
export interface SheetNumbers extends Record<BilledKind, number> {
  /** Femto-USD × scale in one nano-USD. */
  unit: number;
  /** Reasoning costs something else than other output. */
  reasoningApart: boolean;
}

interface TierSheet {
  thresholdTokens: number;
  inclusive: boolean;
  sheet: RateSheet;
}

interface Multiplier {
  name: string;
  permille: number;
}

/** A price ready for use: the entry, what multiplies it, and the sheets of its context lengths. */
export interface CompiledPrice {
  entry: PriceEntry;
  multipliers: readonly Multiplier[];
  base: RateSheet;
  tiers: readonly TierSheet[];
}

export interface PriceTerms {
  service: ServiceName | "standard";
  fast: boolean;
  region: string | undefined;
}

/** Prices that a service level names itself, instead of following its multiplier. */
type OwnRates = Partial<Record<TokenKind, { femto: number; level: ServiceName }>>;

export const FEMTO_PER_NANO = 1_000_000n;

/** The compiled price, or the reason why these terms have none. */
export function compilePrice(entry: PriceEntry, terms: PriceTerms): CompiledPrice | string {
  const multipliers: Multiplier[] = [];
  const own: OwnRates = {};
  const levels = new Set<ServiceName>();
  if (terms.service !== "standard") levels.add(terms.service);
  if (terms.fast) levels.add("fast");
  for (const level of levels) {
    const service = entry.services?.[level] ?? (level === "fast" ? entry.services?.priority : undefined);
    if (!service) return `no ${level} price is known for ${entry.provider}/${entry.model}`;
    if (service.permille !== 1000) multipliers.push({ name: level, permille: service.permille });
    for (const kind of TOKEN_KINDS) {
      const femto = service.rates?.[kind];
      if (femto !== undefined) own[kind] = { femto, level };
    }
  }
  const regions = entry.regionPermille;
  if (regions && terms.region !== undefined && Object.hasOwn(regions, terms.region)) {
    multipliers.push({ name: `region ${terms.region}`, permille: regions[terms.region] as number });
  }
  return {
    entry,
    multipliers,
    base: rateSheet(entry, entry.rates, own, multipliers),
    tiers: (entry.longContext ?? []).map((tier) => ({
      thresholdTokens: tier.thresholdTokens,
      inclusive: tier.inclusive,
      sheet: rateSheet(entry, tier.rates, {}, multipliers),
    })),
  };
}

/** The sheet that a request of this much input (cached tokens included) is charged by. */
export function sheetFor(price: CompiledPrice, inputTokens: number): RateSheet {
  const { tiers } = price;
  for (let i = tiers.length - 1; i >= 0; i--) {
    const tier = tiers[i] as TierSheet;
    if (inputTokens > tier.thresholdTokens || (tier.inclusive && inputTokens === tier.thresholdTokens)) return tier.sheet;
  }
  return price.base;
}

/** An exact amount of femto-USD. */
interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** A kind's own or derived price. */
function priceOf(entry: PriceEntry, rates: Rates, kind: TokenKind): Fraction | undefined {
  const own = rates[kind];
  if (own !== undefined) return { numerator: BigInt(own), denominator: 1n };
  const rule = derivedRate(entry, rates, kind);
  if (!rule) return undefined;
  const base = priceOf(entry, rates, rule.of);
  return (
    base && {
      numerator: base.numerator * BigInt(rule.numerator),
      denominator: base.denominator * BigInt(rule.denominator),
    }
  );
}

function rateSheet(entry: PriceEntry, rates: Rates, own: OwnRates, multipliers: readonly Multiplier[]): RateSheet {
  const fractions = new Map<BilledKind, Fraction>();
  for (const kind of TOKEN_KINDS) {
    const named = own[kind];
    const price = named ? { numerator: BigInt(named.femto), denominator: 1n } : priceOf(entry, rates, kind);
    if (!price) continue;
    // A level's own price already holds that level's multiplier.
    const factors = multipliers.filter(({ name }) => name !== named?.level).map(({ permille }) => permille);
    fractions.set(kind, {
      numerator: factors.reduce((product, permille) => product * BigInt(permille), price.numerator),
      denominator: price.denominator * 1000n ** BigInt(factors.length),
    });
  }
  const search = entry.webSearchNanoUsd ?? derivedWebSearchNanoUsd(entry);
  if (search !== undefined) fractions.set("webSearches", { numerator: BigInt(search) * FEMTO_PER_NANO, denominator: 1n });

  let scale = 1n;
  for (const { numerator, denominator } of fractions.values())
    scale = leastCommonMultiple(scale, denominator / greatestCommonDivisor(numerator, denominator));
  const exact: Partial<Record<BilledKind, bigint>> = {};
  for (const [kind, { numerator, denominator }] of fractions) exact[kind] = (numerator * scale) / denominator;
  return { scale, exact, numbers: numbersOf(exact, scale) };
}

function numbersOf(exact: Partial<Record<BilledKind, bigint>>, scale: bigint): SheetNumbers | undefined {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  const unit = FEMTO_PER_NANO * scale;
  if (unit > limit || Object.values(exact).some((price) => price > limit)) return undefined;
  const number = (kind: BilledKind): number => Number(exact[kind] ?? Number.NaN);
  return {
    unit: Number(unit),
    reasoningApart: exact.reasoning !== exact.output,
    input: number("input"),
    output: number("output"),
    cacheRead: number("cacheRead"),
    cacheWrite5m: number("cacheWrite5m"),
    cacheWrite1h: number("cacheWrite1h"),
    audioInput: number("audioInput"),
    audioOutput: number("audioOutput"),
    reasoning: number("reasoning"),
    webSearches: number("webSearches"),
  };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}
