/** List prices of token kinds, as they were on a day: what sums of tokens are valued with where the book keeps no price of each kind. */

import type { LedgerPrices, UsageSums } from "../ledger/index.ts";
import { type PriceBook, type PriceEntry, priceBook } from "../pricing/index.ts";

/** The kinds of tokens that the book's sums tell apart. They exclude each other. */
export const KINDS = ["input", "cache_read", "cache_write", "output", "reasoning"] as const;
export type Kind = (typeof KINDS)[number];

/** A number for each kind. */
export type ByKind = Record<Kind, number>;

export const noneOfAnyKind = (): ByKind => ({ input: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0 });

/** Sums that corrections left odd (more cached than there was input) are taken for as much as there is. */
export function tokensByKind(sums: UsageSums): ByKind {
  const cached = Math.min(sums.cacheReadTokens, sums.inputTokens);
  const written = Math.min(sums.cacheWriteTokens, sums.inputTokens - cached);
  const reasoning = Math.min(sums.reasoningTokens, sums.outputTokens);
  return {
    input: Math.max(0, sums.inputTokens - cached - written),
    cache_read: Math.max(0, cached),
    cache_write: Math.max(0, written),
    output: Math.max(0, sums.outputTokens - reasoning),
    reasoning: Math.max(0, reasoning),
  };
}

/** The bundled prices, the book's own before them. */
export async function pricesOf(book: { prices: Pick<LedgerPrices, "list"> }): Promise<ListPrices> {
  return new ListPrices(priceBook().with(await book.prices.list()));
}

/** Large enough that a price per token in nano-USD shows all its digits. */
const MANY = 1_000_000_000;

export class ListPrices {
  readonly book: PriceBook;
  readonly #byEntry = new Map<PriceEntry, ByKind | undefined>();

  constructor(book: PriceBook) {
    this.book = book;
  }

  /** Nano-USD per token of each kind; undefined where no price is known for that time. */
  at(provider: string, model: string, atMs: number): ByKind | undefined {
    const entry = this.book.find(provider, model, atMs);
    if (!entry) return undefined;
    if (!this.#byEntry.has(entry)) this.#byEntry.set(entry, this.#price(provider, model, atMs));
    return this.#byEntry.get(entry);
  }

  #price(provider: string, model: string, atMs: number): ByKind | undefined {
    const each = (tokens: Parameters<PriceBook["cost"]>[0]["tokens"]): number | undefined => {
      // The price of ordinary requests: a sum of many is no long one.
      const cost = this.book.cost({ provider, model, at: atMs, tokens, requestInputTokens: 1 });
      return "unpriced" in cost ? undefined : Number(cost.costNanoUsd) / MANY;
    };
    const input = each({ input: MANY });
    const output = each({ output: MANY });
    if (input === undefined && output === undefined) return undefined;
    const known = input ?? 0;
    return {
      input: known,
      cache_read: each({ input: MANY, cacheRead: MANY }) ?? known,
      cache_write: each({ input: MANY, cacheWrite5m: MANY }) ?? known,
      output: output ?? 0,
      reasoning: each({ output: MANY, reasoning: MANY }) ?? output ?? 0,
    };
  }
}

/** What tokens cost at these prices, in nano-USD. */
export function listValue(tokens: ByKind, prices: ByKind): number {
  return KINDS.reduce((sum, kind) => sum + tokens[kind] * prices[kind], 0);
}
