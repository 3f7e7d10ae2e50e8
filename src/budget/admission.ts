/** How the book decides: may this call happen, and what is to be told. */

import { ZONES, type Zone, zoneOf } from "../conservation-zone.ts";
import type { Breach } from "../errors.ts";
import { reachesPercent, shareOf } from "../share.ts";
import { usdOf } from "./amounts.ts";
import type { BudgetDefinition, StreamOverrun } from "./budget-definition.ts";
import { describeValue, isSameProvider } from "./matching.ts";
import { bucketLeavesMs, windowOf } from "./window-of.ts";

/** Percentages are exact to nine places. */
const PERCENT_PARTS = 1_000_000_000;

/** What one counter of a budget holds in the window of now. */
export interface BudgetCounts {
  usedNanoUsd: bigint;
  reservedNanoUsd: bigint;
  usedTokens: bigint;
  reservedTokens: bigint;
  /** A sliding window's parts, used and reserved together: from them follows when what will be free. */
  buckets?: readonly { startMs: number; nanoUsd: bigint; tokens: bigint }[];
}

/** Money, and input and output tokens together. */
export interface MoneyAndTokens {
  nanoUsd: bigint;
  tokens: bigint;
}

/** One of the two things that a budget can cap. */
export interface Axis {
  cap: "cost_usd" | "total_tokens";
  of: (amounts: MoneyAndTokens) => bigint;
  limitAt: (definition: BudgetDefinition, atMs: number) => bigint | undefined;
}

export const AXES: readonly Axis[] = [
  { cap: "cost_usd", of: ({ nanoUsd }) => nanoUsd, limitAt: amountAt },
  {
    cap: "total_tokens",
    of: ({ tokens }) => tokens,
    limitAt: ({ maxTokens }) => (maxTokens === undefined ? undefined : BigInt(maxTokens)),
  },
];

/**
 * The amount in force at an instant: the override's until it ends. Undefined: the budget caps tokens only.
 *
 * @example
 * ```ts
 * import { amountAt } from "tokenledger";
 * const override = { amountNanoUsd: 20n, untilMs: 1000 };
 * const budget = { name: "a", scope: {}, period: "daily" as const, amountNanoUsd: 10n, override, alerts: [], enforcement: "notify_only" as const, hard: false };
 * [amountAt(budget, 999), amountAt(budget, 1000)]; // => [20n, 10n]
 * ```
 */
export function amountAt({ amountNanoUsd, override }: BudgetDefinition, atMs: number): bigint | undefined {
  return override !== undefined && atMs < override.untilMs ? override.amountNanoUsd : amountNanoUsd;
}

/**
 * Every cap of one counter that the call would pass, budgets that only tell included. An axis to which the call adds nothing is never
 * passed. A hard budget is passed by what would exceed its cap; a soft one by what comes when the cap, and what is tolerated above
 * it, is used up.
 *
 * @param value the counter's, as {@link valuesCounted} names it
 * @example
 * ```ts
 * import { breachesOf } from "tokenledger";
 * const budget = { name: "a", scope: {}, amountNanoUsd: 500n, period: "daily" as const, alerts: [50, 75], enforcement: "rate_limit" as const, hard: true };
 * const counts = { usedNanoUsd: 400n, reservedNanoUsd: 50n, usedTokens: 0n, reservedTokens: 0n };
 * const breaches = breachesOf(budget, "", counts, { nanoUsd: 51n, tokens: 9n }, { provider: "openai" }, 86_400_000 - 5000);
 * breaches.map(({ cap, attemptedNanoUsd, retryAfterMs }) => [cap, attemptedNanoUsd, retryAfterMs]); // => [["cost_usd", 501n, 5000]]
 * ```
 */
export function breachesOf(
  definition: BudgetDefinition,
  value: string,
  counts: BudgetCounts,
  adding: MoneyAndTokens,
  call: { provider: string },
  nowMs: number,
): Breach[] {
  return AXES.flatMap((axis) => {
    const added = axis.of(adding);
    const taken = takenOf(counts);
    if (fits(definition, axis, axis.of(taken), added, nowMs)) return [];
    const limit = enforcedLimit(definition, axis.limitAt(definition, nowMs) ?? 0n);
    const breach: Breach = {
      budget: definition.name,
      ...amountsOf(axis, limit, axis.of(taken) + added),
      ...heldOf(axis, counts),
      enforcement: definition.enforcement,
      refuses: refuses(definition, call),
    };
    if (value !== "") breach.value = describeValue(value);
    if (definition.enforcement === "switch_provider" && definition.switchTo !== undefined) breach.switchTo = definition.switchTo;
    const fitsMs = whenItFits(definition, axis, counts, added, nowMs);
    if (fitsMs !== undefined) breach.retryAfterMs = fitsMs - nowMs;
    return [breach];
  });
}

