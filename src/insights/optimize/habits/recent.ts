/** What was seen lately. */

/**
 * Kept for a while and at most twice as long, without ever being searched for what is old: a full half, or one whose time is over, replaces
 * the other. Where very much comes at once, what is oldest is forgotten early, so that memory stays bounded.
 */
export class Recent<Key, Value> {
  readonly #keptMs: number;
  readonly #most: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: { keptMs: number; most: number }) {
    this.#keptMs = options.keptMs;
    this.#most = Math.ceil(options.most / 2);
  }

  /** To be called before others, with times that don't go back. */
  at(nowMs: number): void {
    if (nowMs - this.#sinceMs < this.#keptMs && this.#young.size < this.#most) return;
    // After a pause that is longer than everything is kept, both halves are old.
    this.#old = nowMs - this.#sinceMs < 2 * this.#keptMs ? this.#young : new Map();
    this.#young = new Map();
    this.#sinceMs = nowMs;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Makes it young again. */
  set(key: Key, value: Value): void {
    this.#young.set(key, value);
  }

  /** What is there, young again, or what is made now. */
  keep(key: Key, make: () => Value): Value {
    let value = this.#young.get(key);
    if (value !== undefined) return value;
    value = this.#old.get(key) ?? make();
    this.#young.set(key, value);
    return value;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
