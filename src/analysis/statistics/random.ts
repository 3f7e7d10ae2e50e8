/** Numbers that look random and are the same in every run: for resampling and for simulations. */

/**
 * Evenly spread in [0, 1), with 53 bits: xoshiro128** of Blackman and Vigna (2018), its state filled from the seed by SplitMix32.
 *
 * @param seed a whole number of 32 bits: the same one gives the same numbers everywhere
 * @example
 * ```ts
 * import { seededRandom } from "tokenledger/analysis";
 * const [random, again] = [seededRandom(7), seededRandom(7)];
 * random() === again(); // => true
 * ```
 */
export function seededRandom(seed: number): () => number {
  let filling = seed | 0;
  const fill = (): number => {
    filling = (filling + 0x9e3779b9) | 0;
    let mixed = filling ^ (filling >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();
  const next = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled >>> 0;
  };
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}

/** One standard normal number (Box and Muller 1958). */
export function normalDeviate(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
