/** All that looks for savings, each made anew for a replay. */
import type { PriceBook } from "../../pricing/index.ts";
import { watchCaching } from "./find-caching.ts";
import { watchModelDowngrades } from "./find-model-downgrades.ts";
import { findProviderSwitches } from "./find-provider-switches.ts";
import { watchOtherSavings } from "./other-savings.ts";
import type { Watch } from "./watching.ts";

export function allWatches(prices: PriceBook, nowMs: number): Watch[] {
  return [
    watchModelDowngrades(prices, nowMs),
    { find: findProviderSwitches(prices, nowMs) },
    ...watchCaching(prices),
    ...watchOtherSavings(prices),
  ];
}
