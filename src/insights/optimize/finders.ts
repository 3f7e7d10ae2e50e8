/** All that looks for savings, each made anew for a replay. */
import type { PriceBook } from "../../pricing/index.ts";
import { watchCaching } from "./caching/find-caching.ts";
import { watchOtherSavings } from "./habits/other-savings.ts";
import { watchModelDowngrades } from "./models/find-model-downgrades.ts";
import { findProviderSwitches } from "./models/find-provider-switches.ts";
import type { Watch } from "./replay/watching.ts";

export function allWatches(prices: PriceBook, nowMs: number): Watch[] {
  return [
    watchModelDowngrades(prices, nowMs),
    { find: findProviderSwitches(prices, nowMs) },
    ...watchCaching(prices),
    ...watchOtherSavings(prices),
  ];
}
