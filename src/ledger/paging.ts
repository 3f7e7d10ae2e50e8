/** Pages of records. Loaded when first needed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { InvalidInput, oneOf, quoteValue } from "../errors.ts";
import type { PageWanted, RecordPage, RecordPlace, StoredRecord, TimeSpan, UsageFilter } from "./query.ts";
import type { LedgerStore } from "./store.ts";

const MOST_RECORDS = 10_000;

/** @throws InvalidInput */
export async function pageOfRecords(
  store: Pick<LedgerStore, "recordPage">,
  filter: UsageFilter & TimeSpan,
  { after, limit, order = "asc" }: PageWanted,
): Promise<RecordPage> {
  checkLimit(limit);
  oneOf("order", order, ["asc", "desc"]);
  if (after !== undefined) checkPlace(after);
  const records: StoredRecord[] = [];
  let next = after;
  for (;;) {
    const page = await store.recordPage(filter, { ...(next && { after: next }), limit: limit - records.length, order });
    records.push(...page.records);
    next = page.next;
    if (next === undefined) return { records };
    if (records.length === limit) return { records, next };
    // Who looks for little in much lets others have their turn.
    await nextTurn();
  }
}

/** @throws InvalidInput */
export async function dearestRecords(
  store: Pick<LedgerStore, "dearest">,
  filter: UsageFilter & TimeSpan,
  limit: number,
): Promise<StoredRecord[]> {
  checkLimit(limit);
  return store.dearest(filter, limit);
}

function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_RECORDS) return;
  throw new InvalidInput(`limit: ${quoteValue(limit)} is not a whole number from 1 to ${MOST_RECORDS}.`);
}

function checkPlace(place: RecordPlace): void {
  const { timestampMs, row } = place ?? {};
  if (Number.isSafeInteger(timestampMs) && Number.isSafeInteger(row)) return;
  throw new InvalidInput(`after: ${quoteValue(place)} is no place; give what a page says of the next one.`);
}
