/** Chance makes as much in less than one of twenty cases: what a test must show before a sentence claims it. */
export const LARGEST_P = 0.05;
