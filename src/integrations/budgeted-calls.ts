/** The engine under all wrappers: a call is held for before it leaves, in every budget that counts it, and settled once. */
import { randomUUID } from "node:crypto";
import { type BudgetDefinition, type BudgetPool, isHard, type Reservation } from "../budget/index.ts";
import { type Clock, systemClock } from "../clock.ts";
import { InvalidInput, quoteValue, UnpricedModel } from "../errors.ts";
import {
  type CallPrices,
  type EstimateKind,
  estimatedCost,
  type HeldEstimate,
  type PriceQuery,
  priceQueryOf,
  type RequestReading,
} from "../providers/index.ts";
import type { ServiceTerms } from "../usage/index.ts";
import { type BudgetOptions, checkBudgetOptions } from "./budget-options.ts";
import type { CallHold, CallLedger, CallOwnerNames } from "./call-ledger.ts";
import { OpenCall } from "./open-call.ts";
import { PriceLists } from "./price-lists.ts";
import { PromptHashing } from "./prompt-hashing.ts";

/** So long a hold of a book lasts unless it is renewed: what a program that was killed had set aside is charged, and free, soon. */
const HOLD_MS = 300_000;
const RENEW_MS = HOLD_MS / 5;
const NANO_PER_USD = 1e9;

/** A call that is about to be made. */
export interface CallToMake {
  provider: string;
  model: string;
  /** What is asked for beyond the usual, as far as that changes the price. */
  terms?: ServiceTerms;
  /** What to set aside for it: all that it can come to, or what such calls use. Without `costUsd` where no price is known. */
  estimate(kind: EstimateKind, prices: CallPrices, query: PriceQuery): HeldEstimate;
}

/** A request's call, as it was read. */
export function callToMake(provider: string, reading: RequestReading): CallToMake {
  return {
    provider,
    model: reading.model,
    terms: reading,
    estimate: (kind, prices, query) => estimateOf(reading, kind, prices, query),
  };
}

function estimateOf(reading: RequestReading, kind: EstimateKind, prices: CallPrices, query: PriceQuery): HeldEstimate {
  const outputTokens = reading.output[kind];
  const estimate: HeldEstimate = { inputTokens: reading.input[kind], outputTokens };
  const costNanoUsd = estimatedCost(reading, kind, outputTokens, prices, query);
  // As a number, which pools take without reading digits: it is exact to the nano-USD.
  if (costNanoUsd !== undefined) estimate.costUsd = costNanoUsd / NANO_PER_USD;
  return estimate;
}

export class BudgetedCalls {
  readonly #ledger: CallLedger | undefined;
  readonly #pool: BudgetPool | undefined;
  readonly #scope: CallOwnerNames | undefined;
  readonly #requestId: () => string;
  readonly #clock: Clock;
  readonly #prices: PriceLists;
  readonly #blocksUnpriced: boolean;
  readonly hashing: PromptHashing;
  /** Holds of the book that are kept alive. */
  readonly #open = new Set<OpenCall>();
  /** Work that goes on at a provider, by its name there. */
  readonly #pending = new Map<string, OpenCall>();
  #renewing: NodeJS.Timeout | undefined;
  readonly #monotonic: () => number;
  readonly #ended: (call: OpenCall) => void;

  /** @throws InvalidInput */
  constructor(given: BudgetOptions) {
    const { ledger, pool, scope, prices, requestId = randomUUID, clock = systemClock, unpriced, promptHashes } = checkBudgetOptions(given);
    this.#ledger = ledger;
    this.#pool = pool;
    this.#scope = scope;
    this.#requestId = requestId;
    this.#clock = clock;
    this.#prices = new PriceLists({ ledger, prices, estimatesUnknown: unpriced === "estimate", clock });
    this.#blocksUnpriced = unpriced === undefined ? pool?.caps.maxCostUsd !== undefined : unpriced !== "allow";
    this.hashing = new PromptHashing(promptHashes === false ? undefined : ledger);
    this.#monotonic = () => clock.monotonic();
    this.#ended = (call) => this.#open.delete(call);
  }