/**
 * Whether one counter lets the call pass: the same question as whether {@link breachesOf} holds no breach that refuses.
 *
 * @example
 * ```ts
 * import { admits } from "tokenledger";
 * const budget = { name: "a", scope: {}, amountNanoUsd: 500n, period: "daily" as const, alerts: [50, 75], enforcement: "rate_limit" as const, hard: true };
 * const counts = { usedNanoUsd: 400n, reservedNanoUsd: 50n, usedTokens: 0n, reservedTokens: 0n };
 * [50n, 51n].map((nanoUsd) => admits(budget, counts, { nanoUsd, tokens: 9n }, { provider: "openai" }, 0)); // => [true, false]
 * ```
 */
export function admits(
  definition: BudgetDefinition,
  counts: BudgetCounts,
  adding: MoneyAndTokens,
  call: { provider: string },
  nowMs: number,
): boolean {
  if (!refuses(definition, call)) return true;
  const taken = takenOf(counts);
  return AXES.every((axis) => fits(definition, axis, axis.of(taken), axis.of(adding), nowMs));
}

/** How one counter stands. */
export interface BudgetStanding {
  amountNanoUsd?: bigint;
  /** Used, of the cap that is nearest to its end; undefined where a cap is 0 and something is used. */
  utilizationPct: number | undefined;
  /** By what is used; that of the cap that is worst. */
  zone: Zone;
  /** Whether a call that adds to it would be refused, or told of, now. */
  isExhausted: boolean;
}

/**
 * How one counter stands at an instant of its window.
 *
 * @example
 * ```ts
 * import { statusOf } from "tokenledger";
 * const budget = { name: "a", scope: {}, amountNanoUsd: 500n, period: "daily" as const, alerts: [50, 75], enforcement: "rate_limit" as const, hard: true };
 * const counts = { usedNanoUsd: 450n, reservedNanoUsd: 50n, usedTokens: 0n, reservedTokens: 0n };
 * statusOf(budget, counts, 0); // => { amountNanoUsd: 500n, utilizationPct: 90, zone: "yellow", isExhausted: true }
 * ```
 */
export function statusOf(definition: BudgetDefinition, counts: BudgetCounts, nowMs: number): BudgetStanding {
  const used = { nanoUsd: counts.usedNanoUsd, tokens: counts.usedTokens };
  const taken = takenOf(counts);
  const standing: BudgetStanding = { utilizationPct: 0, zone: "green", isExhausted: false };
  const tolerance = isHard(definition) ? 0 : (definition.tolerance ?? 0);
  for (const axis of AXES) {
    const cap = axis.limitAt(definition, nowMs);
    if (cap === undefined) continue;
    const spent = axis.of(used);
    standing.utilizationPct = worseOf(standing.utilizationPct, percentOf(spent, cap));
    standing.zone = ZONES[Math.max(ZONES.indexOf(standing.zone), ZONES.indexOf(zoneOf(spent, cap, { tolerance })))] as Zone;
    standing.isExhausted ||= axis.of(taken) >= enforcedLimit(definition, cap);
  }
  const amountNanoUsd = amountAt(definition, nowMs);
  if (amountNanoUsd !== undefined) standing.amountNanoUsd = amountNanoUsd;
  return standing;
}

/**
 * The thresholds that what is used has reached, on any axis, rising. What is reserved is not spent and reaches none.
 *
 * @example
 * ```ts
 * import { reachedThresholds } from "tokenledger";
 * const budget = { name: "a", scope: {}, amountNanoUsd: 500n, period: "daily" as const, alerts: [50, 75], enforcement: "rate_limit" as const, hard: true };
 * [249n, 250n].map((nanoUsd) => reachedThresholds(budget, { nanoUsd, tokens: 0n }, 0)); // => [[], [50]]
 * ```
 */
export function reachedThresholds(definition: BudgetDefinition, used: MoneyAndTokens, atMs: number): number[] {
  return definition.alerts.filter((percent) =>
    AXES.some((axis) => {
      const cap = axis.limitAt(definition, atMs);
      return cap !== undefined && axis.of(used) > 0n && reachesPercent(axis.of(used), cap, percent);
    }),
  );
}

/** Whether a hard budget has used more than a cap of its own: calls cost more than was reserved for them, or nothing was reserved. */
export function isOverspent(definition: BudgetDefinition, used: MoneyAndTokens, atMs: number): boolean {
  if (!isHard(definition)) return false;
  return AXES.some((axis) => {
    const cap = axis.limitAt(definition, atMs);
    return cap !== undefined && axis.of(used) > cap;
  });
}

