/** Where the bars of a waterfall lie: from what was, over what changed it, to what is. */
import { placeIn } from "./interval-domain.ts";

export interface WaterfallBar {
  /** Both edges, as shares (0 … 1) of the width. */
  from: number;
  to: number;
  direction: "total" | "up" | "down" | "none";
}

export interface WaterfallGeometry {
  before: WaterfallBar;
  effects: WaterfallBar[];
  after: WaterfallBar;
  /** Where zero lies, as a share of the width. */
  zero: number;
}

/** Each effect begins where the one before it ended. Room is left for values below zero where the way leads there. */
export function waterfallGeometry(before: number, effects: readonly number[], after: number): WaterfallGeometry {
  const edges = [before];
  for (const effect of effects) edges.push((edges.at(-1) as number) + effect);
  const low = Math.min(0, after, ...edges);
  const high = Math.max(0, after, ...edges);
  const share = (value: number) => placeIn([low, high], value);
  const bar = (from: number, to: number, direction: WaterfallBar["direction"]): WaterfallBar => ({
    from: share(from),
    to: share(to),
    direction,
  });
  return {
    before: bar(0, before, "total"),
    effects: effects.map((effect, index) =>
      bar(edges[index] as number, edges[index + 1] as number, effect > 0 ? "up" : effect < 0 ? "down" : "none"),
    ),
    after: bar(0, after, "total"),
    zero: share(0),
  };
}
