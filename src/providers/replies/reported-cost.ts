/** What replies say about their own price. */
import { parseUsd } from "../../money.ts";
import { countOf, type Fields, fieldsAt } from "./counts.ts";

/** A call dearer than this is a wrong figure. */
const HIGHEST_COST_USD = 1_000_000;

/**
 * OpenRouter's `cost`, Perplexity's `cost.total_cost`, xAI's `cost_in_usd_ticks` (1e-10 USD), in nano-USD. Where the
 * caller's own key is used at another provider, OpenRouter's cost is its fee alone: what the provider takes is added.
 */
export function reportedCostNanoUsd(usage: Fields): number | undefined {
  const ticks = countOf(usage.cost_in_usd_ticks);
  if (ticks !== undefined) return Math.floor((ticks + 5) / 10);
  const cost = nanoUsdOf(usage.cost) ?? nanoUsdOf(fieldsAt(usage, "cost").total_cost);
  if (cost === undefined || usage.is_byok !== true) return cost;
  return cost + (nanoUsdOf(fieldsAt(usage, "cost_details").upstream_inference_cost) ?? 0);
}

function nanoUsdOf(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value >= 0 && value <= HIGHEST_COST_USD)) return undefined;
  return Number(parseUsd(value));
}
