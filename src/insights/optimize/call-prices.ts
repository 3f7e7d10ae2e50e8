/** Prices of the calls that pass by, looked up once for all calls of a cell. */
import { costNanoUsd, type PriceBook, priceChanges, type UnitPrices, unitPrices } from "../../pricing/index.ts";
import type { Call, DisjointTokens } from "./call.ts";
import type { Cell, Retokening } from "./cell.ts";
import { noTokens } from "./cell-book.ts";
import { roundedShare } from "./rounded-quotient.ts";

interface KnownPrices {
  prices: UnitPrices | undefined;
  untilMs: number;
}

export class CallPrices {
  readonly #book: PriceBook;
  readonly #known = new Map<Cell, KnownPrices>();
  #cell: Cell | undefined;
  #last: KnownPrices = { prices: undefined, untilMs: Number.NEGATIVE_INFINITY };

  constructor(book: PriceBook) {
    this.#book = book;
  }

  /** The prices of a call of the cell, at its moment; undefined where none are known. */
  of(call: Call, cell: Cell): UnitPrices | undefined {
    const { timestampMs } = call;
    if (cell === this.#cell && timestampMs < this.#last.untilMs) return this.#last.prices;
    let known = this.#known.get(cell);
    if (known === undefined || timestampMs >= known.untilMs) {
      const { provider, model } = call.model;
      const served = { ...call.terms, provider, model };
      known = {
        prices: unitPrices(this.#book, served, timestampMs, call.inputTokens),
        untilMs: priceChanges(this.#book, served)(timestampMs),
      };
      this.#known.set(cell, known);
    }
    this.#cell = cell;
    this.#last = known;
    return known.prices;
  }
}

/**
 * The call with other counts of tokens, which costs what it cost in the proportion of the list's prices. Without a saving in numbers that
 * are known, its cell stays as it is.
 */
export function retoken(name: string, cell: Cell, call: Call, prices: UnitPrices, tokens: DisjointTokens): void {
  const paid = call.costNanoUsd;
  const list = costNanoUsd(prices, call.tokens);
  let cost = costNanoUsd(prices, tokens);
  if (list !== paid) cost = list > 0 ? roundedShare(cost, paid, list) : Number.NaN;
  if (Number.isNaN(cost)) return;
  let retokening: Retokening | undefined = cell.retokenings.get(name);
  if (retokening === undefined) {
    retokening = { difference: noTokens(), savedNanoUsd: 0 };
    cell.retokenings.set(name, retokening);
  }
  retokening.savedNanoUsd += paid - cost;
  const { difference } = retokening;
  difference.input += tokens.input - call.tokens.input;
  difference.cacheRead += tokens.cacheRead - call.tokens.cacheRead;
  difference.cacheWrite5m += tokens.cacheWrite5m - call.tokens.cacheWrite5m;
  difference.cacheWrite1h += tokens.cacheWrite1h - call.tokens.cacheWrite1h;
}
