/** Pairs that are used apart from each other more than chance would have it. */
import { adjustedPValues } from "../statistics/multiple-testing.ts";
import { logGamma } from "../statistics/special-functions.ts";
import { FALSE_DISCOVERIES } from "./edges.ts";

/** In how many of the buckets in which both were in service each was used, and both were. */
interface Meeting {
  a: number;
  b: number;
  shared: number;
  buckets: number;
}

interface Hole {
  pair: number;
  /** 1: never together; 0.5: half as often as chance would have it. */
  score: number;
  expected: number;
}

const LEAST_SCORE = 0.5;

/**
 * Which meetings are rarer than they would be if each were used in as many buckets, chosen by chance: less than half as many, by the
 * hypergeometric distribution, with false discoveries controlled over all pairs. The farthest apart first, then those that chance
 * would bring together most often.
 */
export function holesAmong(meetings: readonly Meeting[]): Hole[] {
  const p = meetings.map(({ a, b, shared, buckets }) => (shared * buckets < a * b ? atMost(shared, a, b, buckets) : 1));
  const q = adjustedPValues(p, "bh");
  return meetings
    .flatMap(({ a, b, shared, buckets }, pair) => {
      const expected = (a * b) / buckets;
      const score = 1 - shared / expected;
      return score >= LEAST_SCORE && (q[pair] as number) <= FALSE_DISCOVERIES ? [{ pair, score, expected }] : [];
    })
    .sort((one, other) => other.score - one.score || other.expected - one.expected || one.pair - other.pair);
}

/** The chance that `a` buckets and `b` buckets, each drawn of `all`, share no more than `shared`. */
function atMost(shared: number, a: number, b: number, all: number): number {
  const least = Math.max(0, a + b - all);
  let term = Math.exp(logChoose(a, shared) + logChoose(all - a, b - shared) - logChoose(all, b));
  let total = term;
  for (let x = shared; x > least && term > total * 1e-17; x--) {
    term *= (x * (all - a - b + x)) / ((a - x + 1) * (b - x + 1));
    total += term;
  }
  return Math.min(1, total);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
