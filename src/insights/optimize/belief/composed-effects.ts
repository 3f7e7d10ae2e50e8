/** What a cell's calls would have cost, had one thing or several been done about them. */
import type { Candidate, Effect } from "../candidate.ts";
import type { Cell, Digest, Lane } from "../replay/cell.ts";
import type { PricesElsewhere } from "./prices-elsewhere.ts";

/** In the order in which they are done. */
const ORDER: readonly Effect["type"][] = ["eliminate", "route", "retoken", "tier"];

export function inOrderOfEffect<T extends { candidate: Candidate }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => ORDER.indexOf(a.candidate.effect.type) - ORDER.indexOf(b.candidate.effect.type));
}

/** What the calls would have cost; undefined where nothing is known to change. */
export function newCostOf(cell: Cell, effect: Effect, digest: Pick<Digest, "lanesOf">): number | undefined {
  // Of nothing, nothing can be saved.
  if (cell.costNanoUsd === 0) return undefined;
  switch (effect.type) {
    case "eliminate":
      return 0;
    case "route":
      return knownCost(cell.laneNanoUsd[effect.laneIndex]);
    case "retoken": {
      const retokening = effect.of(cell);
      // Rounding call by call may come to more than the whole.
      return retokening === undefined ? undefined : Math.max(0, cell.costNanoUsd - retokening.savedNanoUsd);
    }
    case "tier":
      return knownCost(cell.laneNanoUsd[ownLane(cell, effect.serviceTier, digest.lanesOf(cell.model))]);
  }
}

function knownCost(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined || Number.isNaN(nanoUsd) ? undefined : nanoUsd;
}

/** The same model, served on other terms; -1: none. */
function ownLane({ model }: Cell, serviceTier: string, lanes: readonly Lane[]): number {
  return lanes.findIndex(
    (lane) =>
      lane.serviceTier === serviceTier && lane.provider === model.provider && [model.model, model.canonicalModel].includes(lane.model),
  );
}

/**
 * Several things done, one after the other: each takes the share of what is left that it takes of the whole; elsewhere no more than it
 * takes at the prices there. What one alone does is exact; a call goes only one way, so of several routes the first counts.
 *
 * @param effects in their order
 */
export function composedCost(cell: Cell, effects: readonly Effect[], digest: Pick<Digest, "lanesOf">, elsewhere: PricesElsewhere): number {
  const whole = cell.costNanoUsd;
  let lane: Lane | undefined;
  let alone: number | undefined;
  let product = 1;
  for (const effect of effects) {
    if (effect.type === "route" && lane !== undefined) continue;
    const cost = newCostOf(cell, effect, digest);
    if (cost === undefined) continue;
    if (effect.type === "eliminate") return 0;
    if (effect.type === "route") lane = effect.lane;
    const share = cost / whole;
    product *= lane === undefined || effect.type === "route" ? share : Math.max(share, elsewhere.shareLeft(cell, lane, effect));
    alone = alone === undefined ? cost : Number.NaN;
  }
  if (alone === undefined) return whole;
  return Number.isNaN(alone) ? Math.round(whole * product) : alone;
}
