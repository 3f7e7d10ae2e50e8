/** Counts × prices → one integer, rounded half-up once. */
import { divideHalfUp } from "../money.ts";
import type { TokenCounts } from "../usage/index.ts";
import { type BilledKind, type CompiledPrice, FEMTO_PER_NANO, type RateSheet, sheetFor } from "./rate-sheet.ts";

/** One product of a count and a price. Amounts are exact: they are rounded only in the sum. */
export interface CostLine {
  kind: BilledKind;
  quantity: number;
  /** USD for one token (one search), multipliers included. */
  unitPriceUsd: string;
  costUsd: number;
  exactCostUsd: string;
}

export interface Cost {
  costUsd: number;
  costNanoUsd: number;
  lines: CostLine[];
  /** Which prices these were; kept with every record. */
  priceVersion: string;
}

/** The cost is not known, which is not zero. */
export interface Unpriced {
  unpriced: true;
  reason: string;
}

/** Disjoint quantities that are multiplied, and the whole input that chooses the tier. */
export interface BilledQuantities extends Record<BilledKind, number> {
  wholeInput: number;
}

export const BILLED_KINDS: readonly BilledKind[] = [
  "input",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "audioInput",
  "output",
  "reasoning",
  "audioOutput",
  "webSearches",
];

/**
 * Totals → disjoint parts. Parts that exceed their total (providers do report more cached tokens than input) leave
 * nothing of the rest: never a negative count.
 */
export function billedQuantities(tokens: TokenCounts): BilledQuantities {
  const { cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0, audioOutput = 0, webSearches = 0 } = tokens;
  const cachedAndAudio = cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
  const wholeInput = Math.max(tokens.input ?? 0, cachedAndAudio);
  const textOutput = Math.max((tokens.output ?? 0) - audioOutput, 0);
  const reasoning = Math.min(tokens.reasoning ?? 0, textOutput);
  return {
    wholeInput,
    input: wholeInput - cachedAndAudio,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    audioInput,
    output: textOutput - reasoning,
    reasoning,
    audioOutput,
    webSearches,
  };
}

/** Femto-USD × the sheet's scale, or the kind whose price is unknown. */
export function exactCost(sheet: RateSheet, quantities: BilledQuantities): bigint | BilledKind {
  let total = 0n;
  for (const kind of BILLED_KINDS) {
    const quantity = quantities[kind];
    if (quantity === 0) continue;
    const price = sheet.exact[kind];
    if (price === undefined) return kind;
    total += BigInt(quantity) * price;
  }
  return total;
}

/** Rounded half-up, once, to nano-USD. */
export function roundToNanoUsd(cost: bigint, sheet: RateSheet): bigint {
  return divideHalfUp(cost, FEMTO_PER_NANO * sheet.scale);
}

/**
 * The same in plain numbers: nano-USD; NaN where a price is unknown; undefined where the sum leaves the integers
 * that a number holds exactly (every product and partial sum is at most the total, so the total alone decides).
 */
export function fastCostNanoUsd(price: CompiledPrice, tokens: TokenCounts, requestInputTokens?: number): number | undefined {
  const cacheRead = tokens.cacheRead ?? 0;
  const cacheWrite5m = tokens.cacheWrite5m ?? 0;
  const cacheWrite1h = tokens.cacheWrite1h ?? 0;
  const audioInput = tokens.audioInput ?? 0;
  const cachedAndAudio = cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
  const wholeInput = Math.max(tokens.input ?? 0, cachedAndAudio);
  const sheet = (price.tiers.length === 0 ? price.base : sheetFor(price, requestInputTokens ?? wholeInput)).numbers;
  if (sheet === undefined) return undefined;
  let total = 0;
  if (wholeInput > cachedAndAudio) total += (wholeInput - cachedAndAudio) * sheet.input;
  if (cacheRead > 0) total += cacheRead * sheet.cacheRead;
  if (cacheWrite5m > 0) total += cacheWrite5m * sheet.cacheWrite5m;
  if (cacheWrite1h > 0) total += cacheWrite1h * sheet.cacheWrite1h;
  if (audioInput > 0) total += audioInput * sheet.audioInput;
  const audioOutput = tokens.audioOutput ?? 0;
  let textOutput = Math.max((tokens.output ?? 0) - audioOutput, 0);
  if (audioOutput > 0) total += audioOutput * sheet.audioOutput;
  if (sheet.reasoningApart && tokens.reasoning) {
    const reasoning = Math.min(tokens.reasoning, textOutput);
    textOutput -= reasoning;
    if (reasoning > 0) total += reasoning * sheet.reasoning;
  }
  if (textOutput > 0) total += textOutput * sheet.output;
  if (tokens.webSearches) total += tokens.webSearches * sheet.webSearches;
  if (total > Number.MAX_SAFE_INTEGER) return undefined;
  const remainder = total % sheet.unit;
  return (total - remainder) / sheet.unit + (remainder * 2 >= sheet.unit ? 1 : 0);
}
