/** How large things are, roughly, in little memory: for quantiles of counts that nobody keeps. */

/** Each doubling is parted into so many bins of one width: a quantile is right within an eighth. */
const PARTS = 8;
const PART_BITS = 3;
/** Up to sixteen million. */
const DOUBLINGS = 24;
const LARGEST = 2 ** DOUBLINGS - 1;
const BINS = PARTS * (DOUBLINGS - PART_BITS + 1);

/** Many histograms, numbered from 0 on, in one piece of memory: very many calls add to one of them. */
export class SizeHistograms {
  #bins = new Uint32Array(16 * BINS);
  readonly #counts: number[] = [];

  /** A further one; its number. */
  make(): number {
    return this.#counts.push(0) - 1;
  }

  countOf(histogram: number): number {
    return this.#counts[histogram] as number;
  }

  /** @param size a whole number */
  add(histogram: number, size: number): void {
    this.#counts[histogram] = this.countOf(histogram) + 1;
    if (histogram * BINS >= this.#bins.length) this.#grow();
    const bin = histogram * BINS + binOf(size < LARGEST ? size : LARGEST);
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  #grow(): void {
    const before = this.#bins;
    this.#bins = new Uint32Array(Math.max(2 * before.length, this.#counts.length * BINS));
    this.#bins.set(before);
  }

  /** The largest size of the bin in which it lies; NaN where nothing was added. */
  quantile(histogram: number, share: number): number {
    const rank = share * this.countOf(histogram);
    let below = 0;
    for (let bin = 0; bin < BINS; bin++) {
      below += this.#bins[histogram * BINS + bin] ?? 0;
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
