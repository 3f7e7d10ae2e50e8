/** What ends by itself when its time comes: a heap of instants, the earliest on top. */

interface Expiring {
  readonly isOpen: boolean;
  /** Called once, after it left the heap. */
  expire(): void;
}

/** Fewer leavings are not worth going through the heap for. */
const FEW = 64;
/** Looking further ahead costs more than the answer is worth. */
const MOST_STEPS = 32;

export class Expiries<T extends Expiring> {
  private readonly instants: number[] = [];
  private readonly items: T[] = [];
  /** Those in the heap that have not ended: the others stay until they are half of it. */
  private open = 0;

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  get openCount(): number {
    return this.open;
  }

  push(instant: number, item: T): void {
    const { instants, items } = this;
    let index = items.length;
    instants.push(instant);
    items.push(item);
    this.open += 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = instants[parent] as number;
      if (above <= instant) break;
      instants[index] = above;
      items[index] = items[parent] as T;
      index = parent;
    }
    instants[index] = instant;
    items[index] = item;
  }

  /** One of the items has ended, by itself or otherwise. */
  ended(): void {
    this.open -= 1;
    if (this.items.length > 2 * this.open + FEW) this.clean();
  }

  /** Ends whatever has reached its time. */
  expire(now: number): void {
    while (this.items.length > 0 && (this.instants[0] as number) <= now) {
      const item = this.items[0] as T;
      this.sink(0, this.instants.pop() as number, this.items.pop() as T);
      if (item.isOpen) item.expire();
    }
  }

  /** When enough of the open items will have expired to free `needed`; `undefined` if that is too far to see. */
  whenFreed(needed: number, amountOf: (item: T) => number): number | undefined {
    const { instants, items } = this;
    const frontier = items.length > 0 ? [0] : [];
    for (let step = 0, freed = 0; step < MOST_STEPS && frontier.length > 0; step++) {
      let earliest = 0;
      for (let i = 1; i < frontier.length; i++)
        if ((instants[frontier[i] as number] as number) < (instants[frontier[earliest] as number] as number)) earliest = i;
      const index = frontier[earliest] as number;
      const item = items[index] as T;
      if (item.isOpen) freed += amountOf(item);
      if (freed >= needed) return instants[index];
      frontier.splice(earliest, 1);
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < items.length) frontier.push(child);
    }
    return undefined;
  }

  private clean(): void {
    const { instants, items } = this;
    let kept = 0;
    for (let index = 0; index < items.length; index++) {
      const item = items[index] as T;
      if (!item.isOpen) continue;
      items[kept] = item;
      instants[kept++] = instants[index] as number;
    }
    items.length = kept;
    instants.length = kept;
    for (let index = (kept >> 1) - 1; index >= 0; index--) this.sink(index, instants[index] as number, items[index] as T);
  }

  /** Puts an item where the one at `index` was, and down to its place. */
  private sink(from: number, instant: number, item: T): void {
    const { instants, items } = this;
    const length = items.length;
    if (from >= length) return;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && (instants[child + 1] as number) < (instants[child] as number)) child += 1;
      if ((instants[child] as number) >= instant) break;
      instants[index] = instants[child] as number;
      items[index] = items[child] as T;
      index = child;
    }
    instants[index] = instant;
    items[index] = item;
  }
}
