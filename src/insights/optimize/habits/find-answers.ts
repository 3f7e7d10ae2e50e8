/** Answers that run away: far longer than those of the same workload and model are. */
import { costNanoUsd, type PriceBook, unitPrices } from "../../../pricing/index.ts";
import type { Candidate } from "../candidate.ts";
import type { Call, CalledModel, DisjointTokens } from "../replay/call.ts";
import { type Cell, type Digest, FLAGS } from "../replay/cell.ts";
import { noTokens, retokeningOf } from "../replay/cell-book.ts";
import { TupleIndex } from "../replay/tuple-index.ts";
import type { CallFlagger, CallObserver, Watch } from "../replay/watching.ts";
import { tellable } from "../rules/rule-scopes.ts";
import { SizeHistograms } from "./size-histogram.ts";

/** Of which retokening of a cell answers without their far end are the saving. */
const ENDED_EARLIER = "ended-earlier";
const USUAL = 0.95;
/**
 * Lengths of answers spread widely: where they are log-normal with a standard deviation of one, as those of chats are, one in ten thousand is
 * longer than this many times what nineteen of twenty are.
 */
const FAR_LONGER = 8;
/** No shorter answer has run away, however short the usual ones are. */
const LEAST_LIMIT = 4000;
const LEAST_KNOWN = 200;
/** The usual length is looked up anew after this many times the calls. */
const LOOKED_UP_AFTER = 1.1;

/** Eight times as long is still no answer that has run away. */
const SHORT = LEAST_LIMIT / FAR_LONGER;

export function watchAnswers(prices: PriceBook): Watch {
  const watch = new AnswerWatch(prices);
  return { flagger: watch, observer: watch, find: (digest) => watch.find(digest) };
}

class AnswerWatch implements CallFlagger, CallObserver {
  readonly #prices: PriceBook;
  /** By workload and model; columns, because every call looks here. */
  readonly #index = new TupleIndex();
  readonly #calls: number[] = [];
  /** Of answers that are not short. */
  readonly #lengths = new SizeHistograms();
  /** From here on an answer has run away. */
  readonly #limits: number[] = [];
  /** At how many calls that is looked up. */
  readonly #next: number[] = [];
  readonly #found = new Map<CalledModel, number>();
  readonly #ended: DisjointTokens = noTokens();
  #limit = 0;

  constructor(prices: PriceBook) {
    this.#prices = prices;
  }

  flagsOf(call: Call): number {
    const place = this.#placeOf(call);
    const calls = this.#calls[place] as number;
    if (calls === this.#next[place]) {
      this.#limits[place] = limitOf(calls, this.#lengths, place);
      this.#next[place] = Math.ceil(LOOKED_UP_AFTER * calls);
    }
    this.#calls[place] = calls + 1;
    if (call.outputTokens <= SHORT) return 0;
    this.#lengths.add(place, call.outputTokens);
    const limit = this.#limits[place] as number;
    if (call.outputTokens <= limit) return 0;
    this.#limit = limit;
    return FLAGS.longAnswer;
  }

  #placeOf({ workload, model }: Call): number {
    const found = this.#index.find(workload.index, model.index, 0, 0);
    if (found >= 0) return found;
    this.#calls.push(0);
    this.#lengths.make();
    this.#limits.push(Number.POSITIVE_INFINITY);
    this.#next.push(LEAST_KNOWN);
    return this.#index.add(workload.index, model.index, 0, 0);
  }

  take(call: Call, cell: Cell): void {
    if ((cell.flags & FLAGS.longAnswer) === 0) return;
    const { provider, model } = call.model;
    const unit = unitPrices(this.#prices, { ...call.terms, provider, model }, call.timestampMs, call.inputTokens);
    if (unit === undefined) return;
    // An answer that ends earlier lacks its end, and that is no reasoning.
    Object.assign(this.#ended, call.tokens);
    this.#ended.output = Math.max(0, call.tokens.output - (call.outputTokens - this.#limit));
    const list = costNanoUsd(unit, call.tokens);
    const saved = list - costNanoUsd(unit, this.#ended);
    if (!(list > 0 && saved > 0)) return;
    this.#found.set(call.model, Math.max(this.#found.get(call.model) ?? 0, this.#limit));
    const retokening = retokeningOf(cell, ENDED_EARLIER);
    retokening.difference.output += this.#ended.output - call.tokens.output;
    retokening.savedNanoUsd += Math.round(saved * (call.costNanoUsd / list));
  }

  find(digest: Digest): Candidate[] {
    return [...this.#found].flatMap(([model, limit]) => {
      const isMeant = (cell: Cell): boolean => (cell.flags & FLAGS.longAnswer) !== 0 && cell.retokenings.has(ENDED_EARLIER);
      const { scopes, covers, cells } = tellable(digest, model, isMeant);
      if (cells.length === 0) return [];
      const name = `${model.provider}/${model.canonicalModel}`;
      return [
        {
          kind: "limit-output",
          from: `${name}, runaway answers`,
          to: "a limit of output",
          covers,
          models: [model],
          effect: { type: "retoken", of: (cell) => cell.retokenings.get(ENDED_EARLIER) },
          grade: "C",
          assumptions: [
            `What follows after ${FAR_LONGER} times the length of nineteen of twenty answers of the same workload, and at least ${LEAST_LIMIT} tokens, is of no use (the largest such length is ${limit} tokens).`,
          ],
          risk: "A long answer may be what was asked for; one that is cut may have to be asked for again.",
          action: {
            type: "by_hand",
            advice:
              "Look at some of these answers (tokenledger export records --recommendation names the calls); where they repeat themselves, set a limit of output (max_tokens).",
            scopes,
          },
          figures: { largest_limit_tokens: limit },
        },
      ];
    });
  }
}

function limitOf(calls: number, lengths: SizeHistograms, place: number): number {
  const count = lengths.countOf(place);
  const rank = USUAL * calls - (calls - count);
  return count === 0 || rank <= 0 ? LEAST_LIMIT : FAR_LONGER * lengths.quantile(place, rank / count);
}
