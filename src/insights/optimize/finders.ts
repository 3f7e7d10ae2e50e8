/** All that looks for savings, each made anew for a replay. */
import type { PriceBook } from "../../pricing/index.ts";
import { watchCaching } from "./find-caching.ts";
import { watchOtherSavings } from "./other-savings.ts";
import type { Watch } from "./watching.ts";

export function allWatches(prices: PriceBook, _nowMs: number): Watch[] {
  return [...watchCaching(prices), ...watchOtherSavings(prices)];
}
