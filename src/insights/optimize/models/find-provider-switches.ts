/** The same model, where it is sold for less. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Candidate, Finder } from "../candidate.ts";
import type { CalledModel } from "../replay/call.ts";
import type { Digest } from "../replay/cell.ts";
import { breakEvenFailureRate } from "./cascade.ts";
import { driftSentence, type PriceDrift, priceDrift, withDrift } from "./price-drift.ts";
import { type Route, type RoutedModel, routedModels, routeOver, takenForGranted } from "./routes.ts";

export function findProviderSwitches(prices: PriceBook, nowMs: number): Finder {
  return (digest) => {
    const latencies = latenciesOf(digest);
    return routedModels(digest).flatMap((routed) =>
      routed.lanes.flatMap(({ provider, model }, laneIndex) => {
        if (provider === routed.provider || model !== routed.model) return [];
        const route = routeOver(routed, laneIndex, () => true);
        return route === undefined ? [] : [providerSwitch(routed, route, latencies, priceDrift(prices, nowMs, routed, route.lane))];
      }),
    );
  };
}

function providerSwitch(
  { provider, model, models }: RoutedModel,
  route: Route,
  latencies: ReadonlyMap<string, number>,
  drift: PriceDrift,
): Candidate {
  const { lane } = route;
  const [from, to] = [`${provider}/${model}`, `${lane.provider}/${model}`];
  const rate = breakEvenFailureRate({ strong: route.sums.costNanoUsd, weak: route.newCostNanoUsd });
  const sentence = driftSentence(drift, from, to);
  return {
    kind: "provider-switch",
    from,
    to,
    covers: route.covers,
    models,
    effect: { type: "route", lane, laneIndex: route.laneIndex },
    grade: "A",
    ...(sentence !== undefined && { newCostFactors: withDrift({ worst: 1, best: 1 }, drift, route) }),
    assumptions: [
      `${lane.provider} serves the same ${model}, counts tokens alike, and its price list holds for you.`,
      ...takenForGranted(model, lane.model),
      ...(sentence === undefined ? [] : [sentence]),
    ],
    risk: `Another contract, key and region: limits, latency and the precision that the model is run at may differ.`,
    exclusiveGroup: `model:${provider}/${model}`,
    action: { type: "route", from: { provider, model }, to: { provider: lane.provider, model }, scopes: route.scopes },
    figures: {
      break_even_failure_rate: Math.round(rate * 10_000) / 10_000,
      mean_latency_ms: latencies.get(from) ?? null,
      mean_latency_ms_there: latencies.get(to) ?? null,
    },
  };
}

/** Mean latency by provider and model, of the calls that tell one. */
function latenciesOf({ cells }: Digest): Map<string, number> {
  const ofModels = new Map<CalledModel, { ms: number; calls: number }>();
  for (const { model, latencyMsSum, latencyCalls } of cells) {
    let sum = ofModels.get(model);
    if (sum === undefined) {
      sum = { ms: 0, calls: 0 };
      ofModels.set(model, sum);
    }
    sum.ms += latencyMsSum;
    sum.calls += latencyCalls;
  }
  const sums = new Map<string, { ms: number; calls: number }>();
  for (const [{ provider, canonicalModel }, own] of ofModels) {
    const name = `${provider}/${canonicalModel}`;
    const { ms, calls } = sums.get(name) ?? { ms: 0, calls: 0 };
    sums.set(name, { ms: ms + own.ms, calls: calls + own.calls });
  }
  return new Map([...sums].flatMap(([name, { ms, calls }]) => (calls > 0 ? [[name, Math.round(ms / calls)]] : [])));
}
