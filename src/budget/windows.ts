/** Caps on the last minute, hour or day, several at once. */
import { type Clock, systemClock } from "../clock.ts";
import { type Breach, InvalidInput, quoteValue, WindowBreached } from "../errors.ts";
import { checkKeys, MOST, nanoUsdOf, tokensOf, usdOf } from "./amounts.ts";
import { moneyBreach, tokenBreach } from "./breaches.ts";
import { Account, checkObject, Hold, idsOf, Reservable } from "./engine.ts";
import { COUNTED, checkRequestId } from "./request-ids.ts";
import type { Reservation, ReserveOptions } from "./reservation.ts";
import { admit } from "./reserve-all.ts";
import { SlidingWindow } from "./sliding-window.ts";

export interface WindowDefinition {
  name: string;
  durationMs: number;
  /** Without caps, a window only counts. */
  maxTokens?: number;
  maxCostUsd?: number | string;
}

export interface WindowAmounts {
  tokens?: number;
  costUsd?: number | string;
}

export interface WindowUsage extends WindowAmounts {
  /** A call under the same id is counted once: the latest 10,000 ids at least are remembered. */
  requestId?: string;
}

export interface WindowSnapshot {
  name: string;
  durationMs: number;
  /** Counted within the window, open reservations included. */
  tokensUsed: number;
  costUsd: number;
  costNanoUsd: number;
  calls: number;
  maxTokens?: number;
  maxCostUsd?: number;
}

export type WindowsAnswer = { ok: true } | { ok: false; breach: Breach; breaches: readonly Breach[] };

const DEFAULT_PARTS = 60;
const MOST_PARTS = 100_000;
const WINDOW_USAGE: readonly (keyof WindowUsage)[] = ["tokens", "costUsd", "requestId"];

class WindowsAccount extends Account {
  readonly windows: readonly SlidingWindow[];

  constructor(windows: readonly SlidingWindow[], clock: Clock) {
    super(clock);
    this.windows = windows;
  }

  dependsOnTime(): boolean {
    return true;
  }

  override moveTo(nowMs: number): void {
    super.moveTo(nowMs);
    const { windows } = this;
    for (let i = 0; i < windows.length; i++) (windows[i] as SlidingWindow).moveTo(this.nowMs);
  }

  admits(inputTokens: number, outputTokens: number, nanoUsd: number): boolean {
    const { windows } = this;
    for (let i = 0; i < windows.length; i++) if (!(windows[i] as SlidingWindow).admits(inputTokens + outputTokens, nanoUsd)) return false;
    return true;
  }

  breachesOf(inputTokens: number, outputTokens: number, nanoUsd: number): [Breach, ...Breach[]] {
    const tokens = inputTokens + outputTokens;
    const breaches: Breach[] = [];
    for (const window of this.windows) {
      if (!window.admits(tokens, 0)) {
        const breach = tokenBreach("total_tokens", window.maxTokens, window.tokens + tokens);
        breach.budget = window.name;
        if (tokens <= window.maxTokens) breach.retryAfterMs = window.waitFor(breach.attempted - window.maxTokens, 0, this.nowMs);
        breaches.push(breach);
      }
      if (!window.admits(0, nanoUsd)) {
        const breach = moneyBreach(usdOf(window.maxNanoUsd), window.maxNanoUsd, window.nanoUsd + nanoUsd);
        breach.budget = window.name;
        if (nanoUsd <= window.maxNanoUsd) breach.retryAfterMs = window.waitFor(0, window.nanoUsd + nanoUsd - window.maxNanoUsd, this.nowMs);
        breaches.push(breach);
      }
    }
    return breaches as [Breach, ...Breach[]];
  }

  hold(inputTokens: number, outputTokens: number, nanoUsd: number): number {
    const { windows, nowMs } = this;
    for (let i = 0; i < windows.length; i++) (windows[i] as SlidingWindow).add(nowMs, inputTokens + outputTokens, nanoUsd);
    return nowMs;
  }

  /** Windows are not reset, and what has left them is no one else's. */
  holds(): boolean {
    return true;
  }

