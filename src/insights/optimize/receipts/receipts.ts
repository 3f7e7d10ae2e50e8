/**
 * What a rule has saved: the calls that were made since, at the prices that they would have cost without it, less what they cost. How
 * many they are plays no part: a rule has saved as much of twice the calls as of each of them twice.
 */
import { costNanoUsd, type PriceBook, unitPrices } from "../../../pricing/index.ts";
import type { RuleScope } from "../candidate.ts";
import type { Call, CalledModel, DisjointTokens, Workload } from "../replay/call.ts";
import { NanoUsdSum } from "../replay/nano-usd-sum.ts";
import type { CallObserver } from "../replay/watching.ts";
import type { AppliedRule, RoutedModel } from "../rules/applied-rule.ts";
import { FollowUps, GuardedCalls } from "./quality-guards.ts";
import type { ReceiptDocument } from "./receipt-document.ts";

/** What was usual before a rule. */
export const BEFORE_MS: number = 28 * 86_400_000;

/** Sums over calls: what was paid, and what they would have cost by a list of prices. */
class PaidAndListed {
  calls = 0;
  readonly paid = new NanoUsdSum();
  readonly listed = new NanoUsdSum();

  /** Calls that the list has no price for are in neither sum. */
  add(paidNanoUsd: number, listedNanoUsd: number): void {
    if (Number.isNaN(listedNanoUsd)) return;
    this.calls++;
    this.paid.add(paidNanoUsd);
    this.listed.add(listedNanoUsd);
  }

  /** What is paid of the list's price; 1 where nothing is known. */
  get ratio(): number {
    const listed = Number(this.listed.total);
    return listed > 0 ? Number(this.paid.total) / listed : 1;
  }
}

export interface Saved {
  measuredBy: NonNullable<ReceiptDocument["measured_by"]>;
  paidNanoUsd: bigint;
  /** Without the rule. */
  oldNanoUsd: bigint;
  /** As a share of the old cost: what the 28 days before would have saved; undefined: there were no such calls. */
  expectedShare: number | undefined;
}

/** Of each dollar that the calls would have cost, so much was saved; undefined where they would have cost nothing. */
export function savedShare({ oldNanoUsd, paidNanoUsd }: Saved): number | undefined {
  return oldNanoUsd > 0n ? Number(oldNanoUsd - paidNanoUsd) / Number(oldNanoUsd) : undefined;
}

/** How much of what was foreseen has come true: however many calls there were. Undefined where either is not known. */
export function calibrationOf(saved: Saved): number | undefined {
  const share = savedShare(saved);
  const { expectedShare } = saved;
  return share === undefined || expectedShare === undefined || expectedShare <= 0 ? undefined : share / expectedShare;
}

/** Watches the calls of one rule. */
export abstract class RuleReceipt implements CallObserver {
  readonly rule: AppliedRule;
  /** Since the rule, as it would have them; those that stayed as they were; all of them before. */
  readonly since: GuardedCalls = new GuardedCalls();
  readonly kept: GuardedCalls = new GuardedCalls();
  readonly before: GuardedCalls = new GuardedCalls();
  readonly paid: NanoUsdSum = new NanoUsdSum();
  readonly #followUps = new FollowUps();

  constructor(rule: AppliedRule) {
    this.rule = rule;
  }

  take(call: Call): void {
    const { appliedAtMs, scopes } = this.rule;
    if (call.timestampMs < appliedAtMs - BEFORE_MS || !isInScope(call.workload, scopes)) return;
    const group = call.timestampMs < appliedAtMs ? this.takeBefore(call) : this.takeSince(call);
    if (group === undefined) return;
    if (group === this.since) this.paid.add(call.costNanoUsd);
    group.add(call);
    this.#followUps.take(call, group);
  }

