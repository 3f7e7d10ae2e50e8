/** Caps on a run: shared by all of its tasks, however many run at once. */
import { type Clock, systemClock } from "../clock.ts";
import type { Breach } from "../errors.ts";
import { checkKeys, MOST, nanoUsdOf, tokensOf, usdOf } from "./amounts.ts";
import { checkObject, Hold, idsOf, Reservable } from "./engine.ts";
import { type Limits, PoolAccount } from "./pool-account.ts";
import { COUNTED, checkRequestId } from "./request-ids.ts";
import { CALL_AMOUNTS, type CallAmounts, type Reservation, type ReserveOptions } from "./reservation.ts";
import { admit } from "./reserve-all.ts";

/** What is left out is not capped. */
export interface Caps {
  maxInputTokens?: number;
  maxOutputTokens?: number;
  /** Of input and output together. */
  maxTotalTokens?: number;
  maxCostUsd?: number | string;
}

export interface CallUsage extends CallAmounts {
  /** A call under the same id is counted once: the latest 10,000 ids at least are remembered. */
  requestId?: string;
}

export interface Amounts {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  costUsd: number;
  costNanoUsd: number;
}

/** A picture of a pool: it does not change with it. */
export interface Totals extends Amounts {
  /** Calls counted. */
  calls: number;
  /** What open reservations hold; their number is `calls`. */
  reserved: Readonly<Amounts & { calls: number }>;
  /** By how much settled calls have passed the caps; absent while none has. */
  overage?: Partial<Amounts>;
}

export type PoolAnswer = { ok: true; totals: Totals } | { ok: false; breach: Breach; breaches: readonly Breach[] };

const CALL_USAGE: readonly (keyof CallUsage)[] = [...CALL_AMOUNTS, "requestId"];

const NONE_RESERVED: Totals["reserved"] = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  costUsd: 0,
  costNanoUsd: 0,
  calls: 0,
});

/**
 * A shared budget of tokens and dollars. A call that would pass a cap is refused and changes nothing; one that fits
 * exactly passes. Money is counted in whole nano-USD, so that sums are exact.
 *
 * @example
 * ```ts
 * import { BudgetPool } from "tokenledger";
 * const pool = new BudgetPool({ maxInputTokens: 10_000, maxOutputTokens: 5_000, maxCostUsd: 1 });
 * pool.record({ inputTokens: 1_000, outputTokens: 500, costUsd: 0.05 }).totalTokens; // => 1500
 * const answer = pool.tryRecord({ inputTokens: 20_000 });
 * answer.ok || answer.breach; // => { cap: "input_tokens", limit: 10_000, attempted: 21_000, refuses: true }
 * ```
 */
export class BudgetPool extends Reservable<PoolAccount> {
  readonly caps: Readonly<Caps>;

  constructor(caps: Caps = {}, options: { clock?: Clock; name?: string } = {}) {
    checkKeys(options, ["clock", "name"], "options");
    super(new PoolAccount(limitsOf(caps), options.clock ?? systemClock, options.name));
    this.caps = Object.freeze({ ...caps });
  }

  /**
   * Counts a call, after it or before it.
   *
   * @throws BudgetExceeded where it would pass a cap; the totals are unchanged then.
   */
  record(usage: CallUsage): Totals {
    const breaches = this.count(usage);
    if (breaches !== undefined) throw this.account.refusal(breaches);
    return totalsOf(this.account);
  }

  /** As `record`, and a refusal is a value: the first cap that would be passed, and all of them. */
  tryRecord(usage: CallUsage): PoolAnswer {
    const breaches = this.count(usage);
    return breaches === undefined ? { ok: true, totals: totalsOf(this.account) } : { ok: false, breach: breaches[0], breaches };
  }

  /**
   * Sets headroom aside for a call that is about to be made.
   *
   * @throws BudgetExceeded where it would pass a cap.
   * @example
   * ```ts
   * import { BudgetPool } from "tokenledger";
   * const pool = new BudgetPool({ maxCostUsd: 1 });
   * const reservation = pool.reserve({ costUsd: 0.5 }, { ttlMs: 60_000 });
   * pool.remaining().costUsd; // => 0.5
   * reservation.settle({ costUsd: 0.35 });
   * pool.remaining().costUsd; // => 0.65
   * ```
   */
  reserve(estimate: CallAmounts, options?: ReserveOptions): Reservation {
    checkObject(estimate, "estimate");
    const inputTokens = tokensOf(estimate.inputTokens, "inputTokens");
    const outputTokens = tokensOf(estimate.outputTokens, "outputTokens");
    const costNanoUsd = nanoUsdOf(estimate.costUsd, "costUsd");
    if (inputTokens + outputTokens + costNanoUsd === 0) checkKeys(estimate, CALL_AMOUNTS, "estimate");
    const accounts = this.account.alone;
    return (
      admit(accounts, inputTokens, outputTokens, costNanoUsd, options) ??
      new Hold(accounts, inputTokens, outputTokens, costNanoUsd, options)
    );
  }

  totals(): Totals {
    this.account.refresh();
    return totalsOf(this.account);
  }

