/** What a price is: the words and units of the book. */

/**
 * Prices of token kinds in femto-USD (1e-15 USD) per token, as safe integers: USD per million tokens × 1e9.
 * An absent price is unknown, or follows the vendor's rule (see `vendor-rules.ts`); it is never zero.
 */
export interface Rates {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  audioInput?: number;
  audioOutput?: number;
  /** Only where reasoning is priced apart from other output. */
  reasoning?: number;
}

export type TokenKind = keyof Rates;

/** All kinds, in the order in which they are stored and shown. */
export const TOKEN_KINDS: readonly TokenKind[] = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "audioInput",
  "audioOutput",
  "reasoning",
];

/** Once a request's whole input (cached tokens included) passes the threshold, all of its tokens cost these rates. */
export interface LongContextTier {
  thresholdTokens: number;
  /** True where the vendor says "from N tokens", false where it says "more than N tokens". */
  inclusive: boolean;
  rates: Rates;
}

export type ServiceName = "batch" | "flex" | "priority" | "fast";

/** A service level's price: the standard price times `permille`/1000, except for the kinds that `rates` names. */
export interface ServicePrice {
  permille: number;
  rates?: Rates;
}

/** Where a price was read, and the day of that reading (`2026-08-01`). */
export interface PriceSource {
  name: string;
  date: string;
}

/**
 * One dated price of one model at one provider. Times are milliseconds since 1970, money is integers.
 */
export interface PriceEntry {
  provider: string;
  /** The model's canonical id; in a user's own prices also a pattern with `*`. */
  model: string;
  /** Other ids that the provider gives the same model. */
  aliases?: readonly string[];
  /** First moment at which the price holds; absent: always did. */
  effectiveFromMs?: number;
  /** First moment at which it no longer holds; absent: still does. */
  effectiveToMs?: number;
  /** Only between these minutes of the UTC day (the second may be smaller: past midnight). */
  minutesUtc?: readonly [from: number, to: number];
  rates: Rates;
  /** Sorted by threshold. */
  longContext?: readonly LongContextTier[];
  services?: Partial<Record<ServiceName, ServicePrice>>;
  /** What a promised place costs in thousandths of the global price: `{ us: 1100 }`. */
  regionPermille?: Readonly<Record<string, number>>;
  webSearchNanoUsd?: number;
  /** Information only: a retired model keeps its price. `2026-05-01`. */
  retiredOn?: string;
  /** The sources that agree; one alone is a price that nobody else confirms. */
  sources: readonly PriceSource[];
  note?: string;
}