  unhold(place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void {
    const { windows } = this;
    for (let i = 0; i < windows.length; i++) (windows[i] as SlidingWindow).change(place, -inputTokens - outputTokens, -nanoUsd, -1);
  }

  /** Where it was held: given back to now, room that old use takes would be free again too early. */
  use(place: number, inputTokens: number, outputTokens: number, nanoUsd: number): void {
    const { windows } = this;
    for (let i = 0; i < windows.length; i++) (windows[i] as SlidingWindow).change(place, inputTokens + outputTokens, nanoUsd, 1);
  }

  canCount(inputTokens: number, outputTokens: number, nanoUsd: number): boolean {
    return this.windows.every((window) => window.canCount(inputTokens + outputTokens, nanoUsd));
  }

  refusal(breaches: [Breach, ...Breach[]]): WindowBreached {
    return new WindowBreached(breaches);
  }
}

/** A reservation that is told in tokens. */
class WindowsHold extends Hold {
  override settle(actual?: WindowAmounts): void {
    if (actual !== undefined) checkObject(actual, "actual");
    const tokens = actual?.tokens === undefined ? this.inputTokens : tokensOf(actual.tokens, "tokens");
    const nanoUsd = actual?.costUsd === undefined ? this.costNanoUsd : nanoUsdOf(actual.costUsd, "costUsd");
    this.settleAt(tokens, 0, nanoUsd);
  }
}

/**
 * Budgets on sliding windows of time. A call is counted in all of them or in none. By default a window is counted in 60
 * parts, so that its memory does not depend on the traffic: it never lets more pass than its cap in any stretch as long as
 * itself, and gives room back late by at most one part. `mode: "exact"` keeps every call, and gives room back to the millisecond.
 * Time is the steady clock's: putting the wall clock back or forward changes nothing. All of it is in memory.
 *
 * @example
 * ```ts
 * import { BudgetWindows } from "tokenledger";
 * const windows = new BudgetWindows([
 *   { name: "per_minute", durationMs: 60_000, maxTokens: 50_000, maxCostUsd: 1 },
 *   { name: "per_hour", durationMs: 3_600_000, maxCostUsd: 10 },
 * ]);
 * windows.record({ tokens: 40_000, costUsd: 0.5 });
 * const answer = windows.tryRecord({ tokens: 20_000, costUsd: 0.1 });
 * answer.ok || answer.breach.budget; // => "per_minute"
 * windows.snapshot().map(({ tokensUsed }) => tokensUsed); // => [40_000, 40_000]
 * ```
 */
export class BudgetWindows extends Reservable<WindowsAccount> {
  private readonly definitions: readonly WindowDefinition[];

  constructor(windows: readonly WindowDefinition[], options: { mode?: "bucketed" | "exact"; buckets?: number; clock?: Clock } = {}) {
    super(new WindowsAccount(slidingWindows(windows, partsOf(options)), options.clock ?? systemClock));
    this.definitions = windows.map((window) => ({ ...window }));
  }

  /**
   * Counts a call in every window, now.
   *
   * @throws WindowBreached where it would pass a cap of any of them; all are unchanged then.
   */
  record(usage: WindowUsage): void {
    const breaches = this.count(usage);
    if (breaches !== undefined) throw this.account.refusal(breaches);
  }

  /** As `record`, and a refusal is a value: the first cap that would be passed, and all of them. */
  tryRecord(usage: WindowUsage): WindowsAnswer {
    const breaches = this.count(usage);
    return breaches === undefined ? { ok: true } : { ok: false, breach: breaches[0], breaches };
  }

  /**
   * Sets room aside in every window. The call counts in the instant in which it was reserved, whenever it is settled.
   *
   * @throws WindowBreached
   */
  reserve(estimate: WindowAmounts, options?: ReserveOptions): Reservation<WindowAmounts> {
    checkObject(estimate, "estimate");
    const tokens = tokensOf(estimate.tokens, "tokens");
    const nanoUsd = nanoUsdOf(estimate.costUsd, "costUsd");
    if (tokens + nanoUsd === 0) checkKeys(estimate, WINDOW_USAGE, "estimate");
    const accounts = this.account.alone;
    return admit(accounts, tokens, 0, nanoUsd, options) ?? new WindowsHold(accounts, tokens, 0, nanoUsd, options);
  }

