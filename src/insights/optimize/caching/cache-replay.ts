/** What caches would have saved on calls whose prompts are known by their hashes. */
import type { PriceBook } from "../../../pricing/index.ts";
import type { PromptBlock } from "../../../usage/index.ts";
import { Recent } from "../habits/recent.ts";
import type { Call } from "../replay/call.ts";
import { type Cell, FLAGS } from "../replay/cell.ts";
import { Retokener } from "../replay/retokener.ts";
import { DAY_MS } from "../replay/utc-day.ts";
import type { CallFlagger, CallObserver } from "../replay/watching.ts";
import { type CachePolicy, cacheTermsOf } from "./cache-policies.ts";
import { PrefixReplay } from "./prefix-replay.ts";

/** Kinds of prompts whose beginning is remembered. */
const MOST_BEGINNINGS = 20_000;
/** Of a beginning, no more blocks than that: tools, system prompt and examples are few. */
const MOST_STATIC_BLOCKS = 16;

/** Flags calls whose prompts are known and that use no cache, and gives their cells what each policy would have made of them. */
export class CacheReplay implements CallFlagger, CallObserver {
  readonly #retokener: Retokener;
  readonly #replays: PrefixReplay[] = [];
  readonly #beginnings = new Recent<string, string[]>({ keptMs: DAY_MS, most: MOST_BEGINNINGS });

  constructor(prices: PriceBook) {
    this.#retokener = new Retokener(prices);
  }

  flagsOf({ facts, tokens }: Call): number {
    const blocks = facts?.promptBlocks;
    if (blocks === undefined || blocks.length === 0) return 0;
    return tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h > 0 ? 0 : FLAGS.hashed;
  }

  take(call: Call, cell: Cell): void {
    if ((cell.flags & FLAGS.hashed) === 0) return;
    const blocks = call.facts?.promptBlocks as readonly PromptBlock[];
    const replay = this.#replayOf(call);
    const { input } = call.tokens;
    replay.take(blocks, input, this.#staticBlocks(call, blocks), call.timestampMs);
    const retokener = this.#retokener;
    if (!retokener.begin(call, cell)) return;
    for (let index = 0; index < replay.policies.length; index++) {
      const { name, writeKind } = replay.policies[index] as CachePolicy;
      const read = replay.read[index] as number;
      // What costs no more than other input is no write in the bill.
      const isFree = retokener.prices?.[writeKind] === retokener.prices?.input;
      const written = isFree ? 0 : (replay.written[index] as number);
      const isShort = writeKind === "cacheWrite5m";
      retokener.add(name, input - read - written, read, isShort ? written : 0, isShort ? 0 : written);
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
