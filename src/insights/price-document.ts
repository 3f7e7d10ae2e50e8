/** Prices as documents: USD per million tokens, as exact decimal strings. */
import { closestWord, quoteValue } from "../errors.ts";
import { formatUsd } from "../money.ts";
import { type CostQuery, formatUsdPerMillion, makerOf, type PriceBook, type PriceEntry, type Rates } from "../pricing/index.ts";
import type { TokenCounts } from "../usage/index.ts";

type RateField = "input" | "output" | "cache_read" | "cache_write" | "cache_write_1h" | "audio_input" | "audio_output" | "reasoning";

/** What a rate is called in documents. */
export const RATE_FIELDS: Readonly<Record<keyof Rates, RateField>> = {
  input: "input",
  output: "output",
  cacheRead: "cache_read",
  cacheWrite5m: "cache_write",
  cacheWrite1h: "cache_write_1h",
  audioInput: "audio_input",
  audioOutput: "audio_output",
  reasoning: "reasoning",
};

/** What everybody asks with who names no counts. */
const USUAL_TOKENS: TokenCounts = { input: 1000, output: 1000 };

type RateDocument = Partial<Record<RateField, string>>;

/** A price with all it says, in the words of a price file. */
export type PriceEntryDocument = RateDocument & {
  provider: string;
  model: string;
  aliases?: readonly string[];
  unit: "per_1m_tokens";
  effective_from: string | null;
  effective_to: string | null;
  long_context?: readonly LongContextDocument[];
  services?: Readonly<Record<string, RateDocument & { factor: number }>>;
  regions?: Readonly<Record<string, number>>;
  web_search_per_1k?: string;
  minutes_utc?: readonly [from: number, to: number];
  retired_on?: string;
  note?: string;
  sources: PriceEntry["sources"];
  /** Whose price it is, where the server lists prices. */
  origin?: "configuration" | "book" | "bundled";
};

/** The rates of requests with more tokens of input than that, or with so many. */
export type LongContextDocument = RateDocument & { above?: number; from?: number };

export interface PricingDocument {
  schema: "tokenledger.pricing/1";
  prices: PriceEntryDocument[];
}

export function pricingDocument<Extra extends object = object>(entries: readonly PriceEntry[], extra?: Extra): PricingDocument & Extra {
  return { schema: "tokenledger.pricing/1", ...(extra as Extra), prices: entries.map(entryDocument) };
}

/** Providers with a price of their own for the model, the maker first. */
export function providersOf(prices: PriceBook, model: string): string[] {
  const providers = [...new Set(prices.entries().map(({ provider }) => provider))];
  const own = providers.filter((provider) => prices.candidates(provider, model).some(({ by }) => by !== "vendor"));
  const maker = makerOf(model);
  return maker !== undefined && own.includes(maker) ? [maker, ...own.filter((provider) => provider !== maker)] : own;
}

/** The entries that may apply to a model, each once. */
export function entriesFor(prices: PriceBook, providers: readonly string[], model: string): PriceEntry[] {
  return [...new Set(providers.flatMap((provider) => prices.candidates(provider, model).map(({ entry }) => entry)))];
}

/** That there is no price, and what may have been meant. */
export function unknownPrice(prices: PriceBook, model: string): string {
  const suggestion = closestWord(model, [...new Set(prices.entries().map((entry) => entry.model))]);
  return `No price of ${quoteValue(model)} is known${suggestion ? `; did you mean ${suggestion}?` : "; tokenledger pricing update FILE adds your own."}`;
}

export interface PriceExplanation {
  provider: string;
  model: string;
  tokens: TokenCounts;
  /** Null: unpriced. */
  cost_usd: string | null;
  price_version?: string;
  /** Why there is no price. */
  reason?: string;
  /** One sentence per decision. */
  steps: string[];
}

/** The whole way from a request to its cost. @param query its tokens default to 1,000 of input and of output */
export function priceExplanation(prices: PriceBook, query: Omit<CostQuery, "tokens"> & { tokens?: TokenCounts }): PriceExplanation {
  const tokens = query.tokens ?? USUAL_TOKENS;
  const { steps, result, provider, canonicalModel } = prices.explain({ ...query, tokens });
  const cost =
    "unpriced" in result
      ? { cost_usd: null, reason: result.reason }
      : { cost_usd: formatUsd(result.costNanoUsd), price_version: result.priceVersion };
  return { provider, model: canonicalModel, tokens, ...cost, steps };
}

export function entryDocument(entry: PriceEntry): PriceEntryDocument {
  return {
    provider: entry.provider,
    model: entry.model,
    ...(entry.aliases && { aliases: entry.aliases }),
    unit: "per_1m_tokens",
    effective_from: dayOrNull(entry.effectiveFromMs),
    effective_to: dayOrNull(entry.effectiveToMs),
    ...rateDocument(entry.rates),
    ...(entry.longContext && {
      long_context: entry.longContext.map(({ thresholdTokens, inclusive, rates }) => ({
        [inclusive ? "from" : "above"]: thresholdTokens,
        ...rateDocument(rates),
      })),
    }),
    ...(entry.services && {
      services: Object.fromEntries(
        Object.entries(entry.services).map(([name, { permille, rates }]) => [
          name,
          { factor: permille / 1000, ...(rates && rateDocument(rates)) },
        ]),
      ),
    }),
    ...(entry.regionPermille && {
      regions: Object.fromEntries(Object.entries(entry.regionPermille).map(([name, permille]) => [name, permille / 1000])),
    }),
    ...(entry.webSearchNanoUsd !== undefined && { web_search_per_1k: searchPrice(entry.webSearchNanoUsd) }),
    ...(entry.minutesUtc && { minutes_utc: entry.minutesUtc }),
    ...(entry.retiredOn !== undefined && { retired_on: entry.retiredOn }),
    ...(entry.note !== undefined && { note: entry.note }),
    sources: entry.sources,
  };
}

export function rateDocument(rates: Rates): RateDocument {
  return Object.fromEntries(
    (Object.keys(RATE_FIELDS) as (keyof Rates)[]).flatMap((kind) => {
      const rate = rates[kind];
      return rate === undefined ? [] : [[RATE_FIELDS[kind], formatUsdPerMillion(rate)]];
    }),
  );
}

export function dayOrNull(instantMs: number | undefined): string | null {
  if (instantMs === undefined) return null;
  const text = new Date(instantMs).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}

export const searchPrice = (nanoUsd: number): string => formatUsd(BigInt(nanoUsd) * 1000n);
