/** Two small hashes: 53 bits that find an identity (compared in full afterwards), 32 bits that notice an edited row. Neither is a secret. */

/** A safe integer made of `text`; another seed gives an unrelated one. (cyrb53, public domain.) */
export function hash53(seed: number, text: string): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** `hash` with one more value taken in. NULL and 0 differ. */
export function mix(hash: number, value: number | null): number {
  if (value === null) return Math.imul(hash ^ 0x9e3779b9, 0x01000193);
  const low = Math.imul(hash ^ (value | 0), 0x85ebca6b);
  return Math.imul(low ^ (low >>> 15) ^ ((value / 4294967296) | 0), 0xc2b2ae35) | 0;
}

/** `hash` with a text taken in. */
export function mixText(hash: number, text: string | null): number {
  return text === null ? mix(hash, null) : mix(mix(hash, text.length), hash53(hash, text));
}
