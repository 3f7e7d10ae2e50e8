/** What single calls may cost, or have cost: with an answer for models that nobody knows the price of, where that is the policy. */
import type { ServiceTerms, TokenCounts } from "../usage/index.ts";
import type { PriceBook } from "./price-book.ts";
import type { PriceEntry } from "./price-entry.ts";
import { canonicalProvider } from "./spelling.ts";

/** A call, as far as its price goes. */
export interface CallTerms extends ServiceTerms {
  provider: string;
  model: string;
  atMs: number;
}

/**
 * A price book asked call by call.
 *
 * @example
 * ```ts
 * import { CallCosts, priceBook } from "tokenledger";
 * const costs = new CallCosts(priceBook(), { estimatesUnknown: false });
 * const call = { provider: "openai", model: "gpt-5", atMs: Date.UTC(2026, 0, 1) };
 * costs.cost(call, { input: 1_000_000, output: 500_000 }); // => 6_250_000_000
 * costs.cost({ ...call, model: "nobody-knows" }, { input: 1 }); // => undefined
 * ```
 */
export class CallCosts {
  readonly book: PriceBook;
  /** A model without a price is priced like the dearest that its provider has. */
  readonly estimatesUnknown: boolean;
  readonly #dearest = new Map<string, string | undefined>();

  constructor(book: PriceBook, options: { estimatesUnknown: boolean }) {
    this.book = book;
    this.estimatesUnknown = options.estimatesUnknown;
  }

  /** In nano-USD; undefined where nobody knows. */
  cost(call: CallTerms, tokens: TokenCounts): number | undefined {
    const { provider, model: asked, atMs: timestampMs, serviceTier, speed, inferenceGeo, requestInputTokens } = call;
    const isPlain = serviceTier === undefined && speed === undefined && inferenceGeo === undefined && requestInputTokens === undefined;
    const known = this.book.recordCostNanoUsd(
      isPlain ? { provider, model: asked, timestampMs, tokens } : { ...termsOf(call), provider, model: asked, timestampMs, tokens },
    );
    if (known !== undefined || !this.estimatesUnknown) return known;
    const model = this.dearestModel(provider, timestampMs);
    return model === undefined ? undefined : this.book.recordCostNanoUsd({ provider, model, timestampMs, tokens });
  }

  isKnown({ provider, model, atMs }: CallTerms): boolean {
    return this.book.find(provider, model, atMs) !== undefined;
  }

  /** Of the models of a provider that have a price now, the one with the dearest output. */
  dearestModel(provider: string, atMs: number): string | undefined {
    if (this.#dearest.has(provider)) return this.#dearest.get(provider);
    const home = canonicalProvider(provider);
    let dearest: PriceEntry | undefined;
    for (const entry of this.book.entries()) {
      if (entry.provider !== home || entry.model.includes("*") || (entry.effectiveToMs ?? Number.POSITIVE_INFINITY) <= atMs) continue;
      if ((entry.rates.output ?? 0) > (dearest?.rates.output ?? 0)) dearest = entry;
    }
    this.#dearest.set(provider, dearest?.model);
    return dearest?.model;
  }
}

function termsOf({ serviceTier, speed, inferenceGeo, requestInputTokens }: CallTerms): ServiceTerms {
  return {
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    ...(requestInputTokens === undefined ? {} : { requestInputTokens }),
  };
}
