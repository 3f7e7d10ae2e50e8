/** What every prompt of a workload brings along, however little is asked: instructions, and tools that may never be called. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { Call, CalledModel, Workload } from "../replay/call.ts";
import type { Cell, Digest } from "../replay/cell.ts";
import { noTokens } from "../replay/cell-book.ts";
import { paidFor } from "../replay/cell-prices.ts";
import type { CallObserver, Observation, Watch } from "../replay/watching.ts";
import { WorkloadModels } from "../replay/workload-models.ts";
import { nameOf, scopesOf } from "../rules/rule-scopes.ts";

const LEAST_CALLS = 50;
/** Less is not the larger part of all that is sent. */
const LEAST_SHARE_OF_PROMPT = 0.5;
const LEAST_TOKENS = 500;
const LEAST_SPREAD = 1.1;
const LEAST_SHARE_OF_SPENDING = 0.005;
const MOST_OBSERVATIONS = 10;

interface Prompts {
  workload: Workload;
  model: CalledModel;
  calls: number;
  shortest: number;
  longest: number;
  tokens: number;
  /** Calls that told how many tools they offered, and those that offered some. */
  telling: number;
  withTools: number;
}

export function watchPrompts(prices: PriceBook): Watch {
  const watch = new PromptWatch(prices);
  return { observer: watch, observations: (digest) => watch.observations(digest) };
}

class PromptWatch implements CallObserver {
  readonly #prices: PriceBook;
  readonly #prompts = new WorkloadModels<Prompts>();

  constructor(prices: PriceBook) {
    this.#prices = prices;
  }

  take({ workload, model, inputTokens, terms, facts }: Call): void {
    // A record that sums many requests, or a failure before the prompt was read, says nothing of one prompt.
    if (inputTokens === 0 || terms.requestInputTokens !== undefined) return;
    let prompts = this.#prompts.get(workload, model);
    if (prompts === undefined) {
      prompts = {
        workload,
        model,
        calls: 0,
        shortest: Number.POSITIVE_INFINITY,
        longest: 0,
        tokens: 0,
        telling: 0,
        withTools: 0,
      };
      this.#prompts.set(workload, model, prompts);
    }
    prompts.calls++;
    if (inputTokens < prompts.shortest) prompts.shortest = inputTokens;
    if (inputTokens > prompts.longest) prompts.longest = inputTokens;
    prompts.tokens += inputTokens;
    if (facts?.tools !== undefined) {
      prompts.telling++;
      if (facts.tools > 0) prompts.withTools++;
    }
  }

  /** The dearest first. Nobody can say how much of such a beginning is needed, so no saving is claimed: what each 1,000 tokens of it cost is told. */
  observations(digest: Digest): Observation[] {
    const found = this.#prompts
      .all()
      .map(([, , prompts]) => prompts)
      .filter(isFixed);
    if (found.length === 0) return [];
    const cellsOf = new Map<Prompts, Cell[]>(found.map((prompts) => [prompts, []]));
    for (const cell of digest.cells) {
      const prompts = this.#prompts.get(cell.workload, cell.model);
      if (prompts !== undefined) cellsOf.get(prompts)?.push(cell);
    }
    return found
      .flatMap((prompts) => this.#observation(digest, prompts, cellsOf.get(prompts) as Cell[]))
      .filter(({ costNanoUsd }) => costNanoUsd >= LEAST_SHARE_OF_SPENDING * digest.costNanoUsd)
      .sort((a, b) => b.costNanoUsd - a.costNanoUsd)
      .slice(0, MOST_OBSERVATIONS);
  }

  #observation(
    digest: Digest,
    { workload, model, calls, shortest, tokens: all, telling, withTools }: Prompts,
    cells: readonly Cell[],
  ): Observation[] {
    const tokens = cells.reduce(
      (sum, { tokens: { input, cacheRead, cacheWrite5m, cacheWrite1h } }) => sum + input + cacheRead + cacheWrite5m + cacheWrite1h,
      0,
    );
    const paid = cells.reduce((sum, cell) => {
      const { input, cacheRead, cacheWrite5m, cacheWrite1h } = cell.tokens;
      return sum + (paidFor(this.#prices, cell, { ...noTokens(), input, cacheRead, cacheWrite5m, cacheWrite1h }) ?? Number.NaN);
    }, 0);
    // Where a price is not known, nothing is said.
    if (!(tokens > 0 && paid > 0)) return [];
    const costNanoUsd = Math.round((paid / tokens) * shortest * calls);
    const meanTokens = Math.round(all / calls);
    const name = `${model.provider}/${model.canonicalModel}`;
    return [
      {
        kind: "fixed-prompt",
        provider: model.provider,
        model: model.canonicalModel,
        scope: scopesOf(digest, model, cells).scopes[0] ?? {},
        requests: calls,
        costNanoUsd,
        sentence: `Every one of ${calls} calls to ${name} of ${nameOf(workload)} has at least ${shortest} tokens of input, of ${meanTokens} on average: what all of them begin with is worth a look.`,
        figures: {
          least_input_tokens: shortest,
          mean_input_tokens: meanTokens,
          cost_of_1000_tokens_usd: (1000 * (paid / tokens) * calls) / 1e9,
          calls_with_tools: telling === 0 ? null : withTools,
        },
      },
    ];
  }
}

/**
 * Prompts whose lengths differ, and that share a large part by their size. Of those that are nearly all of one length nobody knows whether
 * they share anything: documents are cut to one length, too.
 */
function isFixed({ calls, shortest, longest, tokens }: Prompts): boolean {
  return (
    calls >= LEAST_CALLS &&
    shortest >= LEAST_TOKENS &&
    longest >= LEAST_SPREAD * shortest &&
    shortest * calls >= LEAST_SHARE_OF_PROMPT * tokens
  );
}