/** Whether used + reserved must never exceed the caps. Blocking is always hard. */
export function isHard({ hard, enforcement }: BudgetDefinition): boolean {
  return hard || enforcement === "block_requests";
}

/** What becomes of a stream that can't be extended, where the definition does not say: hard budgets cut it, others let it run on. */
export function streamOverrunOf(definition: BudgetDefinition): StreamOverrun {
  return definition.streamOverrun ?? (isHard(definition) ? "cut" : "finish");
}

/** Whether a call that passes one of its caps is refused, and not only told of. */
export function refuses(definition: BudgetDefinition, call: { provider: string }): boolean {
  if (definition.shadow || definition.enforcement === "notify_only") return false;
  // A call that has moved passes, except where the cap must hold.
  const { enforcement, switchTo } = definition;
  const hasMoved = enforcement === "switch_provider" && switchTo !== undefined && isSameProvider(switchTo, call.provider);
  return !hasMoved || isHard(definition);
}

/** Up to where spending may go under a cap: only soft budgets tolerate more than it. */
export function enforcedLimit(definition: BudgetDefinition, cap: bigint): bigint {
  const { tolerance = 0 } = definition;
  return isHard(definition) || tolerance === 0 ? cap : cap + shareOf(cap, tolerance);
}

function takenOf({ usedNanoUsd, reservedNanoUsd, usedTokens, reservedTokens }: BudgetCounts): MoneyAndTokens {
  return { nanoUsd: usedNanoUsd + reservedNanoUsd, tokens: usedTokens + reservedTokens };
}

function fits(definition: BudgetDefinition, axis: Axis, taken: bigint, added: bigint, atMs: number): boolean {
  const cap = axis.limitAt(definition, atMs);
  if (cap === undefined || added === 0n) return true;
  const limit = enforcedLimit(definition, cap);
  return isHard(definition) ? taken + added <= limit : taken < limit;
}

/** The first instant at which the call fits, if nothing else is counted until then. */
function whenItFits(definition: BudgetDefinition, axis: Axis, counts: BudgetCounts, added: bigint, nowMs: number): number | undefined {
  const taken = axis.of(takenOf(counts));
  const fitsAt = (atMs: number): boolean => fits(definition, axis, taken - freedBy(definition, axis, counts, nowMs, atMs), added, atMs);
  return instantsOfChange(definition, counts, nowMs).find(fitsAt);
}

/** When something may become free or the amount changes, in order. */
function instantsOfChange(definition: BudgetDefinition, { buckets = [] }: BudgetCounts, nowMs: number): number[] {
  const { windowMs, override, period } = definition;
  const instants = windowMs === undefined ? [] : buckets.map(({ startMs }) => bucketLeavesMs(startMs, windowMs));
  if (windowMs === undefined && period !== "lifetime") instants.push(windowOf(nowMs, definition).endMs);
  if (override) instants.push(override.untilMs);
  return instants.filter((atMs) => atMs > nowMs).sort((a, b) => a - b);
}

function freedBy(definition: BudgetDefinition, axis: Axis, counts: BudgetCounts, nowMs: number, atMs: number): bigint {
  const { windowMs } = definition;
  if (windowMs === undefined) return atMs >= windowOf(nowMs, definition).endMs ? axis.of(takenOf(counts)) : 0n;
  let freed = 0n;
  for (const bucket of counts.buckets ?? []) if (bucketLeavesMs(bucket.startMs, windowMs) <= atMs) freed += axis.of(bucket);
  return freed;
}

function amountsOf({ cap }: Axis, limit: bigint, attempted: bigint): Pick<Breach, "cap" | "limit" | "attempted" | "limitNanoUsd"> {
  if (cap === "total_tokens") return { cap, limit: Number(limit), attempted: Number(attempted) };
  const amounts = { limitNanoUsd: limit, attemptedNanoUsd: attempted };
  return { cap, limit: usdOf(Number(limit)), attempted: usdOf(Number(attempted)), ...amounts };
}

function heldOf({ cap }: Axis, { reservedNanoUsd, reservedTokens }: BudgetCounts): Pick<Breach, "reserved" | "reservedNanoUsd"> {
  return cap === "total_tokens" ? { reserved: Number(reservedTokens) } : { reserved: usdOf(Number(reservedNanoUsd)), reservedNanoUsd };
}

function percentOf(spent: bigint, cap: bigint): number | undefined {
  if (cap === 0n) return spent > 0n ? undefined : 0;
  return Number((spent * 100n * BigInt(PERCENT_PARTS)) / cap) / PERCENT_PARTS;
}

function worseOf(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : Math.max(first, second);
}
