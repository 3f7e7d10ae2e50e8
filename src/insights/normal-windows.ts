/** Which windows held normal business, and which a runaway. Pure. */

export interface WindowSpending {
  /** In whatever unit the budget caps. */
  spent: number;
  /** The records hold all of it: it neither began before them nor goes on. */
  isComplete: boolean;
}

/** `runaway`: far above what the counter's other windows hold. `normal`: not so. `unknown`: too few others, or not over yet. */
export type WindowVerdict = "normal" | "runaway" | "unknown";

export interface JudgedWindow {
  verdict: WindowVerdict;
  /** The median of the others; undefined where they are too few. */
  usual?: number;
  /** Above this, a window is a runaway. */
  unusualAbove?: number;
}

/** Fewer other windows than this show nothing. */
export const FEWEST_OTHERS = 6;
/** In standard deviations, as the median of the distances from the median estimates them: the usual cut for outliers. */
const CUT = 3.5;
const DEVIATION_PER_MAD = 1.4826;
/** Windows that hardly differ would make a runaway of every small rise: a deviation is at least so much of the median. */
const SMALLEST_DEVIATION = 0.05;

/**
 * Judges every window of one counter against its others: those that are complete and in which something was spent. Median and
 * distances from it, because a runaway among the others must not make the next one look normal.
 */
export function judgeWindows(windows: readonly WindowSpending[]): JudgedWindow[] {
  const history = windows.filter(isTelling).map(({ spent }) => spent);
  history.sort((a, b) => a - b);
  return windows.map((window) => {
    const others = isTelling(window) ? without(history, window.spent) : history;
    if (others.length < FEWEST_OTHERS) return { verdict: "unknown" };
    const usual = middle(others);
    const deviation = Math.max(DEVIATION_PER_MAD * middleDistance(others, usual), SMALLEST_DEVIATION * usual);
    const unusualAbove = usual + CUT * deviation;
    const verdict = window.spent > unusualAbove ? "runaway" : window.isComplete ? "normal" : "unknown";
    return { verdict, usual, unusualAbove };
  });
}

function isTelling({ spent, isComplete }: WindowSpending): boolean {
  return isComplete && spent > 0;
}

function without(sorted: readonly number[], one: number): number[] {
  const at = sorted.indexOf(one);
  return [...sorted.slice(0, at), ...sorted.slice(at + 1)];
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? 0) + upper) / 2 : upper;
}

/** The median distance from a value in the middle, found from there outwards: sorting the distances of every window would take long. */
function middleDistance(sorted: readonly number[], from: number): number {
  const half = sorted.length / 2;
  let above = Math.floor(half);
  while (above > 0 && (sorted[above - 1] as number) >= from) above--;
  let below = above - 1;
  let [before, last] = [0, 0];
  for (let taken = 0; taken <= half; taken++) {
    before = last;
    const down = from - (sorted[below] ?? Number.NEGATIVE_INFINITY);
    const up = (sorted[above] ?? Number.POSITIVE_INFINITY) - from;
    if (down <= up) below--;
    else above++;
    last = Math.min(down, up);
  }
  return Number.isInteger(half) ? (before + last) / 2 : last;
}
