/** Beginnings of prompts that were seen lately, and until when a cache would still hold them under each of several policies. */

const HOUR_MS = 3_600_000;
/** So long nothing is forgotten: no cache of a policy lives longer, and no policy remembers longer what it has seen. */
export const REMEMBERED_MS: number = HOUR_MS;

const FIRST_PLACES = 1024;
/** About 100 MB where very many different prompts come within the hour. */
const MOST_PLACES = 524_288;

/**
 * Each beginning has a place, which is a number; what is known of it stands in columns, so that several policies are asked without a
 * further search.
 */
export class PrefixCaches {
  /** When the beginning at a place was last seen. */
  seenMs: Float64Array<ArrayBuffer> = new Float64Array(FIRST_PLACES);
  /** At place × policies + policy: the last moment at which a cache holds it. */
  expiresMs: Float64Array<ArrayBuffer>;
  readonly #policies: number;
  readonly #most: number;
  readonly #places = new Map<string, number>();
  #free: number[] = [];
  #used = 0;

  constructor(policies: number, mostPlaces: number = MOST_PLACES) {
    this.#policies = policies;
    this.#most = mostPlaces;
    this.expiresMs = new Float64Array(FIRST_PLACES * policies);
  }

  get size(): number {
    return this.#places.size;
  }

  /** Before the places of a call are asked for: places that were handed out before may be another's afterwards. */
  makeRoom(needed: number, nowMs: number): void {
    const capacity = this.seenMs.length;
    if (this.#places.size + needed <= capacity) return;
    this.#forget(nowMs - REMEMBERED_MS);
    if (this.#places.size + needed <= capacity / 2) return;
    if (capacity < this.#most) this.#grow(capacity * 2);
    // Where more comes within the hour than fits, what is oldest counts as never seen.
    for (let keptMs = REMEMBERED_MS / 2; this.#places.size + needed > this.seenMs.length; keptMs /= 2) {
      if (keptMs < 1) this.#forget(Number.POSITIVE_INFINITY);
      else this.#forget(nowMs - keptMs);
      if (this.#places.size === 0) break;
    }
    while (needed > this.seenMs.length) this.#grow(this.seenMs.length * 2);
  }

  placeOf(prefix: string): number {
    let place = this.#places.get(prefix);
    if (place !== undefined) return place;
    place = this.#free.pop() ?? this.#used++;
    this.#places.set(prefix, place);
    this.seenMs[place] = Number.NEGATIVE_INFINITY;
    this.expiresMs.fill(Number.NEGATIVE_INFINITY, place * this.#policies, (place + 1) * this.#policies);
    return place;
  }

  #forget(beforeMs: number): void {
    for (const [prefix, place] of this.#places) {
      if ((this.seenMs[place] as number) >= beforeMs) continue;
      this.#places.delete(prefix);
      this.#free.push(place);
    }
  }

  #grow(capacity: number): void {
    const seenMs = new Float64Array(capacity);
    seenMs.set(this.seenMs);
    this.seenMs = seenMs;
    const expiresMs = new Float64Array(capacity * this.#policies);
    expiresMs.set(this.expiresMs);
    this.expiresMs = expiresMs;
  }
}
