/** What a cell's calls, or calls like them, cost by the price book: for questions that no lane answers. */
import { costNanoUsd, type PriceBook, type UnitPrices, unitPrices } from "../../../pricing/index.ts";
import type { DisjointTokens } from "./call.ts";
import { type Cell, FLAGS } from "./cell.ts";
import { DAY_MS } from "./utc-day.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The prices of a cell's own calls; undefined where none are known. */
export function pricesOfCell(prices: PriceBook, cell: Cell, atMs: number = momentOf(prices, cell)): UnitPrices | undefined {
  const { provider, model } = cell.model;
  return unitPrices(prices, { ...cell.terms, provider, model }, atMs, cell.mostInputTokens);
}

/**
 * How much of `tokens`, which the cell's calls had among theirs, was paid for: by the list, times what the calls cost of their list price.
 * Undefined where that is not known.
 */
export function paidFor(prices: PriceBook, cell: Cell, tokens: DisjointTokens): number | undefined {
  const unit = pricesOfCell(prices, cell);
  if (unit === undefined) return undefined;
  const list = costNanoUsd(unit, cell.tokens);
  const part = costNanoUsd(unit, tokens);
  if (!(list > 0) || Number.isNaN(part)) return undefined;
  return Math.round(part * (cell.costNanoUsd / list));
}

/** A moment of the cell's day at which its price held: some prices go by the hour. */
export function momentOf(prices: PriceBook, cell: Cell): number {
  const dayMs = cell.day * DAY_MS;
  const { provider, model } = cell.model;
  const isOffPeak = (cell.flags & FLAGS.offPeak) !== 0;
  for (let hour = 0; hour < 24; hour++) {
    const atMs = dayMs + hour * HOUR_MS + 30 * MINUTE_MS;
    if (isByTheHour(prices, provider, model, atMs) === isOffPeak) return atMs;
  }
  return dayMs;
}

/** Whether the price in force holds only at some hours of the day. */
function isByTheHour(prices: PriceBook, provider: string, model: string, atMs: number): boolean {
  return prices.find(provider, model, atMs)?.minutesUtc !== undefined;
}
