/** Small numbers for combinations of four: what a map of texts would do at ten times the cost. */

const WIDTH = 5;

/** Numbers combinations of four 32-bit integers from 0 on, in the order in which they are first met. */
export class TupleIndex {
  #slots = 1024;
  /** Four numbers and one more than the index; 0: free. */
  #table = new Int32Array(1024 * WIDTH);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** -1 where it was never met. */
  find(a: number, b: number, c: number, d: number): number {
    return (this.#table[this.#place(a, b, c, d) + 4] as number) - 1;
  }

  /** Of one that was never met. */
  add(a: number, b: number, c: number, d: number): number {
    if (2 * this.#size >= this.#slots) this.#grow();
    this.#put(a, b, c, d, ++this.#size);
    return this.#size - 1;
  }

  #put(a: number, b: number, c: number, d: number, mark: number): void {
    const at = this.#place(a, b, c, d);
    this.#table[at] = a;
    this.#table[at + 1] = b;
    this.#table[at + 2] = c;
    this.#table[at + 3] = d;
    this.#table[at + 4] = mark;
  }

  /** Where it stands, or may be put. */
  #place(a: number, b: number, c: number, d: number): number {
    const table = this.#table;
    const mask = this.#slots - 1;
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WIDTH;
      if (table[at + 4] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d)) return at;
    }
  }

  #grow(): void {
    const before = this.#table;
    this.#slots *= 2;
    this.#table = new Int32Array(this.#slots * WIDTH);
    for (let at = 0; at < before.length; at += WIDTH) {
      const mark = before[at + 4] as number;
      if (mark !== 0) this.#put(before[at] as number, before[at + 1] as number, before[at + 2] as number, before[at + 3] as number, mark);
    }
  }
}
