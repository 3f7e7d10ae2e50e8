/** The smallest limit under which few calls would have been blocked. Pure. */
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
    .map((span): Walked => ({ span, marks: undefined, behaviour: behaviourAt(span, undefined, isHard) }))
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
    for (const entry of active) {
      if (entry.behaviour.holdsDownTo > limit) lower(entry, limit, isHard);
      blocked += entry.behaviour.blocked;
    }
    if (blocked > allowed) return { limit: holdsDownTo, blocked: blockedNow };
    blockedNow = blocked;
  }
}

interface Walked {
  span: SpendingSpan;
  behaviour: Behaviour;
  /** Only of spans that are replayed, and not of sliding windows. */
  marks: Mark[] | undefined;
}

/** Before a call, while nothing is blocked: what is used, and the most that a call was admitted at. */
interface Mark {
  usedUsd: number;
  usedNano: number;
  mostUsd: number;
  mostNano: number;
}

const NANO_PER_USD = 1_000_000_000;
/** Below any sum: nothing was admitted yet. */
const BEGINNING: Mark = { usedUsd: 0, usedNano: 0, mostUsd: Number.NEGATIVE_INFINITY, mostNano: 0 };

/** Replays the span under a lower limit, from near the first call that it blocks: the marks spare what comes before. */
function lower(walked: Walked, limit: bigint, isHard: boolean): void {
  const { span } = walked;
  if (span.sliding) {
    walked.behaviour = behaviourAt(span, limit, isHard);
    return;
  }
  if (walked.marks === undefined) {
    walked.marks = [];
    behaviourAt(span, undefined, isHard, { marks: walked.marks });
  }
  const { marks } = walked;
  let [from, to] = [0, marks.length - 1];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (holdsDownToOf(marks[middle] as Mark, isHard) <= limit) from = middle;
    else to = middle - 1;
  }
  walked.behaviour = behaviourAt(span, limit, isHard, { from: from * MARK_EVERY, begin: marks[from] as Mark });
}

/** One mark for so many calls: a mark is larger than a call. */
const MARK_EVERY = 64;

function holdsDownToOf({ mostUsd, mostNano }: Mark, isHard: boolean): bigint {
  const most = mostUsd < 0 ? -1n : BigInt(mostUsd) * BigInt(NANO_PER_USD) + BigInt(mostNano);
  // A soft limit must be more than what is used.
  return isHard ? most : most + 1n;
}

/**
 * The replay's rule over one span, and fast: a span is replayed once for each step of the walk. Sums are kept as whole
 * dollars and nano-dollars below one, because a window may hold more nano-dollars than a number counts exactly.
 */
function behaviourAt(
  { costs, exempt, sliding }: SpendingSpan,
  limit: bigint | undefined,
  isHard: boolean,
  { from = 0, begin = BEGINNING, marks }: { from?: number; begin?: Mark; marks?: Mark[] } = {},
): Behaviour {
  const limitUsd = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit / BigInt(NANO_PER_USD));
  const limitNano = limit === undefined ? 0 : Number(limit % BigInt(NANO_PER_USD));
  let { usedUsd, usedNano, mostUsd, mostNano } = begin;
  let blocked = 0;
  const counted: number[] = [];
  let oldest = 0;
  for (let i = from; i < costs.length; i++) {
    if (marks && i % MARK_EVERY === 0) marks.push({ usedUsd, usedNano, mostUsd, mostNano });
    const cost = costs[i] as number;
    if (sliding) {
      const first = (sliding.parts[i] as number) - sliding.partsBefore;
      for (; oldest < counted.length && (sliding.parts[counted[oldest] as number] as number) < first; oldest++) {
        const gone = costs[counted[oldest] as number] as number;
        const goneNano = nanoOf(gone);
        usedUsd -= (gone - goneNano) / NANO_PER_USD;
        usedNano -= goneNano;
        if (usedNano < 0) [usedUsd, usedNano] = [usedUsd - 1, usedNano + NANO_PER_USD];
      }
    }
    const costNano = nanoOf(cost);
    let sumUsd = usedUsd + (cost - costNano) / NANO_PER_USD;
    let sumNano = usedNano + costNano;
    if (sumNano >= NANO_PER_USD) [sumUsd, sumNano] = [sumUsd + 1, sumNano - NANO_PER_USD];
    if (cost > 0 && !exempt?.has(i)) {
      const fits = isHard
        ? sumUsd < limitUsd || (sumUsd === limitUsd && sumNano <= limitNano)
        : usedUsd < limitUsd || (usedUsd === limitUsd && usedNano < limitNano);
      if (!fits) {
        blocked++;
        continue;
      }
      const neededUsd = isHard ? sumUsd : usedUsd;
      const neededNano = isHard ? sumNano : usedNano;
      if (neededUsd > mostUsd || (neededUsd === mostUsd && neededNano > mostNano)) [mostUsd, mostNano] = [neededUsd, neededNano];
    }
    [usedUsd, usedNano] = [sumUsd, sumNano];
    if (sliding) counted.push(i);
  }
  return { blocked, holdsDownTo: holdsDownToOf({ usedUsd, usedNano, mostUsd, mostNano }, isHard) };
}

/** The nano-dollars beside the whole dollars, from 0 up, of a negative cost, too. */
function nanoOf(cost: number): number {
  const rest = cost % NANO_PER_USD;
  return rest < 0 ? rest + NANO_PER_USD : rest;
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
