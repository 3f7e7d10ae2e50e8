/** A call that was let in: it ends once, settled or released, in the pool and in the book that hold for it. */
import type { Reservation } from "../budget/index.ts";
import { TokenLedgerError } from "../errors.ts";
import { type CallPrices, type EstimateKind, type MeteredUsage, type PriceQuery, unansweredUsage } from "../providers/index.ts";
import type { TokenCounts } from "../usage/index.ts";
import type { CallHold } from "./call-ledger.ts";

const NANO_PER_USD = 1e9;
const SETTLE_TRIES = 20;
const SETTLE_AGAIN_MS = 500;

export interface Admission {
  /** Asked only where somebody wants to know: a pool does not. */
  requestId: string | (() => string);
  /** What is held: all that the call can come to, or what such calls use. */
  kind: EstimateKind;
  prices: CallPrices;
  query: PriceQuery;
  /** On the steady clock. */
  startedMs: number;
  monotonic: () => number;
  poolHold: Reservation | undefined;
  bookHold: CallHold | undefined;
  /** Called when it has ended. */
  ended: (call: OpenCall) => void;
}

export class OpenCall {
  readonly #admission: Admission;
  #hasEnded = false;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  get requestId(): string {
    const admission = this.#admission;
    if (typeof admission.requestId === "function") admission.requestId = admission.requestId();
    return admission.requestId;
  }

  get kind(): EstimateKind {
    return this.#admission.kind;
  }

  get prices(): CallPrices {
    return this.#admission.prices;
  }

  get query(): PriceQuery {
    return this.#admission.query;
  }

  /** Since it was let in. */
  get latencyMs(): number {
    const { monotonic, startedMs } = this.#admission;
    return Math.round(monotonic() - startedMs);
  }

  /** Of books: for calls that last. */
  get hold(): CallHold | undefined {
    return this.#admission.bookHold;
  }

  /** Nothing to wait for where there is only a pool. Never rejects: what the book can't take now, it is told again. */
  settle(usage: MeteredUsage): Promise<void> | undefined {
    if (this.#hasEnded) return undefined;
    this.#end();
    const { poolHold, bookHold } = this.#admission;
    if (poolHold !== undefined) this.#settleInPool(poolHold, usage);
    return bookHold && told(() => bookHold.settle(usage), this.requestId);
  }

  /** It has left and was not answered: it may have been served and billed, so it is charged as it was estimated. */
  fail(why: string): Promise<void> | undefined {
    return this.settle(unansweredUsage({ latencyMs: this.latencyMs }, why));
  }

  /** It has not left. */
  release(): Promise<void> | undefined {
    if (this.#hasEnded) return undefined;
    this.#end();
    const { poolHold, bookHold } = this.#admission;
    poolHold?.release();
    return bookHold && told(() => bookHold.release(), this.requestId);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#admission.ended(this);
  }

  #settleInPool(hold: Reservation, usage: MeteredUsage): void {
    const { inputTokens, outputTokens } = usage;
    if (inputTokens === undefined && outputTokens === undefined && usage.costUsd === undefined) {
      hold.settle();
      return;
    }
    const actual: Parameters<Reservation["settle"]>[0] = { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
    const costUsd = usage.costUsd ?? this.#priceOf(usage);
    // What nobody knows the price of is held at what it may cost, and charged at that: unknown is not zero.
    if (costUsd !== undefined) actual.costUsd = costUsd;
    hold.settle(actual);
  }

  /** In USD: exact to the nano-USD. */
  #priceOf(usage: MeteredUsage): number | undefined {
    const { query, prices } = this.#admission;
    const { model = query.model, serviceTier, speed, inferenceGeo, requestInputTokens } = usage;
    const answered: PriceQuery = { provider: query.provider, model, atMs: query.atMs };
    if (serviceTier !== undefined) answered.serviceTier = serviceTier;
    if (speed !== undefined) answered.speed = speed;
    if (inferenceGeo !== undefined) answered.inferenceGeo = inferenceGeo;
    if (requestInputTokens !== undefined) answered.requestInputTokens = requestInputTokens;
    const costNanoUsd = prices.cost(answered, tokensOf(usage));
    return costNanoUsd === undefined ? undefined : costNanoUsd / NANO_PER_USD;
  }
}

/** As prices count them. */
function tokensOf(usage: MeteredUsage): TokenCounts {
  const { cacheWrite1hTokens = 0, cacheWriteTokens = 0 } = usage;
  const tokens: TokenCounts = { input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0 };
  if (usage.cacheReadTokens !== undefined) tokens.cacheRead = usage.cacheReadTokens;
  if (cacheWriteTokens > cacheWrite1hTokens) tokens.cacheWrite5m = cacheWriteTokens - cacheWrite1hTokens;
  if (cacheWrite1hTokens > 0) tokens.cacheWrite1h = cacheWrite1hTokens;
  if (usage.reasoningTokens !== undefined) tokens.reasoning = usage.reasoningTokens;
  if (usage.audioInputTokens !== undefined) tokens.audioInput = usage.audioInputTokens;
  if (usage.audioOutputTokens !== undefined) tokens.audioOutput = usage.audioOutputTokens;
  if (usage.webSearches !== undefined) tokens.webSearches = usage.webSearches;
  return tokens;
}

/** The first try is waited for. A call that is paid for is not lost to its caller because the book can't be written. */
async function told(tell: () => Promise<unknown>, requestId: string): Promise<void> {
  try {
    await tell();
  } catch (error) {
    if (isTemporary(error)) void toldAgain(tell, requestId);
    else warn(error, requestId);
  }
}

async function toldAgain(tell: () => Promise<unknown>, requestId: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    await new Promise((resolve) => {
      setTimeout(resolve, SETTLE_AGAIN_MS * tries).unref();
    });
    try {
      await tell();
      return;
    } catch (error) {
      if (tries < SETTLE_TRIES && isTemporary(error)) continue;
      warn(error, requestId);
      return;
    }
  }
}

function isTemporary(error: unknown): boolean {
  return TokenLedgerError.is(error) && error.code === "DATABASE_ERROR";
}

function warn(error: unknown, requestId: string): void {
  // Ended by another process, or by its time: the book has it.
  if (TokenLedgerError.is(error) && error.code === "ALREADY_SETTLED") return;
  const why = error instanceof Error ? error.message : String(error);
  process.emitWarning(`The call ${requestId} could not be settled and will be charged as estimated: ${why}`, "TokenLedgerWarning");
}
