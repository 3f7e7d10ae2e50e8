/** What single tokens of a call cost, as plain numbers: for whoever prices very many calls, or one call in many ways. */
import { divideHalfUp } from "../money.ts";
import type { ServiceTerms } from "../usage/index.ts";
import { BILLED_KINDS } from "./cost.ts";
import type { PriceBook } from "./price-book.ts";
import type { PriceEntry } from "./price-entry.ts";
import { type BilledKind, type SheetNumbers, sheetFor } from "./rate-sheet.ts";

/**
 * Whole femto-USD for a token (a search) of each kind; NaN where no price is known. Where a multiplier leaves fractions of a femto-USD
 * they are multiples of a smaller unit: `unit` says how many of them make a nano-USD, a million as a rule.
 */
export type UnitPrices = Readonly<SheetNumbers>;

/** Who served a call, and how. */
export interface ServedCall extends ServiceTerms {
  provider: string;
  model: string;
}

/** Counts of tokens by kind, none of which is part of another. */
export type BilledTokens = Readonly<Record<BilledKind, number>>;

/**
 * The prices of a call at a moment; undefined where none is known. The same object for all calls that are priced alike.
 *
 * @param inputTokens all of the call's prompt: long ones may cost more. Counts only where the call has no `requestInputTokens`.
 * @example
 * ```ts
 * import { priceBook, unitPrices } from "tokenledger";
 * const call = { provider: "anthropic", model: "claude-haiku-4-5" };
 * unitPrices(priceBook(), call, Date.UTC(2026, 0, 1), 1000)?.output; // => 5_000_000_000
 * ```
 */
export function unitPrices(book: PriceBook, call: ServedCall, atMs: number, inputTokens: number): UnitPrices | undefined {
  const price = book.priceAt(call, atMs);
  return typeof price === "string" ? undefined : sheetFor(price, call.requestInputTokens ?? inputTokens).numbers;
}

/** Exactly what these tokens cost in nano-USD, rounded half-up once; NaN where a price is unknown, or a number can't hold the sum. */
export function costNanoUsd(prices: UnitPrices, tokens: BilledTokens): number {
  let total = 0;
  for (const kind of BILLED_KINDS) {
    const quantity = tokens[kind];
    if (quantity > 0) total += quantity * prices[kind];
  }
  return total <= Number.MAX_SAFE_INTEGER ? dividedHalfUp(total, prices.unit) : largeCost(prices, tokens);
}

/** Of whole numbers that are not negative, exactly. */
function dividedHalfUp(total: number, unit: number): number {
  const remainder = total % unit;
  return (total - remainder) / unit + (remainder * 2 >= unit ? 1 : 0);
}

function largeCost(prices: UnitPrices, tokens: BilledTokens): number {
  let total = 0n;
  for (const kind of BILLED_KINDS) {
    const quantity = tokens[kind];
    if (quantity <= 0) continue;
    if (Number.isNaN(prices[kind])) return Number.NaN;
    total += BigInt(quantity) * BigInt(prices[kind]);
  }
  const cost = Number(divideHalfUp(total, BigInt(prices.unit)));
  return Number.isSafeInteger(cost) ? cost : Number.NaN;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When the prices of a model may change: from a moment to the first one after it at which another price may hold. */
export function priceChanges(book: PriceBook, { provider, model }: Pick<ServedCall, "provider" | "model">): (atMs: number) => number {
  const entries = book.candidates(provider, model).map(({ entry }) => entry);
  const dates = [...new Set(entries.flatMap(datesOf))].sort((a, b) => a - b);
  const timesOfDay = [...new Set(entries.flatMap(({ minutesUtc = [] }) => [...minutesUtc]))].map((minute) => minute * MINUTE_MS);
  return (atMs) => {
    let next = dates.find((date) => date > atMs) ?? Number.POSITIVE_INFINITY;
    const midnightMs = Math.floor(atMs / DAY_MS) * DAY_MS;
    for (const timeMs of timesOfDay) {
      const atTime = midnightMs + timeMs;
      next = Math.min(next, atTime > atMs ? atTime : atTime + DAY_MS);
    }
    return next;
  };
}

function datesOf({ effectiveFromMs, effectiveToMs }: PriceEntry): number[] {
  return [effectiveFromMs, effectiveToMs].filter((date) => date !== undefined);
}
