/** Hashes of prompts for the records of a book: under the key that only the book knows. */
import { PromptHasher } from "../providers/index.ts";
import type { CallLedger } from "./call-ledger.ts";

export class PromptHashing {
  readonly #ledger: CallLedger | undefined;
  #hasher: PromptHasher | undefined;
  #asked: Promise<PromptHasher | undefined> | undefined;

  /** @param ledger absent: there are no records */
  constructor(ledger: CallLedger | undefined) {
    this.#ledger = ledger?.promptKey === undefined ? undefined : ledger;
  }

  /** At once where there is nothing to hash for, or the key is known. */
  hasher(): PromptHasher | undefined | Promise<PromptHasher | undefined> {
    if (this.#hasher !== undefined || this.#ledger === undefined) return this.#hasher;
    this.#asked ??= this.#ask(this.#ledger);
    return this.#asked;
  }

  /** A call does not fail because its prompt can't be hashed. */
  async #ask(ledger: CallLedger): Promise<PromptHasher | undefined> {
    try {
      const key = await ledger.promptKey?.();
      if (key !== undefined) this.#hasher = new PromptHasher(key);
    } catch {
      // The next call asks again.
    } finally {
      this.#asked = undefined;
    }
    return this.#hasher;
  }
}
