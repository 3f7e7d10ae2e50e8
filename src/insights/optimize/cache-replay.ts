/** What caches would have saved on calls whose prompts are known by their hashes. */
import type { PriceBook } from "../../pricing/index.ts";
import type { PromptBlock } from "../../usage/index.ts";
import { type CachePolicy, cacheTermsOf } from "./cache-policies.ts";
import type { Call, DisjointTokens } from "./call.ts";
import { CallPrices, retoken } from "./call-prices.ts";
import { type Cell, FLAGS } from "./cell.ts";
import { noTokens } from "./cell-book.ts";
import { PrefixReplay } from "./prefix-replay.ts";
import { Recent } from "./recent.ts";
import type { CallFlagger, CallObserver } from "./watching.ts";

const DAY_MS = 86_400_000;
/** Kinds of prompts whose beginning is remembered. */
const MOST_BEGINNINGS = 20_000;
/** Of a beginning, no more blocks than that: tools, system prompt and examples are few. */
const MOST_STATIC_BLOCKS = 16;

/** Flags calls whose prompts are known and that use no cache, and gives their cells what each policy would have made of them. */
export class CacheReplay implements CallFlagger, CallObserver {
  readonly #prices: CallPrices;
  readonly #replays: PrefixReplay[] = [];
  readonly #beginnings = new Recent<string, string[]>({ keptMs: DAY_MS, most: MOST_BEGINNINGS });
  readonly #tokens: DisjointTokens = noTokens();

  constructor(prices: PriceBook) {
    this.#prices = new CallPrices(prices);
  }

  flagsOf({ facts, tokens }: Call): number {
    const blocks = facts?.promptBlocks;
    if (blocks === undefined || blocks.length === 0) return 0;
    return tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h > 0 ? 0 : FLAGS.hashed;
  }

  take(call: Call, cell: Cell): void {
    if ((cell.flags & FLAGS.hashed) === 0) return;
    const blocks = call.facts?.promptBlocks as readonly PromptBlock[];
    const prices = this.#prices.of(call, cell);
    const replay = this.#replayOf(call);
    replay.take(blocks, call.tokens.input, this.#staticBlocks(call, blocks), call.timestampMs);
    if (prices === undefined) return;
    const tokens = this.#tokens;
    Object.assign(tokens, call.tokens);
    for (let index = 0; index < replay.policies.length; index++) {
      const { name, writeKind } = replay.policies[index] as CachePolicy;
      const read = replay.read[index] as number;
      // What costs no more than other input is no write in the bill.
      const written = prices[writeKind] === prices.input ? 0 : (replay.written[index] as number);
      tokens.input = call.tokens.input - read - written;
      tokens.cacheRead = read;
      tokens[writeKind] = written;
      retoken(name, cell, call, prices, tokens);
      tokens[writeKind] = 0;
    }
  }

  #replayOf({ model }: Call): PrefixReplay {
    let replay = this.#replays[model.index];
    if (replay === undefined) {
      replay = new PrefixReplay(cacheTermsOf(model));
      this.#replays[model.index] = replay;
    }
    return replay;
  }

  /** How many blocks all prompts of the workload that begin with this one's first block have had in common so far; none yet: 0. */
  #staticBlocks({ model, workload, timestampMs }: Call, blocks: readonly PromptBlock[]): number {
    this.#beginnings.at(timestampMs);
    const key = `${model.index} ${workload.index} ${blocks[0]?.hash}`;
    const known = this.#beginnings.get(key);
    if (known === undefined) {
      this.#beginnings.set(
        key,
        blocks.slice(0, MOST_STATIC_BLOCKS).map(({ hash }) => hash),
      );
      return 0;
    }
    let common = 0;
    while (common < known.length && known[common] === blocks[common]?.hash) common++;
    if (common < known.length) known.length = common;
    this.#beginnings.set(key, known);
    return common;
  }
}
