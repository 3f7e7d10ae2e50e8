/** Savings are those of past days at their prices. Where prices have changed since, the days to come save another amount. */
import { costNanoUsd, type PriceBook, unitPrices } from "../../../pricing/index.ts";
import type { DisjointTokens } from "../replay/call.ts";
import type { Lane } from "../replay/cell.ts";
import { DAY_MS } from "../replay/utc-day.ts";
import type { Route, RoutedModel } from "./routes.ts";

export interface CostFactors {
  worst: number;
  best: number;
}

/** What the same tokens cost today of what they cost on their days. */
export interface PriceDrift {
  own: number;
  lane: number;
}

/** Prices of short prompts on usual terms stand for all. */
export function priceDrift(prices: PriceBook, nowMs: number, routed: RoutedModel, lane: Lane): PriceDrift {
  const today = { own: 0, lane: 0 };
  const then = { own: 0, lane: 0 };
  for (const [day, tokens] of routed.ofDays) {
    const noonMs = (day + 0.5) * DAY_MS;
    for (const [name, served] of [["own", routed] as const, ["lane", lane] as const]) {
      today[name] += costAt(prices, served, nowMs, tokens);
      then[name] += costAt(prices, served, noonMs, tokens);
    }
  }
  return { own: ratio(today.own, then.own), lane: ratio(today.lane, then.lane) };
}

function costAt(prices: PriceBook, { provider, model }: Pick<Lane, "provider" | "model">, atMs: number, tokens: DisjointTokens): number {
  const unit = unitPrices(prices, { provider, model }, atMs, 0);
  return unit === undefined ? Number.NaN : costNanoUsd(unit, tokens);
}

/** Of what nobody knows nothing is said. */
function ratio(today: number, then: number): number {
  return today > 0 && then > 0 ? today / then : 1;
}

/** So wide that what is saved at the prices of the days and what is saved at today's lie within. */
export function withDrift({ worst, best }: CostFactors, { own, lane }: PriceDrift, { sums, newCostNanoUsd }: Route): CostFactors {
  const lost = newCostNanoUsd > 0 ? ((1 - own) * sums.costNanoUsd) / newCostNanoUsd : 0;
  return { worst: Math.max(worst, lane * worst + lost), best: Math.min(best, lane * best + lost) };
}

/** Undefined where prices are what they were. */
export function driftSentence({ own, lane }: PriceDrift, from: string, to: string): string | undefined {
  const changes = [
    [from, own],
    [to, lane],
  ] as const;
  const said = changes.filter(([, change]) => Math.abs(change - 1) >= 0.005).map(([name, change]) => `${changeText(change)} with ${name}`);
  return said.length === 0 ? undefined : `At today's prices the same calls would cost ${said.join(" and ")} than on their days.`;
}

function changeText(change: number): string {
  const percent = Math.round(Math.abs(change - 1) * 1000) / 10;
  return `${percent} % ${change > 1 ? "more" : "less"}`;
}
