/** What a provider's cache would have held of the prompts of one model, one call after the other, under several policies at once. */
import type { PromptBlock } from "../../../usage/index.ts";
import { type CachePolicy, type CacheTerms, MOST_BREAKPOINTS } from "./cache-policies.ts";
import { PrefixCaches, REMEMBERED_MS } from "./prefix-caches.ts";

export class PrefixReplay {
  readonly policies: readonly CachePolicy[];
  /** Of the last call, by policy: its tokens that were read, and that were written. */
  readonly read: Float64Array;
  readonly written: Float64Array;
  readonly #terms: CacheTerms;
  readonly #caches: PrefixCaches;
  #places = new Int32Array(64);
  /** How long the prompt is up to and with each block. */
  #ends = new Float64Array(64);
  #blocks = 0;

  constructor(terms: CacheTerms, caches: PrefixCaches = new PrefixCaches(terms.policies.length)) {
    this.#terms = terms;
    this.policies = terms.policies;
    this.#caches = caches;
    this.read = new Float64Array(terms.policies.length);
    this.written = new Float64Array(terms.policies.length);
  }

  /**
   * @param inputTokens what was counted of the prompt: counts of its blocks are estimates, and never come to more than that
   * @param staticBlocks so many blocks from the beginning are known to be every prompt's
   * @param atMs not before the last call's
   */
  take(blocks: readonly PromptBlock[], inputTokens: number, staticBlocks: number, atMs: number): void {
    this.#measure(blocks, inputTokens, atMs);
    const seen = this.#lastSeen(atMs);
    for (let index = 0; index < this.policies.length; index++) this.#ask(index, seen, staticBlocks - 1, atMs);
    const { seenMs } = this.#caches;
    for (let block = 0; block < this.#blocks; block++) seenMs[this.#places[block] as number] = atMs;
  }

  #measure(blocks: readonly PromptBlock[], inputTokens: number, atMs: number): void {
    const { length } = blocks;
    if (length > this.#places.length) {
      this.#places = new Int32Array(2 * length);
      this.#ends = new Float64Array(2 * length);
    }
    this.#caches.makeRoom(length, atMs);
    let end = 0;
    for (let block = 0; block < length; block++) {
      const { hash, tokens } = blocks[block] as PromptBlock;
      end += tokens;
      this.#places[block] = this.#caches.placeOf(hash);
      this.#ends[block] = end;
    }
    this.#blocks = length;
    if (end <= inputTokens) return;
    for (let block = 0; block < length; block++) this.#ends[block] = Math.floor(((this.#ends[block] as number) * inputTokens) / end);
  }

  /** The last block of what came before. A hash stands for all blocks up to its own, so those between need not be known. */
  #lastSeen(atMs: number): number {
    const { seenMs } = this.#caches;
    let block = this.#blocks - 1;
    while (block >= 0 && !((seenMs[this.#places[block] as number] as number) >= atMs - REMEMBERED_MS)) block--;
    return block;
  }

  #ask(index: number, seen: number, staticEnd: number, atMs: number): void {
    const { writes, lifetimeMs } = this.policies[index] as CachePolicy;
    const { hasBreakpoints, minimumTokens } = this.#terms;
    const found = this.#lastCached(index, atMs);
    let target = Math.min(this.#blocks - 1, writes === "always" ? this.#blocks - 1 : writes === "static" ? staticEnd : seen);
    if (target >= 0 && (this.#ends[target] as number) < minimumTokens) target = -1;
    const last = Math.max(found, target);
    const read = found < 0 ? 0 : (this.#ends[found] as number);
    this.read[index] = read;
    this.written[index] = last < 0 ? 0 : (this.#ends[last] as number) - read;
    const expiresMs = atMs + lifetimeMs;
    if (!hasBreakpoints) {
      for (let block = 0; block <= last; block++) this.#keep(index, block, expiresMs);
      return;
    }
    if (found >= 0) this.#keep(index, found, expiresMs);
    if (target >= 0) this.#keep(index, target, expiresMs);
    if (writes !== "always" || target < 0) return;
    // After the tools, after the system prompt, and before the last message: where prompts that go on otherwise part.
    const atBeginning = MOST_BREAKPOINTS - 2;
    for (let block = 0; block < atBeginning && block < target; block++) this.#keep(index, block, expiresMs);
    if (target > 0) this.#keep(index, target - 1, expiresMs);
  }

  #lastCached(index: number, atMs: number): number {
    const { expiresMs } = this.#caches;
    const { length } = this.policies;
    const { minimumTokens } = this.#terms;
    for (let block = this.#blocks - 1; block >= 0 && (this.#ends[block] as number) >= minimumTokens; block--) {
      if ((expiresMs[(this.#places[block] as number) * length + index] as number) >= atMs) return block;
    }
    return -1;
  }

  #keep(index: number, block: number, untilMs: number): void {
    this.#caches.expiresMs[(this.#places[block] as number) * this.policies.length + index] = untilMs;
  }
}
