/** What a pool has used and holds, against its caps. */
import type { Clock } from "../clock.ts";
import { type Breach, type BreachedCap, BudgetExceeded } from "../errors.ts";
import { MOST } from "./amounts.ts";
import { moneyBreach, tokenBreach } from "./breaches.ts";
import { Account, type Hold } from "./engine.ts";

/** Caps as they are checked: where none is set, what can be counted exactly. */
export interface Limits {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  nanoUsd: number;
  /** The same in USD. */
  usd: number;
}

export class PoolAccount extends Account {
  /** Used and reserved together: the sum that the caps are about, so that a call costs one addition per axis. */
  inputTokens = 0;
  outputTokens = 0;
  nanoUsd = 0;
  reservedInputTokens = 0;
  reservedOutputTokens = 0;
  reservedNanoUsd = 0;
  /** Open reservations. */
  reservations = 0;
  calls = 0;
  /** Some settled call came to more than was left. */
  hasRunOver = false;
  /** Reservations of an earlier generation hold nothing any more. */
  generation = 0;
  readonly limits: Limits;
  private readonly name: string | undefined;

  constructor(limits: Limits, clock: Clock, name: string | undefined) {
    super(clock);
    this.limits = limits;
    this.name = name;
  }

  dependsOnTime(): boolean {
    return this.expiries.openCount > 0;
  }

  admits(inputTokens: number, outputTokens: number, nanoUsd: number): boolean {
    const { limits } = this;
    const input = this.inputTokens + inputTokens;
    const output = this.outputTokens + outputTokens;
    if (
      input <= limits.inputTokens &&
      output <= limits.outputTokens &&
      input + output <= limits.totalTokens &&
      this.nanoUsd + nanoUsd <= limits.nanoUsd
    )
      return true;
    // After an over-run, what adds nothing to the axis that ran over still passes.
    return (
      (inputTokens === 0 || input <= limits.inputTokens) &&
      (outputTokens === 0 || output <= limits.outputTokens) &&
      (inputTokens + outputTokens === 0 || input + output <= limits.totalTokens) &&
      (nanoUsd === 0 || this.nanoUsd + nanoUsd <= limits.nanoUsd)
    );
  }

  breachesOf(inputTokens: number, outputTokens: number, nanoUsd: number): [Breach, ...Breach[]] {
    // Most refusals are of one kind: kept short, it is compiled into its caller, and costs half.
    const input = this.inputTokens + inputTokens;
    const cost = this.nanoUsd + nanoUsd;
    const { limits } = this;
    if (this.name !== undefined || this.expiries.openCount > 0 || input + this.outputTokens + outputTokens > limits.totalTokens)
      return this.allBreachesOf(inputTokens, outputTokens, nanoUsd);
    if (cost <= limits.nanoUsd && outputTokens <= limits.outputTokens - this.outputTokens)
      return [tokenBreach("input_tokens", limits.inputTokens, input)];
    if (input <= limits.inputTokens && outputTokens <= limits.outputTokens - this.outputTokens)
      return [moneyBreach(limits.usd, limits.nanoUsd, cost)];
    return this.allBreachesOf(inputTokens, outputTokens, nanoUsd);
  }

  hold(inputTokens: number, outputTokens: number, nanoUsd: number): number {
    this.inputTokens += inputTokens;
    this.outputTokens += outputTokens;
    this.nanoUsd += nanoUsd;
    this.reservedInputTokens += inputTokens;
    this.reservedOutputTokens += outputTokens;
    this.reservedNanoUsd += nanoUsd;
    this.reservations += 1;
    return this.generation;
  }

  holds(place: number): boolean {
    return place === this.generation;
  }

  unhold(place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void {
    if (!this.holds(place)) return;
    this.inputTokens -= inputTokens;
    this.outputTokens -= outputTokens;
    this.nanoUsd -= nanoUsd;
    this.reservedInputTokens -= inputTokens;
    this.reservedOutputTokens -= outputTokens;
    this.reservedNanoUsd -= nanoUsd;
    this.reservations -= 1;
  }

  use(_place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void {
    if (!this.admits(inputTokens, outputTokens, nanoUsd)) this.hasRunOver = true;
    this.count(inputTokens, outputTokens, nanoUsd);
  }

  count(inputTokens: number, outputTokens: number, nanoUsd: number): void {
    this.inputTokens += inputTokens;
    this.outputTokens += outputTokens;
    this.nanoUsd += nanoUsd;
    this.calls += 1;
  }

  canCount(inputTokens: number, outputTokens: number, nanoUsd: number): boolean {
    return this.inputTokens + this.outputTokens + inputTokens + outputTokens <= MOST && this.nanoUsd + nanoUsd <= MOST;
  }

  refusal(breaches: [Breach, ...Breach[]]): BudgetExceeded {
    return new BudgetExceeded(breaches);
  }

  reset(): void {
    this.generation += 1;
    this.inputTokens = this.outputTokens = this.nanoUsd = 0;
    this.reservedInputTokens = this.reservedOutputTokens = this.reservedNanoUsd = 0;
    this.reservations = this.calls = 0;
    this.hasRunOver = false;
    this.ids = undefined;
  }

  private allBreachesOf(inputTokens: number, outputTokens: number, nanoUsd: number): [Breach, ...Breach[]] {
    const { limits } = this;
    const breaches: Breach[] = [];
    const input = this.inputTokens + inputTokens;
    const output = this.outputTokens + outputTokens;
    const total = this.inputTokens + this.outputTokens + inputTokens + outputTokens;
    const cost = this.nanoUsd + nanoUsd;
    if (inputTokens > 0 && input > limits.inputTokens) breaches.push(tokenBreach("input_tokens", limits.inputTokens, input));
    if (outputTokens > 0 && output > limits.outputTokens) breaches.push(tokenBreach("output_tokens", limits.outputTokens, output));
    if (inputTokens + outputTokens > 0 && total > limits.totalTokens) breaches.push(tokenBreach("total_tokens", limits.totalTokens, total));
    if (nanoUsd > 0 && cost > limits.nanoUsd) breaches.push(moneyBreach(limits.usd, limits.nanoUsd, cost));
    if (this.name !== undefined || this.expiries.openCount > 0) this.complete(breaches);
    return breaches as [Breach, ...Breach[]];
  }

  /** Adds the pool's name, and the time after which reservations that expire make room, where they can. */
  private complete(breaches: readonly Breach[]): void {
    for (const breach of breaches) {
      if (this.name !== undefined) breach.budget = this.name;
      const missing = Number(breach.attemptedNanoUsd ?? breach.attempted) - Number(breach.limitNanoUsd ?? breach.limit);
      const instantMs = this.expiries.whenFreed(missing, (hold) => (hold.isHeldIn(this) ? amountOf(hold, breach.cap) : 0));
      if (instantMs !== undefined) breach.retryAfterMs = Math.ceil(instantMs - this.nowMs);
    }
  }
}

function amountOf(hold: Hold, cap: BreachedCap): number {
  if (cap === "cost_usd") return hold.costNanoUsd;
  return (cap === "output_tokens" ? 0 : hold.inputTokens) + (cap === "input_tokens" ? 0 : hold.outputTokens);
}
