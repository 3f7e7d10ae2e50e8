/** How large things are, roughly, in little memory: for quantiles of counts that nobody keeps. */

/** Steps of a doubling: a bin is 2^(1/8) wide, so that a quantile is right within 5 %. */
const STEPS = 8;
const BINS = 32 * STEPS;

export class SizeHistogram {
  readonly #bins = new Uint32Array(BINS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(size: number): void {
    this.#count++;
    const bin = size < 1 ? 0 : Math.min(BINS - 1, 1 + Math.floor(STEPS * Math.log2(size)));
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  /** The upper end of the bin in which it lies; 0 where it is no size at all. NaN where nothing was added. */
  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = share * this.#count;
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#bins[bin] as number;
      if (below >= rank && below > 0) return bin === 0 ? 0 : 2 ** (bin / STEPS);
    }
    return Number.POSITIVE_INFINITY;
  }
}