  /** Undefined: the call has nothing to do with the rule. */
  protected abstract takeBefore(call: Call): GuardedCalls | undefined;
  protected abstract takeSince(call: Call): GuardedCalls | undefined;
  /** Undefined: can't be told. */
  abstract saved(): Saved | undefined;
}

export function receiptFor(rule: AppliedRule, prices: PriceBook): RuleReceipt {
  const { action } = rule;
  if (action.type === "route") return new RouteReceipt(rule, action.from, action.to, prices);
  if (action.type === "cache") return new PlainReceipt(rule, "no_cache", isOf(action), withoutCache(prices));
  if (rule.kind === "batch-requests") return new PlainReceipt(rule, "standard_tier", isNamed(rule.from), atStandardTier(prices));
  return new UnpricedReceipt(rule);
}

/** Calls that went to another model, at the prices of the old one on their day. */
class RouteReceipt extends RuleReceipt {
  readonly #isOld: (model: CalledModel) => boolean;
  readonly #isNew: (model: CalledModel) => boolean;
  readonly #wasAsked: (model: string | undefined) => boolean;
  readonly #oldCost: (call: Call) => number;
  readonly #newCost: (call: Call) => number;
  readonly #oldList: (call: Call) => number;
  readonly #moved = new PaidAndListed();
  readonly #oldBefore = new PaidAndListed();
  readonly #newBefore = new PaidAndListed();
  /** Then calls there say nothing by themselves: only those that asked for the old one were moved. */
  #wasUsedBefore = false;

