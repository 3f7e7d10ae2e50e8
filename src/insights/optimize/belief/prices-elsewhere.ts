/** What something does for calls that go elsewhere as well: another provider may have no cache, and no cheaper tier. */
import { costNanoUsd, type PriceBook, type UnitPrices, unitPrices } from "../../../pricing/index.ts";
import type { Effect } from "../candidate.ts";
import type { DisjointTokens } from "../replay/call.ts";
import type { Cell, Lane } from "../replay/cell.ts";
import { momentOf } from "../replay/cell-prices.ts";

export interface PricesElsewhere {
  /** Which share of their cost on the lane is left; 1 where no price there is known. */
  shareLeft(cell: Cell, lane: Lane, effect: Effect): number;
}

export function pricesElsewhere(prices: PriceBook): PricesElsewhere {
  const known = new Map<Lane, Map<Cell, UnitPrices | undefined>>();
  const pricesOn = (cell: Cell, lane: Lane): UnitPrices | undefined => {
    const ofLane = known.get(lane) ?? new Map<Cell, UnitPrices | undefined>();
    known.set(lane, ofLane);
    if (!ofLane.has(cell)) {
      const { provider, model, serviceTier = cell.terms.serviceTier } = lane;
      const served = { ...cell.terms, provider, model, ...(serviceTier !== undefined && { serviceTier }) };
      ofLane.set(cell, unitPrices(prices, served, momentOf(prices, cell), cell.mostInputTokens));
    }
    return ofLane.get(cell);
  };
  const inBatches = new Map<Lane, Lane>();
  const batchOf = (lane: Lane, serviceTier: string): Lane => {
    const batch = inBatches.get(lane) ?? { ...lane, serviceTier };
    inBatches.set(lane, batch);
    return batch;
  };
  return {
    shareLeft(cell, lane, effect) {
      if (effect.type === "retoken") {
        const retokening = effect.of(cell);
        const unit = pricesOn(cell, lane);
        return retokening && unit ? share(costNanoUsd(unit, added(cell.tokens, retokening.difference)), costNanoUsd(unit, cell.tokens)) : 1;
      }
      if (effect.type !== "tier") return 1;
      const [usual, cheaper] = [pricesOn(cell, lane), pricesOn(cell, batchOf(lane, effect.serviceTier))];
      return usual && cheaper ? share(costNanoUsd(cheaper, cell.tokens), costNanoUsd(usual, cell.tokens)) : 1;
    },
  };
}

/** Unknown prices are NaN. */
function share(cost: number, whole: number): number {
  return cost >= 0 && whole > 0 ? cost / whole : 1;
}

function added(tokens: DisjointTokens, difference: DisjointTokens): DisjointTokens {
  return {
    input: tokens.input + difference.input,
    cacheRead: tokens.cacheRead + difference.cacheRead,
    cacheWrite5m: tokens.cacheWrite5m + difference.cacheWrite5m,
    cacheWrite1h: tokens.cacheWrite1h + difference.cacheWrite1h,
    output: tokens.output + difference.output,
    reasoning: tokens.reasoning + difference.reasoning,
    audioInput: tokens.audioInput + difference.audioInput,
    audioOutput: tokens.audioOutput + difference.audioOutput,
    webSearches: tokens.webSearches + difference.webSearches,
  };
}
