/** Which beginnings of prompts were seen lately: what comes again is worth keeping in a provider's cache. Bounded, and gone with the process. */
import type { CachePolicy } from "../../../config/index.ts";
import type { CacheMarks } from "../../../providers/index.ts";
import type { PromptBlock } from "../../../usage/index.ts";

/** What was seen within it is likely to come again: longer than any cache lives by itself, shorter than a program's day. */
const SIGHT_MS = 3_600_000;
const MOST_BLOCKS = 100_000;
const MOST_BEGINNINGS = 5_000;
/** Tools, system prompt and examples are few. */
const MOST_STATIC_BLOCKS = 16;
/** No model caches less. */
const LEAST_TOKENS = 512;

export class SeenPrompts {
  readonly #seenMs = new Map<string, number>();
  readonly #beginnings = new Map<string, string[]>();

  /** Where to ask for caching; undefined: nowhere. @param place whose calls are alike: provider and model */
  marks(policy: CachePolicy, place: string, blocks: readonly PromptBlock[], nowMs: number): CacheMarks | undefined {
    const lifetime = policy.endsWith("1h") ? "1h" : "5m";
    if (policy.startsWith("always")) return tokensOf(blocks, blocks.length) < LEAST_TOKENS ? undefined : { blocks: "usual", lifetime };
    const length = policy.startsWith("static") ? this.#common(place, blocks) : this.#seen(place, blocks, nowMs);
    return length === 0 || tokensOf(blocks, length) < LEAST_TOKENS ? undefined : { blocks: [length - 1], lifetime };
  }

  /** How many of its blocks were the beginning of another prompt within the hour. */
  #seen(place: string, blocks: readonly PromptBlock[], nowMs: number): number {
    let seen = 0;
    for (const [index, { hash }] of blocks.entries()) {
      const key = `${place} ${hash}`;
      if (nowMs - (this.#seenMs.get(key) ?? Number.NEGATIVE_INFINITY) <= SIGHT_MS) seen = index + 1;
      // Put last, so that the first one is the one that was not seen for longest.
      this.#seenMs.delete(key);
      this.#seenMs.set(key, nowMs);
    }
    forgetFirst(this.#seenMs, MOST_BLOCKS);
    return seen;
  }

  /** How many blocks all prompts that begin like this one have had in common so far; of the first one: none. */
  #common(place: string, blocks: readonly PromptBlock[]): number {
    const key = `${place} ${blocks[0]?.hash}`;
    const known = this.#beginnings.get(key);
    this.#beginnings.delete(key);
    this.#beginnings.set(key, known ?? blocks.slice(0, MOST_STATIC_BLOCKS).map(({ hash }) => hash));
    forgetFirst(this.#beginnings, MOST_BEGINNINGS);
    if (known === undefined) return 0;
    let common = 0;
    while (common < known.length && known[common] === blocks[common]?.hash) common++;
    known.length = common;
    return common;
  }
}

function forgetFirst(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function tokensOf(blocks: readonly PromptBlock[], length: number): number {
  let tokens = 0;
  for (let block = 0; block < length; block++) tokens += blocks[block]?.tokens ?? 0;
  return tokens;
}
