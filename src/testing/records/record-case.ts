/** What every case of a store's records has at hand. */
import type { Ledger, RecordOrder, RecordPage, StoredRecord } from "../../ledger/index.ts";
import type { UsageRecord } from "../../usage/index.ts";

export type LedgerCase = (ledger: Ledger) => Promise<void>;

export const HOUR_MS = 3_600_000;
export const START_MS: number = Date.UTC(2026, 4, 1);

/** One call an hour; each has other figures. */
export function call(index: number, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id: `call-${index}`,
    timestampMs: START_MS + index * HOUR_MS,
    provider: "acme",
    model: "acme-1",
    tokens: { input: 100 + index, output: 10 },
    reportedCostNanoUsd: 1000 + index,
    source: "library",
    ...fields,
  };
}

export async function storedRecords(ledger: Ledger): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ledger.query({})) records.push(record);
  return records;
}

/** Page after page, to the end. @param between is done between two pages */
export async function allPages(
  ledger: Ledger,
  filter: Parameters<Ledger["page"]>[0],
  limit: number,
  between: (page: number) => Promise<unknown> = async () => {},
  order: RecordOrder = "asc",
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let next: RecordPage["next"];
  for (let page = 0; ; page++) {
    const found = await ledger.page(filter, { ...(next && { after: next }), limit, order });
    records.push(...found.records);
    next = found.next;
    if (next === undefined) return records;
    await between(page);
  }
}
