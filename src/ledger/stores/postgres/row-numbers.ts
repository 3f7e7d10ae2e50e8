/** Numbers for rows, from a sequence that gives them in blocks: a row's checksum needs its number before it is stored. */
import type { Transaction } from "./transaction.ts";

/** What the sequence counts up by. */
const BLOCK = 64;

export class RowNumbers {
  #next = 0;
  #end = 0;

  /** One of {@link take}'s without a transaction, as long as there are any. */
  takeOne(): number | undefined {
    return this.#next < this.#end ? this.#next++ : undefined;
  }

  /** Numbers that no other row has, rising; not later than those of rows that are already there. */
  async take(transaction: Transaction, count: number): Promise<number[]> {
    if (count > this.#end - this.#next) return this.fresh(transaction, count);
    const first = this.#next;
    this.#next += count;
    return Array.from({ length: count }, (_, i) => first + i);
  }

  /**
   * The same, and later than those of all rows that are already there: for corrections, after their records were locked. What is
   * left of the last block outlives the transaction only if it was committed, which puts the sequence's place on the disk with its
   * mark: a server that crashes before gives the same block to the next who asks.
   */
  async fresh(transaction: Transaction, count: number): Promise<number[]> {
    if (count === 0) return [];
    const blocks = await transaction.query("SELECT nextval('usage_records_row') AS first FROM generate_series(1, $1)", [
      Math.ceil(count / BLOCK),
    ]);
    const numbers = blocks.flatMap(({ first }) => Array.from({ length: BLOCK }, (_, i) => Number(first) + i));
    transaction.whenCommitted(() => {
      this.#next = (numbers[count - 1] as number) + 1;
      this.#end = (numbers.at(-1) as number) + 1;
    });
    return numbers.slice(0, count);
  }
}
