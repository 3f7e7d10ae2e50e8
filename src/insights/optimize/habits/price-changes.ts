/** What the calls of the last thirty days would cost at the prices that hold now, and at those that are already written down for later. */
import { costNanoUsd, type PriceBook } from "../../../pricing/index.ts";
import type { CalledModel } from "../replay/call.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { momentOf, pricesOfCell } from "../replay/cell-prices.ts";
import { DAY_MS } from "../replay/utc-day.ts";

const DAYS = 30;
/** Less is no change that anybody feels. */
const LEAST_SHARE = 0.001;

export interface PriceChange {
  provider: string;
  model: string;
  /** From when on the new prices hold: after the first of these calls, or after now. */
  fromMs: number;
  requests: number;
  costNanoUsd: number;
  newCostNanoUsd: number;
}

/** Those that change most first. What a cell paid above or below its list is taken to stay. */
export function repricedLately({ cells }: Digest, prices: PriceBook, nowMs: number): PriceChange[] {
  const sinceDay = Math.floor(nowMs / DAY_MS) - DAYS;
  const byModel = new Map<CalledModel, Cell[]>();
  for (const cell of cells) {
    if (cell.day < sinceDay || cell.day * DAY_MS > nowMs) continue;
    const ofModel = byModel.get(cell.model);
    if (ofModel === undefined) byModel.set(cell.model, [cell]);
    else ofModel.push(cell);
  }
  const changes = [...byModel].flatMap(([model, ofModel]) =>
    datesOf(prices, model, Math.min(...ofModel.map(({ day }) => day)) * DAY_MS, nowMs).flatMap((fromMs) =>
      changeOf(model, ofModel, prices, fromMs, Math.max(fromMs, nowMs)),
    ),
  );
  return changes.sort((a, b) => Math.abs(b.newCostNanoUsd - b.costNanoUsd) - Math.abs(a.newCostNanoUsd - a.costNanoUsd));
}

/** The last date at which a price of the model began until now, if that is after the first call, and all that are still to come. */
function datesOf(prices: PriceBook, { provider, model }: CalledModel, firstMs: number, nowMs: number): number[] {
  const dates = prices
    .candidates(provider, model)
    .flatMap(({ entry: { effectiveFromMs, effectiveToMs } }) => [effectiveFromMs, effectiveToMs])
    .filter((date) => date !== undefined);
  const past = dates.filter((date) => date > firstMs && date <= nowMs);
  const coming = [...new Set(dates.filter((date) => date > nowMs))].sort((a, b) => a - b);
  return past.length === 0 ? coming : [Math.max(...past), ...coming];
}

function changeOf(model: CalledModel, cells: readonly Cell[], prices: PriceBook, fromMs: number, atMs: number): PriceChange[] {
  let requests = 0;
  let before = 0;
  let after = 0;
  for (const cell of cells) {
    const old = pricesOfCell(prices, cell);
    const fresh = pricesOfCell(prices, cell, atTimeOfDay(prices, cell, atMs));
    if (old === undefined || fresh === undefined) return [];
    const list = costNanoUsd(old, cell.tokens);
    const newList = costNanoUsd(fresh, cell.tokens);
    if (!(list > 0) || Number.isNaN(newList)) {
      if (cell.costNanoUsd === 0) continue;
      return [];
    }
    requests += cell.calls;
    before += cell.costNanoUsd;
    after += Math.round(newList * (cell.costNanoUsd / list));
  }
  if (!(Math.abs(after - before) > LEAST_SHARE * before)) return [];
  return [{ provider: model.provider, model: model.canonicalModel, fromMs, requests, costNanoUsd: before, newCostNanoUsd: after }];
}

/** The first moment from `atMs` on at which a price that goes by the hour is the one of the cell's hours. */
function atTimeOfDay(prices: PriceBook, cell: Cell, atMs: number): number {
  const isByTheHour = prices.candidates(cell.model.provider, cell.model.model).some(({ entry }) => entry.minutesUtc !== undefined);
  if (!isByTheHour) return atMs;
  const sameTimeMs = Math.floor(atMs / DAY_MS) * DAY_MS + (momentOf(prices, cell) % DAY_MS);
  return sameTimeMs < atMs ? sameTimeMs + DAY_MS : sameTimeMs;
}
