/**
 * Between which bounds a saving lies, as far as the days that were seen can tell: they are drawn anew, whole days at a time because the
 * calls of a day belong together (Künsch 1989), and the tenths at both ends are left off.
 */

/** What a day, or a group of calls, would have saved: where things turn out worst, and best. */
export interface Savings {
  worst: number;
  best: number;
}

/** Calls that are alike, where there are too few days to draw from. */
export interface SavingCalls extends Savings {
  calls: number;
}

export interface Bounds {
  low: number;
  high: number;
}

const RESAMPLES = 1000;
const LOW = 0.1;
const HIGH = 0.9;

/** @param random evenly spread in [0, 1): the same numbers give the same bounds */
export function boundsOverDays(days: readonly Savings[], random: () => number): Bounds {
  const blocks = fewerBlocks(days);
  return boundsOf(() => {
    let worst = 0;
    let best = 0;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[Math.floor(random() * blocks.length)] as Savings;
      worst += block.worst;
      best += block.best;
    }
    return { worst, best };
  });
}

const MOST_BLOCKS = 400;

/** Of more than a year, several days at a time: drawing them says as much, and takes no longer however long a book is. */
function fewerBlocks(days: readonly Savings[]): readonly Savings[] {
  if (days.length <= MOST_BLOCKS) return days;
  const length = Math.ceil(days.length / MOST_BLOCKS);
  const blocks: Savings[] = [];
  days.forEach(({ worst, best }, day) => {
    const block = blocks[Math.floor(day / length)];
    if (block === undefined) blocks.push({ worst, best });
    else {
      block.worst += worst;
      block.best += best;
    }
  });
  return blocks;
}

/** The same where only a few days were seen: single calls are drawn anew, those of a group being all alike. */
export function boundsOverCalls(groups: readonly SavingCalls[], random: () => number): Bounds {
  const parts = fewerGroups(groups);
  return boundsOf(() => {
    let worst = 0;
    let best = 0;
    for (const part of parts) {
      const share = drawnCalls(part.calls, random) / part.calls;
      worst += part.worst * share;
      best += part.best * share;
    }
    return { worst, best };
  });
}

function boundsOf(resample: () => Savings): Bounds {
  const worst = new Float64Array(RESAMPLES);
  const best = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    const sums = resample();
    worst[i] = sums.worst;
    best[i] = sums.best;
  }
  return { low: quantile(worst.sort(), LOW), high: quantile(best.sort(), HIGH) };
}

/** Between the two nearest, as most programs have it (type 7 of Hyndman and Fan 1996). */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (place - below) * (high - low);
}

const MOST_GROUPS = 100;

/** The many small groups become one with as many calls as give it the same spread. */
function fewerGroups(groups: readonly SavingCalls[]): SavingCalls[] {
  if (groups.length <= MOST_GROUPS) return [...groups];
  const sorted = [...groups].sort((a, b) => Math.abs(b.worst) - Math.abs(a.worst));
  const largest = sorted.slice(0, MOST_GROUPS - 1);
  const rest = { worst: 0, best: 0, calls: 0 };
  let variance = 0;
  for (const { worst, best, calls } of sorted.slice(MOST_GROUPS - 1)) {
    rest.worst += worst;
    rest.best += best;
    rest.calls += calls;
    variance += (worst * worst) / calls;
  }
  if (variance > 0) rest.calls = Math.max(1, (rest.worst * rest.worst) / variance);
  return [...largest, rest];
}

/** Beyond, the normal distribution is as good. */
const MOST_COUNTED = 30;

/** How many times so many calls are drawn where as many are drawn of very many: Poisson's distribution. */
function drawnCalls(mean: number, random: () => number): number {
  if (mean > MOST_COUNTED) return Math.max(0, mean + Math.sqrt(mean) * roughlyNormal(random));
  const limit = Math.exp(-mean);
  let drawn = 0;
  for (let product = random(); product > limit; product *= random()) drawn++;
  return drawn;
}

/** Twelve even numbers added: near enough to the normal distribution between its tenths. */
function roughlyNormal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}
