/** Prompts a little longer than the length from which on all of a call's tokens cost more. */
import { costNanoUsd, type PriceBook, unitPrices } from "../../../pricing/index.ts";
import type { Candidate } from "../candidate.ts";
import type { Call, CalledModel, DisjointTokens } from "../replay/call.ts";
import { type Cell, type Digest, FLAGS } from "../replay/cell.ts";
import { noTokens, retokeningOf } from "../replay/cell-book.ts";
import type { CallFlagger, CallObserver, Watch } from "../replay/watching.ts";
import { tellable } from "../rules/rule-scopes.ts";

/** Of which retokening of a cell the cliffs are the saving. */
const SHORTENED = "shortened-to-threshold";
/** A prompt that is longer than this many times the threshold is no neighbour of it: nobody could leave out that much. */
const A_LITTLE = 1.25;
/** What costs least is taken away first, so that no saving is overstated. */
const TAKEN_FIRST = ["cacheRead", "input", "cacheWrite5m", "cacheWrite1h"] as const satisfies readonly (keyof DisjointTokens)[];

/** The lengths of whole inputs up to which a model costs less, on one day. */
interface Cliffs {
  day: number;
  longest: readonly number[];
}

export function watchCliffs(prices: PriceBook): Watch {
  const watch = new CliffWatch(prices);
  return { flagger: watch, observer: watch, find: (digest) => watch.find(digest) };
}

class CliffWatch implements CallFlagger, CallObserver {
  readonly #prices: PriceBook;
  readonly #models: (Cliffs | "none" | undefined)[] = [];
  readonly #seen = new Map<CalledModel, { longest: number; over: number; calls: number }>();
  readonly #shortened: DisjointTokens = noTokens();
  /** Up to which length the call that is on its way to the observer would cost less; 0 for none. */
  #longest = 0;

  constructor(prices: PriceBook) {
    this.#prices = prices;
  }

  flagsOf(call: Call): number {
    const cliffs = this.#models[call.model.index];
    if (cliffs === "none") return 0;
    this.#longest = 0;
    // The record sums many requests, and tells how long one was: which of them was over is not known.
    if (call.terms.requestInputTokens !== undefined) return 0;
    for (const longest of this.#cliffsOf(call, cliffs)) {
      if (call.inputTokens > longest && call.inputTokens <= A_LITTLE * longest) this.#longest = longest;
    }
    return this.#longest === 0 ? 0 : FLAGS.overCliff;
  }

  take(call: Call, cell: Cell): void {
    if ((cell.flags & FLAGS.overCliff) === 0) return;
    const seen = this.#seen.get(call.model) ?? { longest: 0, over: 0, calls: 0 };
    this.#seen.set(call.model, seen);
    seen.longest = this.#longest;
    seen.calls++;
    seen.over += call.inputTokens - this.#longest;
    const saved = this.#savedBy(call);
    if (saved <= 0) return;
    const retokening = retokeningOf(cell, SHORTENED);
    for (const kind of TAKEN_FIRST) retokening.difference[kind] += this.#shortened[kind] - call.tokens[kind];
    retokening.savedNanoUsd += saved;
  }

  find(digest: Digest): Candidate[] {
    return [...this.#seen].flatMap(([model, { longest, over, calls }]) => {
      const isMeant = (cell: Cell): boolean => (cell.flags & FLAGS.overCliff) !== 0 && cell.retokenings.has(SHORTENED);
      const { scopes, covers, cells } = tellable(digest, model, isMeant);
      if (cells.length === 0) return [];
      const name = `${model.provider}/${model.canonicalModel}`;
      return [
        {
          kind: "shorten-context",
          from: `${name}, just over ${longest} tokens`,
          to: "shorter prompts",
          covers,
          models: [model],
          effect: { type: "retoken", of: (cell) => cell.retokenings.get(SHORTENED) },
          grade: "B",
          assumptions: [
            `The answers would have been the same without the tokens beyond ${longest}, of which there were ${Math.round(over / calls)} a call.`,
            "What is left out are tokens read from caches first, being the cheapest; what a cache that begins anew costs is not counted.",
          ],
          risk: "What is left out of a prompt can't be known to the answer.",
          action: {
            type: "by_hand",
            advice: `Summarise or leave out older parts of these prompts before they pass ${longest} tokens: from there on all of a call's tokens cost more.`,
            scopes,
          },
          figures: { threshold_tokens: longest, mean_tokens_over: Math.round(over / calls) },
        },
      ];
    });
  }

  /** In nano-USD; what the call really cost, over its list price, is taken to be the same for the shorter one. */
  #savedBy(call: Call): number {
    const { provider, model } = call.model;
    const served = { ...call.terms, provider, model };
    const dear = unitPrices(this.#prices, served, call.timestampMs, call.inputTokens);
    const cheap = unitPrices(this.#prices, served, call.timestampMs, this.#longest);
    if (dear === undefined || cheap === undefined) return 0;
    const list = costNanoUsd(dear, call.tokens);
    Object.assign(this.#shortened, call.tokens);
    let left = call.inputTokens - this.#longest;
    for (const kind of TAKEN_FIRST) {
      const taken = Math.min(left, this.#shortened[kind]);
      this.#shortened[kind] -= taken;
      left -= taken;
    }
    const saved = list - costNanoUsd(cheap, this.#shortened);
    return list > 0 && left <= 0 && saved > 0 ? Math.round(saved * (call.costNanoUsd / list)) : 0;
  }

  #cliffsOf({ model, timestampMs, day }: Call, known: Cliffs | undefined): readonly number[] {
    if (known?.day === day) return known.longest;
    if (known === undefined) {
      const mayCostMore = this.#prices.candidates(model.provider, model.model).some(({ entry }) => (entry.longContext?.length ?? 0) > 0);
      if (!mayCostMore) {
        this.#models[model.index] = "none";
        return [];
      }
    }
    const entry = this.#prices.find(model.provider, model.model, timestampMs);
    const longest = (entry?.longContext ?? []).map(({ thresholdTokens, inclusive }) => (inclusive ? thresholdTokens - 1 : thresholdTokens));
    this.#models[model.index] = { day, longest };
    return longest;
  }
}
