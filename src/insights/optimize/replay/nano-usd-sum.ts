/** A sum of very many amounts, exact however large it becomes: in numbers while they hold it, because they are many times faster. */
export class NanoUsdSum {
  #small = 0;
  #large = 0n;

  add(nanoUsd: number): void {
    const next = this.#small + nanoUsd;
    if (Number.isSafeInteger(next)) this.#small = next;
    else {
      this.#large += BigInt(this.#small) + BigInt(nanoUsd);
      this.#small = 0;
    }
  }

  get total(): bigint {
    return this.#large + BigInt(this.#small);
  }
}