  /**
   * Sets aside what the call may come to. At once where there is only a pool.
   *
   * @throws BudgetExceeded, RateLimitExceeded, UnpricedModel, DatabaseError: then nothing is set aside, and the call must not be made
   */
  begin(call: CallToMake): OpenCall | Promise<OpenCall> {
    if (this.#ledger !== undefined) return this.#inBook(call, this.#ledger);
    const { prices, query, estimate } = this.#estimated(call, "bound");
    return this.#opened("bound", this.#requestId, prices, query, this.#inPool(estimate), undefined);
  }

  /** The call goes on at its provider after its reply: what is held stays until {@link pendingAt} finds it and settles it. */
  async keep(call: OpenCall, externalId: string, ttlMs: number): Promise<void> {
    const name = `${call.query.provider}:${externalId}`;
    this.#pending.set(name, call);
    this.#open.delete(call);
    try {
      await call.hold?.track(name);
      await call.hold?.extend({ ttlMs });
    } catch (error) {
      // This process finds it all the same; without it, the call is charged as it was held for.
      const why = error instanceof Error ? error.message : String(error);
      process.emitWarning(`The call ${call.requestId} goes on at its provider and could not be noted: ${why}`, "TokenLedgerWarning");
    }
  }

  /** What {@link pendingAt} has found is not done yet. */
  keepOn(call: OpenCall, provider: string, externalId: string): void {
    this.#open.delete(call);
    this.#pending.set(`${provider}:${externalId}`, call);
  }

  /** Also one that another process has begun, where both have the same book. */
  async pendingAt(provider: string, externalId: string): Promise<OpenCall | undefined> {
    const name = `${provider}:${externalId}`;
    const known = this.#pending.get(name);
    if (known !== undefined) {
      this.#pending.delete(name);
      return known;
    }
    const hold = await this.#ledger?.tracked(name);
    if (hold === undefined) return undefined;
    const query: PriceQuery = { provider, model: "", atMs: this.#clock.now() };
    return this.#opened("likely", externalId, await this.#prices.current(), query, undefined, hold);
  }

  async #inBook(call: CallToMake, ledger: CallLedger): Promise<OpenCall> {
    const { provider, model } = call;
    const scope = this.#scope === undefined ? {} : { scope: this.#scope };
    const [counting] = await Promise.all([ledger.budgets.counting({ provider, model, ...scope }), this.#prices.current()]);
    const kind: EstimateKind = this.#pool !== undefined || counting.some(bindsHard) ? "bound" : "likely";
    const { prices, query, estimate } = this.#estimated(call, kind);
    const requestId = this.#requestId();
    const poolHold = this.#inPool(estimate);
    try {
      const hold = await ledger.reserve({ requestId, provider, model, ...scope, estimate, ttlMs: HOLD_MS, dispatched: true });
      if (!hold.isNew) throw nameTaken(requestId);
      return this.#opened(kind, requestId, prices, query, poolHold, hold);
    } catch (error) {
      poolHold?.release();
      throw error;
    }
  }

  #estimated(call: CallToMake, kind: EstimateKind): { prices: CallPrices; query: PriceQuery; estimate: HeldEstimate } {
    const prices = this.#prices.known;
    const { provider, model, terms = {} } = call;
    const query = priceQueryOf(terms, { provider, model, atMs: this.#clock.now() });
    const estimate = call.estimate(kind, prices, query);
    if (estimate.costUsd === undefined && this.#blocksUnpriced) throw unpriced(query);
    return { prices, query, estimate };
  }

  #inPool(estimate: HeldEstimate): Reservation | undefined {
    return this.#pool?.reserve(estimate);
  }

  #opened(
    kind: EstimateKind,
    requestId: string | (() => string),
    prices: CallPrices,
    query: PriceQuery,
    poolHold: Reservation | undefined,
    bookHold: CallHold | undefined,
  ): OpenCall {
    const startedMs = this.#clock.monotonic();
    const monotonic = this.#monotonic;
    const ended = this.#ended;
    const open = new OpenCall({ requestId, kind, prices, query, startedMs, monotonic, poolHold, bookHold, ended });
    if (bookHold !== undefined) this.#keepAlive(open);
    return open;
  }

  #keepAlive(call: OpenCall): void {
    this.#open.add(call);
    this.#renewing ??= setInterval(() => this.#renew(), RENEW_MS).unref();
  }

  #renew(): void {
    if (this.#open.size === 0) {
      clearInterval(this.#renewing);
      this.#renewing = undefined;
    }
    // What can't be renewed is charged at its estimate when its time is over, and corrected when it settles.
    for (const { hold } of this.#open) hold?.extend({ ttlMs: HOLD_MS }).catch(() => undefined);
  }
}

function bindsHard(budget: BudgetDefinition): boolean {
  return isHard(budget) && !budget.shadow && budget.enforcement !== "notify_only";
}

function nameTaken(requestId: string): InvalidInput {
  return new InvalidInput(`requestId: ${quoteValue(requestId)} names a request that was made before; give each a name of its own.`);
}

function unpriced({ provider, model }: PriceQuery): UnpricedModel {
  return new UnpricedModel(
    `No price is known for ${quoteValue(model)} of ${quoteValue(provider)}, so that no budget can hold for it; give its price in prices, or choose another policy in unpriced.`,
  );
}
