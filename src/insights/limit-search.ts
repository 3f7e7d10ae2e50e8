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
    .map((span) => new Walked(span, isHard))
    .sort((a, b) => (a.behaviour.holdsDownTo < b.behaviour.holdsDownTo ? -1 : 1));
  /** Spans in which something is blocked: never more than are allowed to be. */
  const active: Walked[] = [];
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
    for (const span of active) {
      if (span.behaviour.holdsDownTo > limit) span.lowerTo(limit);
      blocked += span.behaviour.blocked;
    }
    if (blocked > allowed) return { limit: holdsDownTo, blocked: blockedNow };
    blockedNow = blocked;
  }
}

/** Before each call, while nothing is blocked: what is used, and the smallest limit that nothing so far would pass. */
interface Marks {
  used: bigint[];
  needed: bigint[];
}

class Walked {
  behaviour: Behaviour;
  readonly #span: SpendingSpan;
  readonly #isHard: boolean;
  /** Only of spans that are replayed: they spare what comes before the first call that is blocked. */
  #marks: Marks | undefined;

  constructor(span: SpendingSpan, isHard: boolean) {
    this.#span = span;
    this.#isHard = isHard;
    this.behaviour = this.#replay(undefined, 0, 0n, 0n);
  }

  lowerTo(limit: bigint): void {
    if (this.#span.sliding) {
      this.behaviour = this.#replay(limit, 0, 0n, 0n);
      return;
    }
    if (this.#marks === undefined) {
      this.#marks = { used: [], needed: [] };
      this.#replay(undefined, 0, 0n, 0n, this.#marks);
    }
    const { used, needed } = this.#marks;
    // The marks rise: up to the last one that the limit reaches, nothing is blocked.
    let [from, to] = [0, needed.length - 1];
    while (from < to) {
      const middle = Math.ceil((from + to) / 2);
      if ((needed[middle] as bigint) <= limit) from = middle;
      else to = middle - 1;
    }
    this.behaviour = this.#replay(limit, from, used[from] ?? 0n, needed[from] ?? 0n);
  }

  #replay(limit: bigint | undefined, from: number, usedBefore: bigint, neededBefore: bigint, marks?: Marks): Behaviour {
    const { costs, exempt, sliding } = this.#span;
    let used = usedBefore;
    let blocked = 0;
    let holdsDownTo = neededBefore;
    const counted: { part: number; cost: bigint }[] = [];
    let oldest = 0;
    for (let i = from; i < costs.length; i++) {
      marks?.used.push(used);
      marks?.needed.push(holdsDownTo);
      const cost = BigInt(costs[i] as number);
      const part = sliding?.parts[i] ?? 0;
      if (sliding) {
        for (; (counted[oldest]?.part ?? part) < part - sliding.partsBefore; oldest++) used -= counted[oldest]?.cost ?? 0n;
      }
      const isExempt = exempt?.has(i) === true;
      if (!isExempt && !passes(used, cost, limit, this.#isHard)) {
        blocked++;
        continue;
      }
      if (!isExempt && cost > 0n) {
        const needed = this.#isHard ? used + cost : used + 1n;
        if (needed > holdsDownTo) holdsDownTo = needed;
      }
      used += cost;
      if (sliding) counted.push({ part, cost });
    }
    return { blocked, holdsDownTo };
  }
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
