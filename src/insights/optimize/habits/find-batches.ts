/** Work that nobody waits for, at the price of batches. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Candidate } from "../candidate.ts";
import type { CalledModel } from "../replay/call.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { pricesOfCell } from "../replay/cell-prices.ts";
import { tellable } from "../rules/rule-scopes.ts";
import { isOf, type ScheduledGroup, type ScheduledWork } from "./scheduled-work.ts";

const HOUR_MS = 3_600_000;

export function findBatches(work: ScheduledWork, prices: PriceBook): (digest: Digest) => Candidate[] {
  return (digest) => {
    const byModel = new Map<CalledModel, ScheduledGroup[]>();
    for (const group of work.scheduled()) byModel.set(group.model, [...(byModel.get(group.model) ?? []), group]);
    return [...byModel].flatMap(([model, groups]) => batchesOf(digest, prices, model, groups));
  };
}

function batchesOf(digest: Digest, prices: PriceBook, model: CalledModel, groups: readonly ScheduledGroup[]): Candidate[] {
  const lane = digest.lanesOf(model).findIndex(({ serviceTier }) => serviceTier === "batch");
  if (lane < 0) return [];
  const isOfGroups = isOf(groups);
  const isPutOff = (cell: Cell): boolean => isStandard(cell) && Number.isFinite(cell.laneNanoUsd[lane]) && isOfGroups(cell);
  const { scopes, covers, cells } = tellable(digest, model, isPutOff);
  const cost = cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  const newCost = cells.reduce((sum, { laneNanoUsd }) => sum + (laneNanoUsd[lane] as number), 0);
  if (!(newCost > 0 && newCost < cost)) return [];
  const lost = lostReads(prices, cells);
  const assumptions = ["Nobody waits for an answer of these calls, and none of them needs another one's within a day."];
  if (lost > 0) assumptions.push("At best as much is read from caches in a batch as now; at worst nothing is.");
  const name = `${model.provider}/${model.canonicalModel}`;
  return [
    {
      kind: "batch-requests",
      from: name,
      to: "in batches",
      covers,
      models: [model],
      effect: { type: "tier", serviceTier: "batch" },
      grade: "B",
      ...(lost > 0 && { newCostFactors: { worst: (newCost + lost) / newCost, best: 1 } }),
      assumptions,
      risk: "A batch may take up to a day, and is answered all at once.",
      action: {
        type: "by_hand",
        advice: `Send these calls to the batch interface of ${model.provider}; they begin ${timesOf(groups)}.`,
        scopes,
      },
      figures: {
        runs: groups.reduce((sum, { runs }) => sum + runs, 0),
        begins: timesOf(groups),
        concentration: rounded(Math.min(...groups.map(({ concentration }) => concentration)), 4),
        p_value: Math.max(...groups.map(({ p }) => p)),
        hours_until_next_run: rounded(Math.min(...groups.map(({ intervalMs, durationMs }) => intervalMs - durationMs)) / HOUR_MS, 1),
      },
    },
  ];
}

/** Served at the usual price: what is in batches already, or was paid for to be fast, is no work to be put off. */
function isStandard({ terms: { serviceTier, speed } }: Cell): boolean {
  return speed === undefined && (serviceTier === undefined || /^(?:standard|default|auto|on_demand)$/i.test(serviceTier));
}

/** How much more the calls would cost in batches if nothing were read from a cache there. */
function lostReads(prices: PriceBook, cells: readonly Cell[]): number {
  let lost = 0;
  for (const cell of cells) {
    if (cell.tokens.cacheRead === 0) continue;
    const batch = pricesOfCell(prices, { ...cell, terms: { ...cell.terms, serviceTier: "batch" } });
    if (batch === undefined || Number.isNaN(batch.cacheRead)) continue;
    lost += (cell.tokens.cacheRead * (batch.input - batch.cacheRead)) / batch.unit;
  }
  return Math.max(0, lost);
}

/** `at 02:00 UTC`, `at minute 5 of an hour`. */
function timesOf(groups: readonly ScheduledGroup[]): string {
  const times = new Set(
    groups.map(({ minuteOfDay, minuteOfHour }) =>
      minuteOfDay === undefined ? `at minute ${minuteOfHour} of an hour` : `at ${clockTime(minuteOfDay)} UTC`,
    ),
  );
  return [...times].sort().join(", ");
}

const clockTime = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
const two = (value: number): string => String(value).padStart(2, "0");
const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
