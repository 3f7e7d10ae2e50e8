/** What calls cost before the book is asked: to hold enough for them. */

import type { LedgerPrices } from "../../../ledger/index.ts";
import { CallCosts, type CallTerms, type PriceBook, priceBook } from "../../../pricing/index.ts";
import type { TokenCounts } from "../../../usage/index.ts";

export class GatewayPrices {
  readonly #own: LedgerPrices;
  /** A model without a price is priced like the dearest that its provider has. */
  readonly estimatesUnknown: boolean;
  #entries = "";
  #costs: CallCosts;

  constructor(own: LedgerPrices, options: { estimatesUnknown: boolean }) {
    this.#own = own;
    this.estimatesUnknown = options.estimatesUnknown;
    this.#costs = new CallCosts(priceBook(), options);
  }

  /** Prices that were put into the book meanwhile count from now on. */
  async refresh(): Promise<void> {
    const entries = await this.#own.list();
    const text = JSON.stringify(entries);
    if (text === this.#entries) return;
    this.#entries = text;
    this.#costs = new CallCosts(priceBook().with(entries), this);
  }

  get book(): PriceBook {
    return this.#costs.book;
  }

  /** In nano-USD; undefined where nobody knows. */
  cost(call: CallTerms, tokens: TokenCounts): number | undefined {
    return this.#costs.cost(call, tokens);
  }

  isKnown(call: CallTerms): boolean {
    return this.#costs.isKnown(call);
  }
}
