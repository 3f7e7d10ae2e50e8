/** The prices by which calls are held for: the bundled ones, with the program's or the book's own before them. */
import type { Clock } from "../clock.ts";
import { CallCosts, type PriceBook, type PriceEntry, priceBook } from "../pricing/index.ts";
import type { CallLedger } from "./call-ledger.ts";

/** Prices that are put into a book count for its calls after so long at the latest. */
const FRESH_MS = 10_000;

export class PriceLists {
  readonly #ledger: CallLedger | undefined;
  readonly #clock: Clock;
  readonly #estimatesUnknown: boolean;
  #costs: CallCosts;
  #entries = "[]";
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    ledger: CallLedger | undefined;
    prices: PriceBook | readonly PriceEntry[] | undefined;
    estimatesUnknown: boolean;
    clock: Clock;
  }) {
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#estimatesUnknown = options.estimatesUnknown;
    this.#costs = this.#costsOf(bookOf(options.prices));
  }

  /** As they were when last looked up. */
  get known(): CallCosts {
    return this.#costs;
  }

  /** Looked up now and then. */
  async current(): Promise<CallCosts> {
    const nowMs = this.#clock.monotonic();
    if (this.#ledger === undefined || nowMs - this.#askedMs < FRESH_MS) return this.#costs;
    const entries = await this.#ledger.prices.list();
    this.#askedMs = nowMs;
    const text = JSON.stringify(entries);
    if (text !== this.#entries) {
      this.#entries = text;
      this.#costs = this.#costsOf(priceBook().with(entries));
    }
    return this.#costs;
  }

  #costsOf(book: PriceBook): CallCosts {
    return new CallCosts(book, { estimatesUnknown: this.#estimatesUnknown });
  }
}

function bookOf(prices: PriceBook | readonly PriceEntry[] | undefined): PriceBook {
  if (prices === undefined) return priceBook();
  return Array.isArray(prices) ? priceBook().with(prices) : (prices as PriceBook);
}
