/** Pages of records. Loaded when first needed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { InvalidInput, quoteValue } from "../errors.ts";
import type { RecordPage, RecordPlace, StoredRecord, TimeSpan, UsageFilter } from "./query.ts";
import type { LedgerStore } from "./store.ts";

const MOST_RECORDS = 10_000;

/** @throws InvalidInput */
export async function pageOfRecords(
  store: Pick<LedgerStore, "recordPage">,
  filter: UsageFilter & TimeSpan,
  { after, limit }: { after?: RecordPlace; limit: number },
): Promise<RecordPage> {
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_RECORDS))
    throw new InvalidInput(`limit: ${quoteValue(limit)} is not a whole number from 1 to ${MOST_RECORDS}.`);
  if (after !== undefined) checkPlace(after);
  const records: StoredRecord[] = [];
  let next = after;
  for (;;) {
    const page = await store.recordPage(filter, { ...(next && { after: next }), limit: limit - records.length });
    records.push(...page.records);
    next = page.next;
    if (next === undefined) return { records };
    if (records.length === limit) return { records, next };
    // Who looks for little in much lets others have their turn.
    await nextTurn();
  }
}

function checkPlace(place: RecordPlace): void {
  const { timestampMs, row } = place ?? {};
  if (Number.isSafeInteger(timestampMs) && Number.isSafeInteger(row)) return;
  throw new InvalidInput(`after: ${quoteValue(place)} is no place; give what a page says of the next one.`);
}
