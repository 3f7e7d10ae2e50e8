/** Ending reservations whose time is over: nobody holds budget longer than that, whatever became of the caller. */
import type { BudgetDesk } from "./budget-desk.ts";
import { expiredEntry } from "./settled-record.ts";

const BATCH = 64;

export interface Swept {
  charged: number;
  released: number;
}

/** Calls that had left are charged at their estimate, others released; each in a transaction of its own. @param limit at most so many */
export async function sweep(desk: BudgetDesk, limit: number = Number.POSITIVE_INFINITY): Promise<Swept> {
  const swept: Swept = { charged: 0, released: 0 };
  for (let left = limit; left > 0; ) {
    const expired = await desk.store.expired(Math.min(left, BATCH));
    if (expired.length === 0) break;
    const pricer = await desk.pricer();
    let ended = 0;
    for (const reservation of expired) {
      const { requestId, attempt, dispatched } = reservation;
      const entry = dispatched ? expiredEntry(reservation, pricer) : undefined;
      if (!(await desk.store.expire(requestId, attempt, entry, pricer.canonicalModel))) continue;
      ended++;
      if (dispatched) swept.charged++;
      else swept.released++;
    }
    left -= expired.length;
    // Others end them at the same time.
    if (ended === 0) break;
  }
  if (swept.charged > 0) desk.recorded();
  return swept;
}
