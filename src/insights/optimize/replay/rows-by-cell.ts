/** Which records stand in which cell, in two plain columns: ten million of them fit beside everything else. */
import type { Cell } from "./cell.ts";

const STRETCH = 1 << 16;

export class RowsByCell {
  readonly #numbers = new Map<Cell, number>();
  readonly #rows: Float64Array[] = [];
  readonly #cells: Int32Array[] = [];
  #length = 0;

  add(row: number, cell: Cell): void {
    const at = this.#length % STRETCH;
    if (at === 0) {
      this.#rows.push(new Float64Array(STRETCH));
      this.#cells.push(new Int32Array(STRETCH));
    }
    let number = this.#numbers.get(cell);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(cell, number);
    }
    (this.#rows.at(-1) as Float64Array)[at] = row;
    (this.#cells.at(-1) as Int32Array)[at] = number;
    this.#length++;
  }

  /** In the order of time. */
  of(cells: readonly Cell[]): Float64Array {
    const isMeant = new Uint8Array(this.#numbers.size);
    for (const cell of cells) {
      const number = this.#numbers.get(cell);
      if (number !== undefined) isMeant[number] = 1;
    }
    const found = new Float64Array(cells.reduce((sum, { calls }) => sum + calls, 0));
    let length = 0;
    for (let i = 0; i < this.#length; i++) {
      const stretch = Math.floor(i / STRETCH);
      if (isMeant[(this.#cells[stretch] as Int32Array)[i % STRETCH] as number] === 0) continue;
      found[length++] = (this.#rows[stretch] as Float64Array)[i % STRETCH] as number;
    }
    return found.subarray(0, length);
  }
}
