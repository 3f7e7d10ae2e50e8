/** All that looks for savings beside other models and caches. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Watch } from "../replay/watching.ts";
import { watchAnswers } from "./find-answers.ts";
import { findBatches } from "./find-batches.ts";
import { watchCliffs } from "./find-cliffs.ts";
import { watchOffPeak } from "./find-off-peak.ts";
import { watchPrompts } from "./find-prompts.ts";
import { watchReasoning } from "./find-reasoning.ts";
import { watchWaste } from "./find-waste.ts";
import { ScheduledWork } from "./scheduled-work.ts";

/** For one replay. */
export function watchOtherSavings(prices: PriceBook): Watch[] {
  const work = new ScheduledWork();
  return [
    watchWaste(),
    { flagger: work, observer: work, find: findBatches(work, prices) },
    watchCliffs(prices),
    watchReasoning(prices),
    watchPrompts(prices),
    watchAnswers(prices),
    watchOffPeak(prices, work),
  ];
}
