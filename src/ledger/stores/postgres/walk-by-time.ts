/** How pages are found that follow each other in time. */
import type { Transaction } from "./transaction.ts";

/**
 * For the rest of the transaction, rows are taken from the index of times in its order. By its own judgement, the server sorts all that
 * is left of a table whose size it has not learned yet, for every page anew.
 */
export async function walkByTime(transaction: Transaction): Promise<void> {
  await transaction.query("SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)");
}