  constructor(rule: AppliedRule, from: RoutedModel, to: RoutedModel, prices: PriceBook) {
    super(rule);
    this.#isOld = isOf(from);
    this.#isNew = isOf(to);
    this.#oldCost = costElsewhere(prices, from);
    this.#newCost = costElsewhere(prices, to);
    this.#oldList = ownListCost(prices);
    const asked = new Map<string, boolean>();
    this.#wasAsked = (model) => {
      if (model === undefined) return false;
      const known = asked.get(model) ?? (model === from.model || prices.canonicalModel(from.provider, model) === from.model);
      asked.set(model, known);
      return known;
    };
  }

  protected override takeBefore(call: Call): GuardedCalls | undefined {
    if (this.#isNew(call.model)) this.#wasUsedBefore = true;
    if (!this.#isOld(call.model)) return undefined;
    this.#oldBefore.add(call.costNanoUsd, this.#oldList(call));
    this.#newBefore.add(call.costNanoUsd, this.#newCost(call));
    return this.before;
  }

  protected override takeSince(call: Call): GuardedCalls | undefined {
    if (this.#isNew(call.model) && (this.#wasAsked(call.terms.requestedModel) || !this.#wasUsedBefore)) {
      this.#moved.add(call.costNanoUsd, this.#oldCost(call));
      return this.since;
    }
    return this.#isOld(call.model) ? this.kept : undefined;
  }

  saved(): Saved {
    const paidBefore = Number(this.#newBefore.paid.total);
    // What the old model was had for below its list, it would be had for still.
    const { ratio } = this.#oldBefore;
    return {
      measuredBy: "old_model",
      paidNanoUsd: this.#moved.paid.total,
      oldNanoUsd: scaled(this.#moved.listed.total, ratio),
      expectedShare: paidBefore > 0 ? 1 - (Number(this.#newBefore.listed.total) * ratio) / paidBefore : undefined,
    };
  }
}

/** Calls that are made on other terms than before, at the price of the plain ones: less what was saved in that way before the rule. */
class PlainReceipt extends RuleReceipt {
  readonly #measuredBy: Saved["measuredBy"];
  readonly #isMeant: (model: CalledModel) => boolean;
  readonly #plainCost: (call: Call) => number;
  readonly #since = new PaidAndListed();
  readonly #before = new PaidAndListed();

  constructor(
    rule: AppliedRule,
    measuredBy: Saved["measuredBy"],
    isMeant: (model: CalledModel) => boolean,
    plainCost: (call: Call) => number,
  ) {
    super(rule);
    this.#measuredBy = measuredBy;
    this.#isMeant = isMeant;
    this.#plainCost = plainCost;
  }

  protected override takeBefore(call: Call): GuardedCalls | undefined {
    if (!this.#isMeant(call.model)) return undefined;
    this.#before.add(call.costNanoUsd, this.#plainCost(call));
    return this.before;
  }

  protected override takeSince(call: Call): GuardedCalls | undefined {
    if (!this.#isMeant(call.model)) return undefined;
    this.#since.add(call.costNanoUsd, this.#plainCost(call));
    return this.since;
  }

  saved(): Saved {
    return {
      measuredBy: this.#measuredBy,
      paidNanoUsd: this.#since.paid.total,
      oldNanoUsd: scaled(this.#since.listed.total, this.#before.ratio),
      expectedShare: undefined,
    };
  }
}

/** What programs changed by themselves leaves no trace in single calls. */
class UnpricedReceipt extends RuleReceipt {
  protected override takeBefore(): GuardedCalls {
    return this.before;
  }

  protected override takeSince(): GuardedCalls {
    return this.since;
  }

  saved(): undefined {
    return undefined;
  }
}

function isInScope({ isRest, org, team, project, key }: Workload, scopes: readonly RuleScope[]): boolean {
  return scopes.some((scope) => {
    const named = [scope.org, scope.team, scope.project, scope.key];
    if (isRest) return named.every((name) => name === undefined);
    const own = [org, team, project, key];
    // An empty name means calls without one.
    return named.every((name, index) => name === undefined || name === (own[index] ?? ""));
  });
}

function isOf({ provider, model }: RoutedModel): (called: CalledModel) => boolean {
  return (called) => called.provider === provider && (called.model === model || called.canonicalModel === model);
}

/** @param name `model`, or `provider/model` */
function isNamed(name: string): (called: CalledModel) => boolean {
  return ({ provider, model, canonicalModel }) =>
    [model, canonicalModel, `${provider}/${model}`, `${provider}/${canonicalModel}`].includes(name);
}

function costElsewhere(prices: PriceBook, { provider, model }: RoutedModel): (call: Call) => number {
  return (call) => listCost(prices, call, { ...call.terms, provider, model }, call.tokens);
}

function ownListCost(prices: PriceBook): (call: Call) => number {
  return (call) => listCost(prices, call, { ...call.terms, provider: call.model.provider, model: call.model.model }, call.tokens);
}

function withoutCache(prices: PriceBook): (call: Call) => number {
  return (call) => {
    const { input, cacheRead, cacheWrite5m, cacheWrite1h } = call.tokens;
    const plain = {
      ...call.tokens,
      input: input + cacheRead + cacheWrite5m + cacheWrite1h,
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
    };
    return listCost(prices, call, { ...call.terms, provider: call.model.provider, model: call.model.model }, plain);
  };
}

function atStandardTier(prices: PriceBook): (call: Call) => number {
  return (call) => {
    const { serviceTier: _batch, ...standard } = call.terms;
    const terms = call.terms.serviceTier === "batch" ? standard : call.terms;
    return listCost(prices, call, { ...terms, provider: call.model.provider, model: call.model.model }, call.tokens);
  };
}

/** In nano-USD, rounded half-up once; NaN where a price is unknown. */
function listCost(prices: PriceBook, call: Call, served: Parameters<typeof unitPrices>[1], tokens: DisjointTokens): number {
  const units = unitPrices(prices, served, call.timestampMs, call.inputTokens);
  return units === undefined ? Number.NaN : costNanoUsd(units, tokens);
}

/** Exactly the amount where all of it is meant. */
function scaled(nanoUsd: bigint, ratio: number): bigint {
  return ratio === 1 ? nanoUsd : BigInt(Math.round(Number(nanoUsd) * ratio));
}
