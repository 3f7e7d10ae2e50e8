/** Models that think more than they answer: what one step less of it might save. A scenario, and said to be one. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Candidate } from "../candidate.ts";
import type { CalledModel, Workload } from "../replay/call.ts";
import type { Cell, Digest, Retokening } from "../replay/cell.ts";
import { noTokens } from "../replay/cell-book.ts";
import { paidFor } from "../replay/cell-prices.ts";
import type { Watch } from "../replay/watching.ts";
import { scopesOf } from "../rules/rule-scopes.ts";

/** How much less a model reasons at the next lower effort: nobody has measured it for these calls. */
const LESS_REASONING = { least: 0.2, expected: 0.35, most: 0.5 } as const;
const LEAST_SHARE_OF_OUTPUT = 0.5;
const LEAST_SHARE_OF_COST = 0.2;
const LEAST_CALLS = 50;

interface Thinking {
  cells: Cell[];
  calls: number;
  output: number;
  reasoning: number;
  costNanoUsd: number;
  reasoningNanoUsd: number;
}

export function watchReasoning(prices: PriceBook): Watch {
  return { find: (digest) => reasoningOf(digest, prices) };
}

function reasoningOf(digest: Digest, prices: PriceBook): Candidate[] {
  const byModel = new Map<CalledModel, Thinking[]>();
  for (const thinking of thinkingWorkloads(digest, prices)) {
    const model = (thinking.cells[0] as Cell).model;
    byModel.set(model, [...(byModel.get(model) ?? []), thinking]);
  }
  return [...byModel].flatMap(([model, workloads]) => candidateOf(digest, model, workloads, prices));
}

/** Workloads whose output is mostly reasoning, model by model, where it makes up much of their cost. */
function thinkingWorkloads({ cells }: Digest, prices: PriceBook): Thinking[] {
  const all = new Map<CalledModel, Map<Workload, Thinking>>();
  for (const cell of cells) {
    const ofModel = all.get(cell.model) ?? new Map<Workload, Thinking>();
    all.set(cell.model, ofModel);
    const thinking = ofModel.get(cell.workload) ?? { cells: [], calls: 0, output: 0, reasoning: 0, costNanoUsd: 0, reasoningNanoUsd: 0 };
    ofModel.set(cell.workload, thinking);
    thinking.cells.push(cell);
    thinking.calls += cell.calls;
    thinking.output += cell.tokens.output + cell.tokens.reasoning;
    thinking.reasoning += cell.tokens.reasoning;
    thinking.costNanoUsd += cell.costNanoUsd;
  }
  const found = [...all.values()]
    .flatMap((ofModel) => [...ofModel.values()])
    .filter(({ calls, output, reasoning }) => calls >= LEAST_CALLS && reasoning > 0 && reasoning >= LEAST_SHARE_OF_OUTPUT * output);
  for (const thinking of found) {
    for (const cell of thinking.cells) {
      if (cell.tokens.reasoning > 0)
        thinking.reasoningNanoUsd += paidFor(prices, cell, { ...noTokens(), reasoning: cell.tokens.reasoning }) ?? 0;
    }
  }
  return found.filter(({ costNanoUsd, reasoningNanoUsd }) => costNanoUsd > 0 && reasoningNanoUsd >= LEAST_SHARE_OF_COST * costNanoUsd);
}

function candidateOf(digest: Digest, model: CalledModel, thinking: readonly Thinking[], prices: PriceBook): Candidate[] {
  const scoped = scopesOf(
    digest,
    model,
    thinking.flatMap(({ cells }) => cells),
  );
  const workloads = thinking.filter(({ cells }) => scoped.covered.has((cells[0] as Cell).workload));
  if (workloads.length === 0) return [];
  const covered = new Set(workloads.flatMap(({ cells }) => cells.filter(({ tokens }) => tokens.reasoning > 0)));
  const cells = [...covered];
  const cost = cells.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  const reasoning = workloads.reduce((sum, { reasoningNanoUsd }) => sum + reasoningNanoUsd, 0);
  const newCost = cost - LESS_REASONING.expected * reasoning;
  const share = sumOf(workloads, "reasoning") / sumOf(workloads, "output");
  const known = new Map<Cell, Retokening | undefined>();
  const name = `${model.provider}/${model.canonicalModel}`;
  return [
    {
      kind: "reduce-reasoning",
      from: `${name}, mostly reasoning`,
      to: "one step less effort",
      covers: (cell) => covered.has(cell),
      effect: {
        type: "retoken",
        of(cell) {
          if (!known.has(cell)) known.set(cell, lessReasoning(cell, prices));
          return known.get(cell);
        },
      },
      grade: "C",
      newCostFactors: {
        worst: (cost - LESS_REASONING.least * reasoning) / newCost,
        best: (cost - LESS_REASONING.most * reasoning) / newCost,
      },
      assumptions: [
        `A scenario, not a measurement: at the next lower effort the model reasons between ${100 * LESS_REASONING.least} % and ${100 * LESS_REASONING.most} % less, ${100 * LESS_REASONING.expected} % here.`,
        "Answers are as long, and as good, as before.",
      ],
      risk: "Less reasoning may find less: try it on a part of the calls first.",
      action: {
        type: "by_hand",
        advice:
          "Ask for one step less effort (reasoning_effort, a smaller thinking budget) where the model has such a setting, and compare the answers.",
        scopes: scoped.scopes,
      },
      figures: { reasoning_percent_of_output: Math.round(1000 * share) / 10, scenario_less_reasoning: LESS_REASONING.expected },
    },
  ];
}

function lessReasoning(cell: Cell, prices: PriceBook): Retokening | undefined {
  const reasoning = Math.round(LESS_REASONING.expected * cell.tokens.reasoning);
  const savedNanoUsd = paidFor(prices, cell, { ...noTokens(), reasoning });
  if (savedNanoUsd === undefined || savedNanoUsd <= 0) return undefined;
  return { difference: { ...noTokens(), reasoning: -reasoning }, savedNanoUsd: Math.min(savedNanoUsd, cell.costNanoUsd) };
}

const sumOf = (workloads: readonly Thinking[], field: "reasoning" | "output"): number =>
  workloads.reduce((sum, thinking) => sum + thinking[field], 0);
