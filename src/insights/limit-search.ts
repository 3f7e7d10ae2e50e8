/** The smallest limit under which few calls would have been blocked. Pure. */
import { passes } from "./spending-replay.ts";

/** Calls that one limit holds for: a counter's window, or all the past of a counter with a sliding window. */
export interface SpendingSpan {
  costs: readonly number[];
  /** Of `costs`, those that pass whatever is spent. */
  exempt?: ReadonlySet<number>;
  /** The sliding window's part of each call, and how many parts before the current one count. */
  sliding?: { parts: readonly number[]; partsBefore: number };
}

interface Behaviour {
  blocked: number;
  /** Down to this limit the same calls are blocked. */
  holdsDownTo: bigint;
}

/**
 * The smallest limit from which on, for every larger one, at most `allowed` calls are blocked.
 *
 * That a larger limit blocks fewer calls does not hold: one that lets a dear call pass may block ten cheap ones after it. So the
 * limits are not halved but walked, from the one that blocks nothing downwards. Each step is exact: under a limit, the largest sum
 * that a call was admitted at is the smallest limit under which the same calls are admitted, so nothing changes in between.
 */
export function smallestLimit(spans: readonly SpendingSpan[], isHard: boolean, allowed: number): { limit: bigint; blocked: number } {
  let blockedNow = 0;
  const untouched = spans
    .map((span) => ({ span, behaviour: behaviourAt(span, undefined, isHard) }))
    .sort((a, b) => (a.behaviour.holdsDownTo < b.behaviour.holdsDownTo ? -1 : 1));
  /** Spans in which something is blocked: never more than are allowed to be. */
  const active: typeof untouched = [];
  for (;;) {
    let holdsDownTo = untouched.at(-1)?.behaviour.holdsDownTo ?? 0n;
    for (const { behaviour } of active) if (behaviour.holdsDownTo > holdsDownTo) holdsDownTo = behaviour.holdsDownTo;
    if (holdsDownTo <= 0n) return { limit: 0n, blocked: blockedNow };
    const limit = holdsDownTo - 1n;
    for (let next = untouched.at(-1); next && next.behaviour.holdsDownTo > limit; next = untouched.at(-1)) {
      active.push(next);
      untouched.pop();
    }
    let blocked = 0;
    for (const entry of active) {
      if (entry.behaviour.holdsDownTo > limit) entry.behaviour = behaviourAt(entry.span, limit, isHard);
      blocked += entry.behaviour.blocked;
    }
    if (blocked > allowed) return { limit: holdsDownTo, blocked: blockedNow };
    blockedNow = blocked;
  }
}

function behaviourAt({ costs, exempt, sliding }: SpendingSpan, limit: bigint | undefined, isHard: boolean): Behaviour {
  let used = 0n;
  let blocked = 0;
  let holdsDownTo = 0n;
  const counted: { part: number; cost: bigint }[] = [];
  let oldest = 0;
  for (let i = 0; i < costs.length; i++) {
    const cost = BigInt(costs[i] as number);
    const part = sliding?.parts[i] ?? 0;
    if (sliding) {
      for (; (counted[oldest]?.part ?? part) < part - sliding.partsBefore; oldest++) used -= counted[oldest]?.cost ?? 0n;
    }
    const isExempt = exempt?.has(i) === true;
    if (!isExempt && !passes(used, cost, limit, isHard)) {
      blocked++;
      continue;
    }
    if (!isExempt && cost > 0n) {
      const needed = isHard ? used + cost : used + 1n;
      if (needed > holdsDownTo) holdsDownTo = needed;
    }
    used += cost;
    if (sliding) counted.push({ part, cost });
  }
  return { blocked, holdsDownTo };
}

/** The smallest cap whose limit is at least so high; a limit is never below its cap, and rises with it. */
export function smallestCap(limit: bigint, limitOf: (cap: bigint) => bigint): bigint {
  let [low, high] = [0n, limit];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (limitOf(middle) >= limit) high = middle;
    else low = middle + 1n;
  }
  return low;
}