  /** What is neither used nor reserved, of each cap that is set; never below zero. */
  remaining(): Partial<Amounts> {
    const account = this.account;
    account.refresh();
    const { caps } = this;
    const left: Partial<Amounts> = {};
    if (caps.maxInputTokens !== undefined) left.inputTokens = Math.max(0, account.limits.inputTokens - account.inputTokens);
    if (caps.maxOutputTokens !== undefined) left.outputTokens = Math.max(0, account.limits.outputTokens - account.outputTokens);
    if (caps.maxTotalTokens !== undefined)
      left.totalTokens = Math.max(0, account.limits.totalTokens - account.inputTokens - account.outputTokens);
    if (caps.maxCostUsd !== undefined) {
      left.costNanoUsd = Math.max(0, account.limits.nanoUsd - account.nanoUsd);
      left.costUsd = usdOf(left.costNanoUsd);
    }
    return left;
  }

  /** Back to nothing used and nothing reserved; the caps stay. Calls under way are counted when they settle. */
  reset(): void {
    this.account.reset();
  }

  private count(usage: CallUsage): [Breach, ...Breach[]] | undefined {
    if (typeof usage !== "object" || usage === null) checkObject(usage, "usage");
    const inputTokens = tokensOf(usage.inputTokens, "inputTokens");
    const outputTokens = tokensOf(usage.outputTokens, "outputTokens");
    const nanoUsd = nanoUsdOf(usage.costUsd, "costUsd");
    if (inputTokens + outputTokens + nanoUsd === 0) checkKeys(usage, CALL_USAGE, "usage");
    const account = this.account;
    account.refresh();
    if (usage.requestId !== undefined && !isNew(account, usage.requestId, inputTokens, outputTokens, nanoUsd)) return undefined;
    if (!account.admits(inputTokens, outputTokens, nanoUsd)) return account.breachesOf(inputTokens, outputTokens, nanoUsd);
    account.count(inputTokens, outputTokens, nanoUsd);
    if (usage.requestId !== undefined) idsOf(account).set(usage.requestId, COUNTED);
    return undefined;
  }
}

function limitsOf(caps: Caps): Limits {
  checkKeys(caps, ["maxInputTokens", "maxOutputTokens", "maxTotalTokens", "maxCostUsd"], "caps");
  const nanoUsd = caps.maxCostUsd === undefined ? MOST : nanoUsdOf(caps.maxCostUsd, "maxCostUsd");
  return {
    inputTokens: caps.maxInputTokens === undefined ? MOST : tokensOf(caps.maxInputTokens, "maxInputTokens"),
    outputTokens: caps.maxOutputTokens === undefined ? MOST : tokensOf(caps.maxOutputTokens, "maxOutputTokens"),
    totalTokens: caps.maxTotalTokens === undefined ? MOST : tokensOf(caps.maxTotalTokens, "maxTotalTokens"),
    nanoUsd,
    usd: usdOf(nanoUsd),
  };
}

/** A call that is counted already is not counted again, and one that has a reservation settles it. */
function isNew(account: PoolAccount, requestId: string, inputTokens: number, outputTokens: number, nanoUsd: number): boolean {
  checkRequestId(requestId);
  const state = account.ids?.get(requestId);
  if (state === undefined) return true;
  if (state !== COUNTED) state.settleAt(inputTokens, outputTokens, nanoUsd);
  return false;
}

function totalsOf(account: PoolAccount): Totals {
  const inputTokens = account.inputTokens - account.reservedInputTokens;
  const outputTokens = account.outputTokens - account.reservedOutputTokens;
  const costNanoUsd = account.nanoUsd - account.reservedNanoUsd;
  const totals: Totals = {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    costUsd: usdOf(costNanoUsd),
    costNanoUsd,
    calls: account.calls,
    reserved: account.reservations === 0 ? NONE_RESERVED : reservedIn(account),
  };
  if (account.hasRunOver) addOverage(totals, account.limits);
  return totals;
}

function reservedIn(account: PoolAccount): Totals["reserved"] {
  return {
    inputTokens: account.reservedInputTokens,
    outputTokens: account.reservedOutputTokens,
    totalTokens: account.reservedInputTokens + account.reservedOutputTokens,
    costUsd: usdOf(account.reservedNanoUsd),
    costNanoUsd: account.reservedNanoUsd,
    calls: account.reservations,
  };
}

/** What is used beyond the caps: a call that took room which was reserved for others has not passed them yet. */
function addOverage(totals: Totals, limits: Limits): void {
  const overage: Partial<Amounts> = {};
  if (totals.inputTokens > limits.inputTokens) overage.inputTokens = totals.inputTokens - limits.inputTokens;
  if (totals.outputTokens > limits.outputTokens) overage.outputTokens = totals.outputTokens - limits.outputTokens;
  if (totals.totalTokens > limits.totalTokens) overage.totalTokens = totals.totalTokens - limits.totalTokens;
  if (totals.costNanoUsd > limits.nanoUsd) {
    overage.costNanoUsd = totals.costNanoUsd - limits.nanoUsd;
    overage.costUsd = usdOf(overage.costNanoUsd);
  }
  if (Object.keys(overage).length > 0) totals.overage = overage;
}
