/** Calls with other counts of cached tokens: what they would have cost, added up in their cells. */
import { costNanoUsd, type PriceBook, priceChanges, type UnitPrices, unitPrices } from "../../../pricing/index.ts";
import type { Call, DisjointTokens } from "./call.ts";
import type { Cell } from "./cell.ts";
import { noTokens, retokeningOf } from "./cell-book.ts";
import { roundedQuotient, roundedShare } from "./rounded-quotient.ts";
import { TupleIndex } from "./tuple-index.ts";

interface KnownPrices {
  prices: UnitPrices | undefined;
  /** Up to when, exclusive, they hold. */
  untilMs: number;
  changesAfter(atMs: number): number;
}

/** Takes one call after the other, and any number of other counts for each. */
export class Retokener {
  /** Of the call that was begun. */
  prices: UnitPrices | undefined;
  readonly #book: PriceBook;
  readonly #known: KnownPrices[] = [];
  /** By model, terms and size: what is alike in them is priced alike until a price changes. */
  readonly #index = new TupleIndex();
  readonly #tokens: DisjointTokens = noTokens();
  #cell: Cell | undefined;
  #call: Call | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** What the call costs by the list: exactly, in the unit of its prices, and rounded. */
  #exact = 0;
  #listNanoUsd = 0;

  constructor(book: PriceBook) {
    this.#book = book;
  }

  /** Whether the call has prices, so that others can be computed. */
  begin(call: Call, cell: Cell): boolean {
    this.#find(call, cell);
    const { prices } = this;
    if (prices === undefined) return false;
    this.#call = call;
    this.#exact = exactCost(prices, call.tokens);
    this.#listNanoUsd = this.#exact <= LARGEST_EXACT ? roundedQuotient(this.#exact, prices.unit) : costNanoUsd(prices, call.tokens);
    return this.#listNanoUsd > 0;
  }

  /** What was paid above or below the list would have been so with these counts, too. Where a price is unknown nothing is added. */
  add(name: string, input: number, cacheRead: number, cacheWrite5m: number, cacheWrite1h: number): void {
    const { tokens, costNanoUsd: paid } = this.#call as Call;
    const cost = this.#costWith(input, cacheRead, cacheWrite5m, cacheWrite1h);
    const newCost = this.#listNanoUsd === paid ? cost : roundedShare(cost, paid, this.#listNanoUsd);
    if (Number.isNaN(newCost)) return;
    const retokening = retokeningOf(this.#cell as Cell, name);
    retokening.savedNanoUsd += paid - newCost;
    const { difference } = retokening;
    difference.input += input - tokens.input;
    difference.cacheRead += cacheRead - tokens.cacheRead;
    difference.cacheWrite5m += cacheWrite5m - tokens.cacheWrite5m;
    difference.cacheWrite1h += cacheWrite1h - tokens.cacheWrite1h;
  }

  #costWith(input: number, cacheRead: number, cacheWrite5m: number, cacheWrite1h: number): number {
    const prices = this.prices as UnitPrices;
    const { tokens } = this.#call as Call;
    const exact =
      this.#exact +
      costOf(input - tokens.input, prices.input) +
      costOf(cacheRead - tokens.cacheRead, prices.cacheRead) +
      costOf(cacheWrite5m - tokens.cacheWrite5m, prices.cacheWrite5m) +
      costOf(cacheWrite1h - tokens.cacheWrite1h, prices.cacheWrite1h);
    // A sum of the sums that were exact on the way is exact itself.
    if (this.#exact <= LARGEST_EXACT && exact <= LARGEST_EXACT) return roundedQuotient(exact, prices.unit);
    const changed = Object.assign(this.#tokens, tokens);
    changed.input = input;
    changed.cacheRead = cacheRead;
    changed.cacheWrite5m = cacheWrite5m;
    changed.cacheWrite1h = cacheWrite1h;
    return costNanoUsd(prices, changed);
  }

  #find(call: Call, cell: Cell): void {
    const { timestampMs } = call;
    if (cell === this.#cell && timestampMs < this.#untilMs) return;
    const known = this.#pricesOf(call, cell.size);
    if (timestampMs >= known.untilMs) {
      const { provider, model } = call.model;
      known.prices = unitPrices(this.#book, { ...call.terms, provider, model }, timestampMs, call.inputTokens);
      known.untilMs = known.changesAfter(timestampMs);
    }
    this.#cell = cell;
    this.#untilMs = known.untilMs;
    this.prices = known.prices;
  }

  #pricesOf({ model, terms }: Call, size: number): KnownPrices {
    const found = this.#index.find(model.index, terms.index, size, 0);
    if (found >= 0) return this.#known[found] as KnownPrices;
    const known = { prices: undefined, untilMs: Number.NEGATIVE_INFINITY, changesAfter: priceChanges(this.#book, model) };
    this.#index.add(model.index, terms.index, size, 0);
    this.#known.push(known);
    return known;
  }
}

/** Half of what a number holds exactly, so that differences to it are held, too. */
const LARGEST_EXACT = 2 ** 52;

function exactCost(prices: UnitPrices, tokens: DisjointTokens): number {
  return (
    costOf(tokens.input, prices.input) +
    costOf(tokens.cacheRead, prices.cacheRead) +
    costOf(tokens.cacheWrite5m, prices.cacheWrite5m) +
    costOf(tokens.cacheWrite1h, prices.cacheWrite1h) +
    costOf(tokens.output, prices.output) +
    costOf(tokens.reasoning, prices.reasoning) +
    costOf(tokens.audioInput, prices.audioInput) +
    costOf(tokens.audioOutput, prices.audioOutput) +
    costOf(tokens.webSearches, prices.webSearches)
  );
}

/** A price that is unknown doesn't matter where nothing is to be paid. */
function costOf(quantity: number, price: number): number {
  return quantity === 0 ? 0 : quantity * price;
}
