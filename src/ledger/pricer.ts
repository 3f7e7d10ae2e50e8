/** The prices in force for a book: those given when it was opened, then its own, then the bundled ones. Loaded when first needed. */
import type { PriceBook, PriceEntry } from "../pricing/index.ts";
import type { UsageRecord } from "../usage/index.ts";
import type { Pricer } from "./appending.ts";
import type { LedgerStore } from "./store.ts";

export class BookPrices {
  readonly #store: LedgerStore;
  readonly #given: readonly PriceEntry[];
  #current: { revision: number; pricer: Pricer } | undefined;

  constructor(store: LedgerStore, given: readonly PriceEntry[]) {
    this.#store = store;
    this.#given = given;
  }

  /** Prices that another process has put into the book meanwhile count too. */
  async pricer(): Promise<Pricer> {
    const revision = await this.#store.pricesRevision();
    if (this.#current?.revision !== revision) {
      const { priceBook } = await import("../pricing/index.ts");
      const book = priceBook()
        .with(await this.#store.prices())
        .with([...this.#given]);
      this.#current = { revision, pricer: pricerOf(book) };
    }
    return this.#current.pricer;
  }
}

function pricerOf(book: PriceBook): Pricer {
  return {
    version: book.version,
    cost: (record: UsageRecord) => book.recordCostNanoUsd(record),
    canonicalModel: (provider, model) => book.canonicalModel(provider, model),
  };
}
