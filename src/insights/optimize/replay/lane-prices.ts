/** What a call costs where it was made, and on every lane: once for all calls of one model, one set of terms and one size. */
import { costNanoUsd, type PriceBook, priceChanges, type ServedCall, type UnitPrices, unitPrices } from "../../../pricing/index.ts";
import type { CalledModel, CallTerms, DisjointTokens } from "./call.ts";
import type { Lane } from "./cell.ts";
import { roundedQuotient, roundedShare } from "./rounded-quotient.ts";

/** How many kinds of tokens have a price. */
const KINDS = 9;
/** The bits of those that most calls have none of. */
const RARE = 16 | 32 | 64 | 128 | 256;
/** Even calls without tokens have no cost where there is no price. */
const EVERY_CALL = 512;

export class LanePrices {
  readonly lanes: readonly Lane[];
  /** Up to when, exclusive, these prices hold. */
  untilMs: number = Number.NEGATIVE_INFINITY;
  /** The model's own price is that of a time of day. */
  isOffPeak = false;
  readonly #book: PriceBook;
  /** The model itself, then its lanes. */
  readonly #served: readonly ServedCall[];
  readonly #changes: readonly ((atMs: number) => number)[];
  readonly #inputTokens: number;
  readonly #prices: (UnitPrices | undefined)[];
  /** The same, one after the other: 0 where a price is unknown. */
  readonly #units: Float64Array;
  readonly #perNanoUsd: Float64Array;
  /** Bits of the kinds without a price. */
  readonly #unknown: Int32Array;

  /** @param inputTokens of a prompt that is priced like those of all these calls */
  constructor(book: PriceBook, model: CalledModel, lanes: readonly Lane[], terms: CallTerms, inputTokens: number) {
    this.lanes = lanes;
    this.#book = book;
    const { serviceTier, speed, inferenceGeo } = terms;
    const served = { ...(serviceTier && { serviceTier }), ...(speed && { speed }), ...(inferenceGeo && { inferenceGeo }) };
    this.#served = [model, ...lanes].map((lane) => ({ ...served, ...namesOf(lane) }));
    this.#changes = this.#served.map((served) => priceChanges(book, served));
    this.#inputTokens = inputTokens;
    this.#prices = this.#served.map(() => undefined);
    this.#units = new Float64Array(this.#served.length * KINDS);
    this.#perNanoUsd = new Float64Array(this.#served.length);
    this.#unknown = new Int32Array(this.#served.length);
  }

  /** From now on, prices are those of this moment. */
  moveTo(atMs: number): void {
    this.untilMs = Number.POSITIVE_INFINITY;
    this.#served.forEach((served, index) => {
      const prices = unitPrices(this.#book, served, atMs, this.#inputTokens);
      this.#prices[index] = prices;
      this.#unknown[index] = prices === undefined ? EVERY_CALL : 0;
      this.#perNanoUsd[index] = prices?.unit ?? 1;
      inOrder(prices).forEach((price, kind) => {
        this.#units[index * KINDS + kind] = Number.isNaN(price) ? 0 : price;
        if (Number.isNaN(price)) this.#unknown[index] = (this.#unknown[index] as number) | (1 << kind);
      });
      this.untilMs = Math.min(this.untilMs, (this.#changes[index] as (atMs: number) => number)(atMs));
    });
    const own = this.#served[0] as ServedCall;
    this.isOffPeak = this.#book.find(own.provider, own.model, atMs)?.minutesUtc !== undefined;
  }

  /**
   * Adds to each lane's sum what the call would have cost there, rounded half-up by itself; NaN where there is no price. What was paid
   * above or below the list is taken to be so there, too.
   */
  addTo(sums: Float64Array, tokens: DisjointTokens, paidNanoUsd: number): void {
    const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput, webSearches } = tokens;
    let kinds = EVERY_CALL;
    if (input > 0) kinds |= 1;
    if (cacheRead > 0) kinds |= 2;
    if (output > 0) kinds |= 4;
    if (reasoning > 0) kinds |= 8;
    if (cacheWrite5m > 0) kinds |= 16;
    if (cacheWrite1h > 0) kinds |= 32;
    if (audioInput > 0) kinds |= 64;
    if (audioOutput > 0) kinds |= 128;
    if (webSearches > 0) kinds |= 256;
    const units = this.#units;
    let listNanoUsd = Number.NaN;
    for (let index = 0; index <= sums.length; index++) {
      let cost = Number.NaN;
      if (((this.#unknown[index] as number) & kinds) === 0) {
        const at = index * KINDS;
        let total =
          input * (units[at] as number) +
          cacheRead * (units[at + 1] as number) +
          output * (units[at + 2] as number) +
          reasoning * (units[at + 3] as number);
        if ((kinds & RARE) !== 0) {
          total +=
            cacheWrite5m * (units[at + 4] as number) +
            cacheWrite1h * (units[at + 5] as number) +
            audioInput * (units[at + 6] as number) +
            audioOutput * (units[at + 7] as number) +
            webSearches * (units[at + 8] as number);
        }
        cost =
          total <= Number.MAX_SAFE_INTEGER
            ? roundedQuotient(total, this.#perNanoUsd[index] as number)
            : costNanoUsd(this.#prices[index] as UnitPrices, tokens);
      }
      if (index === 0) listNanoUsd = cost;
      else sums[index - 1] = (sums[index - 1] as number) + atPaidPrices(cost, paidNanoUsd, listNanoUsd);
    }
  }
}

function namesOf({ provider, model, serviceTier }: Lane): Lane {
  return { provider, model, ...(serviceTier && { serviceTier }) };
}

/** In the order of the bits above: the frequent kinds first. */
function inOrder(prices: UnitPrices | undefined): number[] {
  if (prices === undefined) return new Array<number>(KINDS).fill(Number.NaN);
  const { input, cacheRead, output, reasoning, cacheWrite5m, cacheWrite1h, audioInput, audioOutput, webSearches } = prices;
  return [input, cacheRead, output, reasoning, cacheWrite5m, cacheWrite1h, audioInput, audioOutput, webSearches];
}

/** A call whose own price is unknown says nothing of what is paid elsewhere. */
function atPaidPrices(cost: number, paid: number, list: number): number {
  if (paid === list) return cost;
  return list > 0 ? roundedShare(cost, paid, list) : Number.NaN;
}
