/**
 * What the same tokens would have cost as a cheaper model of the same provider, at the prices of their days. Tokens can't show
 * whether that model would have done the work, and nothing here says so.
 */
import { formatUsd } from "../money.ts";
import type { AnalysisDocument } from "./analysis-document.ts";
import type { ListPrices } from "./list-prices.ts";
import { listCostOf, repricedNanoUsd, type UsageOfModel } from "./model-usage.ts";
import { nearest, rounded } from "./rounding.ts";
import { isSameWork, soldModels } from "./sold-models.ts";

type Alternative = AnalysisDocument["alternatives"][number];

const MOST_MODELS = 5;
/** Of all that was spent: less is not worth a change. */
const LEAST_SHARE = 0.02;
/** A smaller saving is within what another tokenizer or wordier answers would eat. */
const LEAST_SAVING = 0.2;
/** @param usages of the range, by provider and model */
export function alternativesOf(usages: readonly UsageOfModel[], prices: ListPrices, nowMs: number): Alternative[] {
  const priced = usages.filter(({ unpricedRequests, costNanoUsd }) => unpricedRequests === 0 && costNanoUsd > 0n);
  const whole = priced.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0);
  const dearest = priced
    .filter(({ costNanoUsd }) => Number(costNanoUsd) >= LEAST_SHARE * whole)
    .sort((a, b) => Number(b.costNanoUsd - a.costNanoUsd))
    .slice(0, MOST_MODELS);
  return dearest.flatMap((usage) => nextCheaper(usage, candidatesFor(usage, priced, prices, nowMs), priced, prices) ?? []);
}

/** Models that are sold today by the same provider for the same kind of work. */
function candidatesFor({ provider, model }: UsageOfModel, inUse: readonly UsageOfModel[], { book }: ListPrices, nowMs: number): string[] {
  const isInUse = (other: string): boolean => inUse.some((usage) => usage.provider === provider && usage.model === other);
  return soldModels(book, provider.toLowerCase(), nowMs, isInUse)
    .filter((sold) => sold.model !== model && sold.entry.rates.audioInput === undefined && isSameWork(sold.model, model))
    .map((sold) => sold.model);
}

/** The smallest step down that saves enough, to a model that the book has in use already if there is one. */
function nextCheaper(
  usage: UsageOfModel,
  candidates: readonly string[],
  inUse: readonly UsageOfModel[],
  prices: ListPrices,
): Alternative | undefined {
  const list = listCostOf(usage);
  if (list === undefined || list <= 0) return undefined;
  const cost = Number(usage.costNanoUsd);
  /** What was paid above the list, for long prompts say, is taken to be paid again; a discount is not, so that no saving is overstated. */
  const above = Math.max(1, cost / list);
  const steps = candidates
    .map((model) => ({ model, cost: repricedNanoUsd(usage, usage.provider, model, prices) }))
    .filter((step): step is { model: string; cost: number } => step.cost !== undefined && step.cost > 0)
    .map((step) => ({
      ...step,
      cost: step.cost * above,
      isInUse: inUse.some(({ provider, model }) => provider === usage.provider && model === step.model),
    }))
    .filter((step) => step.cost <= (1 - LEAST_SAVING) * cost)
    .sort((a, b) => b.cost - a.cost || Number(b.isInUse) - Number(a.isInUse) || (a.model < b.model ? -1 : 1));
  const step = steps.find(({ isInUse }) => isInUse) ?? steps[0];
  if (!step) return undefined;
  const alternativeCost = nearest(step.cost);
  const saving = usage.costNanoUsd - alternativeCost;
  return {
    model: usage.model,
    alternative: step.model,
    requests: usage.requests,
    cost_usd: formatUsd(usage.costNanoUsd),
    alternative_cost_usd: formatUsd(alternativeCost),
    saving_usd: formatUsd(saving),
    saving_percent: rounded((100 * Number(saving)) / cost),
  };
}