  snapshot(): WindowSnapshot[] {
    const account = this.account;
    account.refresh();
    return account.windows.map((window, index) => {
      const { maxTokens, maxCostUsd } = this.definitions[index] as WindowDefinition;
      return {
        name: window.name,
        durationMs: window.durationMs,
        tokensUsed: window.tokens,
        costUsd: usdOf(window.nanoUsd),
        costNanoUsd: window.nanoUsd,
        calls: window.calls,
        ...(maxTokens !== undefined && { maxTokens }),
        ...(maxCostUsd !== undefined && { maxCostUsd: usdOf(window.maxNanoUsd) }),
      };
    });
  }

  private count(usage: WindowUsage): [Breach, ...Breach[]] | undefined {
    if (typeof usage !== "object" || usage === null) checkObject(usage, "usage");
    const tokens = tokensOf(usage.tokens, "tokens");
    const nanoUsd = nanoUsdOf(usage.costUsd, "costUsd");
    if (tokens + nanoUsd === 0) checkKeys(usage, WINDOW_USAGE, "usage");
    const account = this.account;
    account.moveTo(account.clock.monotonic());
    const { requestId } = usage;
    if (requestId !== undefined) {
      checkRequestId(requestId);
      const state = account.ids?.get(requestId);
      if (state !== undefined) {
        if (state !== COUNTED) state.settleAt(tokens, 0, nanoUsd);
        return undefined;
      }
    }
    if (!account.admits(tokens, 0, nanoUsd)) return account.breachesOf(tokens, 0, nanoUsd);
    account.hold(tokens, 0, nanoUsd);
    if (requestId !== undefined) idsOf(account).set(requestId, COUNTED);
    return undefined;
  }
}

function slidingWindows(windows: readonly WindowDefinition[], parts: number | undefined): SlidingWindow[] {
  if (!Array.isArray(windows) || windows.length === 0) throw new InvalidInput("windows: give a list of at least one window.");
  const names = new Set<string>();
  return windows.map((window, index) => {
    const sliding = slidingWindow(window, `windows[${index}]`, parts);
    if (names.has(sliding.name)) throw new InvalidInput(`windows: there are two with the name ${quoteValue(sliding.name)}.`);
    names.add(sliding.name);
    return sliding;
  });
}

function partsOf(options: { mode?: "bucketed" | "exact"; buckets?: number }): number | undefined {
  checkKeys(options, ["mode", "buckets", "clock"], "options");
  const { mode = "bucketed", buckets = DEFAULT_PARTS } = options;
  if (mode !== "bucketed" && mode !== "exact")
    throw new InvalidInput(`mode: ${quoteValue(mode)} is not a way to count; "bucketed" and "exact" are.`);
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MOST_PARTS)
    throw new InvalidInput(`buckets: ${quoteValue(buckets)} is not a number of parts; give a whole number from 1 to ${MOST_PARTS}.`);
  return mode === "exact" ? undefined : buckets;
}

function slidingWindow(window: WindowDefinition, place: string, parts: number | undefined): SlidingWindow {
  checkKeys(window, ["name", "durationMs", "maxTokens", "maxCostUsd"], place);
  const { name, durationMs, maxTokens, maxCostUsd } = window;
  if (typeof name !== "string" || name === "") throw new InvalidInput(`${place}.name: ${quoteValue(name)} is not a name; give a text.`);
  if (typeof durationMs !== "number" || !(durationMs > 0 && durationMs <= MOST))
    throw new InvalidInput(`${place}.durationMs: ${quoteValue(durationMs)} is not a duration; give milliseconds above 0.`);
  return new SlidingWindow(
    name,
    durationMs,
    parts,
    maxTokens === undefined ? MOST : tokensOf(maxTokens, `${place}.maxTokens`),
    maxCostUsd === undefined ? MOST : nanoUsdOf(maxCostUsd, `${place}.maxCostUsd`),
  );
}
