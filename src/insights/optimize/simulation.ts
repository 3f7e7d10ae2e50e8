/** The period's own calls as they were, and as they would have been: by model and by day. */
import { formatUsd } from "../../money.ts";
import { rounded } from "../rounding.ts";
import type { Appraisal } from "./belief/appraisal.ts";
import { composedCost, inOrderOfEffect, newCostOf } from "./belief/composed-effects.ts";
import type { PricesElsewhere } from "./belief/prices-elsewhere.ts";
import type { Effect } from "./candidate.ts";
import type { SimulationDocument } from "./recommendation-document.ts";
import type { Cell, Digest } from "./replay/cell.ts";
import { NanoUsdSum } from "./replay/nano-usd-sum.ts";
import { dayText } from "./replay/utc-day.ts";

class Sums {
  beforeRequests = 0;
  afterRequests = 0;
  readonly before = new NanoUsdSum();
  readonly after = new NanoUsdSum();
}

type SimulatedSums = Pick<SimulationDocument, "before_usd" | "after_usd" | "saving_usd" | "percent" | "by_model" | "by_day">;

/** @param followed any of what was appraised: of several routes for a call, the first counts */
export function simulate(followed: readonly Appraisal[], digest: Digest, elsewhere: PricesElsewhere): SimulatedSums {
  const effectsOf = effectsByCell(followed);
  const whole = new Sums();
  const byModel = new Map<string, Sums>();
  const byDay = new Map<number, Sums>();
  const sumsOf = <Name>(sums: Map<Name, Sums>, name: Name): Sums => {
    const known = sums.get(name) ?? new Sums();
    sums.set(name, known);
    return known;
  };
  for (const cell of digest.cells) {
    const effects = effectsOf.get(cell) ?? [];
    const after = composedCost(cell, effects, digest, elsewhere);
    const own = sumsOf(byModel, JSON.stringify([cell.model.provider, cell.model.canonicalModel]));
    const other = sumsOf(byModel, JSON.stringify(servedBy(cell, effects, digest)));
    own.beforeRequests += cell.calls;
    if (!isEliminated(cell, effects)) other.afterRequests += cell.calls;
    const day = sumsOf(byDay, cell.day);
    for (const sums of [whole, own, day]) sums.before.add(cell.costNanoUsd);
    for (const sums of [whole, other, day]) sums.after.add(after);
  }
  const [before, after] = [whole.before.total, whole.after.total];
  return {
    before_usd: formatUsd(before),
    after_usd: formatUsd(after),
    saving_usd: formatUsd(before - after),
    percent: before === 0n ? 0 : rounded((100 * Number(before - after)) / Number(before)),
    by_model: [...byModel]
      .sort(([one, a], [other, b]) => Number(b.before.total - a.before.total) || (one < other ? -1 : 1))
      .map(([name, sums]) => {
        const [provider, model] = JSON.parse(name) as [string, string];
        return { provider, model, before_requests: sums.beforeRequests, after_requests: sums.afterRequests, ...amountsOf(sums) };
      }),
    by_day: [...byDay].sort(([a], [b]) => a - b).map(([day, sums]) => ({ day: dayText(day), ...amountsOf(sums) })),
  };
}

function amountsOf({ before, after }: Sums): { before_usd: string; after_usd: string } {
  return { before_usd: formatUsd(before.total), after_usd: formatUsd(after.total) };
}

function effectsByCell(followed: readonly Appraisal[]): Map<Cell, Effect[]> {
  const byCell = new Map<Cell, Effect[]>();
  for (const { candidate, cells } of inOrderOfEffect(followed)) {
    for (const cell of cells) {
      const effects = byCell.get(cell);
      if (effects) effects.push(candidate.effect);
      else byCell.set(cell, [candidate.effect]);
    }
  }
  return byCell;
}

const isEliminated = (cell: Cell, effects: readonly Effect[]): boolean =>
  cell.costNanoUsd > 0 && effects.some(({ type }) => type === "eliminate");

function servedBy(cell: Cell, effects: readonly Effect[], digest: Digest): [provider: string, model: string] {
  for (const effect of effects)
    if (effect.type === "route" && newCostOf(cell, effect, digest) !== undefined) return [effect.lane.provider, effect.lane.model];
  return [cell.model.provider, cell.model.canonicalModel];
}
