/**
 * Calls that are alike in everything that decides what they would cost otherwise, taken together: a replay goes over the book once, and
 * every question after that is one to its cells.
 */
import type { CalledModel, CallTerms, DisjointTokens, Workload } from "./call.ts";

/** Why a call is not like the others of its model: bits, found while the calls pass by in the order of time. */
export const FLAGS = {
  /** The same prompt as an earlier call's, within the hour. */
  duplicate: 1,
  /** A further attempt, after one that was answered, or at least billed. What the pair's cheaper half cost is a retokening. */
  retry: 2,
  /** Billed, and of no use. */
  failed: 4,
  /** The client went away, and it was billed. */
  aborted: 8,
  /** The same step of a session, for the third time or more in a row. */
  loop: 16,
  /** Made again at once after an answer that ended by its limit of output. What the pair's cheaper half cost is a retokening. */
  truncated: 32,
  /** A little over the length from which on its model costs more. */
  overCliff: 64,
  /** Hashes of its prompt are known. */
  hashed: 128,
  /** Goes on with the conversation of the call before it in its session, and reads nothing from a cache. */
  grows: 256,
  /** More demanding than a small model is trusted with, and than a middle one. */
  demanding: 512,
  veryDemanding: 1024,
  /** Far longer an answer than this workload's usually are. */
  longAnswer: 2048,
  /** Was not streamed: nobody watched it come. */
  unwatched: 4096,
  /** At a price that holds only at some hours of the day. */
  offPeak: 8192,
} as const;

/** The calls of a cell with other counts of tokens, such as a cache would give them. */
export interface Retokening {
  /** What is added to the cell's sums. */
  difference: DisjointTokens;
  /** What the calls would have saved, each rounded by itself. */
  savedNanoUsd: number;
}

export interface Cell {
  workload: Workload;
  model: CalledModel;
  terms: CallTerms;
  /** Days of UTC since 1970: one day has one price, but for models whose price goes by the hour, which a flag tells apart. */
  day: number;
  flags: number;
  /**
   * Into which stretch of {@link Digest.sizeThresholds} the whole input falls: prices of long prompts begin there.
   * 0 where neither the model nor a lane of it has such prices.
   */
  size: number;
  calls: number;
  tokens: DisjointTokens;
  costNanoUsd: number;
  /** The most that one call of the cell had. */
  mostInputTokens: number;
  mostTotalTokens: number;
  latencyMsSum: number;
  latencyCalls: number;
  /**
   * What the calls would have cost elsewhere, each call rounded by itself, in the order of the model's {@link Digest.lanesOf}; NaN
   * where there is no price. What was really paid above or below the list is taken to be so there, too.
   */
  laneNanoUsd: Float64Array;
  /** By the name of what changes them; made by `retokeningOf` alone. */
  retokenings: ReadonlyMap<string, Retokening>;
}

/** Somewhere else where a model's calls could go. */
export interface Lane {
  provider: string;
  model: string;
  serviceTier?: string;
}

/** What one replay of a book has seen. */
export interface Digest {
  cells: readonly Cell[];
  lanesOf(model: CalledModel): readonly Lane[];
  /** Ascending: cell.size 0 is up to and including the first one. */
  sizeThresholds: readonly number[];
  startMs: number;
  endMs: number;
  /** First and last day with calls, days of UTC since 1970; NaN where there were none. */
  firstDay: number;
  lastDay: number;
  calls: number;
  unpricedCalls: number;
  costNanoUsd: number;
}
