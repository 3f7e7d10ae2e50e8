/** What calls cost before the book is asked: to hold enough for them. */

import type { LedgerPrices } from "../../../ledger/index.ts";
import { formatUsd } from "../../../money.ts";
import { canonicalProvider, type PriceBook, type PriceEntry, priceBook } from "../../../pricing/index.ts";
import type { ServiceTerms, TokenCounts } from "../../../usage/index.ts";

export interface PriceQuery extends ServiceTerms {
  provider: string;
  model: string;
  atMs: number;
}

export class GatewayPrices {
  readonly #own: LedgerPrices;
  /** A model without a price is priced like the dearest that its provider has. */
  readonly estimatesUnknown: boolean;
  #entries = "";
  #book: PriceBook = priceBook();
  #dearest = new Map<string, string | undefined>();

  constructor(own: LedgerPrices, options: { estimatesUnknown: boolean }) {
    this.#own = own;
    this.estimatesUnknown = options.estimatesUnknown;
  }

  /** Prices that were put into the book meanwhile count from now on. */
  async refresh(): Promise<void> {
    const entries = await this.#own.list();
    const text = JSON.stringify(entries);
    if (text === this.#entries) return;
    this.#entries = text;
    this.#book = priceBook().with(entries);
    this.#dearest.clear();
  }

  get book(): PriceBook {
    return this.#book;
  }

  /** In nano-USD; undefined where nobody knows. */
  cost(query: PriceQuery, tokens: TokenCounts): number | undefined {
    const { provider, model: asked, atMs: timestampMs, serviceTier, speed, inferenceGeo, requestInputTokens } = query;
    const isPlain = serviceTier === undefined && speed === undefined && inferenceGeo === undefined && requestInputTokens === undefined;
    const known = this.#book.recordCostNanoUsd(
      isPlain ? { provider, model: asked, timestampMs, tokens } : { ...termsOf(query), provider, model: asked, timestampMs, tokens },
    );
    if (known !== undefined || !this.estimatesUnknown) return known;
    const model = this.dearestModel(provider, timestampMs);
    return model === undefined ? undefined : this.#book.recordCostNanoUsd({ provider, model, timestampMs, tokens });
  }

  isKnown({ provider, model, atMs }: PriceQuery): boolean {
    return this.#book.find(provider, model, atMs) !== undefined;
  }

  /** Of the models of a provider that have a price now, the one with the dearest output. */
  dearestModel(provider: string, atMs: number): string | undefined {
    if (this.#dearest.has(provider)) return this.#dearest.get(provider);
    const home = canonicalProvider(provider);
    let dearest: PriceEntry | undefined;
    for (const entry of this.#book.entries()) {
      if (entry.provider !== home || entry.model.includes("*") || (entry.effectiveToMs ?? Number.POSITIVE_INFINITY) <= atMs) continue;
      if ((entry.rates.output ?? 0) > (dearest?.rates.output ?? 0)) dearest = entry;
    }
    this.#dearest.set(provider, dearest?.model);
    return dearest?.model;
  }
}

function termsOf({ serviceTier, speed, inferenceGeo, requestInputTokens }: PriceQuery): ServiceTerms {
  return {
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    ...(requestInputTokens === undefined ? {} : { requestInputTokens }),
  };
}

export function usdText(nanoUsd: number): string {
  return formatUsd(nanoUsd);
}
