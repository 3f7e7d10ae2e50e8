/** All that looks for savings, each made anew for a replay. */
import type { PriceBook } from "../../pricing/index.ts";
import { watchOtherSavings } from "./other-savings.ts";
import type { Watch } from "./watching.ts";

export function allWatches(prices: PriceBook): Watch[] {
  return [...watchOtherSavings(prices)];
}
