/** Bytes that wait for the rest of their event. */

/** Kept from event to event; what has grown beyond is given back. */
const KEPT_ROOM_BYTES = 64 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);

/** Copies what it is given: chunks may be used again by whoever gave them. Room doubles, so single bytes cost what chunks cost. */
export class GrowingBytes {
  #room: Buffer = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#room.length) {
      const room = Buffer.allocUnsafe(Math.max(length, this.#room.length * 2, 1024));
      this.#room.copy(room, 0, 0, this.#length);
      this.#room = room;
    }
    part.copy(this.#room, this.#length);
    this.#length = length;
  }

  /** All bytes, valid until the next append. */
  view(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /** Forgets the first bytes. */
  drop(count: number): void {
    this.#room.copyWithin(0, count, this.#length);
    this.#length -= count;
    if (this.#length === 0 && this.#room.length > KEPT_ROOM_BYTES) this.#room = EMPTY;
  }

  clear(): void {
    this.drop(this.#length);
  }
}
