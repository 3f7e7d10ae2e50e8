/** Bytes cut into chunks, as networks do. */

export type Cut = (bytes: Buffer) => Buffer[];

export function cutEvery(size: number): Cut {
  return (bytes) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

export function cutAt(...positions: readonly number[]): Cut {
  return (bytes) => [0, ...positions].map((start, index, starts) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

/** Sizes from 0 to `largest`, the same ones for the same seed. */
export function seededCuts(seed: number, largest: number): Cut {
  return (bytes) => {
    const random = randomNumbers(seed);
    const chunks: Buffer[] = [];
    for (let start = 0; start < bytes.length; ) {
      const size = Math.floor(random() * (largest + 1));
      chunks.push(bytes.subarray(start, start + size));
      start += size;
    }
    return chunks;
  };
}

/** Mulberry32: numbers from 0 to below 1. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
