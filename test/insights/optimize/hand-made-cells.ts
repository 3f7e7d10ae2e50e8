/** Cells as a replay might have made them. */

import type { Candidate } from "../../../src/insights/optimize/candidate.ts";
import type { CalledModel, Workload } from "../../../src/insights/optimize/replay/call.ts";
import type { Cell, Digest, Lane } from "../../../src/insights/optimize/replay/cell.ts";
import { noTokens } from "../../../src/insights/optimize/replay/cell-book.ts";

const LANES: readonly Lane[] = [
  { provider: "anthropic", model: "small" },
  { provider: "elsewhere", model: "large" },
  { provider: "anthropic", model: "large", serviceTier: "batch" },
];
const MODEL: CalledModel = { index: 0, provider: "anthropic", model: "large", canonicalModel: "large" };
export const DAY = 20_500;

const NO_TOKENS = noTokens();

export interface HandMadeCell {
  day?: number;
  calls?: number;
  costNanoUsd: number;
  /** Of the lanes above. */
  lanes?: readonly number[];
  /** What the retokening called `cached` saves. */
  cachedNanoUsd?: number;
  flags?: number;
  workload?: Workload;
  model?: CalledModel;
}

export function handMadeCell(given: HandMadeCell): Cell {
  const { day = 0, calls = 10, costNanoUsd, lanes = [], cachedNanoUsd, flags = 0, model = MODEL } = given;
  return {
    workload: given.workload ?? { index: 0, isRest: false, team: "research" },
    model,
    terms: { index: 0, attempt: 1, isEstimated: false },
    day: DAY + day,
    flags,
    size: 0,
    calls,
    tokens: NO_TOKENS,
    costNanoUsd,
    mostInputTokens: 0,
    mostTotalTokens: 0,
    latencyMsSum: 0,
    latencyCalls: 0,
    laneNanoUsd: Float64Array.from(LANES, (_, index) => lanes[index] ?? Number.NaN),
    retokenings: new Map(cachedNanoUsd === undefined ? [] : [["cached", { difference: NO_TOKENS, savedNanoUsd: cachedNanoUsd }]]),
  };
}

export function digestOf(cells: readonly Cell[]): Digest {
  const days = cells.map(({ day }) => day);
  return {
    cells,
    lanesOf: () => LANES,
    sizeThresholds: [],
    startMs: DAY * 86_400_000,
    endMs: (DAY + 100) * 86_400_000,
    firstDay: days.length === 0 ? Number.NaN : Math.min(...days),
    lastDay: days.length === 0 ? Number.NaN : Math.max(...days),
    calls: cells.reduce((sum, { calls }) => sum + calls, 0),
    unpricedCalls: 0,
    costNanoUsd: cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
  };
}

function candidateWith(fields: Pick<Candidate, "kind" | "to" | "effect"> & Partial<Candidate>): Candidate {
  return {
    from: "large",
    covers: () => true,
    grade: "A",
    assumptions: ["The calls stay as they are."],
    risk: "None that is known.",
    action: { type: "by_hand", advice: "Do it.", scopes: [{}] },
    ...fields,
  };
}

export const routed = (laneIndex: number, fields: Partial<Candidate> = {}): Candidate =>
  candidateWith({
    kind: laneIndex === 0 ? "model-downgrade" : "provider-switch",
    to: (LANES[laneIndex] as Lane).model,
    effect: { type: "route", lane: LANES[laneIndex] as Lane, laneIndex },
    exclusiveGroup: "model:anthropic/large",
    ...fields,
  });

export const cached = (fields: Partial<Candidate> = {}): Candidate =>
  candidateWith({
    kind: "enable-caching",
    to: "always-5m",
    effect: { type: "retoken", of: (cell) => cell.retokenings.get("cached") },
    ...fields,
  });

export const batched = (fields: Partial<Candidate> = {}): Candidate =>
  candidateWith({ kind: "batch-requests", to: "batch", effect: { type: "tier", serviceTier: "batch" }, ...fields });

export const eliminated = (flag: number, fields: Partial<Candidate> = {}): Candidate =>
  candidateWith({
    kind: "remove-waste",
    to: "nothing",
    effect: { type: "eliminate" },
    covers: ({ flags }) => (flags & flag) !== 0,
    ...fields,
  });
