/** Calls that a cheaper model of the same provider may be able to answer. */
import { costNanoUsd, type PriceBook, unitPrices } from "../../../pricing/index.ts";
import type { Candidate, Finder } from "../candidate.ts";
import type { DisjointTokens } from "../replay/call.ts";
import { noTokens } from "../replay/cell-book.ts";
import type { Watch } from "../replay/watching.ts";
import { type Tier, tierOf } from "./capability.ts";
import { breakEvenFailureRate } from "./cascade.ts";
import { complexityFlagger } from "./complexity.ts";
import { familyOf } from "./lanes.ts";
import { type CostFactors, driftSentence, priceDrift, withDrift } from "./price-drift.ts";
import { type Route, type RoutedCalls, type RoutedModel, routedModels, routeOver, takenForGranted } from "./routes.ts";

/** Of a workload's calls, so many may look more demanding than the cheaper model is trusted with. */
const MOST_DEMANDING = 0.05;
/** By how much another model's answers are longer or shorter, and another maker's counts of the same text differ. */
const TERSEST = 0.8;
const WORDIEST = 1.3;
const OTHER_TOKENIZER = 0.15;

export function watchModelDowngrades(prices: PriceBook, nowMs: number): Watch {
  return { flagger: complexityFlagger, find: findModelDowngrades(prices, nowMs) };
}

function findModelDowngrades(prices: PriceBook, nowMs: number): Finder {
  return (digest) =>
    routedModels(digest).flatMap((routed) =>
      routed.lanes.flatMap(({ provider, model, serviceTier }, laneIndex) => {
        if (provider !== routed.provider || model === routed.model || serviceTier !== undefined) return [];
        // What nobody can place is trusted with the least.
        const tier = tierOf(model) ?? "small";
        const route = routeOver(routed, laneIndex, (sums) => shareBeyond(sums, tier) <= MOST_DEMANDING);
        return route === undefined ? [] : [downgrade(routed, route, tier, prices, nowMs)];
      }),
    );
}

function downgrade(routed: RoutedModel, route: Route, tier: Tier, prices: PriceBook, nowMs: number): Candidate {
  const { provider, model } = routed;
  const to = route.lane.model;
  const rate = breakEvenFailureRate({ strong: route.sums.costNanoUsd, weak: route.newCostNanoUsd });
  const share = shareBeyond(route.sums, tier);
  const drift = priceDrift(prices, nowMs, routed, route.lane);
  const sentence = driftSentence(drift, model, to);
  return {
    kind: "model-downgrade",
    from: model,
    to,
    covers: route.covers,
    models: routed.models,
    effect: { type: "route", lane: route.lane, laneIndex: route.laneIndex },
    grade: "C",
    newCostFactors: withDrift(factorsOf(prices, nowMs, routed, route), drift, route),
    assumptions: [
      `${to} answers well enough: counts of tokens can't show it. By them, ${percent(share)} of the calls ask for more than a ${tier} model.`,
      familyOf(to) === familyOf(model)
        ? "The same counts of tokens; for the bounds, answers a fifth shorter to three tenths longer."
        : "The same counts of tokens; for the bounds, answers a fifth shorter to three tenths longer, and all counts 15 % smaller to larger.",
      ...takenForGranted(model, to),
      ...(sentence === undefined ? [] : [sentence]),
    ],
    risk: `Answers may be worse. Money is saved as long as fewer than ${percent(rate)} of the calls have to be made again with ${model}.`,
    exclusiveGroup: `model:${provider}/${model}`,
    action: { type: "route", from: { provider, model }, to: { provider: route.lane.provider, model: to }, scopes: route.scopes },
    figures: { break_even_failure_rate: rounded(rate), demanding_share: rounded(share), capability: tier },
  };
}

/** Of the calls, how many are more demanding than a model of this tier is trusted with. */
function shareBeyond({ calls, demandingCalls, veryDemandingCalls }: RoutedCalls, tier: Tier): number {
  if (tier === "large") return 0;
  return (tier === "small" ? demandingCalls : veryDemandingCalls) / calls;
}

/** From what input and output would be of the new cost, at today's prices of short prompts. */
function factorsOf(prices: PriceBook, nowMs: number, routed: RoutedModel, { lane, sums: { tokens } }: Route): CostFactors {
  const unit = unitPrices(prices, lane, nowMs, 0);
  const output = outputOf(tokens);
  const whole = unit && costNanoUsd(unit, tokens);
  const ofOutput = unit && costNanoUsd(unit, output);
  // Where today has no price, all of the cost may be that of answers.
  const share = whole !== undefined && ofOutput !== undefined && whole > 0 ? ofOutput / whole : 1;
  const counts = familyOf(lane.model) === familyOf(routed.model) ? 0 : OTHER_TOKENIZER;
  return {
    worst: (1 + counts) * (1 + (WORDIEST - 1) * share),
    best: (1 - counts) * (1 - (1 - TERSEST) * share),
  };
}

function outputOf({ output, reasoning }: DisjointTokens): DisjointTokens {
  return { ...noTokens(), output, reasoning };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
