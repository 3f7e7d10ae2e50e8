/** How large things are, roughly, in little memory: for quantiles of counts that nobody keeps. */

/** Each doubling is parted into so many bins of one width: a quantile is right within an eighth. */
const PARTS = 8;
const PART_BITS = 3;
/** Up to sixteen million. */
const DOUBLINGS = 24;
const LARGEST = 2 ** DOUBLINGS - 1;
const BINS = PARTS * (DOUBLINGS - PART_BITS + 1);

export class SizeHistogram {
  readonly #bins = new Uint32Array(BINS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param size a whole number */
  add(size: number): void {
    this.#count++;
    const bin = binOf(size < LARGEST ? size : LARGEST);
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  /** The largest size of the bin in which it lies; NaN where nothing was added. */
  quantile(share: number): number {
    const rank = share * this.#count;
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#bins[bin] as number;
      if (below >= rank && below > 0) return largestOf(bin);
    }
    return Number.NaN;
  }
}

/** Sizes below eight have bins of their own; of others, the first four binary digits tell. */
function binOf(size: number): number {
  if (size < PARTS) return size;
  const shift = 28 - Math.clz32(size);
  return PARTS * shift + (size >> shift);
}

function largestOf(bin: number): number {
  if (bin < 2 * PARTS) return bin;
  const shift = Math.floor(bin / PARTS) - 1;
  return (bin - PARTS * shift + 1) * 2 ** shift - 1;
}
